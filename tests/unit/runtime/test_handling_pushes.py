"""NoticeQueue carries notices and pushes; each goes to its own worker, and neither is taken for the other."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from ml_connector.aws.queues import body_of
from ml_connector.domain.codec import encode
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.notice import Notice, NoticeCause
from ml_connector.domain.registration import Push
from ml_connector.runtime.handling import ingest
from tests.fakes.world import FakeWorld

PUSH = Push(
    registration="0" * 32, connection=ConnectionId(tenant="acme", name="books"), event="bill.update", object_id="1"
)
NOTICE = Notice(
    flow=FlowId(tenant="acme", flow="f", source="a", target="b"), cause=NoticeCause.POLLED, records=(), run_id="r"
)


class Worker:
    def __init__(self) -> None:
        self.handled: list[Any] = []

    def handle(self, what: Any, deadline: object = None) -> None:
        self.handled.append(what)


def test_each_message_goes_to_its_own_worker_and_a_bad_one_goes_back_alone() -> None:
    notices, pushes = Worker(), Worker()
    services: Any = SimpleNamespace(ingestor=notices, push_ingestor=pushes, ports=FakeWorld().ports)
    bodies = [json.dumps({"push": encode(PUSH)}), body_of(NOTICE), '{"push": {"registration": 1}}', "{"]
    records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]

    answer = ingest({"Records": records}, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000), services)

    assert (pushes.handled, notices.handled) == ([PUSH], [NOTICE])
    assert [failed["itemIdentifier"] for failed in answer["batchItemFailures"]] == ["2", "3"]
