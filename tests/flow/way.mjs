// One job's whole way, told so that it can be interrupted anywhere: every step may be repeated.
import assert from "node:assert/strict";
import { Client, mails } from "../client.mjs";
import { until } from "../server.mjs";

/** Calls again what a dying server left unanswered, until it is answered. */
async function insist(act, what) {
  return until(async () => {
    try {
      return { value: await act() };
    } catch (error) {
      if (error.status) throw Object.assign(error, { fatal: true });
      return undefined;
    }
  }, { what, seconds: 60, every: 100 }).then((answer) => answer.value);
}

/**
 * Submits a file, has the result archived, upgrades and gets it back. Then checks what must hold: the job
 * COMPLETED, the result hot with the bytes expected, one mail per event (two after a crash), nothing left over.
 */
export async function wholeWay(server, { email, name, input, expected }) {
  const user = new Client(server, email);
  const headers = { "idempotency-key": `${email}-${name}` };
  const { job_id: id } = await insist(() => user.submit(name, input, headers), "the job is accepted");
  await user.ended(id, 90);
  await until(async () => (await user.job(id)).result_place === "archived", { what: `${id} is archived`, seconds: 90 });
  await insist(async () => {
    const answer = await user.subscribe();
    if (!answer.ok) throw new Error(`subscribe: ${answer.status}`);
    return true;
  }, "the upgrade is accepted");
  const job = await until(async () => {
    const now = await user.job(id);
    return now.result_place === "hot" && now;
  }, { what: `${id} is hot again`, seconds: 90 });
  assert.equal(job.job_status, "COMPLETED");
  const bytes = await insist(() => user.result(id), "the result is read");
  if (expected) assert.ok(bytes.equals(expected), "the result has the bytes it should have");
  return { id, bytes, user };
}

/** How many mails each event of a job brought: ended, archived, restored. */
export async function mailCount(server, id) {
  return (await mails(server)).filter((text) => text.includes(`/annotations/${id}`)).length;
}

/** Nothing of that job is left where it should not be. */
export async function nothingLeftOver(server, ids) {
  await until(() => {
    const cold = server.files("cold");
    const results = server.files("objects/results").filter((path) => path.endsWith(".annot.vcf"));
    const temporary = ["work", "tmp", "objects/tmp"].flatMap((folder) => server.files(folder));
    return cold.length === 0 && results.length === ids.length && temporary.length === 0;
  }, { what: "no cold copy, no doubled result and no temporary file is left", seconds: 60 })
    .catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify({ cold: server.files("cold"), all: server.files("objects"), work: server.files("work"), tmp: server.files("tmp") }, null, 1)}`);
    });
}
