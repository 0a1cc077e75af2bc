"""What the real adapters do when AWS refuses, loses an answer, or leaves part of a batch undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ml_connector.aws.ledger import DynamoLedger
from ml_connector.aws.payloads import DynamoPayloads
from ml_connector.aws.queues import SqsPostings
from ml_connector.aws.resources import Resources
from ml_connector.domain.errors import TransientError
from ml_connector.pipeline.ports import GuardTakenError
from tests.contract.ports.builders import a_first, a_guard, a_payload_key, a_record, a_row
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import a_vault
from tests.fakes.clock import FakeClock

type Call = Callable[..., Any]


@dataclass(slots=True)
class Unruly:
    """A client whose next calls of one operation go through the given acts first."""

    client: Any
    operation: str
    acts: deque[Callable[[Call, dict[str, Any]], Any]]
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)
        return self._acting(call) if name == self.operation else call

    def _acting(self, call: Call) -> Call:
        def acting(**kwargs: Any) -> Any:
            self.calls.append(kwargs)
            return self.acts.popleft()(call, kwargs) if self.acts else call(**kwargs)

        return acting


def refused(code: str, *reasons: str) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return ClientError(answer, "TransactWriteItems")


def conflict(call: Call, kwargs: dict[str, Any]) -> Any:
    raise refused("TransactionCanceledException", "TransactionConflict")


def throttle(call: Call, kwargs: dict[str, Any]) -> Any:
    raise refused("TransactionCanceledException", "ThrottlingError")


def lose_the_answer(call: Call, kwargs: dict[str, Any]) -> Any:
    call(**kwargs)
    raise refused("TransactionInProgressException")


@pytest.fixture
def resources(aws: Emulated) -> Resources:
    return aws.resources()


def a_ledger(aws: Emulated, resources: Resources, *acts: Callable[[Call, dict[str, Any]], Any]) -> DynamoLedger:
    unruly: Any = Unruly(aws.dynamodb, "transact_write_items", deque(acts))
    return DynamoLedger(unruly, resources, a_vault(aws, resources, FakeClock()))


def test_a_commit_whose_answer_was_lost_is_known_by_its_write_id(aws: Emulated, resources: Resources) -> None:
    ledger = a_ledger(aws, resources, lose_the_answer)

    stored = ledger.commit(a_first(a_row()))

    assert stored == ledger.get(a_record())
    assert stored.version == 1


def test_a_conflict_is_tried_again_at_once(aws: Emulated, resources: Resources) -> None:
    ledger = a_ledger(aws, resources, conflict, conflict)

    assert ledger.commit(a_first(a_row())).version == 1


@pytest.mark.parametrize("acts", [[conflict] * 5, [throttle]], ids=["conflict without end", "throttled"])
def test_a_commit_that_cannot_be_made_is_transient(aws: Emulated, resources: Resources, acts: list[Any]) -> None:
    ledger = a_ledger(aws, resources, *acts)

    with pytest.raises(TransientError):
        ledger.commit(a_first(a_row()))

    assert ledger.get(a_record()) is None


def test_a_guard_is_named_even_after_a_conflict(aws: Emulated, resources: Resources) -> None:
    a_ledger(aws, resources).commit(a_first(a_row(), take=(a_guard(),)))
    rival = a_record("inv-2")

    with pytest.raises(GuardTakenError):
        a_ledger(aws, resources, conflict).commit(a_first(a_row(rival), take=(a_guard(owner=rival),)))


def test_an_error_that_nobody_knows_is_not_swallowed(aws: Emulated, resources: Resources) -> None:
    def deny(call: Call, kwargs: dict[str, Any]) -> Any:
        raise refused("AccessDeniedException")

    with pytest.raises(ClientError):
        a_ledger(aws, resources, deny).commit(a_first(a_row()))


def leave_undone(call: Call, kwargs: dict[str, Any]) -> Any:
    return {"UnprocessedItems": kwargs["RequestItems"], "UnprocessedKeys": kwargs["RequestItems"], "Responses": {}}


def payloads_on(aws: Emulated, resources: Resources, client: Any) -> DynamoPayloads:
    return DynamoPayloads(client, aws.s3, resources, a_vault(aws, resources, FakeClock()))


def test_what_a_batch_left_undone_is_written_again(aws: Emulated, resources: Resources) -> None:
    unruly = Unruly(aws.dynamodb, "batch_write_item", deque([leave_undone]))
    payloads = payloads_on(aws, resources, unruly)

    payloads.put_many({a_payload_key(): b"one"})

    assert payloads.get(a_payload_key()) == b"one"
    assert len(unruly.calls) == 2


def test_a_batch_that_is_never_done_is_transient(aws: Emulated, resources: Resources) -> None:
    unruly = Unruly(aws.dynamodb, "batch_write_item", deque([leave_undone] * 99))

    with pytest.raises(TransientError):
        payloads_on(aws, resources, unruly).put_many({a_payload_key(): b"one"})


def test_keys_that_were_left_unread_are_read_again(aws: Emulated, resources: Resources) -> None:
    a_ledger(aws, resources).commit(a_first(a_row()))
    unruly: Any = Unruly(aws.dynamodb, "batch_get_item", deque([leave_undone]))
    ledger = DynamoLedger(unruly, resources, a_vault(aws, resources, FakeClock()))

    assert list(ledger.get_many([a_record()])) == [a_record()]


def fail_the_first(call: Call, kwargs: dict[str, Any]) -> Any:
    return {"Failed": [{"Id": kwargs["Entries"][0]["Id"]}]}


def a_queue(aws: Emulated, *acts: Callable[[Call, dict[str, Any]], Any]) -> Unruly:
    return Unruly(aws.sqs, "send_message_batch", deque(acts))


def test_only_the_refused_messages_are_sent_again(aws: Emulated, resources: Resources) -> None:
    sqs: Any = a_queue(aws, fail_the_first)

    SqsPostings(sqs, resources).send([a_record("1"), a_record("2")])

    assert [len(call["Entries"]) for call in sqs.calls] == [2, 1]


def test_messages_that_were_refused_twice_are_transient(aws: Emulated, resources: Resources) -> None:
    sqs: Any = a_queue(aws, fail_the_first, fail_the_first)

    with pytest.raises(TransientError):
        SqsPostings(sqs, resources).send([a_record()])


def test_messages_are_grouped_by_connection_and_wait_at_most_fifteen_minutes(
    aws: Emulated, resources: Resources
) -> None:
    sqs: Any = a_queue(aws)

    SqsPostings(sqs, resources).send([a_record()], delay=timedelta(hours=1))

    (entry,) = sqs.calls[0]["Entries"]
    assert (entry["MessageGroupId"], entry["DelaySeconds"]) == ("acme/books", 900)
