// Stands before localstripe and plays what it lacks of Stripe, on its state: Checkout and the customer portal with their
// pages, prices, events, idempotency keys, the shapes of a version of today, and what time does to a subscription.
// Sends webhooks signed as Stripe signs them; each twice, the later event first.
//
// usage: front.mjs PORT ADDRESS_OF_LOCALSTRIPE
//
// Tests set it up by /_test/…, which Stripe does not have:
//   GET  /_test/ready                       answers when localstripe does
//   POST /_test/hook {url, secret}          where webhooks go; without `url` they are lost
//   POST /_test/subscriptions/ID {status…}  what time or a bank did: fields of the subscription from now on
//   POST /_test/forget                      events so far are as if they were older than 30 days
//   POST /_test/refuse {status, times, path}
//                                           the next calls of the API fail; with `path`, those whose path ends so
//   POST /_test/pages {size}                the lists of Checkout's pages have so many at once
//   POST /_test/sell {customer}             something that another service sells to a customer
//   GET  /_test/calls                       what was asked of the API: method and path, in order
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const VERSION = "2025-09-30.clover";
const [port, back] = [Number(process.argv[2]), process.argv[3]];
const here = `http://127.0.0.1:${port}`;
const seconds = () => Math.floor(Date.now() / 1000);
const named = (prefix) => prefix + randomBytes(9).toString("hex");

const hooks = new Map();
const checkouts = new Map();
const portals = new Map();
const overlays = new Map();
const answers = new Map();
const events = [];
const calls = [];
let refusals = { status: 500, times: 0 };
let pageSize = 100;

class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

