// Signing in at two other providers, real ones in processes of their own, in a real browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OpenIdProvider } from "../openid/provider.mjs";
import { Server, pause, quick } from "../server.mjs";
import { Person, openBrowser } from "./browser.mjs";

let browser;
let server;
let cologne;
let lyon;

before(async () => {
  cologne = await OpenIdProvider.named("cologne", "University of Cologne");
  lyon = await OpenIdProvider.named("lyon", "Institut de Lyon");
  server = new Server({ settings: { ...quick, ...cologne.settings, ...lyon.settings } });
  await server.start();
  await cologne.start(server);
  await lyon.start(server);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await cologne?.stop();
  await lyon?.stop();
  await server?.remove();
});

async function profileOf(page) {
  const answer = await page.request.get("/api/v1/profile");
  return answer.ok() ? answer.json() : undefined;
}

test("sign in, be known, sign out there too", { timeout: 120_000 }, async () => {
  const ada = await Person.at(browser, server);
  const { page } = ada;
  await page.goto("/sign-in");
  await ada.check("sign-in-providers");
  await ada.signInWith(cologne, "ada");
  await page.waitForURL(`${server.address}/annotations`);
  const profile = await profileOf(page);
  assert.deepEqual([profile.user_email, profile.name], ["ada@example.org", "Ada of cologne"]);
  await page.goto("/profile");
  assert.equal(await page.getByLabel("Institution").inputValue(), "University of cologne");
  await page.getByRole("row", { name: /University of Cologne/ }).getByRole("button", { name: "Disconnect" }).waitFor();
  await ada.check("profile-providers");

  await page.locator(".menu summary").click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/^http:\/\/localhost.*\/session\/end/);
  await page.getByRole("button", { name: /Yes/ }).click();
  await page.waitForURL(`${server.address}/`);
  await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
  assert.equal(await profileOf(page), undefined);
  // Out there as well: it asks again who one is.
  await ada.signInWith(cologne, "ada");
  await page.waitForURL(`${server.address}/annotations`);
  assert.equal((await profileOf(page)).user_id, profile.user_id);
});

test("one account, two providers", { timeout: 120_000 }, async () => {
  const first = await Person.at(browser, server);
  await first.signInWith(cologne, "grace");
  await first.page.waitForURL(`${server.address}/annotations`);
  const { user_id } = await profileOf(first.page);
  // Another provider, the same verified address: the same account.
  const second = await Person.at(browser, server);
  await second.signInWith(lyon, "grace");
  await second.page.waitForURL(`${server.address}/annotations`);
  assert.equal((await profileOf(second.page)).user_id, user_id);
  // And one with another address, by hand.
  await first.page.goto("/profile");
  await first.page.getByRole("button", { name: "Connect another account of Institut de Lyon", exact: true }).click();
  await first.atProvider("hopper");
  await first.page.getByText("Connected. You can sign in with it").waitFor();
  await first.page.getByText("hopper@example.org").waitFor();
  const third = await Person.at(browser, server);
  await third.signInWith(lyon, "hopper");
  await third.page.waitForURL(`${server.address}/annotations`);
  assert.equal((await profileOf(third.page)).user_id, user_id);
  await first.page.getByRole("button", { name: "Disconnect Institut de Lyon, hopper@example.org" }).click();
  await first.page.getByText("Disconnected.").waitFor();
  assert.deepEqual([first.complaints, second.complaints, third.complaints], [[], [], []]);
});

test("an address that is not verified is confirmed by mail, in this browser only", { timeout: 120_000 }, async () => {
  const eve = await Person.at(browser, server);
  await eve.signInWith(cologne, "unverified-eve");
  await eve.page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  assert.equal(await profileOf(eve.page), undefined);
  await eve.page.getByRole("link", { name: "Open the outbox" }).click();
  await eve.page.locator(".mail-list a", { hasText: "Confirm your address" }).first().click();
  const link = await eve.page.locator(".mail-text a").first().getAttribute("href");
  const other = await Person.at(browser, server);
  other.errorsAreExpected = true;
  await other.page.goto(link);
  await other.page.getByRole("heading", { name: "In the other browser, please" }).waitFor();
  await other.check("other-browser");
  await eve.page.goto(link);
  await eve.page.getByText("University of Cologne (unverified-eve@example.org)", { exact: false }).first().waitFor();
  await eve.check("confirm-address");
  await eve.page.getByRole("button", { name: "Sign in" }).click();
  await eve.page.waitForURL(`${server.address}/annotations`);
  assert.equal((await profileOf(eve.page)).user_email, "unverified-eve@example.org");
});

