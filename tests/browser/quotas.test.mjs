// What is left of the plan is told before a file is sent, and what is used on the profile page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { noRoom } from "../../crates/web/frontend/src/preflight.js";
import { Server, quick } from "../server.mjs";
import { Person, example, openBrowser } from "./browser.mjs";

const settings = {
  ...quick,
  GAS__PLANS__FREE__RETENTION: "1h",
  GAS__PLANS__FREE__MAX_JOBS_AT_ONCE: "10",
  GAS__PLANS__FREE__MAX_JOBS_PER_DAY: "4",
  GAS__PLANS__FREE__MAX_STORED: "16MiB",
};
const server = new Server({ settings });
const bytes = readFileSync(example);
let browser;

before(async () => {
  await server.start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

test("what is left is said in words", () => {
  assert.equal(noRoom(10, 10, 1), undefined);
  assert.equal(noRoom(10, Infinity, Infinity), undefined);
  assert.match(noRoom(11, 10, 1), /^It does not fit: 10 bytes of your storage is left\./);
  assert.match(noRoom(1, 0, 1), /nothing of your storage is left/);
  assert.match(noRoom(1, Infinity, 0), /^No more jobs are taken now/);
});

test("a file that does not fit is refused before it is sent", async () => {
  const ada = await Person.at(browser, server);
  await ada.signIn("ada@example.org");
  const { page } = ada;
  await page.goto("/annotate");
  assert.match(await page.locator("#left").innerText(), /Left on the Free plan: 10 more jobs now, 4 more jobs today and 16 MiB of storage\./);
  const padded = Buffer.concat([bytes, Buffer.from(`##padding=${"x".repeat(16 * 1024 * 1024 - 1000 - bytes.length)}\n`)]);
  await page.setInputFiles("#file", [
    { name: "small.vcf", mimeType: "text/plain", buffer: bytes },
    { name: "large.vcf", mimeType: "text/plain", buffer: padded },
  ]);
  const large = page.locator(".card-file").nth(1);
  await large.getByText(/It does not fit: .* of your storage is left/).waitFor();
  await ada.check("annotate-no-room");
  // Alone it would: what is left is shared out in the order of the cards.
  await page.getByRole("button", { name: "Remove small.vcf" }).click();
  await large.getByText(/It does not fit/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Remove large.vcf" }).click();
  await page.setInputFiles("#file", [{ name: "small.vcf", mimeType: "text/plain", buffer: bytes }]);
  await page.locator("#start:enabled").click();
  await page.waitForURL("**/annotations/*");
  await page.getByRole("heading", { name: /small\.vcf/ }).waitFor();
  assert.deepEqual(ada.complaints, []);
});

test("the profile shows what is used, and the limit what to do", async () => {
  const bob = await Person.at(browser, server);
  await bob.signIn("bob@example.org");
  const { page } = bob;
  for (let n = 0; n < 4; n += 1) {
    await page.goto("/annotate");
    await page.setInputFiles("#file", [{ name: `${n}.vcf`, mimeType: "text/plain", buffer: bytes }]);
    await page.locator("#start:enabled").click();
    await page.waitForURL("**/annotations/*");
  }
  await page.goto("/profile#usage");
  const usage = page.locator("section", { has: page.locator("#usage") });
  assert.match(await usage.innerText(), /Jobs today[\s\S]*4 of 4[\s\S]*nothing left/);
  assert.equal(await usage.locator("meter").count(), 3);
  await bob.check("profile-usage");
  await page.goto("/annotate");
  await page.setInputFiles("#file", [{ name: "fifth.vcf", mimeType: "text/plain", buffer: bytes }]);
  await page.getByText("No more jobs are taken now").waitFor();
  assert.ok(await page.locator("#start").isDisabled());
  // Without the script's knowledge, such as by the example's button.
  bob.errorsAreExpected = true;
  await page.locator(".example button").click();
  await page.getByRole("heading", { name: "Enough for now" }).waitFor();
  await bob.check("too-many-jobs-today");
});
