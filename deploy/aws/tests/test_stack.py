"""The stack as an emulator makes it: what the program relies on is there, and what must not be open is closed."""

import base64
import json
import os
import subprocess
import tempfile
import tomllib
import unittest

import boto3
from botocore.exceptions import ClientError

import emulated_stack
import template as templates

QUEUES = ["job_requests", "job_results", "job_archive", "job_restore", "job_thaw"]
DATA = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}
# Key schema and indexes as the program's adapters use them.
TABLES = {
    "jobs": (
        ["job_id"],
        {
            "user_id-submit_time": ["user_id", "submitted"],
            "results_file_archive_id": ["results_file_archive_id"],
            "attend": ["attend_state", "attend_at"],
            "pending": ["pending", "submitted"],
            "job_status-submit_time": ["job_status", "submitted"],
            "waiting": ["usage", "pending_jobs"],
        },
    ),
    "accounts": (
        ["id"],
        {
            "user_id-created": ["user_id", "created"],
            "listed-id": ["listed", "id"],
            "attend": ["attend_state", "attend_at"],
        },
    ),
    "uploads": (["upload_id"], {"expiry": ["open", "expires"]}),
    "audit": (["user_id", "at"], {}),
}


def attributes(schema):
    """Names of a key's attributes, the hash first."""
    return [key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"])]


class TheStack(unittest.TestCase):
    """What one stack with all defaults consists of."""

    @classmethod
    def setUpClass(cls):
        cls.stack = emulated_stack.create("whole")
        cls.outputs = emulated_stack.outputs(cls.stack)
        cls.configuration = tomllib.loads(cls.outputs["Configuration"])
        cls.aws = cls.configuration["aws"]

    @classmethod
    def tearDownClass(cls):
        cloudformation = boto3.client("cloudformation")
        cloudformation.delete_stack(StackName="whole")
        emulated_stack.settled(cloudformation, cls.stack["StackId"], "DELETE_COMPLETE")

    def test_configuration_is_for_this_site(self):
        self.assertEqual(self.configuration["backend"], "aws")
        self.assertEqual(self.configuration["site"]["address"], "https://gas.example.org")
        self.assertIn("<gas@example.org>", self.configuration["site"]["mail_from"])
        self.assertTrue(self.configuration["web"]["secure_cookies"])

    def test_configuration_fits_where_it_goes(self):
        # An SSM parameter and all variables of a Lambda function have 4 KB; names on AWS are a little longer.
        self.assertLess(len(self.outputs["Configuration"]), 3500)

    def test_tables_have_their_keys(self):
        dynamodb = boto3.client("dynamodb")
        for name, (key, indexes) in TABLES.items():
            table = dynamodb.describe_table(TableName=self.aws["tables"][name])["Table"]
            found = {index["IndexName"]: attributes(index["KeySchema"]) for index in table.get("GlobalSecondaryIndexes", [])}
            self.assertEqual((attributes(table["KeySchema"]), found), (key, indexes), name)
            projections = {index["Projection"]["ProjectionType"] for index in table.get("GlobalSecondaryIndexes", [])}
            self.assertLessEqual(projections, {"KEYS_ONLY"}, name)
            self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST", name)

    def test_queues_give_up_after_ten_receives(self):
        sqs = boto3.client("sqs")
        for name in QUEUES:
            queue = self.aws["queues"][name]
            found = sqs.get_queue_attributes(QueueUrl=queue["url"], AttributeNames=["All"])["Attributes"]
            dead = sqs.get_queue_attributes(QueueUrl=queue["dead_letters"], AttributeNames=["All"])["Attributes"]
            redrive = json.loads(found["RedrivePolicy"])
            self.assertEqual(redrive["deadLetterTargetArn"], dead["QueueArn"], name)
            self.assertEqual(int(redrive["maxReceiveCount"]), 10, name)
            self.assertEqual(found["MessageRetentionPeriod"], "1209600", name)
            self.assertEqual(found["SqsManagedSseEnabled"], "true", name)

    def test_what_a_topic_is_told_lies_raw_on_its_queue(self):
        sqs, sns = boto3.client("sqs"), boto3.client("sns")
        # S3 tried the topic when the archive's notification was made.
        sqs.purge_queue(QueueUrl=self.aws["queues"]["job_thaw"]["url"])
        # Another taker would be quicker.
        for source in boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
            boto3.client("lambda").update_event_source_mapping(UUID=source["UUID"], Enabled=False)
        for name in ["job_requests", "job_results", "job_thaw"]:
            sns.publish(TopicArn=self.aws["topics"][name], Message="as it is")
            url = self.aws["queues"][name]["url"]
            taken = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
            self.assertEqual([message["Body"] for message in taken], ["as it is"], name)

    def test_a_restored_archive_is_told_to_the_thaw_topic(self):
        bucket = self.aws["cold_storage"]["bucket"]
        found = boto3.client("s3").get_bucket_notification_configuration(Bucket=bucket)["TopicConfigurations"]
        self.assertEqual(
            [(each["TopicArn"], each["Events"]) for each in found],
            [(self.aws["topics"]["job_thaw"], ["s3:ObjectRestore:Completed"])],
        )

    def test_buckets_are_closed_and_encrypted(self):
        s3 = boto3.client("s3")
        for bucket in [*self.aws["buckets"].values(), self.aws["cold_storage"]["bucket"]]:
            block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
            self.assertEqual(set(block.values()), {True}, bucket)
            rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            self.assertEqual(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256", bucket)
            policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
            self.assertEqual([(each["Effect"], each["Condition"]) for each in policy],
                             [("Deny", {"Bool": {"aws:SecureTransport": "false"}})], bucket)

    def test_browsers_of_the_site_may_post_inputs_and_no_others(self):
        cors = boto3.client("s3").get_bucket_cors(Bucket=self.aws["buckets"]["inputs"])["CORSRules"]
        self.assertEqual([(rule["AllowedOrigins"], rule["AllowedMethods"]) for rule in cors],
                         [(["https://gas.example.org"], ["POST"])])

    def test_the_secret_is_an_empty_object(self):
        # The other emulator, where tests of the program find secrets, knows nothing of the stack's.
        secrets = boto3.client("secretsmanager", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        secret = secrets.get_secret_value(SecretId=self.aws["secret"])
        self.assertEqual(json.loads(secret["SecretString"]), {})

    def test_annotators_are_few_or_none_while_idle(self):
        group = boto3.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.outputs["AnnotatorGroup"]]
        )["AutoScalingGroups"][0]
        self.assertEqual((group["MinSize"], group["MaxSize"]), (0, 20))

    def test_user_data_hold_the_configuration_and_no_secret(self):
        ec2 = boto3.client("ec2")
        for name in ["WebTemplate", "WorkerTemplate", "AnnotatorTemplate"]:
            data = self._launch_template(ec2, name)
            text = base64.b64decode(data["UserData"]).decode()
            subprocess.run(["bash", "-n"], input=text, text=True, check=True)
            inside = text.split("CONFIGURATION'\n")[1].split("\nCONFIGURATION")[0]
            self.assertEqual(tomllib.loads(inside), self.configuration, name)
            self.assertEqual(data["MetadataOptions"]["HttpTokens"], "required", name)

    def _launch_template(self, ec2, name):
        resource = boto3.client("cloudformation").describe_stack_resource(StackName="whole", LogicalResourceId=name)
        identity = resource["StackResourceDetail"]["PhysicalResourceId"]
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=identity, Versions=["$Latest"])
        return versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]


