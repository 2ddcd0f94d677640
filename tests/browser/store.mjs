// A place that takes files by forms, as the AWS back end has one in S3: answers preflights of the site's origin, and
// forms as it is told.
import { createServer } from "node:http";

export class Store {
  /** `deliver` is given the bytes that were taken. */
  constructor(origin, deliver) {
    this.origin = origin;
    this.deliver = deliver;
    /** What happens to the next forms: `undefined` takes it, a status and code refuse it, `"break"` breaks the connection. */
    this.plans = [];
    this.taken = [];
    this.asked = 0;
  }

  async start() {
    this.server = createServer((request, answer) => this.#answer(request, answer).catch((error) => {
      // The browser may stop.
      if (error.code !== "ECONNRESET") throw error;
    }));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.address = `http://127.0.0.1:${this.server.address().port}/inputs/`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #answer(request, answer) {
    if (request.headers.origin === this.origin) answer.setHeader("access-control-allow-origin", this.origin);
    if (request.method === "OPTIONS") {
      answer.setHeader("access-control-allow-methods", "POST");
      answer.writeHead(200).end();
      return;
    }
    this.asked += 1;
    const plan = this.plans.shift();
    if (plan === "break") {
      request.socket.destroy();
      return;
    }
    const parts = [];
    for await (const part of request) parts.push(part);
    if (plan) {
      answer.writeHead(plan[0], { "content-type": "application/xml" });
      answer.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${plan[1]}</Code><Message>no</Message></Error>`);
      return;
    }
    const form = readForm(request.headers["content-type"], Buffer.concat(parts));
    this.taken.push(form);
    await this.deliver(form.at(-1)[1]);
    answer.writeHead(204).end();
  }
}

/** Names and bytes of a form's fields, in their order. */
function readForm(type, body) {
  const boundary = `--${/boundary=(.*)$/.exec(type)[1]}`;
  return body.toString("latin1").split(boundary).slice(1, -1).map((part) => {
    const end = part.indexOf("\r\n\r\n");
    const name = /name="([^"]*)"/.exec(part.slice(0, end))[1];
    return [name, Buffer.from(part.slice(end + 4, -2), "latin1")];
  });
}
