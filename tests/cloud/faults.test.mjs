// Every call to AWS fails, is throttled, loses its answer, comes late or is made twice, while jobs are under way and
// their owners change plans. GAS_TEST_JOBS says how many jobs: some in `make test`, 500 in `make test-faults`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "../client.mjs";
import { pause } from "../server.mjs";
import * as aws from "./aws.mjs";
import { Fleet } from "./fleet.mjs";
import { Proxy, mishaps } from "./proxy.mjs";
import { Stack } from "./stack.mjs";
import { input, insist, nothingLeftOver, queuesAreEmpty, subscribe, wholeWay } from "./way.mjs";

const jobs = Number(process.env.GAS_TEST_JOBS ?? 40);
const each = Object.keys(mishaps);
/** How often each mishap befalls each operation, at least. */
const times = Number(process.env.GAS_TEST_MISHAPS ?? 1);

/** Chooses mishaps so that in the end each has befallen each operation. */
class Chance {
  constructor() {
    this.on = false;
    this.called = new Map();
    this.befallen = new Map();
  }

  decide(operation) {
    if (this.on) this.called.set(operation, (this.called.get(operation) ?? 0) + 1);
    const counts = this.befallen.get(operation) ?? Object.fromEntries(each.map((name) => [name, 0]));
    const few = Math.min(...Object.values(counts)) < times;
    // What is seldom called has its turn at once; what is called all the time must get through now and then.
    if (!this.on || Math.random() > (few ? 0.7 : 0.2)) return undefined;
    const least = Math.min(...Object.values(counts));
    const kind = each.filter((name) => counts[name] === least)[0];
    counts[kind] += 1;
    this.befallen.set(operation, counts);
    return mishaps[kind];
  }

  /** What has not happened often enough, though the operation was called often enough for it. */
  missing() {
    const often = [...this.called].filter(([, count]) => count > 4 * each.length * times).map(([operation]) => operation);
    return often.flatMap((operation) => each
      .filter((kind) => (this.befallen.get(operation)?.[kind] ?? 0) < times)
      .map((kind) => `${operation} ${kind}`));
  }
}

let stack;
let fleet;
let proxy;
const chance = new Chance();
before(async () => {
  stack = await Stack.create();
  proxy = await Proxy.before(process.env.GAS_TEST_MINISTACK, (operation) => chance.decide(operation));
  fleet = await new Fleet(stack, { endpoint: proxy.address }).start();
});
after(async () => {
  await fleet?.remove();
  await proxy?.close();
  await stack?.delete();
});

test(`${jobs} jobs end well whatever befalls the calls to AWS`, async () => {
  const calm = await wholeWay(fleet, { email: "calm@example.org" });
  chance.on = true;
  const users = Array.from({ length: Math.ceil(jobs / 4) }, (_, number) => new Client(fleet, `user${number}@example.org`));
  const submitted = [];
  // Users with an even number end premium, the others free, some after a change of mind.
  const lives = users.map(async (user, number) => {
    await pause(number * 100);
    for (let count = 0; count < 4; count += 1) {
      const key = { "idempotency-key": `${user.email}-${count}` };
      const { job_id: id } = await insist(() => user.submit("way.vcf", input, key), "a job is accepted", 180);
      submitted.push({ id, user, premium: number % 2 === 0 });
      // Long enough for some results to be archived when the plan changes.
      await pause(Math.random() * 6000);
      if (count === 1 && number % 2 === 0) await subscribe(user);
      if (count === 1 && number % 3 === 0) await subscribe(user, false);
      if (count === 2 && number % 2 === 0) await subscribe(user);
    }
    // Some have everything archived and brought back, while calls go wrong.
    if (number % 4 === 0) {
      await subscribe(user, false);
      const first = submitted.find((job) => job.user === user);
      await user.at(first.id, "archived", 300);
      await subscribe(user);
    }
  });
  await Promise.all(lives);
  assert.deepEqual(chance.missing(), [], "each mishap has befallen each operation that was called often enough");
  chance.on = false;
  for (const { id, user, premium } of submitted) {
    const job = await user.ended(id, 300);
    assert.equal(job.job_status, "COMPLETED", JSON.stringify(job));
    await user.at(id, premium ? "hot" : "archived", 300);
  }
  for (const { id, user, premium } of submitted.filter(({ premium }) => premium)) {
    assert.ok((await user.result(id)).equals(calm.bytes), `the result of ${id} is whole (${premium})`);
  }
  const rows = (await aws.items(stack.tables.jobs)).filter((item) => item.job_status);
  assert.equal(rows.length, submitted.length + 1, "one submission, one job");
  const hot = submitted.filter(({ premium }) => premium).length + 1;
  await nothingLeftOver(stack, { hot, cold: submitted.length + 1 - hot });
  await queuesAreEmpty(stack, { dead: null, seconds: 120 });
  const mails = await aws.mails();
  for (const { id } of submitted) {
    const told = mails.filter(({ text, subject }) => text.includes(`/annotations/${id}`) && /annotated/.test(subject)).length;
    assert.ok(told >= 1, `the end of ${id} was told`);
  }
  const befallen = [...proxy.befallen.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${submitted.length} jobs, ${befallen} mishaps: ${[...proxy.befallen].map(([name, count]) => `${count} ${name}`).join(", ")}`);
});
