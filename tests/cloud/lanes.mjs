// Deaths at many steps, on several stacks at once.
import { after, before } from "node:test";
import { Stack } from "./stack.mjs";

/** Most of the time is spent waiting for leases to run out, so several stacks share a machine well. */
export const count = 3;

/** The stacks of a file's tests: empty until these begin. */
export function openStacks() {
  const stacks = [];
  before(async () => {
    stacks.push(...await Promise.all(Array.from({ length: count }, () => Stack.create())));
  });
  // All at the end: to the emulator the sender of mail is one and the same, and goes with the first stack.
  after(() => Promise.all(stacks.map((stack) => stack.delete())));
  return stacks;
}

/** Deals the steps out to the stacks, and tests each by `run(stack, step, { lane, turn })`, on one stack one after the other. */
export async function inLanes(suite, stacks, steps, run) {
  await Promise.all(stacks.map((stack, lane) => suite.test(`stack ${lane + 1}`, async (its) => {
    const own = steps.filter((_, index) => index % stacks.length === lane);
    for (const [turn, step] of own.entries()) await its.test(step, () => run(stack, step, { lane, turn }));
  })));
}
