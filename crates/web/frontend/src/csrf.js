// What shows the server that a request comes from a page of its own.

const HEADER = "x-csrf-token";

/** The header for `fetch`, to this server only. */
export function csrfHeader() {
  return { [HEADER]: document.querySelector('meta[name="csrf-token"]').content };
}

/** Has htmx send it, too. */
export function sendCsrfToken() {
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") Object.assign(event.detail.headers, csrfHeader());
  });
}
