// Messages as queues deliver them: twice, late, out of order, after their job is gone, or never meant for this service.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "../client.mjs";
import { pause, until } from "../server.mjs";
import { longVcf } from "../browser/browser.mjs";
import * as aws from "./aws.mjs";
import { Fleet } from "./fleet.mjs";
import { Stack } from "./stack.mjs";
import { input, mailCount, nothingLeftOver, queuesAreEmpty, subscribe } from "./way.mjs";

let stack;
let fleet;
before(async () => {
  stack = await Stack.create();
  fleet = await new Fleet(stack, { settings: { GAS__PLANS__FREE__RETENTION: "3s" } }).start();
});
after(async () => {
  await fleet?.remove();
  await stack?.delete();
});

const message = (kind, fields) => JSON.stringify({ version: 1, kind, ...fields });
const row = async (id) => (await aws.items(stack.tables.jobs)).find((item) => item.job_id === id);
const places = (found) => ["job_requests", "job_results", "job_archive", "job_restore"].map((name) => found.queues[name].url);

test("of many messages for one job, at two annotators at once, one makes the result", async () => {
  const user = new Client(fleet, "twice@example.org", "premium_user");
  const { job_id: id } = await user.submit("long.vcf", longVcf(200_000));
  const [requests] = places(stack);
  for (let copy = 0; copy < 10; copy += 1) await aws.send(requests, message("annotate", { job_id: id }));
  const job = await user.ended(id);
  assert.equal(job.job_status, "COMPLETED");
  await queuesAreEmpty(stack);
  assert.equal((await row(id)).attempt, 1, "annotated once");
  assert.equal(await mailCount(id), 1);
});

test("messages that come twice and out of order change nothing", async () => {
  const user = new Client(fleet, "order@example.org", "premium_user");
  const { job_id: id } = await user.submit("way.vcf", input);
  const [requests, results, archive, restore] = places(stack);
  // The archive's before there is anything to archive, the thaw's of what was never frozen, the end's again and again.
  await aws.send(archive, message("archive", { job_id: id }));
  await aws.send(restore, message("restore", { job_id: id }));
  await aws.send(stack.queues.job_thaw.url, message("retrieval_done", { archive_id: `${id}-0`, retrieval_id: "none" }));
  await user.ended(id);
  for (let copy = 0; copy < 3; copy += 1) {
    await aws.send(results, message("job_ended", { job_id: id }));
    await aws.send(archive, message("archive", { job_id: id }));
    await aws.send(requests, message("annotate", { job_id: id }));
  }
  await queuesAreEmpty(stack);
  const job = await user.job(id);
  assert.deepEqual([job.job_status, job.result_place], ["COMPLETED", "hot"]);
  assert.equal(await mailCount(id), 1, "one mail for one end");
});

test("messages of a job that was deleted do nothing", async () => {
  const user = new Client(fleet, "deleted@example.org");
  const { job_id: id } = await user.submit("way.vcf", input);
  await user.ended(id);
  const gone = await user.request(`/jobs/${id}`, { method: "DELETE" });
  assert.ok(gone.ok, String(gone.status));
  for (const url of places(stack)) {
    for (const kind of ["annotate", "job_ended", "archive", "restore"]) await aws.send(url, message(kind, { job_id: id }));
  }
  await until(async () => await row(id) === undefined, { what: "the row is gone" });
  await queuesAreEmpty(stack);
  const left = (await aws.keys(stack.buckets.results)).filter((key) => key.includes(id));
  assert.deepEqual(left, []);
});

test("upgrades and downgrades race with the archive, and the plan wins", async () => {
  const user = new Client(fleet, "race@example.org");
  const jobs = [];
  for (let round = 0; round < 6; round += 1) {
    jobs.push((await user.submit("way.vcf", input)).job_id);
    await pause(500 * round);
    await subscribe(user, round % 2 === 0);
  }
  await subscribe(user);
  for (const id of jobs) await user.at(id, "hot");
  await subscribe(user, false);
  for (const id of jobs) await user.at(id, "archived");
  await queuesAreEmpty(stack);
  await subscribe(user);
  for (const id of jobs) await user.at(id, "hot");
  await nothingLeftOver(stack, { hot: jobs.length + 2 });
});

test("a poisonous input and an unreadable message hurt nobody else", async () => {
  const user = new Client(fleet, "poison@example.org", "premium_user");
  const poison = await user.submit("poison.vcf", Buffer.from("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\tx\t.\tA\tC\t.\t.\t.\n"));
  const fine = await user.submit("way.vcf", input);
  await aws.send(stack.queues.job_requests.url, "not ours");
  assert.equal((await user.ended(poison.job_id)).job_status, "FAILED");
  assert.equal((await user.ended(fine.job_id)).job_status, "COMPLETED");
  await until(async () => await aws.depth(stack.queues.job_requests.dead_letters) === 1, { what: "the unreadable message is a dead letter", seconds: 120 });
});

test("no one reaches the job of another", async () => {
  const [ada, eve] = ["ada@example.org", "eve@example.org"].map((email) => new Client(fleet, email, "premium_user"));
  const { job_id: id } = await ada.submit("way.vcf", input);
  await ada.ended(id);
  for (const path of ["", "/result", "/log", "/summary", "/variants", "/events"]) {
    assert.equal((await eve.request(`/jobs/${id}${path}`)).status, 404, path);
  }
  const answer = await ada.request(`/jobs/${id}/result`);
  // The address in the answer is signed; without its signature, or with another key, it opens nothing.
  if (answer.status === 302) {
    const address = new URL(answer.headers.get("location"));
    assert.ok((await fetch(address)).ok);
    assert.ok(address.searchParams.get("X-Amz-Expires") <= 3600, "for a short time");
  }
});
