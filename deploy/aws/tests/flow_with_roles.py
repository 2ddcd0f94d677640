"""The whole way of a job, each process with its own role's credentials, on an emulator that holds to roles.

usage: flow_with_roles.py PROGRAM INPUT      with AWS_ENDPOINT_URL and AUTH=true
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import boto3

import emulated_stack
import template as templates
import with_roles

PROGRAM, INPUT = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
WORKERS = {
    "annotator": with_roles.ANNOTATOR,
    "notifier": with_roles.NOTIFIER,
    "archiver": with_roles.WORKER,
    "restorer": with_roles.WORKER,
    "thawer": with_roles.WORKER,
    "sweeper": with_roles.WORKER,
}
# The stack says five minutes; a test cannot wait as long.
QUICK = {"GAS__PLANS__FREE__RETENTION": "1s", "GAS__WORKERS__SWEEP_INTERVAL": "1s"}


class TheFlow(unittest.TestCase):
    """From a file to its archive and back; nobody is refused anything on the way."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        adapted = with_roles.for_such_an_emulator(templates.read())
        stack = emulated_stack.create("flow", adapted, AnnotatorMax=1)
        self.configuration = self.folder / "gas.toml"
        # See `with_roles` on secrets.
        text = emulated_stack.outputs(stack)["Configuration"]
        self.configuration.write_text("\n".join(line for line in text.splitlines() if not line.startswith("secret")))
        for source in boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
            boto3.client("lambda").update_event_source_mapping(UUID=source["UUID"], Enabled=False)
        boto3.client("sesv2").create_email_identity(EmailIdentity="someone@example.org")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.logs = {}

    def start(self, name, role, *words):
        """Starts a process of the service with the credentials of a role, and nothing else."""
        credentials = with_roles.session_of("flow", role).get_credentials()
        environment = os.environ | QUICK | {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token,
            "GAS__AWS__PATH_STYLE": "true",
        }
        self.logs[name] = self.folder / f"{name}.log"
        with self.logs[name].open("w") as log:
            process = subprocess.Popen(
                [PROGRAM, *words, "--config", self.configuration, "--data", self.folder / "data" / name],
                env=environment, stdout=log, stderr=log,
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def ask(self, path, method="GET", body=None, kind="application/json"):
        request = urllib.request.Request(f"http://{self.address}/api/v1{path}", data=body, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body:
            request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def until(self, what, happens, seconds=90):
        for _ in range(seconds * 5):
            if found := happens():
                return found
            time.sleep(0.2)
        self.fail(f"{what} did not happen; {self.refusals()}")

    def refusals(self):
        """What the logs tell of refused calls."""
        lines = [f"{name}: {line}" for name, log in self.logs.items() for line in log.read_text().splitlines()]
        return [line for line in lines if "AccessDenied" in line or "not authorized" in line or "AuthorizationError" in line]

    def test_a_result_goes_to_the_archive_and_comes_back(self):
        self.start("web", with_roles.WEB, "web", "--listen", self.address)
        for worker, role in WORKERS.items():
            self.start(worker, role, "worker", worker)
        command = [PROGRAM, "admin", "token", "--email", "someone@example.org", "--config", self.configuration,
                   "--data", self.folder / "data" / "admin"]
        environment = os.environ | {"GAS__AWS__PATH_STYLE": "true"}
        self.token = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
        self.until("the web server's answer", self._is_ready)

        form = self._form(INPUT)
        job = self.ask("/jobs", "POST", *form)["job_id"]
        self.until("the job's end", lambda: self.ask(f"/jobs/{job}")["job_status"] == "COMPLETED")
        self.until("archiving", lambda: self.ask(f"/jobs/{job}")["result_place"] == "archived")
        self.ask("/subscription", "POST", b'{"plan": "premium_user"}')
        self.until("the way back", lambda: self.ask(f"/jobs/{job}")["result_place"] == "hot")
        self.assertEqual(self.refusals(), [])

    def _is_ready(self):
        try:
            return urllib.request.urlopen(f"http://{self.address}/readyz", timeout=5).status == 200
        except OSError:
            return False

    def _form(self, file):
        boundary = "boundary-of-the-form"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        return body, f"multipart/form-data; boundary={boundary}"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
