// The steps of the flow at which a program with fail-points can be made to die, as its source lists them.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../crates/service/src/failpoint.rs", import.meta.url), "utf8");
export const steps = [...source.match(/STEPS[^=]*=\s*&?\[([^\]]*)\]/)[1].matchAll(/"([^"]+)"/g)].map((match) => match[1]);
export const billingSteps = [...source.match(/BILLING_STEPS[^=]*=\s*&?\[([^\]]*)\]/)[1].matchAll(/"([^"]+)"/g)].map((match) => match[1]);
