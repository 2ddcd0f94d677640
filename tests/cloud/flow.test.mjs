// The whole flow on the stack of deploy/aws, through a browser: the file goes straight to the bucket, Lambda sends the
// mail, the result is archived, the upgrade finds Expedited without capacity, Standard brings the same bytes back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { until } from "../server.mjs";
import { Person, example, openBrowser } from "../browser/browser.mjs";
import * as aws from "./aws.mjs";
import { Fleet, roles } from "./fleet.mjs";
import { Lambda } from "./lambda.mjs";
import { Proxy, xmlError } from "./proxy.mjs";
import { Stack } from "./stack.mjs";
import { nothingLeftOver, queuesAreEmpty } from "./way.mjs";

let stack;
let fleet;
let proxy;
let lambda;
let browser;
const tiers = [];
const address = "ada@example.org";

/** Expedited has no capacity today; the emulator always has. */
function refuseExpedited(operation, { url, body }) {
  if (!operation.endsWith("?restore")) return undefined;
  const [tier] = aws.texts(body.toString(), "Tier");
  tiers.push(tier);
  assert.ok(url.includes("restore"));
  return tier === "Expedited" ? { answer: xmlError(503, "GlacierExpeditedRetrievalNotAvailable") } : undefined;
}

before(async () => {
  stack = await Stack.create();
  proxy = await Proxy.before(process.env.GAS_TEST_MINISTACK, refuseExpedited);
  lambda = await Lambda.on(stack.queues.job_results.url);
  fleet = new Fleet(stack, { endpoint: proxy.address, settings: { GAS__PLANS__FREE__RETENTION: "6s" } });
  await fleet.start({ kinds: roles.filter((role) => role !== "notifier") });
  fleet.add("lambda", ["worker", "notifier"], lambda.env);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await fleet?.remove();
  await lambda?.close();
  await proxy?.close();
  await stack?.delete();
});

async function mailed(words) {
  return until(async () => (await aws.mails()).findLast(({ to, subject, text }) => to.includes(address) && words.test(`${subject}\n${text}`)), { what: `a mail says ${words}` });
}

/** The mailed link, on the way by which the test reaches the site. */
const linkIn = ({ text }) => text.match(/http:\/\/gas\.example\.org\S+/)[0].replace("http://gas.example.org", fleet.address);

test("from the sign-in to the thawed result", { timeout: 180_000 }, async (t) => {
  const ada = await Person.at(browser, fleet);
  const { page } = ada;
  let downloaded;

  await t.test("sign in by a link that SES mails", async () => {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail address").fill(address);
    await page.getByRole("button", { name: "Mail me a link" }).click();
    await page.goto(linkIn(await mailed(/sign in/i)));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Nothing here yet").waitFor();
  });

  await t.test("the file goes straight to the bucket", async () => {
    const posted = page.waitForRequest((asked) => asked.method() === "POST" && new URL(asked.url()).origin === proxy.address);
    const url = await ada.annotate(example);
    assert.ok((await posted).url().includes(stack.buckets.inputs));
    assert.match(url, /annotations/);
    await ada.shows("Completed");
    await ada.check("aws-completed");
  });
  const id = page.url().split("/").at(-1);

  await t.test("the result comes from the bucket", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).first().click()]);
    assert.equal(download.suggestedFilename(), "free_1.annot.vcf");
    downloaded = readFileSync(await download.path());
    assert.ok(downloaded.includes("CSQ="));
    assert.equal(new URL(download.url()).origin, proxy.address);
  });

  await t.test("Lambda sends the mail", async () => {
    const mail = await mailed(new RegExp(`annotated[^]*${id}`));
    assert.ok(linkIn(mail).endsWith(id));
    assert.ok(lambda.invocations > 0);
    assert.deepEqual(lambda.errors, []);
  });

  await t.test("archived, upgraded, thawed: the same bytes", async () => {
    await until(async () => (await aws.keys(stack.buckets.archive)).length === 1 && (await aws.keys(stack.buckets.results)).every((key) => !key.endsWith(".annot.vcf")), { what: "the result is in the archive alone" });
    await page.goto("/subscribe");
    await ada.check("aws-subscribe");
    await page.getByRole("button", { name: "Change to Premium" }).click();
    await until(() => tiers.includes("Standard"), { what: "Standard is asked for" });
    assert.deepEqual(tiers.slice(0, 2), ["Expedited", "Standard"]);
    await until(async () => {
      await page.goto(`/annotations/${id}`);
      return page.getByRole("link", { name: /Download/ }).first().isVisible();
    }, { what: "the result can be downloaded again", seconds: 60, every: 500 });
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).first().click()]);
    assert.ok(readFileSync(await download.path()).equals(downloaded));
    await mailed(new RegExp(`back|restored[^]*${id}`));
  });

  await queuesAreEmpty(stack);
  await nothingLeftOver(stack, { hot: 1 });
});
