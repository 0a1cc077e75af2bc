"""What a person does about records that wait for one, as `docs/states.md` and `docs/operations.md` advise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.pipeline.correcting.recheck import recheck
from ml_connector.pipeline.planning.conflicts import ON_CONFLICT, SOURCE_WINS
from ml_connector.pipeline.planning.settle import TARGET_DIFFERS
from ml_connector.pipeline.reporting.reconcile import Reconciler
from tests.world import World

GIVEN_UP = (State.REJECTED, State.HELD, State.DEAD)


class Books(Protocol):
    """The target, as its accountant touches it. `forgotten` is what our tables did not know of after a restore."""

    forgotten: set[str]

    def marked(self, marker: str) -> Sequence[str]:
        """The ids of the documents that stand there with this marker of ours."""
        ...

    def delete(self, target_id: str) -> None: ...

    def correct(self, row: CrossReference) -> None:
        """Give the document the values that we sent."""
        ...

    def is_cancelled(self, external_id: str) -> bool: ...


def looks_after(world: World, invoices: FlowId, books: Books) -> frozenset[str]:
    """One round; answers what waited, and why. Where values differ from ours, the source is right."""
    connections = world.fakes.connections
    settings = connections.flow(invoices)
    connections.save_flow(replace(settings, settings={**settings.settings, ON_CONFLICT: SOURCE_WINS}))
    is_restored = world.fakes.epochs.current().restored
    if is_restored:
        compares_and_rechecks(world, invoices)
    rows = list(world.fakes.ledger.rows.values())
    for row in rows:
        if row.state is State.SKIPPED and is_restored:
            _delete_forgotten(row, books)
        if row.state in GIVEN_UP:
            _mend(row, books)
            _replay(world, row)
    world.run_until_quiet()
    return frozenset(f"{row.record} {[reason.code for reason in row.reasons]}" for row in rows if row.state in GIVEN_UP)


def compares_and_rechecks(world: World, flow: FlowId) -> None:
    """`reconcile --recheck`: after a restore, what the target holds may be newer than what our tables remember."""
    services = world.services
    pause = world.fakes.clock.advance
    found = Reconciler(services.ports, services.catalog, services.systems, pause=pause).reconcile(flow)
    recheck(services.ports, found.differences, services.releaser, actor="ann")
    world.run_until_quiet()


def _delete_forgotten(row: CrossReference, books: Books) -> None:
    """After a restore, lists are compared: a document that our tables forgot, of what is cancelled by now, goes."""
    for target_id in books.marked(row.record.marker):
        books.forgotten.add(target_id)
        books.delete(target_id)


def _mend(row: CrossReference, books: Books) -> None:
    codes = {reason.code for reason in row.reasons}
    if row.confirmed is None or not codes & {TARGET_DIFFERS, "target_conflict"}:
        return
    if books.is_cancelled(row.record.external_id):
        books.delete(row.confirmed.target_id)
    elif TARGET_DIFFERS in codes:
        books.correct(row)


def _replay(world: World, row: CrossReference) -> None:
    records = (NoticedRecord(external_id=row.record.external_id),)
    cause = NoticeCause.REPLAYED
    notice = Notice(flow=row.record.flow, cause=cause, records=records, run_id="by hand", actor="ann")
    world.fakes.notices.send([notice])
