"""The deployed stack as such: it stands, its door is locked, and its policies are enforced."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from local.stack import Stack

pytestmark = pytest.mark.engine


def test_every_function_is_deployed_with_the_layer(deployed: Stack) -> None:
    functions = deployed.client("lambda").list_functions()["Functions"]

    ours = [function for function in functions if function["FunctionName"].startswith(f"{deployed.name}-")]

    assert {f"{name}FunctionArn" for name in FUNCTIONS} <= deployed.outputs.keys()
    assert len(ours) == len(FUNCTIONS)
    assert all(function["Layers"] for function in ours)


FUNCTIONS = [
    "Authorisation",
    "Console",
    "Poller",
    "IngestWorker",
    "PostingWorker",
    "DeadLetters",
    "Upkeep",
    "WebhookReceiver",
    "CxmlReceiver",
]


def test_the_api_refuses_who_does_not_sign(deployed: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{deployed.base_url}/api/status", timeout=30)

    assert refusal.value.code == 403
    refusal.value.close()


def test_a_queue_hands_its_crashes_to_its_dead_letter_queue(deployed: Stack) -> None:
    sqs = deployed.client("sqs")

    attributes = sqs.get_queue_attributes(QueueUrl=deployed.outputs["PostingQueueUrl"], AttributeNames=["All"])

    redrive = json.loads(attributes["Attributes"]["RedrivePolicy"])
    assert int(redrive["maxReceiveCount"]) == 3
    assert redrive["deadLetterTargetArn"].endswith(deployed.outputs["PostingDeadLetterQueueUrl"].rsplit("/", 1)[1])
