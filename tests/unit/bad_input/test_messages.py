"""Messages that nobody of us wrote: each goes back alone, the good one beside it is done, and no row is made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.lab import INVOICES
from ml_connector.aws.queues import notice_from_message
from ml_connector.pipeline.dead_letters import DeadLetters
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from ml_connector.runtime import handling
from tests.fakes.dead_letters import FakeDeadLetterQueues
from tests.unit.bad_input.desk import TENANT, Desk

GOOD = f"{TENANT}/{INVOICES}/jaggaer/freshbooks/1"
NOBODY = f"globex/{INVOICES}/jaggaer/freshbooks"
ODD = [
    "",
    "not JSON",
    "null",
    "[]",
    "7",
    "{}",
    "[" * 100_000,
    '{"record": 5}',
    '{"record": "a/b"}',
    '{"record": "a/b/c/d/"}',
    '{"record": "../b/c/d/e"}',
    '{"record": {"a": 1}}',
]


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 120_000


def delivery(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


def failed(*names: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def a_letter(body: str) -> DeadLetter:
    return DeadLetter(queue=DeadQueue.NOTICE, id=body, body=body, content=notice_from_message(body))


def notice(flow: str, *records: str, **more: Any) -> str:
    tenant, name, source, target = flow.split("/")
    ids = {"tenant": tenant, "flow": name, "source": source, "target": target}
    fields = {"flow": ids, "cause": "polled", "run_id": "r", "records": [{"external_id": one} for one in records]}
    return json.dumps({**fields, **more})


@pytest.mark.parametrize("body", ODD, ids=lambda body: body[:20] or "empty")
def test_an_odd_posting_message_goes_back_alone(desk: Desk, body: str) -> None:
    desk.onboard()

    answer = handling.post(delivery(body, json.dumps({"record": GOOD})), Context(), desk.services)

    assert answer == failed("m0")
    assert desk.stored()["rows"] == {}


@pytest.mark.parametrize(
    "body",
    [
        *ODD,
        notice(f"{TENANT}/{INVOICES}/jaggaer/freshbooks", "1", cause="boredom"),
        notice(f"{TENANT}/jaggaer_to_sap/jaggaer/sap", "1"),
        notice(NOBODY, "1"),
        notice(f"../{INVOICES}/jaggaer/freshbooks", "1"),
        notice(f"{TENANT}/{INVOICES}/jaggaer/freshbooks", "1", records=[{"external_id": None}]),
        notice(f"{TENANT}/{INVOICES}/jaggaer/freshbooks", "1", records="all"),
    ],
    ids=lambda body: body[:60] or "empty",
)
def test_an_odd_notice_goes_back_alone(desk: Desk, body: str) -> None:
    desk.onboard()

    answer = handling.ingest(
        delivery(body, notice(f"{TENANT}/{INVOICES}/jaggaer/freshbooks")), Context(), desk.services
    )

    assert answer == failed("m0")
    assert desk.stored()["rows"] == {}


def test_a_posting_message_of_a_tenant_that_is_not_there_makes_nothing(desk: Desk) -> None:
    desk.onboard()
    before = desk.stored()

    handling.post(delivery(json.dumps({"record": f"{NOBODY}/1"})), Context(), desk.services)

    assert desk.stored() == before


def test_a_source_that_is_asked_for_a_forged_id_is_not_called_elsewhere(desk: Desk) -> None:
    desk.onboard()
    calls = len(desk.jaggaer.calls)

    handling.ingest(
        delivery(notice(f"{TENANT}/{INVOICES}/jaggaer/freshbooks", "../../token?x=1")), Context(), desk.services
    )

    assert [path for _, path in desk.jaggaer.calls[calls:] if ".." in path or "?" in path] == []


def test_a_dead_notice_of_a_tenant_that_is_not_there_makes_no_record(desk: Desk) -> None:
    desk.onboard()
    before = desk.stored()
    queues = FakeDeadLetterQueues(desk.world)
    letters = [a_letter(notice(NOBODY, "1")), a_letter(notice(f"{TENANT}/jaggaer_to_sap/jaggaer/sap", "1"))]

    report = DeadLetters(desk.services.ports, desk.services.catalog, queues).mark(letters)

    assert (report.letters, report.marked) == (2, 0)
    assert desk.stored() == before
