"""Each component's role makes every kind of call there is, and is refused what is not its own.

For an emulator that holds to roles (`AUTH=true`). Four things it does not do as AWS documents them: it knows no
`dynamodb:LeadingKeys`, so that it would show every row of the accounts to everybody who may read one; it knows no
`ses:FromAddress`, and takes mail to be of no identity; `Ref` of a secret is its name, not its ARN, so that no role may read it;
and it takes what is done to messages by batches for actions of their own, which AWS allows to whoever may do it one by one.
"""

import copy
import datetime
import tomllib
import unittest

import boto3
from botocore.exceptions import ClientError

import emulated_stack
import template as templates

WEB, ANNOTATOR, WORKER, NOTIFIER = ROLES = ["WebRole", "AnnotatorRole", "WorkerRole", "NotifierRole"]
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
BATCHES = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
    "sns:Publish": "sns:PublishBatch",
}
QUEUES = ["job_requests", "job_results", "job_archive", "job_restore", "job_thaw"]


def for_such_an_emulator(template):
    """Without the buckets' policies, for the emulator is reached without TLS, which they refuse, as they should; with
    mail from any identity; and with batches allowed to whoever may do the same one by one."""
    template = copy.deepcopy(template)
    for name in templates.resources_of_type(template, "AWS::S3::BucketPolicy"):
        del template["Resources"][name]
    for role in templates.resources_of_type(template, "AWS::IAM::Role").values():
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
            actions = statement.get("Action", [])
            actions = [actions] if isinstance(actions, str) else actions
            batches = [BATCHES[action] for action in actions if action in BATCHES]
            if batches:
                statement["Action"] = actions + batches
            if "ses:FromAddress" in statement.get("Condition", {}).get("StringEquals", {}):
                del statement["Condition"]
                statement["Resource"] = "*"
    return template


def session_of(stack, role):
    """Calls as a machine of that role makes them."""
    resource = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=role)
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    arn = f"arn:aws:iam::000000000000:role/{name}"
    assumed = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.Session(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])


