"""Creates the stack in the emulator at `AWS_ENDPOINT_URL`.

usage: emulated_stack.py NAME [PARAMETER=VALUE...]      prints the stack's output `Configuration`
"""

import copy
import io
import json
import os
import sys
import time
import zipfile

import boto3

import template as templates

PROGRAMS = "programs"
DEFAULTS = {
    "DomainName": "gas.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
    "SenderAddress": "gas@example.org",
    "AlarmAddress": "operator@example.org",
    "ProgramBucket": PROGRAMS,
    "ProgramKey": "gas.tar.gz",
    "NotifierKey": "notifier.zip",
    "DeletionProtection": "no",
}


def for_emulator(template):
    """The template without what the emulator does not know. All else is what AWS gets.

    `AWS::CloudWatch::Alarm` documents `Metrics`, metric math; ministack 1.5.33 refuses it. Such an alarm watches the
    first of its metrics instead, so that what it refers to is still resolved.

    `AWS::SES::EmailIdentity` documents the attributes `DkimDNSTokenName1` and so on; ministack has none of them.
    """
    template = _without_mail_tokens(copy.deepcopy(template))
    for alarm in templates.resources_of_type(template, "AWS::CloudWatch::Alarm").values():
        if "Metrics" in alarm:
            stat = alarm.pop("Metrics")[0]["MetricStat"]
            alarm.update(stat["Metric"], Statistic=stat["Stat"], Period=stat["Period"])
    return template


def _without_mail_tokens(node):
    if isinstance(node, dict):
        attribute = node.get("Fn::GetAtt")
        if attribute and attribute[1].startswith("DkimDNSToken"):
            return f"{attribute[1].lower()}._domainkey.example.org"
        return {key: _without_mail_tokens(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_mail_tokens(value) for value in node]
    return node


def create(name, template=None, notifier=None, **parameters):
    """Creates the stack and gives its description as soon as it is complete."""
    template = for_emulator(template or templates.read())
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=PROGRAMS)
    s3.put_object(Bucket=PROGRAMS, Key=DEFAULTS["NotifierKey"], Body=notifier or empty_notifier())
    # Larger than a template may be that comes with the call.
    s3.put_object(Bucket=PROGRAMS, Key="template.json", Body=json.dumps(template).encode())
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"{os.environ['AWS_ENDPOINT_URL']}/{PROGRAMS}/template.json",
        Parameters=[
            {"ParameterKey": key, "ParameterValue": str(value)} for key, value in (DEFAULTS | parameters).items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    return settled(cloudformation, name, "CREATE_COMPLETE")


def settled(cloudformation, name, wanted):
    """Waits until nothing is in progress; fails with the reasons unless the status is the wanted one."""
    for _ in range(600):
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.2)
    if stack["StackStatus"] != wanted:
        events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise AssertionError(f"the stack is {stack['StackStatus']}: {'; '.join(failed)}")
    return stack


def outputs(stack):
    """The stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def empty_notifier():
    """A zip in which a notifier would be."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as notifier:
        notifier.writestr("bootstrap", "#!/bin/sh\n")
    return archive.getvalue()


if __name__ == "__main__":
    asked = dict(argument.split("=", 1) for argument in sys.argv[2:])
    print(outputs(create(sys.argv[1], **asked))["Configuration"], end="")