class Variants(unittest.TestCase):
    """Stacks with other parameters, and what becomes of them."""

    def _make(self, name, **parameters):
        cloudformation = boto3.client("cloudformation")
        stack = emulated_stack.create(name, **parameters)

        def delete():
            cloudformation.delete_stack(StackName=name)
            emulated_stack.settled(cloudformation, stack["StackId"], "DELETE_COMPLETE")

        self.addCleanup(delete)
        return stack

    def test_a_vault_has_a_table_of_archives(self):
        stack = self._make("vault", ColdStorage="VAULT", VaultName="results")
        aws = tomllib.loads(emulated_stack.outputs(stack)["Configuration"])["aws"]
        self.assertEqual(aws["cold_storage"], {"kind": "vault", "vault": "results"})
        table = boto3.client("dynamodb").describe_table(TableName=aws["tables"]["archives"])["Table"]
        self.assertEqual(attributes(table["KeySchema"]), ["archive_id"])

    def test_a_zone_gives_address_certificate_and_mail_records(self):
        route53 = boto3.client("route53")
        zone = route53.create_hosted_zone(Name="example.org", CallerReference="zone")["HostedZone"]["Id"]
        zone = zone.removeprefix("/hostedzone/")
        self._make("zone", HostedZoneId=zone, CertificateArn="")
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        made = sorted(record["Type"] for record in records if record["Type"] in ("A", "CNAME"))
        self.assertEqual(made, ["A", "CNAME", "CNAME", "CNAME"])

    def test_a_sender_that_is_known_already_is_left_alone(self):
        self._make("known", SenderIsVerified="yes")
        resources = boto3.client("cloudformation").describe_stack_resources(StackName="known")["StackResources"]
        self.assertNotIn("AWS::SES::EmailIdentity", {resource["ResourceType"] for resource in resources})

    def test_private_subnets_have_every_endpoint(self):
        self._make("private", Subnets="private", AnnotatorSpot="no", NetworkPrefix="10.7")
        found = boto3.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        services = {each["ServiceName"].rsplit(".", 1)[1] for each in found if each["VpcEndpointType"] == "Interface"}
        self.assertEqual(
            services,
            {"sqs", "sns", "email", "secretsmanager", "logs", "monitoring", "ssm", "ssmmessages", "autoscaling"},
        )

    def test_deleting_the_stack_keeps_the_data(self):
        cloudformation = boto3.client("cloudformation")
        stack = emulated_stack.create("short-lived")
        aws = tomllib.loads(emulated_stack.outputs(stack)["Configuration"])["aws"]
        cloudformation.delete_stack(StackName="short-lived")
        emulated_stack.settled(cloudformation, stack["StackId"], "DELETE_COMPLETE")
        boto3.client("dynamodb").describe_table(TableName=aws["tables"]["jobs"])
        boto3.client("s3").head_bucket(Bucket=aws["buckets"]["results"])
        with self.assertRaises(ClientError):
            boto3.client("sqs").get_queue_attributes(QueueUrl=aws["queues"]["job_thaw"]["url"], AttributeNames=["All"])


