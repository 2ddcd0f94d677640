// A provider of OpenID Connect in a process of its own: npm's `oidc-provider`, as its authors made it, with its own pages to
// sign in, consent and sign out.
//
// Whoever signs in there as `ada` is ada@example.org; an address that begins with `unverified` is not verified.
import { fork } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const SECRET = "a secret of the service, at the provider";

/** A provider that a server of a test knows: first its settings go to the server, then it starts for that server. */
export class OpenIdProvider {
  static async named(name, title) {
    const provider = new OpenIdProvider();
    Object.assign(provider, { name, title, port: await freePort(), keys: newKeys() });
    return provider;
  }

  get settings() {
    const prefix = `GAS__SIGN_IN__PROVIDERS__${this.name.toUpperCase()}__`;
    return {
      [`${prefix}ISSUER`]: issuerAt(this.port), [`${prefix}CLIENT_ID`]: "gas", [`${prefix}CLIENT_SECRET`]: SECRET,
      [`${prefix}TITLE`]: this.title, [`${prefix}INSTITUTION_CLAIM`]: "organization",
    };
  }

  /** Starts it for that server, and for no other any more. */
  async start(server) {
    await this.stop();
    const { name, port, keys } = this;
    const client = { id: "gas", secret: SECRET, redirect: `${server.address}/sign-in/callback/${name}`, home: `${server.address}/` };
    this.process = await start({ port, name, client, keys });
  }

  /** From its next start on it signs by other keys. */
  changeKeys() {
    this.keys = newKeys();
  }

  async stop() {
    await this.process?.stop();
  }
}

/** A free port of the loopback. */
function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

async function start({ port, name, client, keys }) {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify({ port, name, client, keys })], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let errors = "";
  child.stderr.on("data", (text) => { errors += text; });
  const exited = new Promise((done) => child.once("exit", done));
  await Promise.race([
    new Promise((ready) => child.once("message", ready)),
    exited.then(() => { throw new Error(`the provider ended at once: ${errors}`); }),
  ]);
  return {
    stop() {
      child.kill();
      return exited;
    },
  };
}

// Another host name than the service's, so that to a browser it is another site.
const issuerAt = (port) => `http://localhost:${port}`;

/** A key pair by which it signs. */
function newKeys() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" }] };
}

async function serve({ port, name, client, keys }) {
  const { Provider } = await import("oidc-provider");
  const provider = new Provider(issuerAt(port), {
    clients: [{
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [client.redirect],
      post_logout_redirect_uris: [client.home],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    jwks: keys,
    // Browsers send cookies to all ports of a host.
    cookies: { keys: [randomUUID()], names: { session: `${name}_session`, interaction: `${name}_interaction`, resume: `${name}_resume` } },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "organization"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${id}@example.org`,
        email_verified: !id.startsWith("unverified"),
        name: `${id[0].toUpperCase()}${id.slice(1)} of ${name}`,
        organization: `University of ${name}`,
      }),
    }),
  });
  provider.listen(port, "127.0.0.1", () => process.send("ready"));
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send) await serve(JSON.parse(process.argv[2]));
