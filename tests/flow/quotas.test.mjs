// What a plan allows, and whose turn it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client } from "../client.mjs";
import { Server, quick } from "../server.mjs";

const input = readFileSync(new URL("../inputs/free_1.vcf", import.meta.url));
const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__RETENTION: "1h" } });

before(() => server.start());
after(() => server.remove());

test("a user's two hundred jobs do not hold up another's one", async () => {
  const many = new Client(server, "many@example.org");
  const one = new Client(server, "one@example.org");
  const names = Array.from({ length: 200 }, (_, n) => `many_${n}.vcf`);
  const jobs = [];
  // Twenty at a time, as a program would.
  while (names.length) jobs.push(...(await Promise.all(names.splice(0, 20).map((name) => many.submit(name, input)))));
  const mine = await one.submit("one.vcf", input);
  const waiting = (await one.job(mine.job_id)).waiting;
  if (waiting) assert.ok(waiting.place <= 3, `place ${waiting.place}`);
  const ended = await one.ended(mine.job_id, 180);
  assert.equal(ended.job_status, "COMPLETED");
  let completed = 0;
  let cursor = "";
  do {
    const page = await many.json(`/jobs?limit=100${cursor}`);
    // Those that ended before the one was waited for are told by their time, not by when this test looks.
    completed += page.jobs.filter((job) => job.complete_time && job.complete_time < ended.complete_time && job.complete_time > mine.submit_time).length;
    cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
  } while (cursor);
  assert.ok(completed <= 6, `${completed} of the other's ended while the one waited`);
  const { usage } = await many.json("/profile");
  assert.equal(usage.jobs_today, 200);
  assert.ok(usage.jobs_at_once > 0, "most of the two hundred still wait, or the test shows nothing");
  for (const job of jobs) await many.request(`/jobs/${job.job_id}`, { method: "DELETE" });
  assert.equal((await many.json("/profile")).usage.stored_bytes, 0);
});

test("limits hold for many programs at once, and are told", async () => {
  await server.stop();
  await server.start({ GAS__PLANS__FREE__MAX_JOBS_AT_ONCE: "3", GAS__PLANS__FREE__MAX_JOBS_PER_DAY: "1000" });
  const ada = new Client(server, "ada@example.org");
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => ada.submit(`at_once_${n}.vcf`, input).catch((error) => error)));
  const refused = answers.filter((answer) => answer.status === 429);
  // Some of the first may have ended meanwhile; never do more than three wait or run.
  assert.ok(refused.length > 0 && refused.every((answer) => answer.body.code === "too_many_jobs"));
  const made = answers.filter((answer) => answer.job_id);
  for (const job of made) assert.equal((await ada.ended(job.job_id)).job_status, "COMPLETED");
  assert.equal((await ada.json("/profile")).usage.jobs_today, made.length);
});
