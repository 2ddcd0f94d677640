// The stack of deploy/aws on the emulator.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { query, stopFunctions } from "./aws.mjs";

const create = fileURLToPath(new URL("../../deploy/aws/tests/emulated_stack.py", import.meta.url));

export class Stack {
  /** Creates it under a name of its own. The function that the stack makes of the notifier takes nothing, for a test runs a notifier itself. */
  static async create() {
    const stack = new Stack();
    stack.name = `gas-${randomUUID().slice(0, 8)}`;
    const { stdout } = await promisify(execFile)(process.env.GAS_TEST_PYTHON, [create, stack.name]);
    stack.text = stdout;
    stack.configuration = parse(stdout);
    await stopFunctions(stack.name);
    return stack;
  }

  get buckets() {
    return { ...this.configuration.aws.buckets, archive: this.configuration.aws.cold_storage.bucket };
  }

  get tables() {
    return this.configuration.aws.tables;
  }

  get queues() {
    return this.configuration.aws.queues;
  }

  delete() {
    return query("cloudformation", { Action: "DeleteStack", StackName: this.name });
  }
}
