#!/usr/bin/env python3
"""Holds the API against its own description: requests that schemathesis makes from it, sensible ones and others, to a
server of its own. No answer may be a server's error, or one that the description does not have.

usage: tests/api/conformance.py GAS SCHEMATHESIS REQUESTS
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Whether a request is accepted depends on more than a description can say: that a reference is installed; that a
# request is repeated under one key, so that its body no longer matters; that a form's field was left empty.
WITHOUT = "positive_data_acceptance,negative_data_rejection"
# The name of the tokens by which requests are made here.
OWN_TOKEN = "the one that asks"
# Generated requests shall meet the API, not its limits.
SETTINGS = {
    "GAS__LOG__FILTER": "warn",
    "GAS__PLANS__PREMIUM__MAX_UPLOAD": "1MiB",
    # A request may end the subscription.
    "GAS__PLANS__FREE__MAX_JOBS_AT_ONCE": "1000000",
    "GAS__PLANS__FREE__MAX_JOBS_PER_DAY": "1000000",
    "GAS__PLANS__FREE__MAX_STORED": "1TiB",
    "GAS__WEB__RATE_LIMITS__API__PER_ADDRESS": "0",
    "GAS__WEB__RATE_LIMITS__API__PER_USER": "0",
    "GAS__WEB__RATE_LIMITS__UPLOADS__PER_ADDRESS": "0",
    "GAS__WEB__RATE_LIMITS__UPLOADS__PER_USER": "0",
}


class Server:
    """`gas serve` with a data directory of its own."""

    def __init__(self, gas, data):
        self.gas, self.data = gas, data
        self.log = open(Path(data) / "log", "w+")
        command = [gas, "serve", "--listen", "127.0.0.1:0", "--data", data]
        environment = {"PATH": os.environ["PATH"], **SETTINGS}
        self.process = subprocess.Popen(
            command, cwd=data, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        self.address = next(
            found.group() for line in self.process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line))
        )

    def admin_token(self, email, *flags):
        command = [self.gas, "admin", "token", "--email", email, "--name", OWN_TOKEN, "--data", self.data, *flags]
        return subprocess.run(command, cwd=self.data, check=True, capture_output=True, text=True).stdout.split()[-1]

    def ask(self, token, method, path, body=None, kind="application/json"):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        request = urllib.request.Request(self.address + path, body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def submit(self, token, name, text):
        form = (
            f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{text}\r\n--edge--\r\n'
        )
        kind = "multipart/form-data; boundary=edge"
        return self.ask(token, "POST", "/api/v1/jobs", form.encode(), kind)["job_id"]

    def stop(self):
        self.process.terminate()
        return self.process.wait(30)


def things(server, token, other):
    """Jobs in several states and tokens of that user, and some of another's."""
    inputs = HERE.parent / "inputs"
    good, bad = (inputs / "test.vcf").read_text(), "no VCF at all\n"
    jobs = [server.submit(token, f"good-{number}.vcf", good) for number in range(40)]
    jobs += [server.submit(token, f"bad-{number}.vcf", bad) for number in range(10)]
    while any(server.ask(token, "GET", f"/api/v1/jobs/{job}")["job_status"] in ("PENDING", "RUNNING") for job in jobs):
        time.sleep(0.2)
    jobs += [server.submit(other, f"theirs-{number}.vcf", good) for number in range(5)]
    body = json.dumps({"name": "spare"}).encode()
    tokens = [server.ask(of, "POST", "/api/v1/tokens", body)["token_id"] for of in [token] * 20 + [other]]
    return {"jobs": jobs, "tokens": tokens}


def make_room(server, token):
    """Revokes the tokens that are left of a run, since a user can have only so many; not the one that asks."""
    for made in server.ask(token, "GET", "/api/v1/tokens")["tokens"]:
        if made["name"] != OWN_TOKEN:
            server.ask(token, "DELETE", f"/api/v1/tokens/{made['token_id']}")


def judge(schemathesis, server, token, known, requests, seed, report):
    """One run; gives how many requests it made, and whether all answers were right."""
    command = [
        schemathesis, "run", server.address + "/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {token}",
        "--exclude-checks", WITHOUT, "--phases", "coverage,fuzzing", "--max-examples", str(requests),
        "--workers", "2", "--continue-on-failure", "--seed", str(seed), "--request-timeout", "60",
        # Streams end when a job does; the flow's tests follow them.
        "--exclude-path-regex", "/events$", "--warnings", "off",
        "--report-ndjson-path", str(report),
    ]  # fmt: skip
    environment = {**os.environ, "GAS_TEST_IDS": json.dumps(known), "PYTHONPATH": str(HERE)}
    environment |= {"SCHEMATHESIS_HOOKS": "hooks"}
    run = subprocess.run(command, env=environment, cwd=report.parent, stdout=subprocess.PIPE, text=True)
    made = re.search(r"(\d[\d,]*) generated", run.stdout)
    if run.returncode != 0 or made is None:
        print(run.stdout)
    return int(made.group(1).replace(",", "")) if made else 0, run.returncode == 0


def main():
    gas, schemathesis, wanted = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    made, right, seed = 0, True, 1
    with tempfile.TemporaryDirectory(prefix="gas-test-api-") as data:
        server = Server(gas, data)
        try:
            token = server.admin_token("ada@example.org", "--plan", "premium_user")
            other = server.admin_token("eve@example.org")
            while made < wanted and right:
                for of in (token, other):
                    make_room(server, of)
                known = things(server, token, other)
                each = max(10, min(200, (wanted - made) // 20))
                more, right = judge(schemathesis, server, token, known, each, seed, Path(data) / "report.ndjson")
                made, seed = made + more, seed + 1
                right = right and more > 0 and server.process.poll() is None
        finally:
            code = server.stop()
            server.log.seek(0)
            faults = [line for line in server.log if "ERROR" in line or "panicked" in line]
    print(f"{made:,} requests to the API; {'all answers were as described' if right else 'see above'}")
    for line in faults[:20]:
        print("the server said:", line.strip())
    return 0 if right and not faults and code == 0 else 1


sys.exit(main())
