// Files that go by a form straight to where a back end keeps them. This one keeps none that way, so the test plays the
// store and adds to the server's answers what the AWS back end would have it say.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Sha256 } from "../../crates/web/frontend/src/sha256.js";
import { storeFault } from "../../crates/web/frontend/src/transfer.js";
import { Server, quick } from "../server.mjs";
import { Person, example, longVcf, openBrowser } from "./browser.mjs";
import { Store } from "./store.mjs";

const server = new Server({ settings: quick });
let browser;

before(async () => {
  await server.start();
  browser = await openBrowser();
});
const stores = [];
after(async () => {
  for (const store of stores) await store.stop();
  await browser?.close();
  await server.remove();
});

/** Somebody on the annotate page of a server with such a store. */
async function visitor(email, { most = 5 * 2 ** 30, allowed = true } = {}) {
  const person = await Person.at(browser, server);
  await person.signIn(email);
  const { page, context } = person;
  // The page comes from the test, which is nowhere, and its store is on this machine.
  await context.grantPermissions(["local-network-access"]);
  let upload;
  const store = await new Store(server.address, async (bytes) => {
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const token = await page.locator('meta[name="csrf-token"]').getAttribute("content");
    const headers = { cookie, "x-csrf-token": token };
    const put = await fetch(server.address + upload.url, { method: "PUT", headers, body: bytes });
    assert.equal(put.status, 200);
  }).start();
  stores.push(store);
  await page.route("**/annotate", async (route) => {
    const answer = await route.fetch();
    const text = (await answer.text()).replace('data-direct-bytes="0"', `data-direct-bytes="${most}"`);
    const headers = answer.headers();
    if (allowed) headers["content-security-policy"] += ` ${store.address}`;
    await route.fulfill({ response: answer, headers, body: text });
  });
  person.announced = [];
  await page.route("**/uploads", async (route) => {
    const answer = await route.fetch();
    const announced = route.request().postDataJSON();
    person.announced.push(announced);
    upload = await answer.json();
    if (announced.sha256) upload.form = { url: store.address, fields: { key: "köln 🧬", policy: "signed" } };
    await route.fulfill({ response: answer, json: upload });
  });
  person.puts = [];
  page.on("request", (request) => request.method() === "PUT" && person.puts.push(request.url()));
  await page.goto("/annotate");
  return { person, page, store };
}

async function begin(page, file) {
  await page.setInputFiles("#file", file);
  await page.locator("#start:enabled").click();
}

const job = /\/annotations\/[0-9a-f-]{36}$/;

test("a file goes straight to the store, with its checksum", async () => {
  const { person, page, store } = await visitor("ada@example.org");
  await begin(page, example);
  await page.waitForURL(job);
  const bytes = readFileSync(example);
  assert.deepEqual(store.taken[0].map(([name]) => name), ["key", "policy", "file"]);
  assert.equal(store.taken[0][0][1].toString(), "köln 🧬");
  assert.ok(store.taken[0][2][1].equals(bytes));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  assert.deepEqual(person.announced, [{ file_name: "free_1.vcf", size: bytes.length, sha256 }]);
  assert.deepEqual(person.puts, [], "nothing passed through the server");
  await person.shows("Completed");
  assert.deepEqual(person.complaints, []);
});

test("what the store refuses is told in plain words, and can be tried again", async () => {
  const { page, store } = await visitor("bob@example.org");
  await page.setInputFiles("#file", example);
  for (const [plan, words] of [
    [[400, "EntityTooLarge"], "The file changed while it was uploaded. Choose it again."],
    [[403, "AccessDenied"], "The store did not take the file"],
    [[503, "SlowDown"], "The store is busy. Try again in a minute."],
  ]) {
    store.plans = [plan];
    await page.locator("#start:enabled").click();
    await page.getByText(words).waitFor();
  }
  assert.equal(store.asked, 3, "an answer is an answer");
  await page.locator("#start:enabled").click();
  await page.waitForURL(job);
});

test("a broken connection is tried once more, and then told", async () => {
  const { page, store } = await visitor("tom@example.org");
  store.plans = ["break", "break"];
  await begin(page, example);
  await page.getByText("The connection broke off. Try again.").waitFor();
  assert.equal(store.asked, 2);
  store.plans = ["break"];
  await page.locator("#start:enabled").click();
  await page.waitForURL(job);
});

test("an upload can be stopped", async () => {
  const { person, page, store } = await visitor("ida@example.org");
  await page.setInputFiles("#file", { name: "slow.vcf", mimeType: "text/plain", buffer: longVcf(4500) });
  await page.locator("#start:enabled").waitFor();
  const network = await person.context.newCDPSession(page);
  const speed = (uploadThroughput) => network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await speed(20_000);
  await page.locator("#start").click();
  await page.getByText(/^\d+ % · .* of 12\d KiB/).waitFor();
  await person.check("annotate-stoppable");
  await page.getByRole("button", { name: "Stop the upload of slow.vcf" }).click();
  await page.getByText("The upload was stopped.").waitFor();
  assert.equal(store.taken.length, 0);
  await speed(-1);
  await page.locator("#start:enabled").click();
  await page.waitForURL(job);
});

test("what is larger than a form may be passes through the server", async () => {
  const { person, page, store } = await visitor("eve@example.org", { most: 1000 });
  await begin(page, example);
  await page.waitForURL(job);
  assert.deepEqual([store.asked, person.puts.length, person.announced[0].sha256], [0, 1, undefined]);
});

test("a page that does not allow the store's address reaches none", async () => {
  const { person, page, store } = await visitor("zoe@example.org", { allowed: false });
  await begin(page, example);
  await page.getByText("The connection broke off. Try again.").waitFor();
  assert.equal(store.asked, 0);
  assert.match(person.complaints.join("\n"), /Content Security Policy/);
});

test("the checksum is SHA-256, however the bytes come", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1000, 100_000]) {
    const bytes = randomBytes(length);
    for (const step of [1, 37, 64, 65_536]) {
      const hasher = new Sha256();
      for (let at = 0; at < length; at += step) hasher.update(bytes.subarray(at, at + step));
      assert.equal(hasher.finish(), createHash("sha256").update(bytes).digest("hex"), `${length} bytes by ${step}`);
    }
  }
});

test("an answer that is not understood is told by its status", () => {
  assert.equal(storeFault(418, "<html>").message, "The store answered 418. Try again.");
  assert.equal(storeFault(400, "<Error><Code>Odd</Code></Error>").message, "The store answered 400 (Odd). Try again.");
  assert.equal(storeFault(502, "").message, "The store is busy. Try again in a minute.");
  assert.equal(storeFault(0, "").message, "The connection broke off. Try again.");
});