async function localstripe(method, path, form) {
  const answer = await fetch(back + path, {
    method,
    headers: { authorization: "Bearer sk_test_12345", "content-type": "application/x-www-form-urlencoded" },
    body: form && new URLSearchParams(form).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Refused(answer.status, answer.status === 404 ? "resource_missing" : undefined, text);
  return JSON.parse(text);
}

/** A subscription as versions of today tell it: each item has the period. */
function shaped({ current_period_start, current_period_end, ...subscription }) {
  const overlay = overlays.get(subscription.id) ?? {};
  const end = overlay.current_period_end ?? current_period_end;
  const data = subscription.items.data.map((item) => ({ ...item, current_period_start, current_period_end: end }));
  const { current_period_end: _, ...fields } = overlay;
  return { ...subscription, ...fields, items: { ...subscription.items, data } };
}

const subscription = async (id) => shaped(await localstripe("GET", `/v1/subscriptions/${id}`));

/** Keeps an event, and gives it. */
function event(type, object) {
  const made = { id: named("evt_"), object: "event", api_version: VERSION, created: seconds(), livemode: false, pending_webhooks: 1, type, data: { object }, request: { id: null, idempotency_key: null } };
  events.unshift(made);
  return made;
}

/** Sends events as badly as Stripe may: the last one first, and each twice. */
async function send(...told) {
  for (const { url, secret } of hooks.values()) {
    for (const one of [...told, ...told].reverse()) {
      const body = JSON.stringify(one, null, 2);
      const time = seconds();
      const digest = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
      const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": `t=${time},v1=${digest}` };
      await fetch(url, { method: "POST", headers, body }).catch(() => {});
    }
  }
}

const later = (...told) => void setTimeout(() => send(...told), 300);

const api = {
  "GET /v1/prices/:id": async ({ id }) => {
    const plan = await localstripe("GET", `/v1/plans/${id}`);
    return { id, object: "price", active: true, livemode: false, currency: plan.currency, unit_amount: plan.amount, type: "recurring", recurring: { interval: plan.interval, interval_count: plan.interval_count, usage_type: "licensed" } };
  },
  "GET /v1/events": async (_, query) => {
    const group = query.get("type")?.replace("*", "") ?? "";
    const since = Number(query.get("created[gte]") ?? 0);
    const found = events.filter((one) => one.type.startsWith(group) && one.created >= since);
    const from = found.findIndex((one) => one.id === query.get("starting_after")) + 1;
    const limit = Number(query.get("limit") ?? 10);
    return { object: "list", url: "/v1/events", data: found.slice(from, from + limit), has_more: found.length > from + limit };
  },
  "GET /v1/subscriptions": async (_, query) => {
    const list = await localstripe("GET", `/v1/subscriptions?${query}`);
    return { ...list, data: list.data.reverse().map(shaped) };
  },
  "DELETE /v1/subscriptions/:id": async ({ id }) => {
    overlays.delete(id);
    const ended = shaped(await localstripe("DELETE", `/v1/subscriptions/${id}`));
    later(event("customer.subscription.deleted", ended));
    return ended;
  },
  "GET /v1/checkout/sessions": async (_, query) => {
    const fits = (one) => one.customer === query.get("customer") && one.status === query.get("status");
    const found = [...checkouts.values()].filter(fits);
    const from = found.findIndex((one) => one.id === query.get("starting_after")) + 1;
    const limit = Math.min(pageSize, Number(query.get("limit") ?? 10));
    return { object: "list", url: "/v1/checkout/sessions", data: found.slice(from, from + limit), has_more: found.length > from + limit };
  },
  "POST /v1/checkout/sessions": async (_, form) => {
    const id = named("cs_test_");
    for (const name of ["customer", "success_url", "cancel_url", "client_reference_id", "line_items[0][price]"]) {
      if (!form.get(name)) throw new Refused(400, "parameter_missing", `Missing required param: ${name}.`);
    }
    if (form.get("mode") !== "subscription") throw new Refused(400, "parameter_invalid", "only subscriptions here");
    const session = { id, object: "checkout.session", mode: "subscription", status: "open", payment_status: "unpaid", customer: form.get("customer"), client_reference_id: form.get("client_reference_id"), success_url: form.get("success_url"), cancel_url: form.get("cancel_url"), price: form.get("line_items[0][price]"), subscription_user: form.get("subscription_data[metadata][user_id]"), subscription: null, url: `${here}/pay/${id}` };
    checkouts.set(id, session);
    return session;
  },
  "POST /v1/checkout/sessions/:id/expire": async ({ id }) => {
    const session = checkouts.get(id);
    if (session?.status !== "open") throw new Refused(400, undefined, "Only Checkout Sessions with a status of open can be expired.");
    return Object.assign(session, { status: "expired", url: null });
  },
  "POST /v1/billing_portal/sessions": async (_, form) => {
    await localstripe("GET", `/v1/customers/${form.get("customer")}`);
    const id = named("bps_");
    const session = { id, object: "billing_portal.session", customer: form.get("customer"), return_url: form.get("return_url"), url: `${here}/portal/${id}` };
    portals.set(id, session);
    return session;
  },
};

const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1>${body}</html>`;
const button = (action, words) => `<form method="post"><button name="do" value="${action}">${words}</button></form>`;

const card = { "source[object]": "card", "source[number]": "4242424242424242", "source[exp_month]": "12", "source[exp_year]": "2040", "source[cvc]": "123" };

/** What people see, and what their buttons do. */
const pages = {
  "GET /pay/:id": async ({ id }) => {
    const { status, cancel_url } = checkouts.get(id) ?? {};
    if (status !== "open") return page("You are all done here", "<p>This session is over.</p>");
    return page("Pay", `<p>A test card is filled in.</p>${button("pay", "Pay and subscribe")}<p><a href="${cancel_url}">Back</a></p>`);
  },
  "POST /pay/:id": async ({ id }) => {
    const session = checkouts.get(id);
    if (session?.status !== "open") throw new Refused(400, undefined, "over");
    const { customer, price, subscription_user } = session;
    await localstripe("POST", `/v1/customers/${customer}/sources`, card);
    const made = shaped(await localstripe("POST", "/v1/subscriptions", { customer, "items[0][plan]": price, "metadata[user_id]": subscription_user }));
    Object.assign(session, { status: "complete", payment_status: "paid", subscription: made.id, url: null });
    later(event("checkout.session.completed", session), event("customer.subscription.created", made));
    return { location: session.success_url };
  },
  "GET /portal/:id": async ({ id }) => {
    const { customer, return_url } = portals.get(id);
    const { data } = await localstripe("GET", `/v1/subscriptions?customer=${customer}&status=all&limit=100`);
    const lines = data.reverse().map(shaped).map((one) => `<li>${one.id}: ${one.status}${one.cancel_at_period_end ? ", ends" : ""}</li>`);
    return page("Your subscription", `<ul>${lines.join("")}</ul>${button("cancel", "Cancel at the end of the period")}${button("keep", "Keep it after all")}<p><a href="${return_url}">Return</a></p>`);
  },
  "POST /portal/:id": async ({ id }, form) => {
    const { customer } = portals.get(id);
    const { data } = await localstripe("GET", `/v1/subscriptions?customer=${customer}&limit=100`);
    for (const one of data) {
      await localstripe("POST", `/v1/subscriptions/${one.id}`, { cancel_at_period_end: String(form.get("do") === "cancel") });
      later(event("customer.subscription.updated", await subscription(one.id)));
    }
    return { location: `${here}/portal/${id}` };
  },
};

/** What tests do. */
const controls = {
  "GET /_test/ready": async () => {
    await fetch(`${back}/v1/balance`);
    return {};
  },
  "GET /_test/calls": async () => calls,
  "POST /_test/hook": async (_, { name = "one", url, secret }) => {
    if (url) hooks.set(name, { url, secret });
    else hooks.delete(name);
    return {};
  },
  "POST /_test/forget": async () => (events.length = 0),
  "POST /_test/refuse": async (_, wanted) => (refusals = wanted),
  "POST /_test/pages": async (_, { size }) => (pageSize = size),
  "POST /_test/sell": async (_, { customer }) => {
    await localstripe("POST", `/v1/customers/${customer}/sources`, card);
    return shaped(await localstripe("POST", "/v1/subscriptions", { customer, "items[0][plan]": "price_premium" }));
  },
  "POST /_test/plan": async (_, { id, amount = 900 }) => localstripe("POST", "/v1/plans", { id, amount, currency: "eur", interval: "month", "product[name]": "Premium" }),
  "POST /_test/subscriptions/:id": async ({ id }, fields) => {
    if (fields.status === "canceled") {
      overlays.delete(id);
      await localstripe("DELETE", `/v1/subscriptions/${id}`);
    } else {
      overlays.set(id, { ...overlays.get(id), ...fields });
    }
    const now = await subscription(id);
    later(event(now.status === "canceled" ? "customer.subscription.deleted" : "customer.subscription.updated", now));
    return now;
  },
};

function find(routes, method, path) {
  for (const [route, handler] of Object.entries(routes)) {
    const [wanted, pattern] = route.split(" ");
    const match = wanted === method && path.match(new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`));
    if (match) return (input) => handler(match.groups ?? {}, input);
  }
  return undefined;
}

