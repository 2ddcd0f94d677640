// A user who works through the API.
import { until } from "./server.mjs";

export class Client {
  constructor(server, email, plan) {
    this.server = server;
    this.email = email;
    this.secret = server.token(email, plan);
  }

  async request(path, options = {}) {
    const headers = { authorization: `Bearer ${this.secret}`, ...options.headers };
    return fetch(`${this.server.address}/api/v1${path}`, { ...options, headers, redirect: "manual" });
  }

  async json(path, options) {
    const answer = await this.request(path, options);
    const body = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`${answer.status} ${JSON.stringify(body)}`), { status: answer.status, body });
    return body;
  }

  /** Uploads a file and makes a job of it. */
  async submit(name, bytes, headers = {}) {
    const form = new FormData();
    form.append("file", new Blob([bytes]), name);
    return this.json("/jobs", { method: "POST", body: form, headers });
  }

  job(id) {
    return this.json(`/jobs/${id}`);
  }

  /** Waits until the job has ended, and gives it. */
  ended(id, seconds = 120) {
    return until(async () => {
      const job = await this.job(id);
      return ["COMPLETED", "FAILED", "CANCELLED"].includes(job.job_status) && job;
    }, { what: `job ${id} has ended`, seconds });
  }

  /** Waits until the result is at that place. */
  at(id, place, seconds = 120) {
    return until(async () => {
      const job = await this.job(id);
      return job.result_place === place && job;
    }, { what: `the result of ${id} is ${place}`, seconds });
  }

  /** The bytes of the result, from wherever the server sends for them. */
  async result(id) {
    const first = await this.request(`/jobs/${id}/result`);
    const answer = first.status === 302 ? await fetch(first.headers.get("location")) : first;
    if (!answer.ok && answer !== first) throw new Error(`result: ${answer.status}`);
    if (!answer.ok) throw Object.assign(new Error(`result: ${answer.status}`), { status: answer.status, body: await answer.json() });
    return Buffer.from(await answer.arrayBuffer());
  }

  subscribe() {
    return this.request("/subscription", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ plan: "premium_user" }),
    });
  }

  unsubscribe() {
    return this.request("/subscription", { method: "DELETE" });
  }
}

/** The mails in the outbox of a server, newest first, as text. */
export async function mails(server) {
  const { readFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  return server.files("outbox")
    .filter((path) => path.endsWith(".eml"))
    .sort()
    .reverse()
    .map((path) => readFileSync(join(server.data, "outbox", path), "utf8"))
    // Undo quoted-printable's soft line breaks, so that links can be searched for.
    .map((text) => text.replace(/=\r?\n/g, "").replace(/=3D/g, "="));
}
