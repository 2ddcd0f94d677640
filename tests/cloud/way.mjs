// One job's whole way on AWS, and what must hold when all is done.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client } from "../client.mjs";
import { until } from "../server.mjs";
import * as aws from "./aws.mjs";

export const input = readFileSync(new URL("../inputs/test.vcf", import.meta.url));

/** Calls again what was not answered, or answered by a fault of the server, until it is answered. */
export function insist(act, what, seconds = 90) {
  return until(async () => {
    try {
      return { value: await act() };
    } catch (error) {
      if (error.status && error.status < 500) throw Object.assign(error, { fatal: true });
      throw error;
    }
  }, { what, seconds, every: 200 }).then(({ value }) => value);
}

/** Upgrades a user, or (false) ends the subscription. */
export function subscribe(user, wanted = true) {
  return insist(async () => {
    const answer = await (wanted ? user.subscribe() : user.unsubscribe());
    if (!answer.ok) throw Object.assign(new Error(`subscription: ${answer.status}`), { status: answer.status });
    return true;
  }, "the plan is changed");
}

/** Submits a file, has the result archived, upgrades, and gets the same bytes back. */
export async function wholeWay(fleet, { email, expected, seconds = 120 }) {
  const user = new Client(fleet, email);
  const { job_id: id } = await insist(() => user.submit("way.vcf", input, { "idempotency-key": email }), "the job is accepted");
  await user.ended(id, seconds);
  await user.at(id, "archived", seconds);
  await subscribe(user);
  const job = await user.at(id, "hot", seconds);
  assert.equal(job.job_status, "COMPLETED");
  const bytes = await insist(() => user.result(id), "the result is read");
  if (expected) assert.ok(bytes.equals(expected), "the result has the bytes it should have");
  return { id, bytes, user };
}

/** How many mails tell of a job. */
export async function mailCount(id) {
  return (await aws.mails()).filter(({ text }) => text.includes(`/annotations/${id}`)).length;
}

/** Every message was dealt with, and so many were given up on; `null` is any number. */
export async function queuesAreEmpty(stack, { dead = 0, seconds = 60 } = {}) {
  let left;
  await until(async () => {
    left = {};
    for (const [name, { url }] of Object.entries(stack.queues)) left[name] = await aws.depth(url);
    return Object.values(left).every((count) => count === 0);
  }, { what: "all queues are empty", seconds, every: 500 }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(left)}`);
  });
  let given = 0;
  for (const { dead_letters: url } of Object.values(stack.queues)) given += await aws.depth(url);
  if (dead !== null) assert.equal(given, dead, "dead letters");
}

/** Those jobs' results, so many of them in the archive, and nothing else. */
export async function nothingLeftOver(stack, { hot, cold = 0 }) {
  let found;
  await until(async () => {
    const { results, archive } = stack.buckets;
    found = {
      hot: (await aws.keys(results)).filter((key) => key.endsWith(".annot.vcf")).length,
      cold: (await aws.keys(archive)).length,
      uploads: await aws.openUploads(results) + await aws.openUploads(archive),
    };
    return found.hot === hot && found.cold === cold && found.uploads === 0;
  }, { what: `${hot} results are hot, ${cold} cold, and nothing is left over`, seconds: 60, every: 500 }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(found)}`);
  });
}
