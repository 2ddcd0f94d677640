// `gas admin` on the stack of deploy/aws: what it shows is what there is, and what it does takes effect.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "../client.mjs";
import { until } from "../server.mjs";
import * as aws from "./aws.mjs";
import { Fleet, roles } from "./fleet.mjs";
import { Stack } from "./stack.mjs";
import { input } from "./way.mjs";

let stack;
let fleet;
let ada;
before(async () => {
  stack = await Stack.create();
  // Jobs wait until there is an annotator.
  fleet = await new Fleet(stack).start({ each: 1, kinds: roles.filter((role) => role !== "annotator") });
  ada = new Client(fleet, "ada@example.org");
});
after(async () => {
  await fleet?.remove();
  await stack?.delete();
});

const shown = (...args) => JSON.parse(fleet.admin(...args, "--json"));
const refused = (...args) => {
  try {
    fleet.admin(...args);
  } catch (error) {
    return error.message;
  }
  return assert.fail(`gas admin ${args.join(" ")} was not refused`);
};
const actions = () => shown("audit").map(({ action }) => action);

test("people are found, and change their roles and plans", async () => {
  const eve = new Client(fleet, "eve@example.org");
  assert.deepEqual(shown("users").map(({ user_email }) => user_email), ["ada@example.org", "eve@example.org"]);
  assert.deepEqual(shown("users", "--email", "ev").map(({ user_email }) => user_email), ["eve@example.org"]);
  assert.equal(shown("grant", "ada@example.org", "--reason", "the first").admin, true);
  assert.equal((await ada.json("/profile")).role, "admin");
  assert.match(refused("revoke", "ada@example.org"), /last|only/i);
  fleet.admin("grant", "eve@example.org");
  fleet.admin("revoke", "ada@example.org");
  assert.equal((await ada.json("/profile")).role, "free_user");
  fleet.admin("plan", "eve@example.org", "premium_user", "--reason", "a gift");
  assert.equal((await eve.json("/profile")).plan, "premium_user");
  const { user, events } = shown("user", "eve@example.org");
  assert.deepEqual([user.plan, user.admin], ["premium_user", true]);
  assert.ok(events.some(({ action }) => action === "plan_changed"));
  assert.match(refused("user", "nobody@example.org"), /nobody@example\.org|no such user/i);
  const audit = shown("audit");
  assert.ok(audit.some(({ action, detail }) => action === "made_administrator" && detail.includes("the first")));
  assert.ok(audit.some(({ action, detail }) => action === "plan_changed" && detail.includes("a gift")));
  assert.ok(actions().includes("unmade_administrator"));
});

test("jobs are found, counted and cancelled", async () => {
  const { job_id: id } = await ada.submit("waiting.vcf", input);
  const [job] = shown("jobs", "--status", "PENDING");
  assert.deepEqual([job.job_id, job.user_email, job.input_file_name], [id, "ada@example.org", "waiting.vcf"]);
  assert.deepEqual(shown("jobs", "--email", "ada@example.org").map(({ job_id }) => job_id), [id]);
  assert.deepEqual(shown("jobs", "--email", "eve@example.org"), []);
  await until(() => shown("queues").find(({ queue }) => queue === "job-requests").ready === 1, { what: "its message is ready" });
  fleet.admin("jobs", id, "--cancel", "--reason", "a test");
  assert.equal((await ada.job(id)).job_status, "CANCELLED");
  assert.equal(shown("jobs", id)[0].job_status, "CANCELLED");
  assert.deepEqual(shown("user", "ada@example.org").usage.jobs_at_once, 0);
  assert.ok(actions().includes("job_cancelled"));
});

test("dead letters are shown, retried and discarded", async () => {
  const { job_id: id } = await ada.submit("given-up.vcf", input);
  const { url, dead_letters: dead } = stack.queues.job_requests;
  // As if an annotator had died again and again over it, which leaves the queue empty.
  await aws.purge(url);
  await aws.send(dead, JSON.stringify({ version: 1, kind: "annotate", job_id: id }));
  await aws.send(dead, "nobody can read this");
  const letters = shown("dead-letters");
  assert.equal(letters.length, 2);
  const unreadable = letters.find(({ message }) => message === null);
  assert.equal(unreadable.text, "nobody can read this");
  assert.equal(shown("queues").find(({ queue }) => queue === "job-requests").dead, 2);
  assert.deepEqual(shown("dead-letters", "job-requests", "--discard", unreadable.id), { discarded: 1 });
  assert.deepEqual(shown("dead-letters", "job-requests", "--retry-all"), { retried: 1 });
  assert.equal(await aws.depth(dead), 0);
  fleet.add("annotator-1", ["worker", "annotator"]);
  assert.equal((await ada.ended(id)).job_status, "COMPLETED");
  assert.deepEqual(shown("dead-letters"), []);
  assert.ok(actions().some((action) => action.includes("retried")) && actions().some((action) => action.includes("discarded")));
});

test("the mode holds in all processes", async () => {
  const refusal = async () => {
    try {
      await ada.submit("late.vcf", input);
    } catch ({ body }) {
      return body.code;
    }
    return undefined;
  };
  for (const [mode, code] of [["drain", "draining"], ["read-only", "read_only"]]) {
    const standing = shown("mode", mode, "--note", "back at noon");
    assert.deepEqual([standing.mode, standing.note], [mode, "back at noon"]);
    await until(async () => await refusal() === code, { what: `submissions are refused as ${code}`, every: 300 });
    assert.match(await (await fetch(`${fleet.address}/`)).text(), /back at noon/);
  }
  assert.match(fleet.admin("mode", "open"), /^open/);
  await until(async () => await refusal() === undefined, { what: "jobs are taken again", every: 300 });
  assert.equal(actions().filter((action) => action === "mode_changed").length, 3);
});
