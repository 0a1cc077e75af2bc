"""The cXML door when our own side fails, or when there is no document at all: an answer all the same."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.errors import TransientError
from tests.cxml import Doored
from tests.simulators.jaggaer import cxml_documents as cxml

INVOICE = cxml.invoice("INV-1", orders=["PO-1"])


def test_a_store_that_does_not_answer_makes_the_sender_come_again() -> None:
    world = Doored()

    def fail(call: str) -> None:
        if call == "documents.find":
            raise TransientError("throttled")

    world.fakes.hooks.on_before = fail
    answer = world.partner.send(INVOICE, payload_id="1")
    world.fakes.hooks.on_before = lambda call: None

    assert (answer.code, answer.text) == ("560", "Temporary server error")
    assert world.fakes.metrics.counts["DocumentsFailed"] == 1
    assert world.partner.send(INVOICE, payload_id="1").code == "201"


def test_what_nobody_thought_of_is_an_answer_and_an_alarm_as_well() -> None:
    world = Doored()

    def fail(call: str) -> None:
        if call == "documents.find":
            raise ZeroDivisionError

    world.fakes.hooks.on_before = fail

    assert world.partner.send(INVOICE).code == "500"
    assert world.fakes.metrics.counts["DocumentsFailed"] == 1


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"body": None, "headers": None},
        {"body": "%%%", "isBase64Encoded": True},
        {"body": "YT0xé", "isBase64Encoded": True},
        {"body": "\ud800", "headers": {}},
    ],
    ids=["nothing", "no body", "not what it says", "not what it says, nor ASCII", "half a character"],
)
def test_an_event_without_a_document_is_answered(event: dict[str, Any]) -> None:
    assert 'code="406"' in Doored().answer(event)
