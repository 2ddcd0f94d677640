// The emulator of Stripe that scripts/with-stripe starts, as tests use it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

const address = process.env.GAS_TEST_STRIPE;
const price = "price_premium";

export class Stripe {
  /** Gives the emulator a price, and the settings by which a server takes money there. */
  static async open() {
    assert.ok(address, "this test needs an emulator of Stripe: run it by scripts/with-stripe");
    const stripe = new Stripe();
    stripe.name = randomBytes(6).toString("hex");
    stripe.secret = `whsec_${stripe.name}`;
    await stripe.#tell("/_test/plan", { id: price }).catch(() => {});
    // Those of former tests would be heard by the next server that starts.
    await stripe.#tell("/_test/forget", {});
    stripe.settings = {
      GAS__BILLING__PRICES: "stripe",
      GAS__BILLING__STRIPE__SECRET_KEY: "sk_test_12345",
      GAS__BILLING__STRIPE__WEBHOOK_SECRET: stripe.secret,
      GAS__BILLING__STRIPE__PRICE: price,
      GAS__BILLING__STRIPE__API: address,
    };
    return stripe;
  }

  async #tell(path, what) {
    const answer = await fetch(address + path, { method: "POST", body: JSON.stringify(what) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async #ask(path) {
    const headers = { authorization: "Bearer sk_test_12345", "stripe-version": "2025-09-30.clover" };
    return (await (await fetch(address + path, { headers })).json()).data;
  }

  /** Has notices sent to that server; without one they are lost from now on. */
  tellTo(server) {
    return this.#tell("/_test/hook", { name: this.name, url: server && `${server.address}/billing/stripe/webhook`, secret: this.secret });
  }

  /** The newest subscription of a person. */
  async subscription(email) {
    const [customer] = await this.#ask(`/v1/customers?email=${encodeURIComponent(email)}&limit=1`);
    const [newest] = customer ? await this.#ask(`/v1/subscriptions?customer=${customer.id}&status=all&limit=10`) : [];
    return newest;
  }

  /** What time or a bank does to the person's subscription. */
  async happens(email, fields) {
    return this.#tell(`/_test/subscriptions/${(await this.subscription(email)).id}`, fields);
  }

  /** Presses a button of a page of Stripe's. */
  async press(page, button) {
    const answer = await fetch(page, { method: "POST", body: new URLSearchParams({ do: button }), redirect: "manual" });
    assert.ok(answer.status === 303, `${page}: ${answer.status}`);
  }
}
