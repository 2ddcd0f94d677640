// An administrator at work: every page in light and dark, every act by mouse or keys.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run } from "../program.mjs";
import { Server, quick } from "../server.mjs";
import { Person, example, openBrowser } from "./browser.mjs";

const server = new Server({ settings: { ...quick, GAS__PLANS__FREE__RETENTION: "1h" } });
let browser;

const admin = (...args) => run(["admin", ...args, "--data", server.data], { cwd: server.data });

before(async () => {
  await server.start();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

test("an administrator looks after people, jobs and the service", { timeout: 240_000 }, async (t) => {
  const ada = await Person.at(browser, server);
  await ada.signIn("ada@example.org");
  await ada.annotate(example);
  await ada.shows("Completed");
  const job = ada.page.url().split("/").at(-1);

  const root = await Person.at(browser, server);
  const { page } = root;
  await root.signIn("root@example.org");

  await t.test("the first administrator is made at the command line, while the server runs", async () => {
    root.errorsAreExpected = true;
    assert.equal((await page.goto("/admin")).status(), 404);
    root.errorsAreExpected = false;
    admin("grant", "root@example.org", "--reason", "the first");
    await page.goto("/annotations");
    await page.locator("details.menu summary").click();
    await page.getByRole("link", { name: "Administration" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByText("Nothing is overdue").waitFor();
    await root.check("admin-overview");
  });

  await t.test("a user is found and moved to another plan", async () => {
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await root.check("admin-users");
    await page.getByLabel("E-mail address begins with").fill("ad");
    await page.keyboard.press("Enter");
    await page.waitForURL(/begins=ad/);
    assert.equal(await page.locator(".list tbody tr").count(), 1);
    await page.getByRole("link", { name: "ada@example.org" }).click();
    await page.getByRole("heading", { name: "ada@example.org" }).waitFor();
    await page.getByLabel("Why to Premium?").fill("won a prize");
    await page.getByRole("button", { name: "Move to Premium" }).click();
    await page.getByText("The plan is changed.").waitFor();
    await page.getByText("premium_user: won a prize").waitFor();
    await root.check("admin-user");
    await ada.page.goto("/profile");
    await ada.page.locator(".plan-chip", { hasText: "Premium" }).first().waitFor({ state: "attached" });
  });

  await t.test("a job is found by its owner and by its id, and its file stays closed", async () => {
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await page.getByLabel("Job's id, or owner's address").fill("ada@example.org");
    await page.getByLabel("Status").selectOption("COMPLETED");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/state=COMPLETED/);
    await root.check("admin-jobs");
    await page.getByLabel("Job's id, or owner's address").fill(job);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "free_1.vcf" }).click();
    await page.getByText("Administrators do not read genotypes.").waitFor();
    await root.check("admin-job");
    root.errorsAreExpected = true;
    assert.equal((await page.goto(`/annotations/${job}/log`)).status(), 404);
    root.errorsAreExpected = false;
  });

  await t.test("the other pages, and the log of what was done", async () => {
    await page.goto("/admin/letters");
    await page.getByText("No dead letters").waitFor();
    await root.check("admin-letters-none");
    await page.goto("/admin/storage");
    await root.check("admin-storage");
    await page.goto("/admin/audit");
    await page.getByText("made administrator").waitFor();
    await page.getByRole("cell", { name: "the command line" }).waitFor();
    await root.check("admin-audit");
  });

  await t.test("a drained service takes no job and says why, by keys alone", async () => {
    await page.goto("/admin/mode");
    await root.check("admin-mode");
    await page.getByLabel("Open", { exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.type("We move to a new machine; back at one.");
    await page.keyboard.press("Enter");
    await page.getByText("The mode is changed.").waitFor();
    await page.getByText("No new jobs are taken at the moment.").waitFor();
    await root.check("admin-mode-drained");
    ada.errorsAreExpected = true;
    await ada.page.goto("/annotate");
    await ada.page.locator(".banner", { hasText: "back at one." }).waitFor();
    await ada.page.getByRole("button", { name: "Try the example" }).click();
    await ada.page.getByText("No new jobs are taken at the moment").first().waitFor();
    await ada.check("drained");
    ada.errorsAreExpected = false;
    assert.match(admin("mode"), /^drain /);
    admin("mode", "open");
    await page.goto("/admin");
    await page.waitForTimeout(1500);
    await page.reload();
    assert.equal(await page.locator(".banner").count(), 0);
  });

  await t.test("on a phone", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of ["", "/users", "/jobs", "/letters", "/storage", "/audit", "/mode", `/jobs/${job}`]) {
      await page.goto(`/admin${path}`);
      await root.check(`phone-admin${path.replace(job, "job").replaceAll("/", "-")}`);
    }
  });
});
