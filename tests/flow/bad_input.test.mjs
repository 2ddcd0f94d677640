// What people upload by mistake or malice: each reads what is wrong and where, and nothing is left behind.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import net from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Client } from "../client.mjs";
import { Server, pause, quick, until } from "../server.mjs";

const good = readFileSync(new URL("../inputs/test.vcf", import.meta.url), "utf8");
const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__RETENTION: "300s" } });
let ada;

before(async () => {
  await server.start();
  ada = new Client(server, "ada@example.org");
});
after(() => server.remove());

const failing = {
  "a web page": ["page.vcf", "<!DOCTYPE html><html><body>404</body></html>\n"],
  "random bytes": ["noise.vcf", randomBytes(5000)],
  "a picture": ["picture.vcf", Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), randomBytes(500)])],
  "a truncated gzip": ["cut.vcf.gz", gzipSync(good).subarray(0, 1000)],
  "a gzip bomb": ["bomb.vcf.gz", gzipSync(Buffer.concat([Buffer.from(header), Buffer.alloc(120_000_000, "Z\t1\t.\tG\tA\t.\t.\t.\n")]))],
  "too few columns": ["columns.vcf", `${header}MT\t1\t.\tG\n`],
  "a position that is no number": ["position.vcf", `${header}MT\tone\t.\tG\tA\t.\t.\t.\n`],
  "one line of 100 MB": ["line.vcf", `${header}MT\t1\t.\tG\t${"A".repeat(40_000_000)}\t.\t.\t.\n`],
};

for (const [what, [name, bytes]] of Object.entries(failing)) {
  test(`${what} fails with a cause and a remedy`, async () => {
    const big = name === "line.vcf";
    const body = big ? Buffer.concat([Buffer.from(bytes), Buffer.alloc(60_000_000, "A")]) : bytes;
    const who = big ? new Client(server, "premium@example.org", "premium_user") : ada;
    const job = await who.submit(name, body);
    const ended = await who.ended(job.job_id);
    assert.equal(ended.job_status, "FAILED");
    assert.ok(ended.failure.code, "a code");
    assert.ok(ended.failure.cause.length > 10, "a cause");
    assert.ok(ended.failure.remedy.length > 10, "a remedy");
  });
}

test("a wrong column count names the line", async () => {
  const job = await ada.submit("line3.vcf", `${header}MT\t1\t.\tG\tA\t.\t.\t.\nMT\t1\t.\n`);
  const ended = await ada.ended(job.job_id);
  assert.equal(ended.failure.line, 4);
});

const accepted = {
  "a header only": ["header.vcf", header],
  "an unsorted file": ["unsorted.vcf", `${header}MT\t200\t.\tA\tG\t.\t.\t.\nMT\t73\t.\tA\tG\t.\t.\t.\n`],
  "a REF that differs": ["ref.vcf", `${header}MT\t73\t.\tC\tG\t.\t.\t.\n`],
  "position 0 and past the end": ["ends.vcf", `${header}MT\t0\t.\tN\tG\t.\t.\t.\nMT\t20000\t.\tA\tG\t.\t.\t.\n`],
  "an emoji in the name": ["🧬 köln.vcf", good],
};

for (const [what, [name, bytes]] of Object.entries(accepted)) {
  test(`${what} completes, and the log says what is odd`, async () => {
    const job = await ada.submit(name, bytes);
    const ended = await ada.ended(job.job_id);
    assert.equal(ended.job_status, "COMPLETED", JSON.stringify(ended.failure));
    assert.equal(ended.input_file_name, name);
    const log = await (await ada.request(`/jobs/${job.job_id}/log`)).text();
    if (what.startsWith("a REF")) assert.match(log, /REF/);
    if (what.startsWith("position")) assert.match(log, /position/i);
  });
}

for (const name of ["../../escape.vcf", `${"a".repeat(296)}.vcf`, "table.xlsx", "a\u0007.vcf", ".vcf"]) {
  test(`the name ${JSON.stringify(name.slice(0, 20))} is refused with a reason`, async () => {
    const boundary = "xxBOUNDARYxx";
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${good}\r\n--${boundary}--\r\n`;
    const answer = await ada.request("/jobs", {
      method: "POST",
      body,
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    });
    assert.equal(answer.status, 422);
    assert.equal((await answer.json()).code, "invalid_file_name");
  });
}

test("an empty file is refused", async () => {
  await assert.rejects(ada.submit("empty.vcf", ""), (error) => error.body.code === "empty_file");
});

test("the same file twice is two jobs with results of their own", async () => {
  const [one, two] = await Promise.all([ada.submit("same.vcf", good), ada.submit("same.vcf", good)]);
  assert.notEqual(one.job_id, two.job_id);
  await ada.ended(one.job_id);
  await ada.ended(two.job_id);
  assert.deepEqual(await ada.result(one.job_id), await ada.result(two.job_id));
});

test("an upload that breaks off half way leaves nothing", async () => {
  const before = server.files("objects").length;
  const { hostname, port } = new URL(server.address);
  const socket = net.connect(Number(port), hostname);
  socket.write(
    `POST /api/v1/jobs HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${ada.secret}\r\n` +
    "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 1000000\r\n\r\n" +
    `--B\r\nContent-Disposition: form-data; name="file"; filename="half.vcf"\r\n\r\n${good}`,
  );
  await pause(500);
  socket.destroy();
  await until(() => server.files("objects").length === before, { what: "the half upload is gone" });
});

test("a file above the plan's limit is refused, and says what to do", async () => {
  const small = new Server({ settings: quick, flags: ["--preset", "classroom"] });
  try {
    await small.start();
    const student = new Client(small, "student@example.org");
    await assert.rejects(student.submit("big.vcf", Buffer.alloc(160 * 1024, "#")), (error) => {
      assert.equal(error.status, 413);
      assert.equal(error.body.code, "too_large");
      assert.match(error.body.detail, /premium/);
      return true;
    });
    assert.deepEqual(small.files("objects"), []);
  } finally {
    await small.remove();
  }
});

test("after all this the service is well, and nothing is left in queues or temporary folders", async () => {
  assert.equal((await fetch(`${server.address}/readyz`)).status, 200);
  await until(async () => {
    const metrics = await (await fetch(`${server.address}/metrics`)).text();
    // Completed results of a free user wait, delayed, for their archive's date: that is no rest.
    const depths = [...metrics.matchAll(/^gas_queue_(?:ready|in_flight|dead)\{[^}]*\} (\d+)/gm)];
    assert.equal(depths.length, 15, "three depths of five queues are in the metrics");
    return depths.every(([, value]) => value === "0");
  }, { what: "all queues are empty" });
  assert.deepEqual(server.files("work"), []);
  assert.deepEqual(server.files("tmp"), []);
});
