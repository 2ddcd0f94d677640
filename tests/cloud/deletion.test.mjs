// On AWS, too, every process may die while an account is deleted: nothing of it is left, and one receipt comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deletionSteps } from "../failpoints.mjs";
import { furnished, leave, lifeGoesOn, neighbour, oneReceipt, traces } from "../leaving.mjs";
import { until } from "../server.mjs";
import * as aws from "./aws.mjs";
import { Fleet } from "./fleet.mjs";
import { count, inLanes, openStacks } from "./lanes.mjs";
import { queuesAreEmpty } from "./way.mjs";

const settings = { GAS__PLANS__FREE__RETENTION: "3s" };
const stacks = openStacks();

const mailed = async (email) => (await aws.mails()).filter(({ to }) => to.includes(email)).map(({ text }) => text).reverse();

/**
 * What is left of that user: rows, and objects by their keys. Kept are the trail, under the user's number alone, and links to
 * sign in, which DynamoDB lets go by itself.
 */
async function left(stack, gone) {
  const known = traces(gone);
  const found = [];
  // There is no table of archives where S3 keeps them.
  for (const [name, table] of Object.entries(stack.tables).filter(([, table]) => table)) {
    const words = name === "audit" ? [gone.person.email] : known;
    for (const item of await aws.items(table)) {
      const text = JSON.stringify(item);
      const ends = item.id?.startsWith("link/") && item.expires;
      if (!ends && words.some((word) => text.includes(word))) found.push(`${name}: ${text}`);
    }
  }
  for (const bucket of Object.values(stack.buckets)) {
    found.push(...(await aws.keys(bucket)).filter((key) => known.some((word) => key.includes(word))));
  }
  return found;
}

async function leaving(stack, step) {
  const fleet = new Fleet(stack, { settings });
  const goes = { email: `ada-${step}@example.org` };
  try {
    await fleet.start({ each: 1, env: { GAS_FAILPOINT: step } });
    const stays = await neighbour(fleet, `eve-${step}@example.org`, mailed);
    Object.assign(goes, await furnished(fleet, goes.email, mailed));
    assert.notDeepEqual(await left(stack, goes), [], "there is something to find");
    await leave(goes);
    await until(() => fleet.deaths.length > 0, { what: `a process died at ${step}` });
    let found;
    await until(async () => {
      found = await left(stack, goes);
      return found.length === 0;
    }, { what: "nothing of the account is left", seconds: 60, every: 500 }).catch((error) => {
      throw new Error(`${error.message}:\n${found.join("\n")}`);
    });
    await queuesAreEmpty(stack);
    assert.deepEqual(fleet.deaths.map(({ signal }) => signal), ["SIGKILL"]);
    await oneReceipt(mailed, goes.email, { atMost: step === "deletion.mailed" ? 2 : 1 });
    await lifeGoesOn(goes, stays);
  } catch (error) {
    throw new Error(`${error.stack}\n${fleet.errors}`);
  } finally {
    await fleet.remove();
  }
}

test("a death at any step of a deletion changes nothing but time", { concurrency: count, timeout: 300_000 }, (suite) =>
  inLanes(suite, stacks, deletionSteps, leaving));
