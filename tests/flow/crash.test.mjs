// The server is killed at each arrow of the flow and started again; the job ends as if nothing had happened.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { steps } from "../failpoints.mjs";
import { Server, quick, until } from "../server.mjs";
import { mailCount, nothingLeftOver, wholeWay } from "./way.mjs";

const input = readFileSync(new URL("../inputs/test.vcf", import.meta.url));
const settings = { ...quick, GAS__PLANS__FREE__RETENTION: "1s" };

async function undisturbed() {
  const server = new Server({ settings });
  try {
    await server.start();
    const way = await wholeWay(server, { email: "ada@example.org", name: "way.vcf", input });
    return way.bytes;
  } finally {
    await server.remove();
  }
}

test("every step has a fail-point", () => assert.ok(steps.length >= 15, steps.join(", ")));

test("a crash at any step changes nothing but time", async (suite) => {
  const expected = await undisturbed();
  for (const step of steps) {
    await suite.test(step, async () => {
      const server = new Server({ settings });
      try {
        await server.start({ GAS_FAILPOINT: step });
        let crashed = false;
        const again = server.exited.then(async () => {
          crashed = true;
          await server.start();
        });
        const { id } = await wholeWay(server, { email: "ada@example.org", name: "way.vcf", input, expected });
        assert.ok(crashed, `the server died at ${step}`);
        await again;
        await nothingLeftOver(server, [id]);
        const told = await until(async () => {
          const count = await mailCount(server, id);
          return count >= 3 && count;
        }, { what: "all three events are told" });
        assert.ok(told <= 4, `3 mails, or one more after the crash; there are ${told}`);
      } finally {
        await server.remove();
      }
    });
  }
});
