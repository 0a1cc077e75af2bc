"""The handlers in this process on emulated AWS: what a delivery does, and what of it goes back to the queue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from local.lab import INVOICES, SUPPLIERS
from ml_connector.aws import keys
from ml_connector.domain.errors import TransientError
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.planning.planner import target_payload_key
from ml_connector.runtime import wiring
from tests.contract.ports.emulated import client
from tests.functions import Context, Functions, functions_on_moto, record_of

FLOWS = {name: str(record_of(name, "1").flow) for name in (SUPPLIERS, INVOICES)}


@pytest.fixture
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    with functions_on_moto(tmp_path_factory.mktemp("functions")) as made:
        made.call("poller", {"flow": FLOWS[SUPPLIERS]})
        yield made


def delivery(*bodies: str) -> dict[str, Any]:
    """Messages as the queue hands them out: their ids are m1, m2, ..."""
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies, 1)]}


def hints(*external_ids: str) -> list[str]:
    return [json.dumps({"record": str(record_of(INVOICES, external_id))}) for external_id in external_ids]


def notice(*external_ids: str) -> str:
    flow = record_of(INVOICES, "1").flow
    named = {"tenant": flow.tenant, "flow": flow.flow, "source": flow.source, "target": flow.target}
    records = [{"external_id": external_id} for external_id in external_ids]
    return json.dumps({"flow": named, "cause": "polled", "run_id": "r1", "records": records})


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def planned(functions: Functions, *external_ids: str) -> None:
    answer = functions.call("ingest_worker", delivery(notice(*external_ids)))
    assert failed(answer) == []
    assert {functions.state(INVOICES, external_id) for external_id in external_ids} == {"planned"}


def states(functions: Functions, external_ids: Sequence[str]) -> list[str]:
    return [functions.state(INVOICES, external_id) for external_id in external_ids]


def spoil(functions: Functions, external_id: str) -> None:
    """What was planned for it cannot be opened any more: its worker raises."""
    row = functions.row(INVOICES, external_id)
    assert row is not None
    assert row.planned is not None
    key = keys.payload(target_payload_key(row, row.planned.digest)).item
    spoilt = {**key, "sealed": {"B": b"spoilt"}}
    client("dynamodb").put_item(TableName=functions.services.settings.resources.payload_table, Item=spoilt)


def queued(url: str) -> list[str]:
    """The bodies that wait there; they are taken out."""
    bodies: list[str] = []
    while messages := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        bodies += [message["Body"] for message in messages]
    return bodies


# the whole way


def test_from_a_schedule_to_bills_the_queues_between(functions: Functions) -> None:
    resources = functions.services.settings.resources
    queued(resources.notice_queue_url)

    report = functions.call("poller", {"flow": FLOWS[INVOICES]})
    read = functions.call("ingest_worker", delivery(*queued(resources.notice_queue_url)))
    sent = functions.call("posting_worker", delivery(*queued(resources.posting_queue_url)))

    assert (report["seen"], report["passed_on"]) == (64, 64)
    assert (failed(read), failed(sent)) == ([], [])
    assert {bill["bill_number"] for bill in functions.freshbooks.bills} >= {"2026/4039"}
    assert functions.state(INVOICES, "2700003") == "posted"


def test_a_delivery_that_comes_twice_writes_once(functions: Functions) -> None:
    planned(functions, "2700002", "2700003")
    twice = delivery(*hints("2700002", "2700003", "2700002"))

    answers = [functions.call("posting_worker", twice) for _ in range(2)]

    assert [failed(answer) for answer in answers] == [[], []]
    assert len(functions.freshbooks.bills) == 2


# partial failure


def test_a_bad_notice_alone_goes_back(functions: Functions) -> None:
    answer = functions.call("ingest_worker", delivery("not json", notice("2700002"), "{}"))

    assert failed(answer) == ["m1", "m3"]
    assert functions.state(INVOICES, "2700002") == "planned"


def test_a_bad_hint_alone_goes_back(functions: Functions) -> None:
    planned(functions, "2700002")

    answer = functions.call("posting_worker", delivery("not json", *hints("2700002"), '{"record": "a/b"}'))

    assert failed(answer) == ["m1", "m3"]
    assert functions.state(INVOICES, "2700002") == "posted"


def test_an_unexpected_error_in_one_row_fails_that_row_alone(functions: Functions) -> None:
    wanted = ["2700002", "2700003", "2700010"]
    planned(functions, *wanted)
    spoil(functions, "2700003")

    answer = functions.call("posting_worker", delivery(*hints(*wanted)))

    assert failed(answer) == ["m2"]
    assert states(functions, wanted) == ["posted", "planned", "posted"]
    assert len(functions.freshbooks.bills) == 2


def test_a_notice_that_fails_as_a_whole_goes_on_record_by_record(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(functions.services.settings.resources.notice_queue_url)
    planner = functions.services.planner
    plan = planner.plan
    monkeypatch.setattr(planner, "plan", lambda it: _explodes() if _names(it, "2700003") else plan(it))

    answer = functions.call("ingest_worker", delivery(notice("2700002", "2700003")))
    apart = queued(functions.services.settings.resources.notice_queue_url)
    again = functions.call("ingest_worker", delivery(*apart))

    assert (failed(answer), len(apart)) == ([], 2)
    assert len(failed(again)) == 1
    assert states(functions, ["2700002", "2700003"]) == ["planned", "unknown"]


def test_a_failed_message_is_counted_and_logged(
    functions: Functions, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    planned(functions, "2700003")
    spoil(functions, "2700003")

    functions.call("posting_worker", delivery(*hints("2700003")))

    assert '"MessagesFailed": 1' in capsys.readouterr().out
    assert "message failed" in caplog.messages


# near the end of its time


def test_a_function_near_its_end_does_not_spend_the_refresh_token(functions: Functions) -> None:
    target = record_of(INVOICES, "1").flow.target_connection
    connection = functions.services.ports.connections.get(target)
    functions.freshbooks.forget_access()

    with wiring.invocation("posting_worker", _NearlyOver()) as services, pytest.raises(TransientError) as caught:
        list(services.systems.open(connection).reference(ReferenceKind.VENDOR))

    assert "too little time is left to refresh the token" in str(caught.value)
    with wiring.invocation("posting_worker", Context()) as services:
        assert list(services.systems.open(connection).reference(ReferenceKind.VENDOR))


class _NearlyOver(Context):
    def get_remaining_time_in_millis(self) -> int:
        return 19_000


# what stands still, and what is dead


def test_nothing_is_sent_to_a_paused_target_and_no_message_goes_back_for_it(functions: Functions) -> None:
    planned(functions, "2700002")
    functions.services.switches.pause(record_of(INVOICES, "1").flow.target_connection, actor="ann")

    answer = functions.call("posting_worker", delivery(*hints("2700002")))

    assert (failed(answer), functions.freshbooks.bills) == ([], [])
    assert functions.state(INVOICES, "2700002") == "planned"


def test_a_dead_letter_gives_its_record_its_state_and_stays(functions: Functions) -> None:
    planned(functions, "2700002")
    url = functions.services.settings.posting_dead_letter_queue_url
    client("sqs").send_message(QueueUrl=url, MessageBody=hints("2700002")[0])

    first, second = (functions.call("dead_letters", {}) for _ in range(2))

    assert [(report["letters"], report["marked"]) for report in (first, second)] == [(1, 1), (1, 0)]
    assert functions.state(INVOICES, "2700002") == "dead"
    assert queued(url) == hints("2700002")


def test_upkeep_of_a_tenant_in_order_finds_nothing_to_do(functions: Functions) -> None:
    report = functions.call("upkeep", {})

    assert {name: report[name] for name in ("fed", "planned_again", "released", "renewed")} == dict.fromkeys(
        ("fed", "planned_again", "released", "renewed"), 0
    )
    assert report["finished"] is True


def _names(delivered: Any, external_id: str) -> bool:
    return any(received.id.external_id == external_id for received in delivered.received)


def _explodes() -> Any:
    raise RuntimeError("nobody thought of this")
