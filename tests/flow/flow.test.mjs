// The way of one file through everything: annotated, told, read, archived, refused, paid for, brought back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
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

test("a reference that was just installed can be chosen, and one that does not fit is told", async () => {
  const kim = new Client(server, "kim@example.org");
  const text = "##fileformat=VCFv4.2\n##contig=<ID=chrI,length=5000>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchrI\t101\t.\tA\tG\t.\t.\t.\n";
  server.installReference("yeast", "R64-1-1", "I", 5000);
  const info = await kim.json("/service-info");
  assert.deepEqual(info.references.map(({ name, isDefault }) => [name, isDefault]), [["human-mt", true], ["yeast", false]]);
  const submit = async (reference) => {
    const form = new FormData();
    if (reference) form.append("reference", reference);
    form.append("file", new Blob([text]), "yeast.vcf");
    return kim.request("/jobs", { method: "POST", body: form });
  };
  const job = await (await submit("yeast")).json();
  assert.equal(job.reference_warning, null);
  const done = await kim.ended(job.job_id);
  assert.match(done.annotated_by, /with yeast \(R64-1-1\)/);
  assert.match((await kim.result(job.job_id)).toString(), /non_coding_transcript_exon_variant/);
  const unfit = await (await submit()).json();
  assert.match(unfit.reference_warning, /None of the first records is on a sequence of `human-mt` \(rCRS\)/);
  const unknown = await submit("hg18");
  assert.equal(unknown.status, 422);
  assert.match((await unknown.json()).detail, /`human-mt` and `yeast`/);
});

test("a result comes in every format, and its numbers as a report", async () => {
  const lou = new Client(server, "lou@example.org", "premium_user");
  const job = await lou.submit("free_1.vcf", input);
  await lou.ended(job.job_id);
  const stored = await lou.result(job.job_id);
  const get = async (path) => {
    const answer = await lou.request(`/jobs/${job.job_id}/${path}`);
    assert.equal(answer.status, 200, path);
    return { bytes: Buffer.from(await answer.arrayBuffer()), name: answer.headers.get("content-disposition") };
  };
  const records = stored.toString().split("\n").filter((line) => line && !line.startsWith("#")).length;
  const packed = await get("result?format=vcf.gz");
  assert.match(packed.name, /filename="free_1\.annot\.vcf\.gz"/);
  assert.equal(gunzipSync(packed.bytes).toString().split("\n").filter((line) => line && !line.startsWith("#")).length, records);
  assert.ok((await get("result?format=tsv")).bytes.toString().split("\n").length > records);
  const lines = (await get("result?format=jsonl")).bytes.toString().trimEnd().split("\n");
  assert.ok(lines.length > 0 && lines.every((line) => JSON.parse(line).seq_region_name === "MT"));
  const parquet = (await get("result?format=parquet")).bytes;
  assert.deepEqual([parquet.subarray(0, 4), parquet.subarray(-4)].map(String), ["PAR1", "PAR1"]);
  assert.equal(gunzipSync((await get("result?format=bcf")).bytes).subarray(0, 3).toString(), "BCF");
  const page = await get("report");
  assert.match(page.bytes.toString(), /<!doctype html>[\s\S]*free_1\.vcf/i);
  assert.ok(JSON.parse((await get("report?format=multiqc")).bytes).data);
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
