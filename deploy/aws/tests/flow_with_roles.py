"""The whole way of a job, each process with its own role's credentials, on an emulator that holds to roles; and looking after it.

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
import tomllib
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
SOMEONE = "someone@example.org"
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
        boto3.client("sesv2").create_email_identity(EmailIdentity=SOMEONE)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.logs = {}

    def environment(self, role):
        """The credentials of a role, and nothing else."""
        credentials = with_roles.session_of("flow", role).get_credentials()
        return os.environ | QUICK | {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token,
            "GAS__AWS__PATH_STYLE": "true",
        }

    def command(self, name, *words):
        return [PROGRAM, *words, "--config", self.configuration, "--data", self.folder / "data" / name]

    def start(self, name, role, *words):
        """Starts a process of the service as a machine of that role does."""
        self.logs[name] = self.folder / f"{name}.log"
        with self.logs[name].open("w") as log:
            process = subprocess.Popen(self.command(name, *words), env=self.environment(role), stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def admin(self, *words):
        """What `gas admin` prints on a web server."""
        done = subprocess.run(self.command("admin", "admin", *words), env=self.environment(with_roles.WEB),
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"gas admin {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

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
        self.token = self.admin("token", "--email", SOMEONE)
        self.until("the web server's answer", self._is_ready)

        form = self._form(INPUT)
        job = self.ask("/jobs", "POST", *form)["job_id"]
        self.until("the job's end", lambda: self.ask(f"/jobs/{job}")["job_status"] == "COMPLETED")
        self.until("archiving", lambda: self.ask(f"/jobs/{job}")["result_place"] == "archived")
        self.ask("/subscription", "POST", b'{"plan": "premium_user"}')
        self.until("the way back", lambda: self.ask(f"/jobs/{job}")["result_place"] == "hot")
        self.assertEqual(self.refusals(), [])
        self._look_after_it(job)

    def _look_after_it(self, job):
        """What an administrator does on a web server is allowed to its role."""
        shown = lambda *words: json.loads(self.admin(*words, "--json"))
        self.assertEqual([user["user_email"] for user in shown("users")], [SOMEONE])
        self.assertEqual([row["job_id"] for row in shown("jobs", "--email", SOMEONE)], [job])
        self.assertEqual(shown("jobs", job)[0]["job_status"], "COMPLETED")
        for words in [("grant", SOMEONE), ("grant", "other@example.org"), ("revoke", SOMEONE),
                      ("plan", SOMEONE, "free_user"), ("mode", "drain"), ("mode", "open")]:
            self.admin(*words)
        self.assertEqual(shown("user", SOMEONE)["user"]["plan"], "free_user")
        dead = tomllib.loads(self.configuration.read_text())["aws"]["queues"]["job_requests"]["dead_letters"]
        for text in ("nobody can read this", json.dumps({"version": 1, "kind": "annotate", "job_id": job})):
            boto3.client("sqs").send_message(QueueUrl=dead, MessageBody=text)
        unread = next(letter["id"] for letter in shown("dead-letters") if letter["message"] is None)
        self.assertEqual(shown("dead-letters", "job-requests", "--discard", unread), {"discarded": 1})
        self.assertEqual(shown("dead-letters", "job-requests", "--retry-all"), {"retried": 1})
        self.assertEqual([queue["dead"] for queue in shown("queues")], [0] * len(with_roles.QUEUES))
        self.assertGreaterEqual(len(shown("audit")), 8)

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