test("what is refused", { timeout: 120_000 }, async (t) => {
  const eve = await Person.at(browser, server);
  const { page } = eve;
  let callback;
  page.on("request", (request) => {
    if (request.url().includes("/sign-in/callback/")) callback = request.url();
  });
  await eve.signInWith(cologne, "eve");
  await page.waitForURL(`${server.address}/annotations`);
  await page.context().clearCookies({ name: "gas_session" });
  eve.errorsAreExpected = true;

  await t.test("an answer that is brought again", async () => {
    await page.goto(callback);
    await page.getByText("stale_attempt").waitFor();
    await eve.check("sign-in-stale");
    assert.equal(await profileOf(page), undefined);
  });
  await t.test("a state that is not ours", async () => {
    const wrong = new URL(callback);
    wrong.searchParams.set("state", "0".repeat(64));
    await page.goto(wrong.href);
    await page.getByText("stale_attempt").waitFor();
    assert.equal(await profileOf(page), undefined);
  });
  await t.test("a fresh answer in another browser", async () => {
    // Begun here, and carried elsewhere on the way.
    const here = await Person.at(browser, server);
    here.page.on("request", (request) => {
      if (/^http:\/\/localhost.*\/auth\?/.test(request.url())) here.asked = request.url();
    });
    await here.page.goto("/sign-in");
    await here.page.getByRole("button", { name: "Sign in with University of Cologne" }).click();
    await here.page.waitForURL(/^http:\/\/localhost/);
    const asked = here.asked;
    const other = await Person.at(browser, server);
    other.errorsAreExpected = true;
    await other.page.goto(asked);
    await other.atProvider("eve");
    await other.page.getByText("other_browser").waitFor();
    assert.equal(await profileOf(other.page), undefined);
    assert.deepEqual(other.complaints, []);
  });
  await t.test("whoever declines", async () => {
    const ada = await Person.at(browser, server);
    ada.errorsAreExpected = true;
    await ada.page.goto("/sign-in");
    await ada.page.getByRole("button", { name: "Sign in with University of Cologne" }).click();
    await ada.page.getByRole("link", { name: /Cancel/ }).click();
    await ada.page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await ada.check("sign-in-declined");
    await ada.page.getByRole("link", { name: "Begin again" }).click();
    await ada.page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

test("a provider with new keys, and one that is away", { timeout: 120_000 }, async () => {
  await cologne.stop();
  cologne.changeKeys();
  await cologne.start(server);
  const ada = await Person.at(browser, server);
  await ada.signInWith(cologne, "ada");
  await ada.page.waitForURL(`${server.address}/annotations`);
  assert.equal((await profileOf(ada.page)).user_email, "ada@example.org");

  await server.stop();
  await lyon.stop();
  await server.start();
  const grace = await Person.at(browser, server);
  grace.errorsAreExpected = true;
  await grace.page.goto("/sign-in");
  await grace.page.getByRole("button", { name: "Sign in with Institut de Lyon" }).click();
  await grace.page.getByText("provider_unavailable").waitFor();
  await grace.check("provider-unavailable");
});

test("whoever signed in long ago signs in again before the account is deleted", { timeout: 120_000 }, async () => {
  const strict = new Server({ settings: { ...quick, ...lyon.settings, GAS__SIGN_IN__RECENT: "3s" } });
  await strict.start();
  await lyon.start(strict);
  try {
    const ada = await Person.at(browser, strict);
    const { page } = ada;
    await ada.signInWith(lyon, "ada");
    await page.waitForURL("**/annotations");
    await pause(3000);
    // A new session, but the provider knows her and asks nothing: that shows nothing either.
    await page.context().clearCookies({ name: "gas_session" });
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Sign in with Institut de Lyon" }).click();
    await page.waitForURL("**/annotations");
    await page.goto("/profile");
    await page.getByRole("link", { name: "Delete my account…" }).click();
    await page.getByRole("heading", { name: "Sign in again" }).waitFor();
    await ada.check("sign-in-again");
    await page.getByRole("button", { name: "Sign in with Institut de Lyon" }).click();
    // The provider knows her, and asks nevertheless.
    await ada.atProvider("ada", { consents: false });
    await page.waitForURL("**/profile/delete");
    await page.getByRole("heading", { name: "Delete my account" }).waitFor();
    assert.deepEqual(ada.complaints, []);
  } finally {
    await lyon.stop();
    await strict.remove();
  }
});

test("without links by mail", { timeout: 120_000 }, async () => {
  const closed = new Server({ settings: { ...quick, ...cologne.settings, GAS__SIGN_IN__EMAIL_LINKS: "false" } });
  await closed.start();
  try {
    const ada = await Person.at(browser, closed);
    await ada.page.goto("/sign-in");
    await ada.page.getByRole("button", { name: "Sign in with University of Cologne" }).waitFor();
    assert.equal(await ada.page.getByLabel("E-mail address").count(), 0);
    await ada.check("sign-in-no-mail");
    const token = await ada.page.locator("meta[name=csrf-token]").getAttribute("content");
    const answer = await ada.page.request.post("/sign-in", { form: { email: "ada@example.org" }, headers: { "x-csrf-token": token } });
    assert.equal(answer.status(), 403);
  } finally {
    await closed.remove();
  }
});
