// Files on their way: to this server, or by a form of its making straight to where they are kept.
import { csrfHeader } from "./csrf.js";

/** What the server says of a failed request, in its words. */
export function fault(status, text) {
  try {
    return new Error(JSON.parse(text).detail);
  } catch {
    return new Error(status ? `The server answered ${status}. Try again.` : "The connection broke off. Try again.");
  }
}

/** What the codes of the store mean for whoever sends a file. */
const STORE_FAULTS = {
  EntityTooLarge: "The file changed while it was uploaded. Choose it again.",
  EntityTooSmall: "The file changed while it was uploaded. Choose it again.",
  BadDigest: "The file changed while it was uploaded, or was damaged on its way. Choose it again.",
  AccessDenied: "The store did not take the file: the upload may have been begun too long ago. Try again.",
  ExpiredToken: "The upload was begun too long ago. Try again.",
  RequestTimeout: "The connection was silent for too long. Try again.",
  SlowDown: "The store is busy. Try again in a minute.",
};

/** What the store says of a form that it does not take. It answers in XML. */
export function storeFault(status, text) {
  if (!status) return fault(0, "");
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  const known = STORE_FAULTS[code] ?? (status >= 500 ? STORE_FAULTS.SlowDown : undefined);
  return new Error(known ?? `The store answered ${status}${code ? ` (${code})` : ""}. Try again.`);
}

/** Sends a body, once more if the connection breaks. `fetch` tells nothing of an upload's progress. */
async function send(method, url, body, faultOf, { progress, signal, headers = {} }) {
  const once = () => new Promise((done, failed) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("load", () => (request.status < 300 ? done(true) : failed(faultOf(request.status, request.responseText))));
    request.addEventListener("error", () => done(false));
    const stop = () => request.abort();
    request.addEventListener("abort", () => failed(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    signal.addEventListener("abort", stop);
    request.send(body);
  });
  if ((await once()) || (await once())) return;
  throw faultOf(0, "");
}

/** Sends a file to this server. */
export function put(url, file, options) {
  const headers = { "content-type": "application/octet-stream", ...csrfHeader() };
  return send("PUT", url, file, fault, { ...options, headers });
}

/** Sends a file by a form, whose fields come before it. */
export function sendForm({ url, fields }, file, options) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file);
  return send("POST", url, body, storeFault, options);
}
