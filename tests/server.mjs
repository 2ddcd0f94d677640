// Starts `gas serve` on a free port of the loopback and a data directory of its own, and stops it.
import { mkdtempSync, rmSync, readdirSync, statSync, existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, run } from "./program.mjs";

/** Times cut to seconds, so that the whole flow passes in a test. */
export const quick = {
  GAS__PLANS__FREE__RETENTION: "2s",
  GAS__PLANS__FREE__MAX_JOBS_AT_ONCE: "1000",
  GAS__PLANS__FREE__MAX_JOBS_PER_DAY: "1000",
  GAS__WORKERS__VISIBILITY: "3s",
  GAS__WORKERS__RETRY_DELAY: "200ms",
  GAS__WORKERS__ARCHIVE_LEASE: "2s",
  GAS__WORKERS__SWEEP_INTERVAL: "300ms",
  GAS__WORKERS__PATIENCE: "2s",
  GAS__ANNOTATOR__LEASE: "3s",
  GAS__EMBEDDED__COLD_STORAGE__EXPEDITED_TIME: "1s",
  GAS__EMBEDDED__COLD_STORAGE__STANDARD_TIME: "2s",
};

/** Tests ask more often than people and programs do. */
const unlimited = Object.fromEntries(["SECRETS", "API", "PAGES", "UPLOADS"].flatMap((kind) =>
  ["PER_ADDRESS", "PER_USER"].map((whose) => [`GAS__WEB__RATE_LIMITS__${kind}__${whose}`, "0"])));

export class Server {
  constructor({ settings = {}, flags = [] } = {}) {
    this.settings = { ...unlimited, ...settings };
    this.flags = flags;
    this.data = mkdtempSync(join(tmpdir(), "gas-test-"));
  }

  /** Starts the server, or starts it again on the same data. Resolves when it answers. */
  async start(settings = {}) {
    const args = ["serve", "--listen", "127.0.0.1:0", "--data", this.data, ...this.flags];
    this.program = new Program(args, { cwd: this.data, env: { ...this.settings, ...settings } });
    this.exited = this.program.exited;
    this.address = await this.program.prints(/http:\/\/127\.0\.0\.1:\d+/);
    await until(async () => (await fetch(`${this.address}/readyz`)).ok, { what: "the server is ready" });
    return this;
  }

  get alive() {
    return this.program?.alive ?? false;
  }

  /** What the server has said on standard error, its end. */
  get errors() {
    return this.program?.errors ?? "";
  }

  /** Ends the server as a power cut would. */
  kill() {
    return this.program.kill();
  }

  /** Asks the server to stop. */
  stop() {
    return this.program.stop();
  }

  /** Stops the server and removes its data. */
  async remove() {
    if (this.alive) await this.program.stop(10);
    rmSync(this.data, { recursive: true, force: true });
  }

  /** A program's key to act for a user. */
  token(email, plan) {
    const args = ["admin", "token", "--email", email, "--data", this.data];
    if (plan) args.push("--plan", plan);
    return run(args, { cwd: this.data }).trim().split("\n").at(-1).trim();
  }

  /** Installs a reference of one sequence while the server runs. */
  installReference(name, assembly, contig, bases) {
    const file = (ending, text) => {
      const path = join(this.data, `${name}.${ending}`);
      writeFileSync(path, text);
      return path;
    };
    const fasta = file("fa", `>${contig}\n${"ACGT".repeat(Math.ceil(bases / 4)).slice(0, bases)}\n`);
    const gene = (kind, attributes) => `${contig}\tmade\t${kind}\t100\t300\t.\t+\t.\t${attributes}\n`;
    const genes = file("gff3", `##gff-version 3\n${gene("gene", "ID=gene:G1;biotype=lncRNA")}${gene("lnc_RNA", "ID=transcript:T1;Parent=gene:G1;biotype=lncRNA")}${gene("exon", "Parent=transcript:T1")}`);
    const args = ["reference", "build", "--name", name, "--assembly", assembly, "--fasta", fasta, "--genes", genes, "--references", join(this.data, "references")];
    run(args, { cwd: this.data });
  }

  /** All files under a folder of the data directory, as paths relative to it. */
  files(folder) {
    const root = join(this.data, folder);
    if (!existsSync(root)) return [];
    return readdirSync(root, { recursive: true })
      .filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
  }
}

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Waits until `holds` gives something true, and gives that; a failing request counts as "not yet", unless it is `fatal`. */
export async function until(holds, { what, seconds = 30, every = 50 }) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (error) {
      if (error.fatal) throw error;
      last = error;
    }
    await pause(every);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}${last ? `; last: ${last.message}` : ""}`);
}