@unittest.skipUnless("GAS_PROGRAM" in os.environ, "GAS_PROGRAM names the program")
class TheProgram(unittest.TestCase):
    """The program on what a stack says of itself, and nothing else."""

    def test_it_takes_the_configuration_of_either_cold_storage(self):
        for name, parameters in {"program": {}, "programvault": {"ColdStorage": "VAULT", "VaultName": "results"}}.items():
            stack = emulated_stack.create(name, **parameters)
            configuration = emulated_stack.outputs(stack)["Configuration"]
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file, tempfile.TemporaryDirectory() as data:
                file.write(configuration)
                file.flush()
                # Emulators have no host for each bucket; and secrets lie with the one that made the stack.
                environment = os.environ | {
                    "GAS__AWS__PATH_STYLE": "true",
                    "AWS_ENDPOINT_URL_SECRETS_MANAGER": os.environ["AWS_ENDPOINT_URL"],
                }
                command = [os.environ["GAS_PROGRAM"], "check", "--config", file.name, "--data", data]
                checked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            self.assertIn("JobsTable", checked.stdout)


class TheTemplate(unittest.TestCase):
    """What is read off the template itself, for no emulator holds to it."""

    @classmethod
    def setUpClass(cls):
        cls.template = templates.read()

    def test_data_outlive_the_stack(self):
        for name, resource in self.template["Resources"].items():
            if resource["Type"] in DATA:
                kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
                self.assertEqual(kept, ("Retain", "Retain"), name)

    def test_tables_can_be_put_back_to_any_second_and_sessions_go_by_themselves(self):
        # AWS documents `PointInTimeRecoverySpecification` and `TimeToLiveSpecification`; ministack 1.5.33 makes tables
        # without either.
        for name, table in templates.resources_of_type(self.template, "AWS::DynamoDB::Table").items():
            self.assertTrue(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name)
        accounts = self.template["Resources"]["AccountsTable"]["Properties"]["TimeToLiveSpecification"]
        self.assertEqual(accounts, {"AttributeName": "expires", "Enabled": True})

    def test_annotators_and_the_notifier_see_owners_only(self):
        # Those who take messages by themselves see how the service stands, too.
        rows = {"AnnotatorRole": ["user/*", "operation"], "WorkerRole": ["user/*", "operation"], "NotifierRole": ["user/*"]}
        for role, keys in rows.items():
            for statement in self._statements(role):
                # Deleting an account takes more, and is the work of one role.
                deletes = role == "WorkerRole" and statement.get("Sid") == "DeletedAccounts"
                if "AccountsTable" in json.dumps(statement["Resource"]) and not deletes:
                    self.assertEqual(statement["Action"], "dynamodb:GetItem", role)
                    self.assertEqual(statement["Condition"],
                                     {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}, role)

    def test_no_component_scans_or_may_do_everything(self):
        for role in templates.resources_of_type(self.template, "AWS::IAM::Role"):
            for statement in self._statements(role):
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                self.assertFalse([action for action in actions if "*" in action or action.endswith(":Scan")], role)
                if statement["Sid"] != "AgesOfMessages":
                    self.assertNotEqual(statement["Resource"], "*", role)

    def test_web_servers_cannot_touch_the_archive(self):
        self.assertNotIn("ArchiveBucket", json.dumps(self._statements("WebRole")))
        self.assertNotIn("ArchiveBucket", json.dumps(self._statements("AnnotatorRole")))

    def _statements(self, role):
        policies = self.template["Resources"][role]["Properties"]["Policies"]
        statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
        return [each["Fn::If"][1] if "Fn::If" in each else each for each in statements]


if __name__ == "__main__":
    unittest.main()
