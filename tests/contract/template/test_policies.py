"""A function may do what it does, and nothing else."""

import json
import re
from typing import Any

import pytest

from tests.contract.template import reading
from tests.contract.template.reading import Resource, Statement, by_name

# Where a star is the only word there is, with the reason.
STARS = {
    ("DataKey", "AccountDecides"): "a key's policy speaks of that key alone; the account's IAM policies decide",
    ("DataKey", "AlarmsReachTheEncryptedTopic"): "a key's policy speaks of that key alone",
    ("DataKey", "LogsAreEncrypted"): "a key's policy speaks of that key alone",
    ("UpkeepFunction", "ListSchedules"): "a list is of no one schedule; it gives names, not what they do",
    ("OperatorPolicy", "ListSchedules"): "a list is of no one schedule; it gives names, not what they do",
    ("RunbookPolicy", "SeeResultsAndLimits"): "results are of a query that was allowed; limits are of the account",
    ("SealKey", "AccountAdministers"): "a key's policy speaks of that key alone; signing is not among its actions",
    ("SealKey", "UpkeepSigns"): "a key's policy speaks of that key alone",
    ("PayloadBucketPolicy", "TlsOnly"): "it denies",
    ("SealBucketPolicy", "TlsOnly"): "it denies",
    ("SealBucketPolicy", "NoSealIsRemoved"): "it denies",
}

LONG = {
    "AWS::StackName": "x" * 31,  # a longer one would not fit the policy of the key that signs
    "AWS::Partition": "aws",
    "AWS::Region": "ap-southeast-2",
    "AWS::AccountId": "1" * 12,
    "Api": "x" * 10,
    "FlowScheduleGroup": "x" * 62,
}
AN_ARN = f"arn:aws:dynamodb:ap-southeast-2:{'1' * 12}:table/{'x' * 31}-CrossReferenceTable-{'X' * 13}"

STRICT = [each for each in reading.statements() if (each.owner, each.sid) not in STARS and "Resource" in each.body]


@pytest.mark.parametrize("statement", STRICT, ids=str)
def test_a_statement_names_its_actions_and_its_resources(statement: Statement) -> None:
    assert not [action for action in statement.actions if action.endswith("*")]
    assert "*" not in statement.resources
    assert statement.body["Effect"] == "Allow"


def test_every_exception_still_stands_in_the_template() -> None:
    assert set(STARS) <= {(each.owner, each.sid) for each in reading.statements()}


# What is passed on to others, and not used.
TOLD = {"API_URL": "where systems are told to push"}


@pytest.mark.parametrize("function", reading.functions(), ids=by_name)
def test_a_function_knows_only_what_it_may_use(function: Resource) -> None:
    known = reading.names_in([value for name, value in reading.environment(function).items() if name not in TOLD])

    allowed = {name for each in reading.statements_for(function) for name in reading.names_in(each.resources)}

    assert known <= allowed


@pytest.mark.parametrize("function", reading.functions(), ids=by_name)
def test_a_variable_is_named_after_its_resource(function: Resource) -> None:
    variables = [(name, value) for name, value in reading.environment(function).items() if reading.names_in(value)]

    named = [name.removesuffix("_URL").removesuffix("_ARN") for name, _ in variables]

    assert named == [reading.snake(next(iter(reading.names_in(value)))).upper() for _, value in variables]


ON_AUDIT = [each for each in reading.statements() if "AuditTrailTable" in reading.names_in(each.resources)]


