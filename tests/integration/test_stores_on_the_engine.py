"""The stores under many hands at once, on the deployed stack's own tables, queues, keys and policies' names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from local.stack import Stack
from ml_connector.aws.resources import Resources
from ml_connector.domain.connection import GrantRow
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.posting import Limits
from ml_connector.pipeline.ports import GuardTakenError, MovedError, Ports
from tests.contract.ports.builders import VENDOR, a_first, a_guard, a_next, a_record, a_row, an_event, held_for
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import RecordingLambda, real_ports
from tests.fakes.clock import START, FakeClock

HANDS = 16
LIMITS = Limits(requests_per_minute=60, parallel=2)
_tenants = count(1)


def resources_of(stack: Stack) -> Resources:
    out = stack.outputs
    return Resources(
        stack=out["StackName"],
        connection_table=out["ConnectionTable"],
        cross_reference_table=out["CrossReferenceTable"],
        audit_trail_table=out["AuditTrailTable"],
        mapping_table=out["MappingTable"],
        payload_table=out["PayloadTable"],
        payload_bucket=out["PayloadBucket"],
        notice_queue_url=out["NoticeQueueUrl"],
        posting_queue_url=out["PostingQueueUrl"],
        data_key=out["DataKeyArn"],
        secret_key=out["DataKeyArn"],
        secret_prefix=out["SecretPrefix"],
        schedule_group=out["FlowScheduleGroup"],
        schedule_role_arn=out["FlowScheduleRoleArn"],
        poller_function_arn=out["PollerFunctionArn"],
    )


@pytest.fixture
def workers(deployed: Stack) -> list[Ports]:
    """As many workers as hands, each with nothing in its memory."""
    clients = {name: deployed.client(name) for name in ("dynamodb", "kms", "s3", "sqs", "secretsmanager", "scheduler")}
    aws, resources = Emulated(**clients), resources_of(deployed)
    return [real_ports(aws, resources, FakeClock(), lambda line: None, RecordingLambda()) for _ in range(HANDS)]


@pytest.fixture
def flow() -> FlowId:
    """A tenant of its own for each test: the stack is shared."""
    return FlowId(tenant=f"stores-{next(_tenants)}", flow="invoice_to_bill", source="jaggaer", target="books")


def at_once(workers: Sequence[Ports], act: Callable[[Ports, int], Any]) -> Counter[str]:
    """What each worker's act came to: the name of its error, or its answer as text."""

    def outcome(number: int) -> str:
        try:
            return str(act(workers[number], number))
        except (MovedError, GuardTakenError) as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(workers)) as pool:
        return Counter(pool.map(outcome, range(len(workers))))


def test_of_many_first_writers_one_wins(workers: list[Ports], flow: FlowId) -> None:
    record = a_record(flow=flow)

    outcomes = at_once(workers, lambda ports, n: ports.ledger.commit(a_first(a_row(record, stamp=str(n)))).version)

    assert outcomes == {"1": 1, "MovedError": HANDS - 1}
    assert len(workers[0].ledger.trail(record)) == 1


def test_of_many_claims_one_wins_and_the_chain_holds(workers: list[Ports], flow: FlowId) -> None:
    record = a_record(flow=flow)
    row = workers[0].ledger.commit(a_first(a_row(record)))

    def claim(ports: Ports, number: int) -> int:
        event = an_event("claimed", by=number)
        return ports.ledger.commit(a_next(row, changes={"stamp": str(number)}, events=(event,))).version

    outcomes = at_once(workers, claim)

    trail = workers[0].ledger.trail(record)
    assert outcomes == {"2": 1, "MovedError": HANDS - 1}
    assert [entry.previous for entry in trail[1:]] == [entry.hash for entry in trail[:-1]]
    assert len(trail) == 2


def test_of_many_records_one_gets_the_guard(workers: list[Ports], flow: FlowId) -> None:
    def take(ports: Ports, number: int) -> str:
        record = RecordId(flow=flow, external_id=str(number))
        guard = a_guard(owner=record, connection=flow.target_connection)
        ports.ledger.commit(a_first(a_row(record), take=(guard,)))
        return "taken"

    outcomes = at_once(workers, take)

    assert outcomes == {"taken": 1, "GuardTakenError": HANDS - 1}
    assert len(workers[0].ledger.open_work(flow, State)) == 1


def test_one_change_committed_by_many_hands_is_made_once(workers: list[Ports], flow: FlowId) -> None:
    change = a_first(a_row(a_record(flow=flow), **held_for(VENDOR)), events=(an_event(secret="x"),))

    outcomes = at_once(workers, lambda ports, n: ports.ledger.commit(change).version)

    assert outcomes == {"1": HANDS}
    assert len(workers[0].ledger.trail(a_record(flow=flow))) == 1
    assert workers[0].ledger.waiting_for(flow, VENDOR) == [a_record(flow=flow)]


def test_workers_that_start_a_day_together_share_its_key(workers: list[Ports], flow: FlowId) -> None:
    def write(ports: Ports, number: int) -> int:
        record = RecordId(flow=flow, external_id=str(number))
        return ports.ledger.commit(a_first(a_row(record), events=(an_event(n=number),))).version

    at_once(workers, write)

    details = [workers[0].ledger.trail(RecordId(flow=flow, external_id=str(n)))[0].event.detail for n in range(HANDS)]
    assert details == [{"n": number} for number in range(HANDS)]


def test_of_many_pollers_one_gets_the_lease(workers: list[Ports], flow: FlowId) -> None:
    until = START + timedelta(minutes=5)

    outcomes = at_once(
        workers, lambda ports, n: ports.polls.begin(flow, holder=str(n), until=until, now=START) is not None
    )

    assert outcomes == {"True": 1, "False": HANDS - 1}


def test_of_many_refreshers_one_gets_the_grant(workers: list[Ports], flow: FlowId) -> None:
    grant = GrantRow(tenant=flow.tenant, grant="g", secret="s", secret_version="v1")
    workers[0].grants.put(grant, expected=None)

    outcomes = at_once(workers, lambda ports, n: ports.grants.put(replace(grant, lease_holder=str(n)), expected=grant))

    assert outcomes == {"True": 1, "False": HANDS - 1}


def test_a_budget_is_never_overdrawn(workers: list[Ports], flow: FlowId) -> None:
    def take(ports: Ports, number: int) -> int:
        return ports.budgets.take(flow.tenant, "x", LIMITS, wanted=3, now=START)[0]

    outcomes = at_once(workers, take)

    assert sum(int(granted) * times for granted, times in outcomes.items()) <= 10


def test_one_token_written_by_many_hands_is_one_version(workers: list[Ports], flow: FlowId) -> None:
    """The engine drops the version before when one token is put twice at once, where AWS changes nothing."""
    name = f"grants/{flow.tenant}/g"
    workers[0].secrets.write(name, {"token": "old"}, token="t1")

    outcomes = at_once(workers, lambda ports, n: ports.secrets.write(name, {"token": "new"}, token="t2"))

    assert len(outcomes) == 1
    assert workers[0].secrets.read(name) == {"token": "new"}
