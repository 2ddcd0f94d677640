// A person at a browser: real clicks and keys in Debian's Chromium, and what must hold on every page.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
export const example = fileURLToPath(new URL("../inputs/free_1.vcf", import.meta.url));

export function openBrowser() {
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

export class Person {
  /** Opens a fresh profile of the browser on a server. */
  static async at(browser, server, options = {}) {
    const context = await browser.newContext({ baseURL: server.address, viewport: { width: 1200, height: 850 }, reducedMotion: "reduce", locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
    const person = new Person();
    person.context = context;
    person.page = await context.newPage();
    person.page.setDefaultTimeout(20_000);
    person.complaints = [];
    // Takes over the chooser of files from the start, and not only when a test waits for it.
    person.page.on("filechooser", () => {});
    person.expected = 0;
    person.page.on("pageerror", (error) => person.complaints.push(error.message));
    person.page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) person.complaints.push(message.text());
    });
    person.page.on("response", (answer) => {
      if (answer.status() >= 400 && !person.errorsAreExpected) person.complaints.push(`${answer.status()} ${answer.url()}`);
    });
    return person;
  }

  /** Signs in as somebody new to the site would. */
  async signIn(email) {
    const { page } = this;
    await page.goto("/");
    await page.getByRole("link", { name: "Sign in to annotate" }).click();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("button", { name: "Mail me a link" }).click();
    await page.getByRole("link", { name: "Open the outbox" }).click();
    // The newest may be another mail, on the end of a job.
    await page.locator(".mail-list a", { hasText: "Sign in" }).filter({ hasText: email }).first().click();
    await page.locator(".mail-text a").first().click();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Annotate" }).waitFor();
  }

  /** Chooses a provider on the sign-in page, and says there who one is, if it asks. */
  async signInWith(provider, login) {
    const { page } = this;
    await page.goto("/sign-in?next=/annotations");
    await page.getByRole("button", { name: `Sign in with ${provider.title}` }).click();
    await this.atProvider(login);
  }

  /** Types a name and a password at a provider, and consents where it asks for that: the first time. */
  async atProvider(login, { consents = true } = {}) {
    const { page } = this;
    await page.waitForURL(/^http:\/\/localhost/);
    await page.locator("input[name=login]").fill(login);
    await page.locator("input[name=password]").fill("anything");
    await page.getByRole("button", { name: "Sign-in" }).click();
    if (consents) await page.getByRole("button", { name: "Continue" }).click();
  }

  /** Hands in a file and waits for the job's page. */
  async annotate(file) {
    const { page } = this;
    await page.goto("/annotate");
    await page.setInputFiles("#file", file);
    await page.locator("#start:enabled").click();
    await page.waitForURL(/\/annotations\/[0-9a-f-]{36}$/);
    return page.url();
  }

  async shows(word) {
    await this.page.locator(".page-head .badge-state", { hasText: word }).waitFor();
  }

  /** Checks the page in light and dark, keeps a picture, and tolerates no complaint. */
  async check(name) {
    const { page } = this;
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.slice(0, 4).map((node) => `${node.html.slice(0, 200)} ${node.any[0]?.message ?? ""}`).join("\n  ")}`);
      assert.deepEqual(found, [], `${name}, ${colorScheme}`);
      await page.screenshot({ path: `${screenshots}${name}-${colorScheme}.png`, fullPage: true });
    }
    await this.fits(name);
    assert.deepEqual(this.complaints, [], name);
  }

  /** Nothing makes the page scroll sideways. */
  async fits(name) {
    const [wide, room] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${name} is ${wide} pixels wide in ${room}`);
  }
}

/** A VCF of that many records of the example, so that work on it takes a while. */
export function longVcf(records) {
  const lines = readFileSync(example, "utf8").trimEnd().split("\n");
  const header = lines.filter((line) => line.startsWith("#"));
  const body = lines.filter((line) => !line.startsWith("#"));
  const times = Math.ceil(records / body.length);
  // Each record many times over: the positions stay sorted.
  const repeated = body.flatMap((line) => Array(times).fill(line)).slice(0, records);
  return Buffer.from(`${[...header, ...repeated].join("\n")}\n`);
}
