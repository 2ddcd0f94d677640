// Handing in files: dropped, several, refused before they are sent, and what the server refuses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Server, quick } from "../server.mjs";
import { Person, example, longVcf, openBrowser } from "./browser.mjs";

const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__MAX_UPLOAD: "150KiB" } });
let browser;

before(async () => {
  await server.start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

test("several files are dropped, looked at, and annotated", async () => {
  const ada = await Person.at(browser, server);
  await ada.signIn("ada@example.org");
  const { page } = ada;
  await page.goto("/annotate");
  const text = readFileSync(example, "latin1");
  const packed = gzipSync(readFileSync(example)).toString("base64");
  const dropped = await page.evaluateHandle(([plain, gzip]) => {
    const files = new DataTransfer();
    files.items.add(new File([plain], "one.vcf"));
    files.items.add(new File([Uint8Array.from(atob(gzip), (letter) => letter.charCodeAt(0))], "two.vcf.gz"));
    files.items.add(new File(["x".repeat(151 * 1024)], "big.vcf"));
    files.items.add(new File(["text"], "<img src=x onerror=alert(1)>.txt"));
    return files;
  }, [text, packed]);
  await page.dispatchEvent("#drop", "dragenter", { dataTransfer: dropped });
  assert.match(await page.locator("#drop").getAttribute("class"), /over/);
  await page.dispatchEvent("#drop", "drop", { dataTransfer: dropped });
  await page.getByText("4 files chosen, 2 of them cannot be annotated.").waitFor({ state: "attached" });
  const cards = page.locator(".card-file");
  assert.match(await cards.nth(1).innerText(), /1,141[\s\S]*gzip/);
  assert.match(await cards.nth(2).innerText(), /Larger than the Free plan takes \(150 KiB\)/);
  assert.match(await cards.nth(3).innerText(), /<img src=x onerror=alert\(1\)>\.txt[\s\S]*does not end in/);
  await ada.check("annotate-cards");
  await page.getByRole("button", { name: "Remove big.vcf" }).click();
  await page.getByRole("button", { name: "Annotate 2 files" }).click();
  await page.waitForURL("**/annotations");
  await page.locator(".list .badge-state", { hasText: "Completed" }).nth(1).waitFor();
  assert.deepEqual(ada.complaints, []);
});

test("what the server refuses is told on the card, and can be mended", async () => {
  const bob = await Person.at(browser, server);
  await bob.signIn("bob@example.org");
  const { page } = bob;
  bob.errorsAreExpected = true;
  await page.goto("/annotate");
  const long = `${"a".repeat(190)}.vcf`;
  await page.setInputFiles("#file", [{ name: long, mimeType: "text/plain", buffer: readFileSync(example) }]);
  await page.locator("#start:enabled").click();
  await page.getByText("The file name has 194 bytes").waitFor();
  await bob.check("annotate-refused");
  await page.getByRole("button", { name: `Remove ${long}` }).click();
  await page.setInputFiles("#file", example);
  await page.locator("#start:enabled").click();
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
});

test("a slow upload shows how far it is and how fast", async () => {
  const tom = await Person.at(browser, server);
  await tom.signIn("tom@example.org");
  const { page } = tom;
  await page.goto("/annotate");
  await page.setInputFiles("#file", { name: "slow.vcf", mimeType: "text/plain", buffer: longVcf(4500) });
  await page.locator("#start:enabled").waitFor();
  const network = await tom.context.newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 40_000 });
  await page.locator("#start").click();
  await page.locator(".card-progress progress").waitFor();
  await page.getByText(/^\d+ % · .* of 12\d KiB · .*\/s$/).waitFor();
  await tom.check("annotate-uploading");
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
});

test("a file of another assembly is kept whole, and the page says so", async () => {
  const ida = await Person.at(browser, server);
  await ida.signIn("ida@example.org");
  const { page } = ida;
  const text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1105468\t.\tG\tA\t.\t.\t.\n1\t1108138\t.\tC\tT\t.\t.\t.\n";
  await ida.annotate({ name: "other.vcf", mimeType: "text/plain", buffer: Buffer.from(text) });
  await ida.shows("Completed");
  assert.equal(await page.locator("#account").innerText(), "2 read = 0 annotated + 2 kept as they were.");
  await page.getByText("Nothing was annotated").waitFor();
  assert.match(await page.locator(".kept").innerText(), /2\s+The reference has no sequence of the name in CHROM\.\s+3/);
  await ida.check("details-kept");
});

test("the reference that fits is chosen, what does not fit is told, and one may choose", { timeout: 120_000 }, async () => {
  const eve = await Person.at(browser, server);
  await eve.signIn("eve@example.org");
  const { page } = eve;
  await page.goto("/annotate");
  assert.equal(await page.locator("#reference").count(), 0, "there is nothing to choose yet");
  server.installReference("yeast", "R64-1-1", "I", 5000);
  await page.goto("/annotate");
  await page.locator("#reference").waitFor({ state: "hidden" });
  const text = "##fileformat=VCFv4.2\n##contig=<ID=chrI,length=5000>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchrI\t101\t.\tA\tG\t.\t.\t.\n";
  await page.setInputFiles("#file", [{ name: "yeast.vcf", mimeType: "text/plain", buffer: Buffer.from(text) }, { name: "human.vcf", mimeType: "text/plain", buffer: readFileSync(example) }]);
  await page.getByText("2 files chosen.").waitFor({ state: "attached" });
  const choices = page.locator(".card-reference select");
  assert.equal(await choices.nth(0).inputValue(), "yeast");
  assert.equal(await choices.nth(1).inputValue(), "human-mt");
  assert.equal(await page.getByText("Looks fine.").count(), 2);
  await page.getByLabel("Reference for human.vcf").selectOption("yeast");
  await page.getByText("The file's header speaks of rCRS, and the reference is yeast (R64-1-1).").waitFor();
  assert.equal(await page.getByText("Looks fine.").locator("visible=true").count(), 1);
  await eve.check("annotate-references");
  await page.setViewportSize({ width: 320, height: 700 });
  await eve.check("phone-annotate-references");
  await page.setViewportSize({ width: 1200, height: 850 });
  await page.getByRole("button", { name: "Annotate 2 files" }).click();
  await page.waitForURL("**/annotations");
  await page.getByRole("link", { name: "yeast.vcf", exact: true }).click();
  await eve.shows("Completed");
  assert.match(await page.locator(".provenance").innerText(), /yeast/);
  assert.equal(await page.locator("#reference-warning").count(), 0);
  await page.goBack();
  await page.getByRole("link", { name: "human.vcf", exact: true }).click();
  await eve.shows("Completed");
  await page.locator("#reference-warning").waitFor();
  await eve.check("details-reference-warning");
  await page.getByLabel("Run again against").selectOption("human-mt");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator(".provenance", { hasText: "human-mt" }).waitFor();
  await eve.shows("Completed");
  assert.equal(await page.locator("#reference-warning").count(), 0);
});
