// A whole subscription: signing in at a provider, the free limit, paying at Stripe's emulator, results back, cancelling, a
// failed payment, grace, the archive again. Provider, checkout and portal are on other origins, in processes of their own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { OpenIdProvider } from "../openid/provider.mjs";
import { Server, quick, until } from "../server.mjs";
import { Stripe } from "../stripe.mjs";
import { Person, example, longVcf, openBrowser } from "./browser.mjs";

const bytes = readFileSync(example);
const small = { name: "small.vcf", mimeType: "text/plain", buffer: bytes.subarray(0, bytes.lastIndexOf("\n", 20_000) + 1) };
const large = { name: "large.vcf", mimeType: "text/plain", buffer: longVcf(3000) };
let server, provider, stripe, browser;

before(async () => {
  stripe = await Stripe.open();
  provider = await OpenIdProvider.named("cologne", "University of Cologne");
  server = new Server({ settings: { ...quick, ...provider.settings, ...stripe.settings, GAS__PLANS__FREE__RETENTION: "3s", GAS__PLANS__FREE__MAX_UPLOAD: "40KiB", GAS__BILLING__GRACE: "6s" } });
  await server.start();
  await provider.start(server);
  await stripe.tellTo(server);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stripe?.tellTo(undefined);
  await provider?.stop();
  await server?.remove();
});

async function plan(page) {
  await page.goto("/profile");
  return page.locator("section[aria-labelledby=plan] .plan-chip").innerText();
}

/** Waits until the job's result is there, and looks at its page. */
async function resultIs(person, job, place) {
  const id = job.split("/").at(-1);
  await until(async () => (await (await person.page.request.get(`/api/v1/jobs/${id}`)).json()).result_place === place, { what: `the result is ${place}`, seconds: 60, every: 300 });
  await person.page.goto(job);
}

test("a subscription from the free limit to the archive again", { timeout: 240_000 }, async () => {
  const email = "ada@example.org";
  const ada = await Person.at(browser, server);
  const { page } = ada;
  await ada.signInWith(provider, "ada");
  await page.waitForURL("**/annotations");
  const job = await ada.annotate(small);
  await resultIs(ada, job, "archived");

  await page.goto("/annotate");
  await page.setInputFiles("#file", large);
  await page.getByText("Larger than the Free plan takes").waitFor();

  await page.goto("/subscribe");
  await page.getByText("9.00 EUR a month").waitFor();
  await ada.check("subscribe-stripe");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/pay\/cs_test_/);
  await page.getByRole("link", { name: "Back" }).click();
  await page.waitForURL("**/subscribe");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/pay\/cs_test_/);
  await page.getByRole("button", { name: "Pay and subscribe" }).click();
  await page.waitForURL(/\/subscribe\/done/);
  await page.getByRole("heading", { name: "You have Premium" }).waitFor({ timeout: 30_000 });
  await resultIs(ada, job, "hot");
  await ada.annotate(large);
  assert.equal(await plan(page), "Premium");
  await page.getByText("The next payment is due on").waitFor();
  await ada.check("profile-subscribed");

  await page.getByRole("button", { name: "Manage payment and subscription" }).click();
  await page.waitForURL(/\/portal\//);
  await page.getByRole("button", { name: "Cancel at the end of the period" }).click();
  await page.getByText("active, ends").waitFor();
  await page.getByRole("link", { name: "Return" }).click();
  await page.waitForURL("**/profile");
  await until(async () => {
    await page.reload();
    return page.getByText("Premium ends on").isVisible();
  }, { what: "the profile says that Premium ends", every: 500 });
  await ada.check("profile-ending");
  assert.equal(await plan(page), "Premium", "what is paid is paid");

  // The bank says no before the period is over: grace, then the archive. Nobody tells that the grace is over.
  await stripe.happens(email, { status: "past_due", cancel_at_period_end: false });
  await until(async () => {
    await page.goto("/profile");
    return page.getByText("The last payment failed. Premium stays until").isVisible();
  }, { what: "the profile tells of the grace", every: 300 });
  await ada.check("profile-grace");
  await until(async () => (await plan(page)) === "Free", { what: "the grace is over", seconds: 60, every: 500 });
  await page.getByText("when it is paid, Premium and your results come back").waitFor();
  await resultIs(ada, job, "archived");

  // Paid after all, and then over for good; of the last no notice comes.
  await stripe.happens(email, { status: "active", cancel_at_period_end: false });
  await until(async () => (await plan(page)) === "Premium", { what: "paid after all", seconds: 60, every: 500 });
  await stripe.happens(email, { status: "canceled" });
  await until(async () => (await plan(page)) === "Free", { what: "it is over", seconds: 60, every: 500 });
  await page.getByText("Premium has ended").waitFor();
  await ada.check("profile-over");
  assert.deepEqual(ada.complaints, []);
});

test("whoever comes back before Stripe spoke is told to wait, and is not charged twice", { timeout: 120_000 }, async () => {
  const email = "bob@example.org";
  const bob = await Person.at(browser, server);
  const { page } = bob;
  await bob.signIn(email);
  await stripe.tellTo(undefined);
  await page.goto("/subscribe");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("button", { name: "Pay and subscribe" }).click();
  await page.getByRole("heading", { name: "Waiting for the payment provider" }).waitFor();
  await bob.check("subscribe-waiting");
  await page.waitForURL(/looks=1/);
  await page.goto("/subscribe");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/portal\//, { timeout: 20_000 });
  await stripe.tellTo(server);
  await stripe.happens(email, { status: "active" });
  await until(async () => (await plan(page)) === "Premium", { what: "Stripe's word arrives", every: 500 });
  assert.deepEqual(bob.complaints, []);
});
