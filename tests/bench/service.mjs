// What the service costs: start, memory, latency of one job, a thousand jobs at once, a large upload.
import { spawnSync } from "node:child_process";
import { request } from "node:http";
import { createReadStream, readFileSync, rmSync, statSync, writeFileSync, openSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../client.mjs";
import { path as program } from "../program.mjs";
import { Server, pause } from "../server.mjs";

const input = readFileSync(new URL("../inputs/free_1.vcf", import.meta.url));
const median = (values) => quantile(values, 0.5);
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const failures = [];

function row(what, value, wanted, holds) {
  console.log(`${what.padEnd(52)} ${value.padEnd(34)} ${wanted.padEnd(14)} ${holds ? "ok" : "MISSED"}`);
  if (!holds) failures.push(what);
}

function memory(pid, field = "VmRSS") {
  return Number(readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${field}:\\s+(\\d+)`))[1]) / 1024;
}

async function startToReady() {
  const times = [];
  for (let n = 0; n < 7; n += 1) {
    const server = new Server();
    const begun = performance.now();
    await server.start();
    times.push(performance.now() - begun);
    await server.remove();
  }
  row("start to ready, median of 7", `${median(times).toFixed(0)} ms`, "< 300 ms", median(times) < 300);
}

async function idleMemory(server) {
  await pause(2000);
  const used = memory(server.program.child.pid);
  row("resident memory, idle", `${used.toFixed(1)} MB`, "< 60 MB", used < 60);
}

async function oneJob(server) {
  const user = new Client(server, "one@example.org", "premium_user");
  const times = [];
  for (let n = 0; n < 21; n += 1) {
    const begun = performance.now();
    const { job_id: id } = await user.submit("free_1.vcf", input);
    for (;;) {
      const job = await user.job(id);
      if (job.job_status === "COMPLETED") break;
      if (job.job_status === "FAILED") throw new Error(JSON.stringify(job.failure));
      await pause(5);
    }
    times.push(performance.now() - begun);
  }
  row("free_1.vcf, upload to COMPLETED, median of 21", `${median(times).toFixed(0)} ms`, "< 500 ms", median(times) < 500);
}

async function thousandJobs(server) {
  const users = [];
  for (let n = 0; n < 50; n += 1) users.push(new Client(server, `load${n}@example.org`, "premium_user"));
  const begun = performance.now();
  const waits = [];
  const ids = new Set();
  await Promise.all(users.map(async (user) => {
    const mine = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      const start = performance.now();
      const job = await user.submit(`load_${n}.vcf`, input);
      return { id: job.job_id, start };
    }));
    for (const { id, start } of mine) {
      ids.add(id);
      for (;;) {
        const job = await user.job(id);
        if (job.job_status === "COMPLETED") break;
        if (job.job_status === "FAILED") throw new Error(JSON.stringify(job.failure));
        await pause(200);
      }
      const job = await user.job(id);
      waits.push((Date.parse(job.complete_time) - Date.parse(job.submit_time)) / 1000);
      if (performance.now() - start < 0) throw new Error("unreachable");
    }
  }));
  const seconds = (performance.now() - begun) / 1000;
  let listed = 0;
  for (const user of users) {
    let cursor = "";
    do {
      const page = await user.json(`/jobs?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      listed += (page.jobs ?? page.items).length;
      cursor = page.next ?? page.next_cursor ?? "";
    } while (cursor);
  }
  row("1,000 jobs of 50 users: complete, none lost or doubled", `${ids.size} ids, ${listed} listed`, "1000, 1000", ids.size === 1000 && listed === 1000);
  row("  the whole, and p50 / p95 / p99 of submit to complete", `${seconds.toFixed(0)} s; ${[0.5, 0.95, 0.99].map((q) => quantile(waits, q).toFixed(1)).join(" / ")} s`, "", true);
}

/** Posts a file as a form and tells how many seconds that took. Plain HTTP: `fetch` costs the client, who shares the cores, more than the server. */
function post(server, user, path) {
  const head = '--B\r\nContent-Disposition: form-data; name="file"; filename="large.vcf"\r\n\r\n';
  const tail = "\r\n--B--\r\n";
  const headers = {
    authorization: `Bearer ${user.secret}`,
    "content-type": "multipart/form-data; boundary=B",
    "content-length": head.length + statSync(path).size + tail.length,
  };
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${server.address}/api/v1/jobs`, { method: "POST", headers }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      const seconds = (performance.now() - begun) / 1000;
      if (answer.statusCode === 201) resolve({ seconds, id: JSON.parse(text).job_id });
      else reject(new Error(text));
    });
    sent.on("error", reject);
    sent.write(head);
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    file.on("end", () => sent.end(tail));
    file.pipe(sent, { end: false });
  });
}

async function largeUpload(server) {
  const path = join(tmpdir(), `gas-bench-${process.pid}.vcf`);
  const file = openSync(path, "w");
  writeSync(file, "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
  const block = Buffer.from("Z\t1\t.\tG\tA\t.\t.\tNOTE=a line of a contig that the reference lacks\n".repeat(20_000));
  while (statSync(path).size < 200e6) writeSync(file, block);
  closeSync(file);
  const size = statSync(path).size / 1e6;
  const user = new Client(server, "large@example.org", "premium_user");
  const before = memory(server.program.child.pid);
  let peak = before;
  const timer = setInterval(() => { peak = Math.max(peak, memory(server.program.child.pid)); }, 20);
  const uploads = [];
  const copies = [];
  for (let n = 0; n < 7; n += 1) {
    const copied = performance.now();
    spawnSync("dd", [`if=${path}`, `of=${path}.copy`, "bs=1M", "conv=fsync"]);
    copies.push((performance.now() - copied) / 1000);
    rmSync(`${path}.copy`, { force: true });
    const { seconds, id } = await post(server, user, path);
    uploads.push(seconds);
    // Its annotation must not be in the way of the next one.
    await user.ended(id, 300);
  }
  clearInterval(timer);
  rmSync(path);
  const [upload, disk] = [median(uploads), median(copies)];
  row(`upload of ${size.toFixed(0)} MB against dd with fsync, medians of 7`, `${(size / upload).toFixed(0)} MB/s, dd ${(size / disk).toFixed(0)} MB/s`, "of its order", upload < disk * 3);
  row("  memory that the uploads added", `${(peak - before).toFixed(1)} MB`, "< 30 MB", peak - before < 30);
}

console.log(`${program}\n`);
await startToReady();
const server = await new Server().start();
try {
  await idleMemory(server);
  await oneJob(server);
  await largeUpload(server);
  await thousandJobs(server);
} finally {
  await server.remove();
}
if (failures.length > 0) {
  console.log(`\nmissed: ${failures.join("; ")}`);
  process.exitCode = 1;
}
