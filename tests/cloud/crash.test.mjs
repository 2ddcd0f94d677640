// On AWS, too, every process may die at each arrow of the flow: the job ends as if nothing had happened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { steps } from "../failpoints.mjs";
import { until } from "../server.mjs";
import { Fleet } from "./fleet.mjs";
import { Stack } from "./stack.mjs";
import { mailCount, nothingLeftOver, queuesAreEmpty, wholeWay } from "./way.mjs";

const settings = { GAS__PLANS__FREE__RETENTION: "1s" };
/** Most of the time is spent waiting for leases to run out, so several stacks share a machine well. */
const stacks = 3;

/** A job's whole way on a stack that has gone that way so often before, with processes that die at that step. */
async function way(stack, before, step, expected) {
  const fleet = new Fleet(stack, { settings });
  try {
    await fleet.start({ each: 1, env: step && { GAS_FAILPOINT: step } });
    const gone = await wholeWay(fleet, { email: `${step ?? "nobody"}@example.org`, expected });
    await queuesAreEmpty(stack);
    // A mail may come last: who took its message may have been of the former processes, in their last moment.
    if (step) assert.ok(fleet.deaths.length > 0, `a process died at ${step}`);
    await nothingLeftOver(stack, { hot: before + 1 });
    const told = await until(async () => {
      const count = await mailCount(gone.id);
      return count >= 3 && count;
    }, { what: "all three events are told" });
    assert.ok(told <= 4, `3 mails, or one more after the death; there are ${told}`);
    return gone.bytes;
  } catch (error) {
    throw new Error(`${error.stack}\n${fleet.errors}`);
  } finally {
    await fleet.remove();
  }
}

let made;
before(async () => {
  made = await Promise.all(Array.from({ length: stacks }, () => Stack.create()));
});
// All at the end: to the emulator the sender of mail is one and the same, and goes with the first stack.
after(() => Promise.all((made ?? []).map((stack) => stack.delete())));

test("a death at any step changes nothing but time", { concurrency: stacks }, async (suite) => {
  const expected = await way(made[0], 0);
  const lanes = made.map((stack, lane) => [stack, steps.filter((_, index) => index % stacks === lane)]);
  await Promise.all(lanes.map(([stack, lane], number) => suite.test(`stack ${number + 1}`, async (its) => {
    const ways = number === 0 ? 1 : 0;
    for (const [before, step] of lane.entries()) await its.test(step, () => way(stack, ways + before, step, expected));
  })));
});
