// The same site without a mouse, without scripts, and on a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Server, quick } from "../server.mjs";
import { Person, example, openBrowser } from "./browser.mjs";

const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__RETENTION: "1h" } });
let browser;

before(async () => {
  await server.start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

/** Presses Tab until the element with that name has the focus, as somebody without a mouse does. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const shown = getComputedStyle(element);
      const zone = element.closest(".drop");
      const ring = shown.outlineStyle !== "none" || (zone && getComputedStyle(zone).outlineStyle !== "none");
      return { name: (element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText ?? "").trim(), ring };
    });
    if (focused.name.startsWith(name)) {
      assert.ok(focused.ring, `the focus on ${name} can be seen`);
      return;
    }
  }
  assert.fail(`the keyboard does not reach ${name}`);
}

test("without a mouse", { timeout: 120_000 }, async () => {
  const ada = await Person.at(browser, server);
  const { page } = ada;
  const press = (key) => page.keyboard.press(key);
  await page.goto("/");
  await press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "Skip to the content");
  await tabTo(page, "Sign in to annotate");
  await press("Enter");
  await page.waitForURL(/\/sign-in/);
  // The field has the focus already.
  await page.keyboard.type("ada@example.org");
  await press("Enter");
  await page.waitForURL("**/sign-in/sent");
  await tabTo(page, "Open the outbox");
  await press("Enter");
  await page.waitForURL("**/outbox");
  await tabTo(page, await page.locator(".mail-subject").first().innerText());
  await press("Enter");
  await page.waitForURL("**/outbox/*");
  await tabTo(page, "http");
  await press("Enter");
  await page.getByRole("heading", { name: "Sign in as" }).waitFor();
  await press("Enter");
  await page.waitForURL("**/annotate");
  await tabTo(page, "Drop VCF files here");
  const chosen = page.waitForEvent("filechooser");
  await press("Enter");
  await (await chosen).setFiles(example);
  await page.getByText("Looks fine.").waitFor();
  await tabTo(page, "Annotate");
  await press("Enter");
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
  await ada.shows("Completed");
  await tabTo(page, "View log");
  await press("Enter");
  await page.waitForURL("**/log");
  await page.goBack();
  await tabTo(page, "ada@example.org");
  await press("Enter");
  await page.getByRole("link", { name: "Profile and API tokens" }).waitFor();
  await press("Escape");
  assert.equal(await page.locator("details.menu").getAttribute("open"), null);
  await tabTo(page, "Delete");
  await press("Enter");
  await tabTo(page, "Delete “free_1.vcf”");
  await press("Enter");
  await page.waitForURL("**/annotations");
  await page.getByText("Nothing here yet").waitFor();
  assert.deepEqual(ada.complaints, []);
});

test("without scripts", async () => {
  const bob = await Person.at(browser, server, { javaScriptEnabled: false });
  await bob.signIn("bob@example.org");
  const { page } = bob;
  await page.goto("/annotate");
  await page.setInputFiles("#file", example);
  await page.getByRole("button", { name: "Annotate", exact: true }).click();
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
  const job = page.url();
  // The page loads itself again until the job has ended.
  await bob.shows("Completed");
  assert.match(await page.locator(".facts time").first().innerText(), /UTC$/);
  assert.match(await page.locator("#account").innerText(), /1,141 read/);
  await page.getByRole("link", { name: "View log" }).click();
  await page.locator("pre.log").waitFor();
  await page.goto(job);
  await page.locator("#variants").click();
  await page.getByLabel("Gene").fill("mt-nd1");
  await page.getByLabel("Impact").selectOption("MODERATE");
  await page.getByRole("button", { name: "Filter" }).click();
  assert.match(await page.locator("#filtered").innerText(), /^\d+ variants\.$/);
  assert.match(await page.locator(".variants tbody tr").first().innerText(), /MT-ND1/);
  await page.goto("/");
  await page.getByRole("button", { name: "Try the example" }).click();
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
  assert.notEqual(page.url(), job);
  await page.goto("/annotations");
  assert.equal(await page.locator(".list tbody tr").count(), 2);
  assert.deepEqual(bob.complaints, []);
});

test("a form sent twice, as from two tabs, is one job", async () => {
  const tom = await Person.at(browser, server, { javaScriptEnabled: false });
  await tom.signIn("tom@example.org");
  const { page } = tom;
  await page.goto("/annotate");
  const form = await page.locator("#annotate [name=upload_id]").inputValue();
  const csrf_token = await page.locator("#annotate [name=csrf_token]").inputValue();
  const send = () => page.request.post("/annotate", {
    headers: { origin: server.address },
    multipart: { csrf_token, upload_id: form, file: { name: "twice.vcf", mimeType: "text/plain", buffer: readFileSync(example) } },
  });
  const pages = (await Promise.all([send(), send(), send()])).map((answer) => answer.url());
  assert.equal(new Set(pages).size, 1, pages.join(" "));
  await page.goto("/annotations");
  assert.equal(await page.locator(".list tbody tr").count(), 1);
});

test("on a phone", { timeout: 120_000 }, async () => {
  const eve = await Person.at(browser, server, { viewport: { width: 320, height: 640 }, hasTouch: true });
  const { page } = eve;
  await page.goto("/");
  await eve.check("phone-home");
  await eve.signIn("eve@example.org");
  await page.goto("/annotate");
  await eve.check("phone-annotate");
  await page.setInputFiles("#file", { name: `${"long name ".repeat(12)}.vcf`, mimeType: "text/plain", buffer: readFileSync(example) });
  await page.getByText("Looks fine.").waitFor();
  await eve.fits("the card of a long name");
  await page.locator("#start:enabled").click();
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
  await eve.shows("Completed");
  await eve.check("phone-details");
  const details = page.url();
  await page.locator("#formats").click();
  await eve.check("phone-details-formats");
  await page.locator("#variants").click();
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByText(/^51 to 100 of 1,17\d variants\.$/).waitFor();
  await eve.check("phone-variants");
  await page.setViewportSize({ width: 1200, height: 850 });
  await eve.check("variants");
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(details);
  for (const path of ["/annotations", "/profile", "/subscribe", "/outbox", `${new URL(page.url()).pathname}/log`]) {
    await page.goto(path);
    await eve.check(`phone${path.replace(/[0-9a-f-]{36}/, "job").replaceAll("/", "-")}`);
  }
});