@pytest.mark.parametrize("statement", ON_AUDIT, ids=str)
def test_the_audit_trail_can_only_be_read_and_added_to(statement: Statement) -> None:
    assert set(statement.actions) <= {"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def test_upkeep_alone_signs_seals_and_nobody_may_remove_one() -> None:
    by_action = {
        action: {
            each.owner for each in reading.statements() if action in each.actions and each.body["Effect"] == "Allow"
        }
        for action in ("kms:Sign", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")
    }
    on_bucket = [each for each in reading.statements() if "SealBucket" in reading.names_in(each.resources)]
    allowed = {(each.owner, action) for each in on_bucket if each.body["Effect"] == "Allow" for action in each.actions}

    assert by_action.pop("kms:Sign") == {"UpkeepFunction", "SealKey"}
    assert set().union(*by_action.values()) == set()
    assert allowed == {
        ("UpkeepFunction", "s3:PutObject"),
        ("UpkeepFunction", "s3:GetObject"),
        ("OperatorPolicy", "s3:GetObject"),
        ("OperatorPolicy", "s3:GetObjectVersion"),
        ("OperatorPolicy", "s3:ListBucket"),
        ("OperatorPolicy", "s3:ListBucketVersions"),
    }


def test_the_key_that_signs_seals_lets_no_other_role_sign_whatever_its_own_policies_say() -> None:
    administers, signs = reading.statements_in(reading.resource("SealKey"))

    assert not [action for action in administers.actions if action.endswith("*") or action == "kms:Sign"]
    assert signs.actions == ["kms:Sign"]
    ((on_aws, on_the_engine),) = signs.body["Condition"]["ArnLike"].values()
    assert "iam::${AWS::AccountId}:role/${AWS::StackName}-UpkeepFunctionRole-" in on_aws["Fn::Sub"]
    condition, session, on_aws_again = on_the_engine["Fn::If"]
    assert (condition, on_aws_again) == ("IsLocal", {"Ref": "AWS::NoValue"})
    assert "assumed-role/${AWS::StackName}-UpkeepFunctionRole-" in session["Fn::Sub"]


def test_the_key_of_the_payloads_rotates_by_itself_and_outlives_the_stack() -> None:
    key = reading.resource("DataKey")

    assert key.properties["EnableKeyRotation"] is True
    assert (key.body["DeletionPolicy"], key.body["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_every_seal_is_locked_for_as_long_as_the_parameter_says_and_in_prod_for_everybody() -> None:
    bucket = reading.resource("SealBucket").properties
    retention = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]

    assert (bucket["ObjectLockEnabled"], bucket["VersioningConfiguration"]) == (True, {"Status": "Enabled"})
    assert retention["Days"] == {"Ref": "SealRetentionDays"}
    assert retention["Mode"] == {"Fn::If": ["IsProd", "COMPLIANCE", "GOVERNANCE"]}


def test_dead_letters_are_looked_at_and_left_in_place() -> None:
    may = {
        action for each in reading.statements_for(reading.resource("DeadLettersFunction")) for action in each.actions
    }

    assert "sqs:ReceiveMessage" in may
    assert "sqs:DeleteMessage" not in may


def test_what_receives_from_outside_reads_registrations_and_keys_and_sends_and_nothing_else() -> None:
    statements = {each.sid: each for each in reading.statements_for(reading.resource("WebhookReceiverFunction"))}

    actions = {action for each in statements.values() for action in each.actions}
    assert actions == {
        "dynamodb:GetItem",
        "secretsmanager:GetSecretValue",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "sqs:SendMessage",
        "sqs:SendMessageBatch",
    }
    assert statements["FindRegistrations"].body["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["#registration#*"]}
    }
    assert "secret:${AWS::StackName}/signing-keys/*" in str(statements["ReadSigningKeys"].resources)


def test_upkeep_and_the_ingest_worker_alone_keep_signing_keys_and_upkeep_alone_forgets_them() -> None:
    may = {
        (each.owner, action.partition(":")[2])
        for each in reading.statements()
        if "signing-keys/*" in str(each.resources) and each.owner.endswith("Function")
        for action in each.actions
    }

    kept = {"CreateSecret", "GetSecretValue", "PutSecretValue"}
    assert may == {
        *(("UpkeepFunction", action) for action in kept | {"DeleteSecret"}),
        *(("IngestWorkerFunction", action) for action in kept | {"RestoreSecret"}),
        ("WebhookReceiverFunction", "GetSecretValue"),
    }


def test_what_takes_partners_documents_reads_one_connection_and_adds_and_nothing_else() -> None:
    statements = {each.sid: each for each in reading.statements_for(reading.resource("CxmlReceiverFunction"))}

    actions = {action for each in statements.values() for action in each.actions}
    assert actions == {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
        "s3:PutObject",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    reads, writes = statements["FindConnectionsAndDocuments"], statements["KeepDocuments"]
    assert reads.body["Condition"]["ForAllValues:StringLike"] == {
        "dynamodb:LeadingKeys": ["*#connection", "*#document#*", "*#data-key"]
    }
    assert writes.body["Condition"]["ForAllValues:StringLike"] == {
        "dynamodb:LeadingKeys": ["*#document#*", "*#document-open#*", "*#data-key"]
    }
    assert "secret:${AWS::StackName}/connections/*" in str(statements["ReadSharedSecrets"].resources)


def test_the_engineer_may_do_what_the_runbook_asks_and_on_this_stack_alone() -> None:
    statements = {each.sid: each for each in reading.statements_in(reading.resource("RunbookPolicy"))}
    groups = {group.name for group in reading.resources("Logs::LogGroup")}

    assert {action for each in statements.values() for action in each.actions} == {
        "cloudwatch:SetAlarmState",
        "lambda:GetAccountSettings",
        "lambda:GetFunctionConfiguration",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetQueryResults",
        "logs:StartQuery",
    }
    assert reading.names_in(statements["ReadLogs"].resources) == groups
    assert reading.names_in(statements["FindLogs"].resources) == {function.name for function in reading.functions()}
    assert str(statements["TryAlarms"].resources).endswith(":alarm:${AWS::StackName}-*'}]")


@pytest.mark.parametrize("policy", reading.resources("IAM::ManagedPolicy"), ids=by_name)
def test_a_policy_has_no_more_characters_than_iam_takes_even_under_a_long_stack_name(policy: Resource) -> None:
    written = json.dumps(as_if_deployed(policy.properties["PolicyDocument"]), separators=(",", ":"))

    assert len(written) <= 6144


def as_if_deployed(value: Any) -> Any:
    """With texts as long as those that stand there on AWS, where the stack's name is as long as it may be."""
    match value:
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: LONG.get(found[1], AN_ARN), text)
        case {"Fn::GetAtt": _} | {"Ref": _}:
            return AN_ARN
        case dict():
            return {name: as_if_deployed(inner) for name, inner in value.items()}
        case list():
            return [as_if_deployed(inner) for inner in value]
    return value


def test_only_schedules_of_this_stack_may_take_the_schedule_role() -> None:
    (trust,) = reading.resource("FlowScheduleRole").properties["AssumeRolePolicyDocument"]["Statement"]

    assert reading.names_in(trust["Condition"]["StringEquals"]["aws:SourceArn"]) == {"FlowScheduleGroup"}


# The routes that nobody signs for, with what stands in for it.
UNSIGNED = {
    "GET /oauth/{system}/start": "an invite that the command line made",
    "GET /oauth/{system}/callback": "a state of our own, and the cookie of the browser that began it",
    "POST /oauth/{system}/choose": "a ticket of our own, and the same cookie",
    "POST /in/{system}/{registration}": "the signature of the system that pushes",
    "POST /cxml/{tenant}/{connection}": "the shared secret inside of the document",
}


def test_the_api_lets_nobody_in_unsigned_but_where_something_stands_in_for_it() -> None:
    routes = reading.resources("ApiGatewayV2::Route")

    unsigned = {each.properties["RouteKey"] for each in routes if each.properties["AuthorizationType"] != "AWS_IAM"}

    assert unsigned == set(UNSIGNED)
