#!/usr/bin/env bash
# The tests that need the whole service: the flow over HTTP, crashes, the browser.
# usage: tests/run.sh [flow|browser|crash|cloud|faults]...   (flow and browser when none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

# The program with its fail-points, kept beside the plain one.
cargo build --quiet -p gas --features failpoints
target="$(realpath "${CARGO_TARGET_DIR:-target}")"
export GAS_PROGRAM="$target/debug/gas-with-failpoints"
cp "$target/debug/gas" "$GAS_PROGRAM"

(cd tests && npm ci --silent)

files=()
for suite in "${@:-flow browser}"; do
    case "$suite" in
    flow) files+=(tests/flow/*.test.mjs) ;;
    crash) files+=(tests/flow/crash.test.mjs tests/flow/random_kills.test.mjs) ;;
    cloud) files+=(tests/cloud/*.test.mjs) ;;
    faults) files+=(tests/cloud/faults.test.mjs) ;;
    browser) files+=(tests/browser/*.test.mjs) ;;
    "flow browser") files+=(tests/flow/*.test.mjs tests/browser/*.test.mjs) ;;
    *) echo "no such suite: $suite" >&2 && exit 2 ;;
    esac
done
# One file at a time: each starts servers of its own, and two cores are soon busy.
exec node --test --test-concurrency=1 "${files[@]}"
