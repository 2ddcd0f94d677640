// An account is deleted by a server that dies at each step of that and is started again; nothing is left, and the receipt comes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mails } from "../client.mjs";
import { deletionSteps } from "../failpoints.mjs";
import { furnished, leave, lifeGoesOn, mark, neighbour, oneReceipt, traces } from "../leaving.mjs";
import { Server, quick, until } from "../server.mjs";
import { tables } from "./rows.mjs";

const settings = { ...quick, GAS__PLANS__FREE__RETENTION: "3s" };

/** What is left of that user: rows, files by their names, files by what is in them. Kept are the trail, under the user's number alone, and mails that were sent. */
function left(server, gone) {
  const known = traces(gone);
  const has = (text, words) => words.some((word) => text.includes(word));
  const found = [];
  for (const [name, rows] of Object.entries(tables(server.data))) {
    const words = name === "audit_event" ? [gone.person.email] : known;
    for (const row of rows) if (row.some((cell) => has(cell, words))) found.push(`row of ${name}: ${row.join(" | ")}`);
  }
  for (const path of server.files(".").filter((path) => !path.startsWith("outbox"))) {
    const bytes = readFileSync(join(server.data, path));
    if (has(path, known)) found.push(`file ${path}`);
    // Also what a database no longer tells but its file still has.
    else if (has(bytes, [mark, gone.person.email])) found.push(`text in ${path}`);
  }
  return found;
}

test("every step of a deletion has a fail-point", () => assert.ok(deletionSteps.length >= 7, deletionSteps.join(", ")));

test("a crash at any step of a deletion changes nothing but time", { concurrency: 4, timeout: 300_000 }, async (suite) => {
  await Promise.all(deletionSteps.map((step) => suite.test(step, async () => {
    const server = new Server({ settings });
    const mailed = async (email) => (await mails(server)).filter((text) => text.includes(`To: ${email}`));
    try {
      await server.start({ GAS_FAILPOINT: step });
      const stays = await neighbour(server, "eve@example.org", mailed);
      const goes = await furnished(server, "ada@example.org", mailed);
      await leave(goes);
      const { signal } = await server.exited;
      assert.equal(signal, "SIGKILL", `the server died at ${step}`);
      assert.notDeepEqual(left(server, goes), [], "there is something to find");
      await server.start();
      let found;
      await until(() => {
        found = left(server, goes);
        return found.length === 0;
      }, { what: "nothing of the account is left", seconds: 60, every: 500 }).catch((error) => {
        throw new Error(`${error.message}:\n${found.join("\n")}`);
      });
      await oneReceipt(mailed, goes.person.email, { atMost: step === "deletion.mailed" ? 2 : 1 });
      await lifeGoesOn(goes, stays);
    } finally {
      await server.remove();
    }
  })));
});
