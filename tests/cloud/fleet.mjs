// Processes of the service on a stack: the web face and the workers, each on a data folder of its own as on machines of
// their own. Whatever ends by itself is started again, as systemd would.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, run } from "../program.mjs";
import { pause, until } from "../server.mjs";

export const roles = ["annotator", "notifier", "archiver", "restorer", "thawer", "sweeper"];

/** Times cut to seconds, so that the whole flow passes in a test. */
export const quick = {
  GAS__PLANS__FREE__RETENTION: "2s",
  GAS__PLANS__FREE__MAX_JOBS_AT_ONCE: "1000",
  GAS__PLANS__FREE__MAX_JOBS_PER_DAY: "1000",
  GAS__WORKERS__VISIBILITY: "4s",
  GAS__WORKERS__RETRY_DELAY: "1s",
  GAS__WORKERS__ARCHIVE_LEASE: "5s",
  GAS__WORKERS__SWEEP_INTERVAL: "1s",
  GAS__WORKERS__PATIENCE: "4s",
  GAS__ANNOTATOR__LEASE: "4s",
  GAS__AWS__ATTEMPT_TIMEOUT: "3s",
};

/** Credentials and the emulator's address, as an instance's role and the region would give them. */
const surroundings = Object.fromEntries(Object.entries(process.env)
  .filter(([name]) => name.startsWith("AWS_") && name !== "AWS_ENDPOINT_URL_SECRETS_MANAGER"));

/** A port that is free now. What the site prints is the address that people use, which is another. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Fleet {
  /** `endpoint` may put something between the service and AWS. */
  constructor(stack, { settings = {}, endpoint } = {}) {
    this.stack = stack;
    this.folder = mkdtempSync(join(tmpdir(), "gas-fleet-"));
    this.configuration = join(this.folder, "gas.toml");
    writeFileSync(this.configuration, stack.text);
    this.env = {
      ...surroundings,
      ...(endpoint && { AWS_ENDPOINT_URL: endpoint }),
      GAS__AWS__PATH_STYLE: "true",
      // The load balancer's name leads nowhere here.
      GAS__SITE__ADDRESS: "http://gas.example.org",
      GAS__WEB__SECURE_COOKIES: "false",
      ...quick,
      ...settings,
    };
    this.members = new Set();
    this.deaths = [];
  }

  /** Starts the web face, and so many of each worker. Resolves when the site answers. */
  async start({ each = 2, env = {}, kinds = roles } = {}) {
    const port = await freePort();
    this.address = `http://127.0.0.1:${port}`;
    this.add("web", ["web", "--listen", `127.0.0.1:${port}`], env);
    for (const role of kinds) {
      for (let number = 1; number <= each; number += 1) this.add(`${role}-${number}`, ["worker", role], env);
    }
    await until(async () => (await fetch(`${this.address}/readyz`)).ok, { what: "the site is ready" });
    return this;
  }

  /** Adds a process; `env` holds for its first life only. */
  add(name, args, env = {}) {
    const data = join(this.folder, name);
    mkdirSync(data, { recursive: true });
    const member = { name, args, data, wanted: true };
    const live = (env) => {
      member.program = new Program([...member.args, "--config", this.configuration, "--data", data], { cwd: data, env: { ...this.env, ...env } });
      member.program.exited.then(async (how) => {
        this.deaths.push({ name, ...how });
        await pause(100);
        if (member.wanted) live({});
      });
    };
    live(env);
    this.members.add(member);
    return member;
  }

  /** Ends all processes. */
  async stop() {
    for (const member of this.members) member.wanted = false;
    await Promise.all([...this.members].map((member) => member.program.alive && member.program.stop()));
    this.members.clear();
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What `gas admin` prints; it asks AWS itself, whatever stands before it. */
  admin(...args) {
    const where = ["--config", this.configuration, "--data", join(this.folder, "admin")];
    return run(["admin", ...args, ...where], { cwd: this.folder, env: { ...this.env, ...surroundings } });
  }

  /** A program's key to act for a user. */
  token(email, plan) {
    const args = ["token", "--email", email];
    if (plan) args.push("--plan", plan);
    return this.admin(...args).trim().split("\n").at(-1).trim();
  }

  /** What all processes have said on standard error, their ends. */
  get errors() {
    return [...this.members].map(({ name, program }) => `--- ${name}\n${program.errors.slice(-3000)}`).join("\n");
  }
}
