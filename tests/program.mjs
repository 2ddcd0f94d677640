// One process of `gas`, watched from its start to its end.
import { spawn, spawnSync } from "node:child_process";
import { resolve } from "node:path";

export const path = resolve(process.env.GAS_PROGRAM ?? "target/debug/gas");

export class Program {
  /** Starts it in that folder, with no more of the environment than is given. */
  constructor(args, { cwd, env = {} }) {
    this.child = spawn(path, args, { env: { PATH: process.env.PATH, ...env }, cwd, stdio: ["ignore", "pipe", "pipe"] });
    this.errors = "";
    this.printed = "";
    this.exited = new Promise((done) => this.child.once("exit", (code, signal) => {
      this.child = undefined;
      done({ code, signal });
    }));
    this.child.stderr.on("data", (text) => {
      this.errors = (this.errors + text).slice(-200_000);
    });
    this.child.stdout.on("data", (text) => {
      this.printed = (this.printed + text).slice(-20_000);
    });
  }

  get alive() {
    return this.child !== undefined;
  }

  /** Resolves to what the program printed by that pattern; fails if it ends before. */
  prints(pattern) {
    const seen = () => this.printed.match(pattern)?.[0];
    return new Promise((found, failed) => {
      const look = () => {
        if (seen()) found(seen());
      };
      this.child?.stdout.on("data", look);
      look();
      this.exited.then((how) => failed(new Error(`gas ended at once: ${JSON.stringify(how)}\n${this.printed}${this.errors}`)));
    });
  }

  /** Ends it as a power cut would. */
  kill() {
    this.child?.kill("SIGKILL");
    return this.exited;
  }

  /** Asks it to stop, and has it killed when it does not within that time. */
  stop(seconds = 20) {
    this.child?.kill("SIGTERM");
    const timer = setTimeout(() => this.kill(), seconds * 1000);
    return this.exited.finally(() => clearTimeout(timer));
  }
}

/** Runs a command of `gas` to its end and gives what it printed. */
export function run(args, { cwd, env } = {}) {
  const done = spawnSync(path, args, { encoding: "utf8", cwd, env: env && { PATH: process.env.PATH, ...env } });
  if (done.status !== 0) throw new Error(`gas ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}
