// Stands between the service and AWS and lets calls go wrong, as networks and clouds do.
import { createServer, request } from "node:http";
import { pause } from "../server.mjs";

/** What can become of a call: how it fails, and whether AWS did what was asked all the same. */
export const mishaps = {
  /** AWS has an inner error; nothing was done. */
  fails: { reached: false, status: 500 },
  /** AWS asks to slow down; nothing was done. */
  throttled: { reached: false, status: 400 },
  /** Done, but the connection broke before the answer came. */
  unanswered: { reached: true },
  /** Done, but the answer comes after the caller has given up. */
  late: { reached: true, delay: 4000 },
  /** Asked twice; the second answer comes. */
  doubled: { reached: true, twice: true },
};

/** The operation that a request asks for, such as `sqs.ReceiveMessage` or `s3.PutObject`. */
export function operation({ method, url, headers, body }) {
  const scope = /Credential=[^/]*\/\d+\/[^/]*\/([^/]*)\//.exec(headers.authorization ?? "")?.[1];
  const target = headers["x-amz-target"];
  if (target) return `${scope ?? "aws"}.${target.split(".").at(-1)}`;
  const path = new URL(url, "http://x");
  const named = method === "POST" && /(?:^|&)Action=(\w+)/.exec(body.subarray(0, 2000).toString("latin1"))?.[1];
  if (named) return `${scope}.${named}`;
  if (scope && scope !== "s3") return `${scope}.${method} ${path.pathname.split("/").at(-1)}`;
  const parameters = ["uploads", "uploadId", "restore", "delete", "list-type"].filter((name) => path.searchParams.has(name));
  return `s3.${method}${headers["x-amz-copy-source"] ? " copy" : ""}${parameters.length ? `?${parameters.join("&")}` : ""}`;
}

export class Proxy {
  /** `decide` is given each call's operation and says which mishap befalls it, or none. It may be changed at any time. */
  static async before(endpoint, decide = () => undefined) {
    const proxy = new Proxy();
    proxy.target = new URL(endpoint);
    proxy.decide = decide;
    proxy.seen = new Map();
    proxy.befallen = new Map();
    proxy.server = createServer((incoming, outgoing) => {
      proxy.answer(incoming, outgoing).catch(() => outgoing.destroy());
    });
    await new Promise((done) => proxy.server.listen(0, "127.0.0.1", done));
    proxy.address = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  async answer(incoming, outgoing) {
    const parts = [];
    for await (const part of incoming) parts.push(part);
    const call = { method: incoming.method, url: incoming.url, headers: incoming.headers, body: Buffer.concat(parts) };
    const name = operation(call);
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    const mishap = this.decide(name, call);
    if (!mishap) return relay(await this.forward(call), outgoing);
    this.befallen.set(name, (this.befallen.get(name) ?? 0) + 1);
    if (mishap.answer) return relay(mishap.answer, outgoing);
    if (!mishap.reached) return relay(refusal(name, mishap.status), outgoing);
    let answer = await this.forward(call);
    if (mishap.twice) answer = await this.forward(call);
    else if (mishap.delay) await pause(mishap.delay);
    else return outgoing.destroy();
    return relay(answer, outgoing);
  }

  forward({ method, url, headers, body }) {
    return new Promise((done, failed) => {
      const onward = request({ host: this.target.hostname, port: this.target.port, method, path: url, headers }, async (answer) => {
        try {
          const parts = [];
          for await (const part of answer) parts.push(part);
          done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) });
        } catch (error) {
          failed(error);
        }
      });
      onward.once("error", failed);
      onward.end(body);
    });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

function relay({ status, headers, body }, outgoing) {
  const kept = Object.entries(headers).filter(([name]) => !["transfer-encoding", "connection", "keep-alive"].includes(name));
  outgoing.writeHead(status, { ...Object.fromEntries(kept), ...(body.length || !headers["content-length"] ? { "content-length": body.length } : {}) });
  outgoing.end(body);
}

/** An error in the protocol of the call's service. */
export function refusal(name, status) {
  const json = /^(sqs|dynamodb|secretsmanager)\./.test(name);
  const code = status === 500 ? "InternalServerError" : name.startsWith("s3") ? "SlowDown" : "ThrottlingException";
  const real = code === "SlowDown" ? 503 : status;
  return json
    ? { status: real, headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code }, body: Buffer.from(JSON.stringify({ __type: code, message: "by the test" })) }
    : xmlError(real, code, name.startsWith("s3"));
}

/** An error of S3, or of a service that speaks the query protocol. */
export function xmlError(status, code, ofS3 = true) {
  const error = `<Error>${ofS3 ? "" : "<Type>Sender</Type>"}<Code>${code}</Code><Message>by the test</Message></Error>`;
  const text = `<?xml version="1.0"?>${ofS3 ? error : `<ErrorResponse>${error}<RequestId>test</RequestId></ErrorResponse>`}`;
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(text) };
}
