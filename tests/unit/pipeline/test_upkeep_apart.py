"""Whatever fails for one connection, grant or tenant is told and counted, and upkeep goes on with all the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.upkeep import Upkeep, UpkeepReport
from ml_connector.runtime.handling import UpkeepFailedError, keep_up
from tests.fakes.clock import START, FakeDeadline
from tests.unit.pipeline.office import BOOKS, BUYING, HOLD_AGE, Office

LATER = "zenith"
"""A tenant that comes after the first one."""


class Denied(Exception):
    """As botocore's ClientError, it is none of our own."""


def two_tenants() -> Office:
    office = Office().set_up()
    for connection in (BUYING, BOOKS):
        held = office.world.connections.get(connection)
        office.world.connections.save(replace(held, id=ConnectionId(tenant=LATER, name=connection.name)))
    for flow in office.world.connections.flows(BOOKS.tenant):
        office.world.connections.save_flow(FlowSettings(id=replace(flow.id, tenant=LATER), cadence=flow.cadence))
    return office


def refused_at(refused: ConnectionId, seen: list[ConnectionId]) -> Callable[..., int]:
    def work(connection: Connection, *_: object, **__: object) -> int:
        seen.append(connection.id)
        if connection.id == refused:
            raise Denied("secretsmanager:PutSecretValue")
        return 1

    return work


def run(office: Office, **more: Any) -> UpkeepReport:
    upkeep = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, **more)
    return upkeep.run(FakeDeadline(office.world.clock))


@pytest.mark.parametrize("work", ["tend", "broken_mappings"])
def test_what_nobody_expected_at_one_connection_keeps_upkeep_from_no_other(work: str) -> None:
    office, seen = two_tenants(), list[ConnectionId]()

    report = run(office, **{work: refused_at(BOOKS, seen)})

    assert {one.tenant for one in seen} == {BOOKS.tenant, LATER}
    assert len(seen) == 4
    assert report.failed == 1
    assert office.world.metrics.counts["UpkeepFailures"] == 1
    assert "upkeep failed" in office.world.log.messages("error")


def test_a_row_that_cannot_be_read_keeps_no_other_connection_from_its_hints() -> None:
    office = two_tenants()
    flow = replace(office.world.connections.flows(BOOKS.tenant)[0].id, tenant=LATER)
    later = office.row("1", State.IN_DOUBT, flow=flow, due_at=START)
    office.world.clock.advance(HOLD_AGE)
    real = office.world.ledger.open_work

    def open_work(flow: Any, *more: Any, **named: Any) -> Any:
        if flow.tenant == BOOKS.tenant:
            raise Denied("dynamodb:Query")
        return real(flow, *more, **named)

    office.world.ledger.open_work = open_work  # type: ignore[method-assign]

    report = run(office)

    assert office.world.postings.bodies == [later]
    assert report.failed > 0


def test_a_grant_that_fails_without_a_reason_of_ours_keeps_upkeep_from_nobody() -> None:
    office, seen = two_tenants(), list[ConnectionId]()
    office.share_a_grant(expires_at=START)

    report = run(office, renew=refused_at(BOOKS, []), tend=refused_at(BUYING, seen))

    assert LATER in {one.tenant for one in seen}
    assert report.failed == 2


def test_a_tenant_that_cannot_be_sealed_keeps_no_other_from_its_seal() -> None:
    class Sealer:
        """`seal` as the audit trail's own, for all but the first tenant."""

        def __init__(self) -> None:
            self.sealed: list[str] = []

        def seal(self, tenant: str, deadline: Any) -> int:
            if tenant == BOOKS.tenant:
                raise Denied("kms:Sign")
            self.sealed.append(tenant)
            return 1

        def is_late(self, tenant: str) -> bool:
            return False

    office, sealer = two_tenants(), Sealer()

    report = run(office, sealer=sealer)

    assert (sealer.sealed, report.seals, report.failed) == ([LATER], 1, 1)


def test_partners_documents_come_after_everybodys_other_work() -> None:
    class Noting:
        """A sealer and a desk that note whose turn it is."""

        def __init__(self) -> None:
            self.turns: list[tuple[str, str]] = []

        def seal(self, tenant: str, deadline: Any) -> int:
            self.turns.append(("seal", tenant))
            return 0

        def is_late(self, tenant: str) -> bool:
            return False

        def attend(self, connection: Connection, deadline: Any) -> int:
            self.turns.append(("documents", connection.id.tenant))
            return 0

        def old(self, connection: Connection, *, before: Any) -> int:
            return 2

    office, noting = two_tenants(), Noting()

    run(office, sealer=noting, desk=noting)

    assert noting.turns == [("seal", BOOKS.tenant), ("seal", LATER)] + 2 * [("documents", BOOKS.tenant)] + 2 * [
        ("documents", LATER)
    ]
    assert office.world.metrics.counts["OldDocuments"] == 8


def test_a_run_in_which_something_failed_counts_as_an_error_of_the_function() -> None:
    office = two_tenants()
    upkeep = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE, tend=refused_at(BOOKS, []))
    services: Any = SimpleNamespace(upkeep=upkeep)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)

    with pytest.raises(UpkeepFailedError, match="failed: 1"):
        keep_up(context, services)
