"""Gives schemathesis identifiers that lead somewhere, so that more than refusals is tried."""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ["GAS_TEST_IDS"])


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every third identifier is that of something there; which of them, the generated one decides."""
    generated = (path_parameters or {}).get("id")
    if not isinstance(generated, str) or sum(map(ord, generated)) % 3:
        return path_parameters
    of = "tokens" if "/tokens/" in context.operation.path else "jobs"
    path_parameters["id"] = KNOWN[of][sum(map(ord, generated)) // 3 % len(KNOWN[of])]
    return path_parameters
