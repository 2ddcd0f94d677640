"""The one command, through the real `aws` command line, against the emulator."""

import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

import boto3
from botocore.exceptions import ClientError

import emulated_stack
import template as templates

DEPLOY = pathlib.Path(__file__).parent.parent / "deploy"
PARAMETERS = """
# The site
DomainName=gas.example.org
SenderAddress=gas@example.org
CertificateArn=arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000

AnnotatorMax=3
FreeRetention=10m
DeletionProtection=no
"""

# As far as anybody looks: an ELF file for x86_64.
PROGRAM = b"\x7fELF" + bytes(14) + b"\x3e\x00" + bytes(44)


class TheCommand(unittest.TestCase):
    """plan, apply, plan again, apply another program, destroy."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        template = emulated_stack.for_emulator(templates.read())
        self.files = {
            "template": self._file("template.json", json.dumps(template)),
            "parameters": self._file("parameters", PARAMETERS),
            "program": self.folder / "gas",
            "notifier": self.folder / "notifier.zip",
        }
        self.files["program"].write_bytes(PROGRAM)
        self.files["notifier"].write_bytes(emulated_stack.empty_notifier())

    def _file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def _deploy(self, action, *more, files=("template", "parameters", "program", "notifier")):
        options = [part for name in files for part in (f"--{name}", str(self.files[name]))]
        command = [DEPLOY, action, "--stack", "bycommand", *options, *more]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout

    def test_from_nothing_to_a_stack_and_back(self):
        cloudformation, s3 = boto3.client("cloudformation"), boto3.client("s3")
        planned = self._deploy("plan")
        self.assertIn("JobsTable", planned)
        self.assertEqual(self._status(cloudformation), "REVIEW_IN_PROGRESS")

        applied = self._deploy("apply", "--no-wait")
        self.assertIn("https://gas.example.org is at ", applied)
        self.assertEqual(self._status(cloudformation), "CREATE_COMPLETE")
        self.assertIn('retention = "10m"', self._outputs(cloudformation)["Configuration"])
        bucket = f"gas-programs-000000000000-{os.environ['AWS_REGION']}"
        first = self._programs(s3, bucket)
        with tarfile.open(fileobj=s3.get_object(Bucket=bucket, Key=first[0])["Body"], mode="r|gz") as archive:
            names = archive.getnames()
        self.assertLessEqual({"gas", "machine/start", "machine/hardening.conf", "machine/gas-web.service"}, set(names))

        self.assertIn("nothing would change", self._deploy("plan"))
        self._deploy("apply", "--no-wait")
        self.assertEqual(self._programs(s3, bucket), first, "the same program is sent once")

        self.files["program"].write_bytes(PROGRAM + b"newer")
        self.assertIn("WebTemplate", self._deploy("plan"))
        self._deploy("apply", "--no-wait")
        self.assertEqual(self._status(cloudformation), "UPDATE_COMPLETE")
        self.assertEqual(len(self._programs(s3, bucket)), 2)

        kept = self._deploy("destroy", "--yes", files=())
        self.assertIn("AWS::DynamoDB::Table", kept)
        self.assertIn("AWS::S3::Bucket", kept)
        with self.assertRaises(ClientError):
            self._status(cloudformation)

    def test_a_program_for_a_newer_system_is_refused(self):
        self.files["program"].write_bytes(PROGRAM + b"GLIBC_2.17 GLIBC_2.38")
        ended = self._fails()
        self.assertIn("asks for GLIBC_2.38", ended.stderr)

    def test_what_is_missing_is_named(self):
        self.files["notifier"].unlink()
        self.assertIn("`make lambda`", self._fails().stderr)

    def _fails(self):
        command = [DEPLOY, "apply", "--program", self.files["program"], "--notifier", self.files["notifier"]]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(ended.returncode, 0)
        return ended

    def _status(self, cloudformation):
        return cloudformation.describe_stacks(StackName="bycommand")["Stacks"][0]["StackStatus"]

    def _outputs(self, cloudformation):
        return emulated_stack.outputs(cloudformation.describe_stacks(StackName="bycommand")["Stacks"][0])

    def _programs(self, s3, bucket):
        return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="programs/")["Contents"]]


if __name__ == "__main__":
    unittest.main()
