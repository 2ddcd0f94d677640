// The way of one file through everything: annotated, told, read, archived, refused, paid for, brought back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, mails } from "../client.mjs";
import { Server, quick, until } from "../server.mjs";

const input = readFileSync(new URL("../inputs/free_1.vcf", import.meta.url));
const server = new Server({ settings: quick });

before(() => server.start());
after(() => server.remove());

test("a free user's file is annotated, archived, and comes back on upgrade", async () => {
  const ada = new Client(server, "ada@example.org");
  const job = await ada.submit("free_1.vcf", input);
  assert.equal(job.input_file_name, "free_1.vcf");

  const done = await ada.ended(job.job_id);
  assert.equal(done.job_status, "COMPLETED", JSON.stringify(done.failure));
  const first = await ada.result(job.job_id);
  assert.match(first.toString(), /CSQ=.*MT-ND1/);
  const log = await (await ada.request(`/jobs/${job.job_id}/log`)).text();
  assert.match(log, /annotated/i);

  const mail = await until(
    async () => (await mails(server)).find((text) => text.includes(`/annotations/${job.job_id}`)),
    { what: "the mail with the job's link is in the outbox" },
  );
  assert.match(mail, /To: ada@example.org/);

  await ada.at(job.job_id, "archived");
  const refused = await ada.request(`/jobs/${job.job_id}/result`);
  assert.equal(refused.status, 409);
  assert.equal((await refused.json()).code, "archived");
  assert.equal(server.files("objects/results").filter((path) => path.endsWith(".annot.vcf")).length, 0);
  assert.equal((await ada.request(`/jobs/${job.job_id}/log`)).status, 200, "the log stays");

  assert.ok((await ada.subscribe()).ok);
  const thawing = await ada.at(job.job_id, "thawing");
  assert.equal(thawing.job_status, "COMPLETED");
  const notYet = await ada.request(`/jobs/${job.job_id}/result`);
  if (notYet.status !== 200) assert.equal((await notYet.json()).code, "thawing");
  await ada.at(job.job_id, "hot");
  assert.deepEqual(await ada.result(job.job_id), first, "the same bytes as before");
  await until(() => server.files("cold").length === 0, { what: "the cold copy is deleted" });

  const told = await until(async () => {
    const texts = (await mails(server)).filter((text) => text.includes(`/annotations/${job.job_id}`));
    return texts.length === 3 && texts;
  }, { what: "done, archived and restored have each been told once" });
  assert.equal(told.length, 3);

  assert.ok((await ada.unsubscribe()).ok);
  await ada.at(job.job_id, "archived");
});

test("a premium user's result stays", async () => {
  const eve = new Client(server, "eve@example.org", "premium_user");
  const job = await eve.submit("free_1.vcf", input);
  await eve.ended(job.job_id);
  await new Promise((done) => setTimeout(done, 4000));
  assert.equal((await eve.job(job.job_id)).result_place, "hot");
});

test("several Expedited retrievals exceed the capacity, and Standard takes the rest", async () => {
  const bob = new Client(server, "bob@example.org");
  const jobs = [];
  for (let n = 0; n < 6; n += 1) jobs.push(await bob.submit(`many_${n}.vcf`, input));
  for (const job of jobs) await bob.at(job.job_id, "archived");
  await bob.subscribe();
  const tiers = new Set();
  await until(async () => {
    let hot = 0;
    for (const { job_id } of jobs) {
      const job = await bob.job(job_id);
      if (job.retrieval) tiers.add(job.retrieval.tier);
      if (job.result_place === "hot") hot += 1;
    }
    return hot === jobs.length;
  }, { what: "all results are back", every: 30 });
  assert.deepEqual([...tiers].sort(), ["expedited", "standard"]);
});

test("a repeated submission under one key is one job", async () => {
  const ida = new Client(server, "ida@example.org");
  const headers = { "idempotency-key": "the-same" };
  const [one, two] = await Promise.all([
    ida.submit("free_1.vcf", input, headers),
    ida.submit("free_1.vcf", input, headers),
  ]);
  const three = await ida.submit("free_1.vcf", input, headers);
  assert.equal(one.job_id, two.job_id);
  assert.equal(one.job_id, three.job_id);
  const list = await ida.json("/jobs");
  assert.equal((list.jobs ?? list.items).length, 1);
});

test("a deleted job leaves nothing behind", async () => {
  const tom = new Client(server, "tom@example.org");
  const job = await tom.submit("gone.vcf", input);
  await tom.ended(job.job_id);
  const answer = await tom.request(`/jobs/${job.job_id}`, { method: "DELETE" });
  assert.equal(answer.status, 204);
  assert.equal((await tom.request(`/jobs/${job.job_id}`)).status, 404);
  await until(() => !server.files("objects").some((path) => path.includes(job.job_id)), {
    what: "its files are gone",
  });
});

test("nobody else sees a job", async () => {
  const ada = new Client(server, "ada@example.org");
  const eve = new Client(server, "eve@example.org");
  const job = await ada.submit("private.vcf", input);
  for (const path of ["", "/result", "/log", "/summary", "/variants", "/events", "/input"]) {
    assert.equal((await eve.request(`/jobs/${job.job_id}${path}`)).status, 404, path);
  }
  assert.equal((await eve.request(`/jobs/${job.job_id}`, { method: "DELETE" })).status, 404);
  assert.equal((await eve.request(`/jobs/${job.job_id}/cancel`, { method: "POST" })).status, 404);
});