/** One call of the API, within what Stripe asks of calls. */
async function call(request, method, url, text) {
  calls.push(`${method} ${url.pathname}`);
  if (refusals.times > 0 && url.pathname.endsWith(refusals.path ?? "")) {
    refusals.times -= 1;
    throw new Refused(refusals.status, "api_error", "this emulator was told to refuse");
  }
  if (!/^Bearer sk_test_\w+/.test(request.headers.authorization ?? "")) throw new Refused(401, undefined, "Invalid API Key provided.");
  if (request.headers["stripe-version"] !== VERSION) throw new Refused(400, undefined, `version ${request.headers["stripe-version"]} is not the one that is pinned`);
  const input = method === "POST" ? new URLSearchParams(text) : url.searchParams;
  const handler = find(api, method, url.pathname);
  const act = () => (handler ? handler(input) : localstripe(method, url.pathname + url.search, method === "POST" ? input : undefined));
  if (method !== "POST") return act();
  const key = request.headers["idempotency-key"];
  if (!key) throw new Refused(400, undefined, "every POST of ours has an idempotency key");
  const content = createHash("sha256").update(url.pathname + text).digest("hex");
  const known = answers.get(key);
  if (known && known.content !== content) throw new Refused(400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters.");
  if (!known) answers.set(key, { content, answer: Promise.resolve(act()).then(structuredClone) });
  return answers.get(key).answer;
}

async function answer(request) {
  const { method } = request;
  const url = new URL(request.url, here);
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const control = find(controls, method, url.pathname);
  if (control) return { json: await control(text && JSON.parse(text)) };
  const shown = find(pages, method, url.pathname);
  if (shown) {
    const what = await shown(new URLSearchParams(text));
    return what.location ? what : { html: what };
  }
  return { json: await call(request, method, url, text) };
}

createServer(async (request, response) => {
  try {
    const { json, html, location } = await answer(request);
    if (location) response.writeHead(303, { location }).end();
    else if (html) response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
  } catch (error) {
    const body = { error: { type: "invalid_request_error", code: error.code, message: error.message } };
    if (!(error instanceof Refused)) console.error(error);
    response.writeHead(error.status ?? 500, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
}).listen(port, "127.0.0.1");
