// The server is killed at each step of following Stripe's word and started again; the plan follows all the same, and the
// result comes back. What Stripe sent meanwhile is lost: the server asks for it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Client } from "../client.mjs";
import { billingSteps } from "../failpoints.mjs";
import { Server, quick, until } from "../server.mjs";
import { Stripe } from "../stripe.mjs";

const input = readFileSync(new URL("../inputs/test.vcf", import.meta.url));

test("every step of following has a fail-point", () => assert.ok(billingSteps.length >= 4, billingSteps.join(", ")));

test("a crash at any step of following changes nothing but time", { timeout: 300_000 }, async (suite) => {
  for (const step of billingSteps) {
    await suite.test(step, async () => {
      const stripe = await Stripe.open();
      const server = new Server({ settings: { ...quick, ...stripe.settings, GAS__PLANS__FREE__RETENTION: "1s" } });
      const email = `${step}-${stripe.name}@example.org`;
      try {
        await server.start({ GAS_FAILPOINT: step });
        const user = new Client(server, email);
        const { job_id: id } = await user.submit("way.vcf", input);
        await user.at(id, "archived");
        const wish = await user.subscribe();
        assert.equal(wish.status, 202);
        const { plan, continue_at } = await wish.json();
        assert.equal(plan, "free_user", "the browser's word changes nothing");
        await stripe.tellTo(server);
        await stripe.press(continue_at, "pay");
        await Promise.race([
          server.exited,
          new Promise((_, failed) => setTimeout(() => failed(new Error(`the server did not die at ${step}`)), 30_000).unref()),
        ]);
        await stripe.tellTo(undefined);
        await server.start();
        await until(async () => (await user.json("/profile")).plan === "premium_user", { what: "the plan follows", seconds: 60 });
        await user.at(id, "hot");
      } finally {
        await stripe.tellTo(undefined);
        await server.remove();
      }
    });
  }
});
