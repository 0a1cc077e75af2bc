"""A command finds its stack, or says what is in the way: that it is not deployed is said of nothing else (P16)."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.stub import Stubber

from ml_connector.cli.failures import explained
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.target import Target, outputs_of

type Answer = dict[str, Any] | exceptions.ClientError | exceptions.BotoCoreError

TARGET = Target(stack="mine", region="eu-central-1")


class StubbedClients(Clients):
    """CloudFormation as it answers once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    def make(self, service: str) -> Any:
        if isinstance(self._answer, exceptions.BotoCoreError):
            raise self._answer
        client: Any = boto3.client(
            "cloudformation", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        stub = Stubber(client)
        if isinstance(self._answer, exceptions.ClientError):
            error = self._answer.response["Error"]
            stub.add_client_error("describe_stacks", error["Code"], error["Message"])
        else:
            stub.add_response("describe_stacks", self._answer)
        stub.activate()
        return client


def refusal(code: str, message: str = "no") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


def said(answer: Answer) -> tuple[int, str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever the command line's edge would catch
        outputs_of(StubbedClients(answer), TARGET)
    return explained(caught.value)


def test_a_stack_that_is_there_gives_itsoutputs_of() -> None:
    output = {"OutputKey": "StackName", "OutputValue": "mine"}
    stack = {"StackName": "mine", "CreationTime": "2026-03-01", "StackStatus": "CREATE_COMPLETE", "Outputs": [output]}

    assert outputs_of(StubbedClients({"Stacks": [stack]}), TARGET) == {"StackName": "mine"}


def test_a_stack_that_does_not_exist_is_to_be_deployed() -> None:
    code, text = said(refusal("ValidationError", "Stack with id mine does not exist"))

    assert code == 2
    assert text == "stack: stack 'mine' was not found: deploy it, or name another with --stack and --region"


@pytest.mark.parametrize(
    ("error", "code", "next_step"),
    [
        (refusal("AccessDenied"), 1, "this AWS role lacks a right: attach the stack's OperatorPolicy"),
        (refusal("ExpiredToken"), 1, "the AWS sign-in has expired: run `aws sso login`"),
        (refusal("InvalidClientTokenId"), 2, "AWS does not take these credentials"),
        (exceptions.NoCredentialsError(), 2, "there are no AWS credentials: name a profile with --profile"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), 1, "AWS does not answer: check --endpoint-url"),
        (exceptions.InvalidRegionError(region_name="the moon"), 2, "--region: this is no AWS region"),
        (refusal("ValidationError", "1 validation error detected"), 1, "ClientError: "),
    ],
    ids=["no right", "expired", "unknown key", "no credentials", "unreachable", "no region", "another refusal"],
)
def test_what_is_wrong_with_the_sign_in_has_a_next_step_of_its_own(error: Answer, code: int, next_step: str) -> None:
    found = said(error)

    assert (found[0], "was not found" in found[1]) == (code, False)
    assert found[1].startswith(next_step)


def test_an_address_that_is_none_is_a_wrong_use() -> None:
    target = Target(stack="mine", region="eu-central-1", endpoint_url="nonsense")

    with pytest.raises(Exception, match="Invalid endpoint") as caught:
        outputs_of(Clients(target), target)

    assert explained(caught.value) == (
        2,
        "--endpoint-url: Invalid endpoint: nonsense: write it as https://host or http://127.0.0.1:4566",
    )
