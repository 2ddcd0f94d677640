// The server is killed again and again at random instants while jobs of several users are under way.
// GAS_TEST_KILLS says how often: a few in `make test`, 200 and more in `make test-crash`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Server, pause, quick } from "../server.mjs";
import { mailCount, nothingLeftOver, wholeWay } from "./way.mjs";

const kills = Number(process.env.GAS_TEST_KILLS ?? 15);
const input = readFileSync(new URL("../inputs/test.vcf", import.meta.url));
const settings = { ...quick, GAS__PLANS__FREE__RETENTION: "1s" };

test(`${kills} kills at random instants lose nothing and double nothing`, async () => {
  const server = new Server({ settings });
  let done = 0;
  let killed = 0;
  let expected;
  try {
    await server.start();
    const finished = [];
    const killing = (async () => {
      while (killed < kills) {
        await pause(150 + Math.random() * 1500);
        await server.kill();
        killed += 1;
        await server.start();
      }
    })();
    while (killed < kills) {
      const wave = [0, 1, 2, 3].map(async (n) => {
        const email = `user${done}-${n}@example.org`;
        const way = await wholeWay(server, { email, name: "way.vcf", input, expected });
        expected ??= way.bytes;
        finished.push(way);
      });
      await Promise.all(wave);
      done += 1;
    }
    await killing;
    for (const way of finished) assert.ok(way.bytes.equals(expected), "all results are alike");
    await nothingLeftOver(server, finished.map(({ id }) => id));
    let mailsInAll = 0;
    for (const { id, user } of finished) {
      const told = await mailCount(server, id);
      mailsInAll += told;
      assert.ok(told >= 3, `every event is told; ${id} has ${told}`);
      const list = await user.json("/jobs");
      assert.equal((list.jobs ?? list.items).length, 1, "one submission, one job");
    }
    assert.ok(mailsInAll <= finished.length * 3 + kills * 4, "at most one more mail for what a crash interrupted");
    console.log(`${killed} kills, ${finished.length} jobs, ${mailsInAll} mails for ${finished.length * 3} events`);
  } finally {
    await server.remove();
  }
});