class EachRole(unittest.TestCase):
    """Who may what, as docs/aws.md has it."""

    @classmethod
    def setUpClass(cls):
        stack = emulated_stack.create("roles", for_such_an_emulator(templates.read()))
        cls.aws = tomllib.loads(emulated_stack.outputs(stack)["Configuration"])["aws"]
        cls.buckets = cls.aws["buckets"] | {"archive": cls.aws["cold_storage"]["bucket"]}
        cls.sessions = {role: session_of("roles", role) for role in ROLES}

    def only(self, allowed, service, operation, **arguments):
        """Has all roles make a call; those are to be refused, and only those, that are not among the allowed."""
        found = []
        for role, session in self.sessions.items():
            try:
                getattr(session.client(service), operation)(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] in DENIED:
                    continue
            found.append(role)
        self.assertEqual(found, allowed, f"{operation} {arguments}")

    def test_jobs(self):
        table = self.aws["tables"]["jobs"]
        row = {"job_id": {"S": "1"}}
        self.only(ROLES, "dynamodb", "get_item", TableName=table, Key=row)
        self.only(ROLES, "dynamodb", "batch_get_item", RequestItems={table: {"Keys": [row]}})
        self.only(ROLES, "dynamodb", "put_item", TableName=table, Item=row)
        self.only(ROLES, "dynamodb", "transact_write_items", TransactItems=[{"Put": {"TableName": table, "Item": row}}])
        self.only([WORKER], "dynamodb", "delete_item", TableName=table, Key=row)
        self.only([], "dynamodb", "scan", TableName=table)

    def test_lists_of_jobs(self):
        table = self.aws["tables"]["jobs"]
        lists = {
            "user_id-submit_time": ("user_id", [WEB, WORKER]),
            "pending": ("pending", [WEB, WORKER]),
            "waiting": ("usage", [WEB, WORKER]),
            "results_file_archive_id": ("results_file_archive_id", [WORKER]),
            "job_status-submit_time": ("job_status", [WEB, WORKER]),
            "attend": ("attend_state", [WEB, WORKER]),
        }
        for index, (attribute, allowed) in lists.items():
            self.only(allowed, "dynamodb", "query", TableName=table, IndexName=index,
                      KeyConditionExpression="#k = :k", ExpressionAttributeNames={"#k": attribute},
                      ExpressionAttributeValues={":k": {"S": "1"}})

    def test_accounts_uploads_and_the_audit_trail(self):
        accounts, uploads, audit = (self.aws["tables"][name] for name in ("accounts", "uploads", "audit"))
        user, upload, event = {"id": {"S": "user/1"}}, {"upload_id": {"S": "1"}}, {"user_id": {"S": "1"}, "at": {"S": "1"}}
        self.only(ROLES, "dynamodb", "get_item", TableName=accounts, Key=user)
        self.only([WEB], "dynamodb", "put_item", TableName=accounts, Item=user)
        self.only([WEB, WORKER], "dynamodb", "delete_item", TableName=accounts, Key=user)
        self.only([WEB, WORKER], "dynamodb", "get_item", TableName=uploads, Key=upload)
        self.only([WEB], "dynamodb", "put_item", TableName=uploads, Item=upload)
        self.only([WEB, WORKER], "dynamodb", "delete_item", TableName=uploads, Key=upload)
        self.only([WEB, WORKER], "dynamodb", "put_item", TableName=audit, Item=event)
        self.only([], "dynamodb", "delete_item", TableName=audit, Key=event)

    def test_files(self):
        may = {
            "inputs": {"get_object": [WEB, ANNOTATOR], "put_object": [WEB], "delete_object": [WEB, WORKER]},
            "results": {
                "get_object": [WEB, ANNOTATOR, WORKER],
                "put_object": [ANNOTATOR, WORKER],
                "delete_object": [ANNOTATOR, WORKER],
            },
            "archive": {operation: [WORKER] for operation in ("get_object", "put_object", "delete_object")},
        }
        for bucket, operations in may.items():
            for operation, allowed in operations.items():
                self.only(allowed, "s3", operation, Bucket=self.buckets[bucket], Key="1")
        self.only([WORKER], "s3", "restore_object", Bucket=self.buckets["archive"], Key="1", RestoreRequest={"Days": 1})
        self.only([WORKER], "s3", "list_multipart_uploads", Bucket=self.buckets["archive"])

    def test_messages(self):
        takes = dict(zip(QUEUES, [[ANNOTATOR], [NOTIFIER], [WORKER], [WORKER], [WORKER]]))
        sends = dict(zip(QUEUES, [[WEB, ANNOTATOR, WORKER], [WEB, WORKER], [WEB, ANNOTATOR, WORKER, NOTIFIER], [WEB, WORKER], [WEB, WORKER]]))
        for name in QUEUES:
            url, dead = self.aws["queues"][name]["url"], self.aws["queues"][name]["dead_letters"]
            self.only(takes[name], "sqs", "receive_message", QueueUrl=url, WaitTimeSeconds=0)
            self.only(sends[name], "sqs", "send_message", QueueUrl=url, MessageBody="1")
            self.only(sends[name], "sqs", "send_message_batch", QueueUrl=url, Entries=[{"Id": "0", "MessageBody": "1"}])
            self.only([WEB], "sqs", "receive_message", QueueUrl=dead, WaitTimeSeconds=0)
            self.only([WEB], "sqs", "delete_message", QueueUrl=dead, ReceiptHandle="1")
            self.only(takes[name], "sqs", "send_message", QueueUrl=dead, MessageBody="1")
            self.only([], "sqs", "purge_queue", QueueUrl=url)
        publishes = {"job_requests": [WEB, WORKER], "job_results": [ANNOTATOR, WORKER], "job_thaw": [WORKER]}
        for name, allowed in publishes.items():
            topic = self.aws["topics"][name]
            self.only(allowed, "sns", "publish", TopicArn=topic, Message="1")
            self.only(allowed, "sns", "publish_batch", TopicArn=topic, PublishBatchRequestEntries=[{"Id": "0", "Message": "1"}])

    def test_mail_and_figures(self):
        mail = {"Simple": {"Subject": {"Data": "1"}, "Body": {"Text": {"Data": "1"}}}}
        self.only([WEB, WORKER, NOTIFIER], "sesv2", "send_email", FromEmailAddress="gas@example.org",
                  Destination={"ToAddresses": ["a@example.org"]}, Content=mail)
        now = datetime.datetime.now(datetime.UTC)
        self.only([WEB], "cloudwatch", "get_metric_statistics", Namespace="AWS/SQS", MetricName="ApproximateAgeOfOldestMessage",
                  StartTime=now, EndTime=now, Period=60, Statistics=["Maximum"])


if __name__ == "__main__":
    unittest.main()
