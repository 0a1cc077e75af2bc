"""The template's own rules: names, folders, logs, what is kept, and what the command line is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.template import reading
from tests.contract.template.reading import ROOT, Resource, by_name

# What a logical id ends in, where that is not the last word of the type.
KINDS = {
    "AWS::Serverless::LayerVersion": "Layer",
    "AWS::DynamoDB::Table": "Table",
    "AWS::KMS::Key": "Key",
    "AWS::KMS::Alias": "KeyAlias",
    "AWS::IAM::ManagedPolicy": "Policy",
    "AWS::Scheduler::ScheduleGroup": "ScheduleGroup",
}

# Physical names are left to CloudFormation, except for these.
NAMED = {
    "AWS::ApiGatewayV2::Api": "an API has no other name; it need not be unique",
    "AWS::Logs::LogGroup": "people look for logs under /aws/lambda",
    "AWS::IAM::Policy": "the type demands a name; it is local to its role",
}
NAMES = ("Name", "QueueName", "TableName", "BucketName", "FunctionName", "RoleName", "TopicName", "AlarmName")


@pytest.mark.parametrize("each", reading.resources(), ids=by_name)
def test_a_logical_id_is_role_then_kind(each: Resource) -> None:
    kind = KINDS.get(each.type, each.type.rsplit("::", 1)[1])

    assert re.fullmatch(rf"([A-Z][a-z]+)*{kind}", each.name)


@pytest.mark.parametrize("each", [each for each in reading.resources() if each.type not in NAMED], ids=by_name)
def test_a_physical_name_is_left_to_cloudformation(each: Resource) -> None:
    permission = each.type == "AWS::Lambda::Permission"  # there FunctionName says whose permission it is

    assert permission or not [name for name in NAMES if name in each.properties]


@pytest.mark.parametrize("function", reading.functions(), ids=by_name)
def test_a_function_lies_in_the_folder_of_its_role_with_nothing_but_its_handler(function: Resource) -> None:
    folder = ROOT / function.properties["CodeUri"]

    assert function.properties["CodeUri"] == f"functions/{reading.snake(function.role)}/"
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["app.py"]


def test_every_folder_of_functions_is_deployed() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert folders == {reading.snake(function.role) for function in reading.functions()}


@pytest.mark.parametrize("function", reading.functions(), ids=by_name)
def test_a_functions_logs_are_json_and_do_not_stay_for_ever(function: Resource) -> None:
    logging = function.properties["LoggingConfig"]

    assert logging == {"LogGroup": {"Ref": f"{function.role}LogGroup"}, "LogFormat": "JSON"}


@pytest.mark.parametrize("group", reading.resources("Logs::LogGroup"), ids=by_name)
def test_a_log_group_has_a_retention_and_our_key(group: Resource) -> None:
    assert group.properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert reading.names_in(group.properties["KmsKeyId"]) == {"DataKey"}


@pytest.mark.parametrize("table", reading.resources("DynamoDB::Table"), ids=by_name)
def test_a_table_outlives_the_stack_and_can_be_restored(table: Resource) -> None:
    assert table.body["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table.body["UpdateReplacePolicy"] == "Retain"
    assert table.properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", reading.resources("DynamoDB::Table"), ids=by_name)
def test_a_table_is_encrypted_under_our_key(table: Resource) -> None:
    encryption = table.properties["SSESpecification"]

    assert encryption == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "DataKey"}}


def test_nothing_in_the_audit_trail_runs_out() -> None:
    assert "TimeToLiveSpecification" not in reading.resource("AuditTrailTable").properties


def test_the_functions_run_on_the_python_that_the_project_names() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    function = reading.template()["Globals"]["Function"]

    assert function["Runtime"] == f"python{version}"
    assert function["Architectures"] == ["arm64"]


def test_the_command_line_is_told_every_resource_that_a_function_is() -> None:
    told = {reading.snake(name).upper() for name in reading.template()["Outputs"]}
    known = {name for function in reading.functions() for name in reading.environment(function)}

    assert known - {"POWERTOOLS_SERVICE_NAME"} <= told


def test_sam_finds_nothing_to_object_to() -> None:
    environment = {
        "PATH": os.defpath,
        "HOME": str(Path.home()),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    command = [str(Path(sys.executable).with_name("sam")), "validate", "--lint"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
