"""What a port call costs in AWS calls once the worker is warm: counted, so that it cannot creep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.posting import Limits
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem, ReferenceList
from ml_connector.pipeline.ports import Ports
from tests.contract.ports.builders import (
    ACCOUNT,
    ACME,
    VENDOR,
    a_first,
    a_guard,
    a_next,
    a_payload_key,
    a_record,
    a_row,
    an_event,
    held_for,
)
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import RecordingLambda, real_ports
from tests.fakes.clock import START, FakeClock


@dataclass(slots=True)
class Counted:
    """A client that counts the calls made through it."""

    client: Any
    calls: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self.client, name)


@pytest.fixture
def dynamodb(aws: Emulated) -> Counted:
    return Counted(aws.dynamodb)


@pytest.fixture
def warm(aws: Emulated, dynamodb: Counted) -> Ports:
    """The day's key is had and the month is noted."""
    counted = replace(aws, dynamodb=dynamodb)
    ports = real_ports(counted, aws.resources(), FakeClock(), lambda line: None, RecordingLambda())
    ports.ledger.commit(a_first(a_row(a_record("warm"), month="2026-03"), events=(an_event(x=1),)))
    dynamodb.calls.clear()
    return ports


def test_a_whole_change_is_one_call(warm: Ports, dynamodb: Counted) -> None:
    row = a_row(month="2026-03", number="N", other_number="M", **held_for(VENDOR, ACCOUNT))

    warm.ledger.commit(a_first(row, events=(an_event(a=1), an_event(b=2)), take=(a_guard(),)))

    assert dynamodb.calls == {"transact_write_items": 1}


def test_a_record_s_life_is_a_call_a_step(warm: Ports, dynamodb: Counted) -> None:
    planned = warm.ledger.commit(a_first(a_row()))
    claimed = warm.ledger.commit(a_next(planned, changes={"state": State.POSTING}))
    warm.ledger.commit(a_next(claimed, changes={"state": State.POSTED}))

    assert dynamodb.calls == {"transact_write_items": 3}


def test_a_hundred_rows_are_one_read(warm: Ports, dynamodb: Counted) -> None:
    warm.ledger.get_many([a_record(str(number)) for number in range(100)])

    assert dynamodb.calls == {"batch_get_item": 1}


def test_twenty_five_payloads_are_one_write(warm: Ports, dynamodb: Counted) -> None:
    warm.payloads.put_many({a_payload_key(external_id=str(number)): b"x" for number in range(25)})

    assert dynamodb.calls == {"batch_write_item": 1}


def test_a_list_that_did_not_change_costs_one_small_read(warm: Ports, dynamodb: Counted) -> None:
    items = tuple(ReferenceItem(id=str(number), name="x") for number in range(5000))
    books = ACME.target_connection
    warm.references.replace(
        books, ReferenceList(kind=ReferenceKind.ACCOUNT, generation="g", read_at=START, items=items)
    )
    warm.references.current(books, ReferenceKind.ACCOUNT)
    dynamodb.calls.clear()

    warm.references.current(books, ReferenceKind.ACCOUNT)

    assert dynamodb.calls == {"get_item": 1}


def test_many_requests_are_taken_in_one_write_and_an_empty_bucket_costs_none(warm: Ports, dynamodb: Counted) -> None:
    limits = Limits(requests_per_minute=60)

    warm.budgets.take("acme", "x", limits, wanted=10, now=START)
    warm.budgets.take("acme", "x", limits, wanted=10, now=START)

    assert dynamodb.calls == {"update_item": 1}


def test_the_causes_of_a_hundred_holds_cost_a_read_each_cause(warm: Ports, dynamodb: Counted) -> None:
    for number in range(100):
        warm.ledger.commit(a_first(a_row(a_record(str(number)), **held_for(VENDOR, ACCOUNT))))
    dynamodb.calls.clear()

    assert warm.ledger.causes(ACME) == [ACCOUNT, VENDOR]
    assert dynamodb.calls == {"query": 3}


def test_the_epoch_costs_one_read(warm: Ports, dynamodb: Counted) -> None:
    warm.epochs.current()
    dynamodb.calls.clear()

    warm.epochs.current()

    assert dynamodb.calls == {"get_item": 1}
