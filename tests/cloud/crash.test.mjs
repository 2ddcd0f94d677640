// On AWS, too, every process may die at each arrow of the flow: the job ends as if nothing had happened.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { until } from "../server.mjs";
import { Fleet } from "./fleet.mjs";
import { Stack } from "./stack.mjs";
import { mailCount, nothingLeftOver, queuesAreEmpty, wholeWay } from "./way.mjs";

const source = readFileSync(new URL("../../crates/service/src/failpoint.rs", import.meta.url), "utf8");
const steps = [...source.match(/STEPS[^=]*=\s*&?\[([^\]]*)\]/)[1].matchAll(/"([^"]+)"/g)].map((match) => match[1]);
const settings = { GAS__PLANS__FREE__RETENTION: "1s" };

let stack;
let expected;
before(async () => {
  stack = await Stack.create();
});
after(() => stack?.delete());

test("a death at any step changes nothing but time", async (suite) => {
  let ways = 0;
  for (const step of [undefined, ...steps]) {
    await suite.test(step ?? "undisturbed", async () => {
      const fleet = new Fleet(stack, { settings });
      try {
        await fleet.start({ each: 1, env: step && { GAS_FAILPOINT: step } });
        const way = await wholeWay(fleet, { email: `${step ?? "nobody"}@example.org`, expected });
        expected ??= way.bytes;
        ways += 1;
        if (step) assert.ok(fleet.deaths.length > 0, `a process died at ${step}`);
        await queuesAreEmpty(stack);
        await nothingLeftOver(stack, { hot: ways });
        const told = await until(async () => {
          const count = await mailCount(way.id);
          return count >= 3 && count;
        }, { what: "all three events are told" });
        assert.ok(told <= 4, `3 mails, or one more after the death; there are ${told}`);
      } catch (error) {
        throw new Error(`${error.stack}\n${fleet.errors}`);
      } finally {
        await fleet.remove();
      }
    });
  }
});
