"""The notifier's zip, run as the stack's function by an emulator of Lambda on its queue.

usage: with_notifier.py ZIP
"""

import json
import os
import sys
import time
import tomllib
import unittest
import urllib.request
import uuid

import boto3

import emulated_stack

ADDRESS = "ada@example.org"


def mails():
    """Subjects of all mails to the address."""
    with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_ministack/ses/messages") as answer:
        sent = json.load(answer)["messages"].values()
    return [mail["Subject"] for account in sent for mail in account if mail["To"] == [ADDRESS]]


def eventually(what, holds, seconds=60):
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s it is still not so that {what}")
        time.sleep(0.2)


class TheNotifier(unittest.TestCase):
    """One stack, with the program in its function."""

    @classmethod
    def setUpClass(cls):
        with open(cls.zip, "rb") as file:
            cls.stack = emulated_stack.create("notified", notifier=file.read())
        cls.aws = tomllib.loads(emulated_stack.outputs(cls.stack)["Configuration"])["aws"]
        boto3.client("sesv2").create_email_identity(EmailIdentity="example.org")
        cls.sqs = boto3.client("sqs")
        cls.queue = cls.aws["queues"]["job_results"]

    def publish(self, text):
        boto3.client("sns").publish(TopicArn=self.aws["topics"]["job_results"], Message=text)

    def waiting(self, url):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(counts[name]) for name in names)

    def job(self):
        """A row as the first service wrote it, and its owner's: the mail about its archive needs no more."""
        job, owner = str(uuid.uuid4()), str(uuid.uuid4())
        user = {
            "id": f"user/{owner}", "user_email": ADDRESS, "name": "", "institution": "", "plan": "free_user",
            "created": "2026-11-26T00:00:00.000000000Z",
        }
        user = {name: {"S": value} for name, value in user.items()} | {"updated": {"N": "1764115200"}}
        boto3.client("dynamodb").put_item(TableName=self.aws["tables"]["accounts"], Item=user)
        row = {
            "job_id": {"S": job},
            "user_id": {"S": owner},
            "user_email": {"S": ADDRESS},
            "input_file_name": {"S": "sample.vcf"},
            "submit_time": {"N": "1764115200"},
            "complete_time": {"N": "1764115260"},
            "job_status": {"S": "COMPLETED"},
            "s3_key_result_file": {"S": f"a/{job}~sample.annot.vcf"},
            "results_file_archive_id": {"S": "archive"},
        }
        boto3.client("dynamodb").put_item(TableName=self.aws["tables"]["jobs"], Item=row)
        return job

    def take_messages(self, enabled):
        """Whether the function is given messages. While it takes them, ministack 1.5.33 loses what comes at that moment."""
        functions = boto3.client("lambda")
        mapping = functions.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
        functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)

    def test_a_message_becomes_a_mail_and_a_poisonous_one_of_its_batch_hurts_none(self):
        self.take_messages(False)
        self.publish("{'kind': 'result_archived'}")
        self.publish(json.dumps({"version": 1, "kind": "result_archived", "job_id": self.job()}))
        eventually("both messages wait", lambda: self.waiting(self.queue["url"]) == 2)
        self.take_messages(True)
        eventually("a mail is sent", lambda: len(mails()) == 1)
        self.assertIn("sample.vcf", mails()[0])
        eventually("only the poisonous message is left", lambda: self.waiting(self.queue["url"]) == 1)
        self.assertEqual(len(mails()), 1)


if __name__ == "__main__":
    TheNotifier.zip = sys.argv.pop(1)
    unittest.main()
