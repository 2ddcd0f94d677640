// A person with a browser's cookies and no browser: signs in by a mailed link, looks at pages, sends forms.
import { until } from "./server.mjs";

export class Person {
  /** `site` has an `address`; `mailed(email)` gives the texts of the mails to that person, newest first. */
  constructor(site, email, mailed) {
    this.site = site;
    this.email = email;
    this.mailed = mailed;
    this.cookies = new Map();
  }

  async request(path, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, ...(cookie && { cookie }) };
    const answer = await fetch(this.site.address + path, { ...options, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = set.match(/^([^=]+)=([^;]*)/);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return answer;
  }

  /** Sends a form of the page at `from`, or at the same path. */
  async send(path, form, from = path) {
    const page = await (await this.request(from)).text();
    const token = page.match(/name="csrf-token" content="([^"]+)"/)[1];
    return this.request(path, { method: "POST", headers: { "x-csrf-token": token }, body: new URLSearchParams(form) });
  }

  async signIn() {
    const known = (await this.mailed(this.email)).length;
    await this.send("/sign-in", { email: this.email });
    const link = await until(async () => {
      const mails = await this.mailed(this.email);
      return mails.length > known && mails[0].match(/\/sign-in\/[0-9a-f]{20,}/)?.[0];
    }, { what: `a link is mailed to ${this.email}` });
    await this.send(link, {});
    if (!await this.isSignedIn()) throw new Error(`${this.email} is not signed in`);
    return this;
  }

  async isSignedIn() {
    return (await this.request("/profile")).status === 200;
  }
}
