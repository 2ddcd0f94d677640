// The steps at which a program with fail-points can be made to die, as its source lists them.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../crates/service/src/failpoint.rs", import.meta.url), "utf8");
const list = (name) => [...source.match(new RegExp(`const ${name}:[^=]*=\\s*&\\[([^\\]]*)\\]`))[1].matchAll(/"([^"]+)"/g)].map((match) => match[1]);

export const steps = list("STEPS");
export const billingSteps = list("BILLING_STEPS");
export const deletionSteps = list("DELETION_STEPS");
