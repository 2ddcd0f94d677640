// A person with everything an account can have, who leaves; and another who stays. Told so that every step may be interrupted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client } from "./client.mjs";
import { Person } from "./person.mjs";
import { until } from "./server.mjs";

/** Stands in every file of whoever leaves. */
export const mark = "LEAVES_WITH_ITS_OWNER";
const plain = readFileSync(new URL("./inputs/test.vcf", import.meta.url), "utf8");
const marked = plain.replace("\n", `\n##source=${mark}\n`);

/** Agrees an upload, sends its bytes, and does not submit it. */
async function upload(client, name, bytes) {
  const ask = async (path, options) => {
    const headers = { authorization: `Bearer ${client.secret}`, ...options.headers };
    const answer = await fetch(client.server.address + path, { ...options, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const headers = { "content-type": "application/json" };
  const agreed = await ask("/uploads", { method: "POST", headers, body: JSON.stringify({ file_name: name }) });
  if (bytes) await ask(agreed.url, { method: "PUT", body: bytes });
  return { id: agreed.upload_id, submit: () => ask(agreed.submit_url, { method: "POST", headers, body: "{}" }) };
}

/** A person with a session, one that was ended from afar, a token, a result in cold storage, one at hand, one to come, and uploads. */
export async function furnished(site, email, mailed) {
  const person = await new Person(site, email, mailed).signIn();
  await person.send("/profile/sign-out-everywhere", {}, "/profile");
  assert.ok(!await person.isSignedIn());
  await person.signIn();
  const client = new Client(site, email);
  await client.json("/tokens", { method: "POST", headers: { "content-type": "application/json" }, body: '{"name": "a script", "scope": "read"}' });
  const { user_id: id } = await client.json("/profile");
  const cold = (await client.submit("cold.vcf", marked)).job_id;
  await client.at(cold, "archived");
  const uploads = [await upload(client, "agreed.vcf"), await upload(client, "stored.vcf", marked)];
  const hot = (await client.submit("hot.vcf", marked)).job_id;
  await client.at(hot, "hot");
  const waiting = (await client.submit("waiting.vcf", marked)).job_id;
  return { person, client, id, jobs: { cold, hot, waiting }, uploads };
}

/** Whoever stays: a result at hand, and an upload that is to become a job. */
export async function neighbour(site, email, mailed) {
  const person = await new Person(site, email, mailed).signIn();
  const client = new Client(site, email, "premium_user");
  const { job_id: job } = await client.submit("stays.vcf", plain);
  await client.at(job, "hot");
  return { person, client, job, bytes: await client.result(job), upload: await upload(client, "later.vcf", plain) };
}

/** Asks for the deletion on its page; whether an answer comes is the death's affair. */
export async function leave({ person }) {
  return person.send("/profile/delete", { email: person.email }).catch(() => undefined);
}

/** All by which something of that user could be known. */
export function traces({ id, person, jobs, uploads }) {
  return [id, person.email, ...Object.values(jobs), ...uploads.map((upload) => upload.id)];
}

/** One receipt came: one number, in one mail, or in two where the death came right behind the first. */
export async function oneReceipt(mailed, email, { atMost = 1 } = {}) {
  const receipts = (await mailed(email)).filter((text) => text.includes("Receipt:"));
  const numbers = new Set(receipts.map((text) => text.match(/Receipt: (\S+)/)[1]));
  assert.equal(numbers.size, 1, "one receipt");
  assert.ok(receipts.length <= atMost, `${receipts.length} mails with the receipt`);
  assert.match(receipts[0], /Jobs: 3/);
}

/** The neighbour has all that there was, and nothing of the account is any good; its address begins anew. */
export async function lifeGoesOn(gone, stays) {
  assert.ok(!await gone.person.isSignedIn(), "the session is no good");
  assert.equal((await gone.client.request("/jobs")).status, 401, "the token is no good");
  assert.ok(await stays.person.isSignedIn());
  assert.ok((await stays.client.result(stays.job)).equals(stays.bytes), "the neighbour's result is as it was");
  const { job_id: later } = await stays.upload.submit();
  assert.equal((await stays.client.ended(later)).job_status, "COMPLETED");
  const again = await new Person(gone.person.site, gone.person.email, gone.person.mailed).signIn();
  const profile = await (await again.request("/api/v1/profile")).json();
  assert.notEqual(profile.user_id, gone.id);
  assert.deepEqual((await (await again.request("/api/v1/jobs")).json()).jobs, []);
  await until(async () => (await stays.client.at(later, "hot")).job_status === "COMPLETED", { what: "the neighbour's next result is there" });
}
