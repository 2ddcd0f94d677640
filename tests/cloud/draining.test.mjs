// A machine that is to go: no more messages are taken, the running job is finished or handed back, the process ends.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Client } from "../client.mjs";
import { longVcf } from "../browser/browser.mjs";
import { until } from "../server.mjs";
import * as aws from "./aws.mjs";
import { Fleet } from "./fleet.mjs";
import { Stack } from "./stack.mjs";

let stack;
let fleet;
let user;
const long = longVcf(200_000);
before(async () => {
  stack = await Stack.create();
  fleet = await new Fleet(stack).start({ kinds: ["notifier"], each: 1 });
  user = new Client(fleet, "ada@example.org", "premium_user");
});
after(async () => {
  await fleet?.remove();
  await stack?.delete();
});

/** The metadata of an instance, which at some time tells that it is to go. */
async function instance(path, text) {
  const metadata = { told: false };
  metadata.server = createServer((asked, answer) => {
    const known = asked.method === "PUT" ? "token" : metadata.told && asked.url === path ? text : undefined;
    const headers = asked.method === "PUT" ? { "x-aws-ec2-metadata-token-ttl-seconds": "21600" } : {};
    answer.writeHead(known === undefined ? 404 : 200, headers).end(known ?? "");
  });
  await new Promise((done) => metadata.server.listen(0, "127.0.0.1", done));
  metadata.env = { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${metadata.server.address().port}` };
  return metadata;
}

const running = (id) => until(async () => {
  const job = await user.job(id);
  return job.job_status === "RUNNING" && job.progress?.records !== 0;
}, { what: `${id} is running` });

/** Has a long job begun by one annotator, which is then told to go by `tell`. */
async function interrupted(tell, env = {}) {
  const annotator = fleet.add("annotator-1", ["worker", "annotator"], { GAS__ANNOTATOR__DRAIN: "0s", ...env });
  annotator.wanted = false;
  const { job_id: id } = await user.submit("long.vcf", long);
  await running(id);
  const told = Date.now();
  tell(annotator);
  const how = await annotator.program.exited;
  fleet.members.delete(annotator);
  return { id, how, seconds: (Date.now() - told) / 1000 };
}

/** A second annotator finds the job waiting and does it. */
async function takenUp(id) {
  const before = Date.now();
  const second = fleet.add("annotator-2", ["worker", "annotator"]);
  await running(id);
  const waited = (Date.now() - before) / 1000;
  assert.equal((await user.ended(id)).job_status, "COMPLETED");
  fleet.members.delete(second);
  second.wanted = false;
  await second.program.stop();
  return waited;
}

test("SIGTERM hands the job back, and the next annotator has it at once", async () => {
  const { id, how, seconds } = await interrupted((annotator) => annotator.program.child.kill("SIGTERM"));
  assert.equal(how.code, 0);
  assert.ok(seconds < 15, `ended after ${seconds} s`);
  assert.equal((await user.job(id)).job_status, "PENDING");
  assert.equal(await aws.depth(stack.queues.job_requests.url), 1, "its message waits");
  const waited = await takenUp(id);
  // Had the message stayed invisible, or the lease been waited for, it would be longer.
  assert.ok(waited < 3.5, `taken up after ${waited} s`);
});

for (const [what, path, text] of [
  ["a spot notice", "/latest/meta-data/spot/instance-action", "{\"action\": \"terminate\", \"time\": \"2026-01-01T00:00:00Z\"}"],
  ["the Auto Scaling group", "/latest/meta-data/autoscaling/target-lifecycle-state", "Terminated"],
]) {
  test(`${what} has the same effect`, async () => {
    const metadata = await instance(path, text);
    try {
      const { id, how, seconds } = await interrupted(() => { metadata.told = true; }, metadata.env);
      assert.equal(how.code, 0);
      assert.ok(seconds < 30, `ended after ${seconds} s`);
      assert.equal((await user.job(id)).job_status, "PENDING");
      await takenUp(id);
    } finally {
      metadata.server.close();
    }
  });
}

test("a job that can end within its time to drain is finished", async () => {
  const annotator = (process) => process.program.child.kill("SIGTERM");
  const { id, how } = await interrupted(annotator, { GAS__ANNOTATOR__DRAIN: "90s" });
  assert.equal(how.code, 0);
  const job = await user.job(id);
  assert.equal(job.job_status, "COMPLETED");
  assert.equal((await aws.items(stack.tables.jobs)).find((row) => row.job_id === id).attempt, 1);
});
