// Builds dist: one style sheet, and the scripts and pictures as they are.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(here, "dist");
const own = ["app.js", "copy.js", "csp.js", "csrf.js", "drop_zone.js", "preflight.js", "sha256.js", "time.js", "transfer.js", "unpack.js", "icons.svg", "favicon.svg"];
const others = { "htmx.js": "htmx.org/dist/htmx.min.js", "sse.js": "htmx-ext-sse/dist/sse.min.js" };

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const styles = sass.compile(join(here, "src/app.scss"), {
  style: "compressed",
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
  // Bootstrap 5 is written with `@import`.
  silenceDeprecations: ["import", "global-builtin", "color-functions"],
});
writeFileSync(join(dist, "app.css"), styles.css);
for (const name of own) copyFileSync(join(here, "src", name), join(dist, name));
for (const [name, module] of Object.entries(others)) copyFileSync(require.resolve(module), join(dist, name));
