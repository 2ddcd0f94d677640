// The way of a newcomer through all pages, with every page checked in light and dark.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Server, quick } from "../server.mjs";
import { Person, example, longVcf, openBrowser } from "./browser.mjs";

// Long enough to look at the page, short enough to wait for the archive.
const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__RETENTION: "20s", GAS__EMBEDDED__COLD_STORAGE__EXPEDITED_TIME: "3s" } });
let browser;

before(async () => {
  await server.start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

test("from the home page to a deleted job", { timeout: 180_000 }, async (t) => {
  const ada = await Person.at(browser, server);
  const { page } = ada;

  await t.test("home, sign-in, outbox", async () => {
    await page.goto("/");
    await ada.check("home");
    await page.getByRole("link", { name: "Sign in to annotate" }).click();
    await ada.check("sign-in");
    await page.getByLabel("E-mail address").fill("ada@example.org");
    await page.getByRole("button", { name: "Mail me a link" }).click();
    await ada.check("sign-in-sent");
    await page.getByRole("link", { name: "Open the outbox" }).click();
    await ada.check("outbox");
    await page.locator(".mail-list a").first().click();
    await ada.check("outbox-mail");
    await page.locator(".mail-text a").first().click();
    await page.getByRole("heading", { name: "Sign in as ada@example.org" }).waitFor();
    await ada.check("sign-in-confirm");
    await page.getByRole("button", { name: "Sign in" }).click();
    // Back to where the link on the home page wanted to go.
    await page.waitForURL("**/annotate");
    await page.goto("/annotations");
    await page.getByText("Nothing here yet").waitFor();
    await ada.check("annotations-empty");
    await page.goto("/");
    await ada.check("home-signed-in");
  });

  let job;
  let downloaded;
  await t.test("a file through the chooser", async () => {
    await page.goto("/annotate");
    const chosen = page.waitForEvent("filechooser");
    await page.locator("#drop").click();
    await (await chosen).setFiles(example);
    await page.getByText("Looks fine.").waitFor();
    const card = page.locator(".card-file");
    assert.match(await card.innerText(), /VCF 4\.0[\s\S]*1,141[\s\S]*rCRS/);
    await ada.check("annotate-chosen");
    await page.getByRole("button", { name: "Annotate" }).click();
    await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
    job = page.url();
    await ada.shows("Completed");
    assert.match(await page.title(), /^Completed – free_1\.vcf/);
  });

  await t.test("the result: account, plots, table, countdown", async () => {
    assert.equal(await page.locator("#account").innerText(), "1,141 read = 1,140 annotated + 1 kept as they were.");
    assert.match(await page.locator("#situation").innerText(), /moves to the archive in \d+ s/);
    assert.ok((await page.locator(".consequences tbody tr").count()) >= 5);
    const counts = (await page.locator(".consequences tbody tr td:nth-of-type(2)").allInnerTexts()).map((text) => Number(text.replace(",", "")));
    assert.deepEqual(counts, counts.toSorted((one, other) => other - one), "sorted by count");
    await page.getByText("The same as a table").click();
    assert.ok((await page.locator(".twin tbody tr").count()) > 50);
    assert.match(await page.locator(".variants").innerText(), /MT-ND4[\s\S]*stop_gained/);
    // The server writes UTC; the page shows the time of this browser's place.
    const time = page.locator(".facts time").first();
    assert.match(await time.getAttribute("title"), / UTC$/);
    assert.ok(!(await time.innerText()).includes("UTC"));
    await ada.check("details-completed");
  });

  await t.test("download, log", async () => {
    const saving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download result" }).click();
    const download = await saving;
    assert.equal(download.suggestedFilename(), "free_1.annot.vcf");
    downloaded = readFileSync(await download.path());
    assert.match(downloaded.toString(), /CSQ=/);
    await page.locator("#formats").click();
    await ada.check("details-formats");
    const savingTable = page.waitForEvent("download");
    await page.getByRole("link", { name: "TSV", exact: true }).click();
    assert.equal((await savingTable).suggestedFilename(), "free_1.annot.tsv");
    await page.locator("#reports").click();
    const savingReport = page.waitForEvent("download");
    await page.getByRole("link", { name: "Page with plots" }).click();
    assert.equal((await savingReport).suggestedFilename(), "free_1.vcf.report.html");
    await page.getByRole("link", { name: "View log" }).click();
    assert.match(await page.locator("pre.log").innerText(), /1,140\s+annotated/);
    await ada.check("log");
    await page.goto("/annotations");
    await page.getByRole("link", { name: "free_1.vcf", exact: true }).waitFor();
    await ada.check("annotations");
  });

  await t.test("archived while one looks on, and the upgrade offered", async () => {
    await page.goto(job);
    await page.getByText("The result is in the archive.").waitFor({ timeout: 40_000 });
    assert.match(await page.title(), /^Archived – /);
    assert.equal(await page.locator("#download").count(), 0);
    assert.ok(await page.getByRole("link", { name: "View log" }).isVisible(), "the log stays");
    await ada.check("details-archived");
    await page.getByRole("link", { name: "Upgrade to Premium for download" }).click();
    await page.getByText("the button is a demo and costs nothing").waitFor();
    await ada.check("subscribe");
    await page.getByRole("button", { name: "Upgrade to Premium (demo" }).click();
    await page.getByRole("heading", { name: "You have Premium" }).waitFor();
    await page.goto(job);
    await page.getByText("The result is being restored.").waitFor();
    await ada.check("details-restoring");
    await page.locator("#download").waitFor({ timeout: 40_000 });
    const saving = page.waitForEvent("download");
    await page.locator("#download").click();
    assert.ok(readFileSync(await (await saving).path()).equals(downloaded), "the same bytes as before");
    await page.goto("/subscribe/done");
    await ada.check("subscribe-done");
  });

  await t.test("profile, tokens", async () => {
    await page.locator("details.menu summary").click();
    await page.getByRole("link", { name: "Profile and API tokens" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Ada <b>Lovelace</b>");
    await page.getByLabel("Institution").fill("Analytical & Co");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    assert.equal(await page.locator(".menu-name").innerText(), "Ada <b>Lovelace</b>");
    await page.getByLabel("Name of a new token").fill("laptop");
    await page.getByRole("button", { name: "Make a token" }).click();
    const secret = await page.locator("#secret").inputValue();
    const answer = await fetch(`${server.address}/api/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal(answer.status, 200);
    await ada.check("profile-token");
    await page.goto("/profile");
    assert.equal(await page.locator("#secret").count(), 0, "the secret is shown once");
    await page.getByRole("button", { name: "Revoke laptop" }).click();
    await page.getByText("You have no tokens.").waitFor();
    const refused = await fetch(`${server.address}/api/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal(refused.status, 401);
    await ada.check("profile");
  });

  await t.test("unsubscribe", async () => {
    await page.getByRole("link", { name: "Cancel my Premium plan" }).click();
    await ada.check("unsubscribe");
    await page.getByRole("button", { name: "Cancel my Premium plan" }).click();
    await page.getByRole("heading", { name: "You have the free plan" }).waitFor();
    await ada.check("unsubscribed");
  });

  await t.test("live progress, cancel, run again, delete", async () => {
    await ada.annotate({ name: "long.vcf", mimeType: "text/plain", buffer: longVcf(60_000) });
    await page.locator("#progress progress").waitFor();
    await page.waitForFunction(() => /^[1-9]\d* % – long\.vcf/.test(document.title));
    await ada.check("details-running");
    await page.getByRole("button", { name: "Cancel" }).click();
    await ada.shows("Cancelled");
    await ada.check("details-cancelled");
    const before = page.url();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForURL((url) => url.href !== before);
    await page.getByText("Delete…").click();
    await page.getByRole("button", { name: "Delete “long.vcf”" }).click();
    await page.waitForURL("**/annotations");
    assert.equal(await page.getByRole("link", { name: "long.vcf", exact: true }).count(), 1, "the one before is still there");
  });

  await t.test("a file that cannot be read is told where and why", async () => {
    const bad = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t73\t.\tA\tG\t.\t.\t.\nMT\tnowhere\t.\tA\tG\t.\t.\t.\n";
    await ada.annotate({ name: "bad.vcf", mimeType: "text/plain", buffer: Buffer.from(bad) });
    await ada.shows("Failed");
    assert.match(await page.locator(".failure").innerText(), /Line 4, column 2/);
    await ada.check("details-failed");
  });

  await t.test("sign out", async () => {
    await page.locator("details.menu summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in to annotate" }).waitFor();
    await page.goto(job);
    await page.waitForURL(/\/sign-in\?next=/);
  });
});

test("errors have pages with a next step and a request id", async () => {
  const eve = await Person.at(browser, server);
  await eve.signIn("eve@example.org");
  eve.errorsAreExpected = true;
  const { page } = eve;
  for (const [name, path, status] of [["404", "/nowhere", 404], ["404-job", "/annotations/01900000-0000-7000-8000-000000000000", 404], ["405", "/annotate/example", 405], ["410", `/sign-in/${"0".repeat(64)}`, 410]]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), status, path);
    assert.match(await page.locator("main").innerText(), /Request\s+[0-9a-f-]{36}/);
    assert.ok(await page.locator("main a.btn").first().isVisible());
    await eve.check(`error-${name}`);
  }
});
