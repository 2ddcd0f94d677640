// On AWS, too, every process may die at each arrow of the flow: the job ends as if nothing had happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { steps } from "../failpoints.mjs";
import { until } from "../server.mjs";
import { Fleet } from "./fleet.mjs";
import { count, inLanes, openStacks } from "./lanes.mjs";
import { mailCount, nothingLeftOver, queuesAreEmpty, wholeWay } from "./way.mjs";

const settings = { GAS__PLANS__FREE__RETENTION: "1s" };
const stacks = openStacks();

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

test("a death at any step changes nothing but time", { concurrency: count }, async (suite) => {
  const expected = await way(stacks[0], 0);
  // The first stack has gone that way once already.
  await inLanes(suite, stacks, steps, (stack, step, { lane, turn }) => way(stack, turn + (lane === 0 ? 1 : 0), step, expected));
});
