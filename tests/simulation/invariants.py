"""What holds once a simulated world has come to rest, whatever happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ml_connector.domain.audit import AuditEntry, Step
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.posting import Action
from ml_connector.pipeline.reporting.totals import flow_totals
from tests.fakes.world import FakeWorld
from tests.simulation.scene import Document, Ended
from tests.world import World

TOLD_BY = {
    Action.CREATE: {Step.POSTED, Step.RECOVERED},
    Action.UPDATE: {Step.UPDATED},
    Action.VOID: {Step.VOIDED},
}
_MET_AGAIN = (Step.RECOVERED, Step.CONFLICT, Step.HELD, Step.LOOKED_UP, Step.VOIDED)
"""How a write is told of whose own entry was lost with the tables: it is met as something that stands in the target."""

_WITH_A_REASON = (State.HELD, State.REJECTED)
_ENDED = (State.POSTED, State.LINKED, State.SKIPPED, State.REVERSED, *_WITH_A_REASON)


class Trails:
    """Every audit entry ever written: what stood in tables that a restore replaced is not forgotten here."""

    def __init__(self, fakes: FakeWorld) -> None:
        self._fakes = fakes
        self._kept: dict[tuple[RecordId, str], AuditEntry] = {}

    def keep(self) -> None:
        for record in self._fakes.ledger.rows:
            self._kept |= {(record, entry.hash): entry for entry in self._fakes.ledger.trail(record)}

    def entries(self) -> list[AuditEntry]:
        self.keep()
        return list(self._kept.values())


def broken(world: World, ended: Ended, trails: Trails, *, was_restored: bool) -> list[str]:
    """Each promise that does not hold, in words; nothing if all do."""
    return [
        *_documents(world, ended),
        *_records(world, ended),
        *_states(world, ended),
        *_effects(ended, trails.entries(), was_restored=was_restored),
        *_messages(world),
        *_doubts(world),
        *_chains(world),
        *ended.left_over,
    ]


def _documents(world: World, ended: Ended) -> Iterator[str]:
    """Each approved document stands in the target once, with its total, or waits for a reason that nobody mended."""
    rows = {
        row.record.external_id: row for row in world.fakes.ledger.rows.values() if row.record.flow.flow in INTO_BILLS
    }
    for name, document in ended.documents.items():
        standing = [total for number, total in ended.standing if number == document.number]
        row = rows.get(name)
        if row is None:
            yield f"{document.number} has no row"
        elif document.may_wait and row.state in _WITH_A_REASON and row.reasons:
            yield from _waiting(document, row, standing)
        elif standing != ([] if document.cancelled else [document.total]):
            wanted = "gone" if document.cancelled else f"there once, with {document.total}"
            yield f"{document.number} should be {wanted}, and stands there as {standing}"
        elif row.state in _WITH_A_REASON:
            yield f"{document.number} is {row.state} though nothing stands in its way: {row.reasons}"
    known = {document.number for document in ended.documents.values()}
    yield from (f"{number} stands in the target for nobody" for number, _ in ended.standing if number not in known)


def _waiting(document: Document, row: CrossReference, standing: list[str]) -> Iterator[str]:
    if standing and row.confirmed is None:
        yield f"{document.number} waits, and stands in the target unconfirmed: {standing}"


def _records(world: World, ended: Ended) -> Iterator[str]:
    """Each source record has one row, in a state that is an end; what the row wants is what the source has."""
    for flow, names in ended.sources.items():
        rows = {row.record.external_id for row in world.fakes.ledger.rows.values() if row.record.flow == flow}
        if rows != names:
            yield f"{flow.flow} has rows of {sorted(rows)} for {sorted(names)}"
    for row in world.fakes.ledger.rows.values():
        if row.state not in _ENDED:
            yield f"{row.record.external_id} ended {row.state}: {row.reasons}"
        if row.state in _WITH_A_REASON and not row.reasons:
            yield f"{row.record.external_id} is {row.state} without a reason"


def _states(world: World, ended: Ended) -> Iterator[str]:
    for flow, names in ended.sources.items():
        totals = flow_totals(world.services.ports, flow)
        if not totals.adds_up or totals.records != len(names):
            yield f"{flow.flow}: {totals.records} records in the totals for {len(names)} at the source: {totals.states}"


def _effects(ended: Ended, entries: list[AuditEntry], *, was_restored: bool) -> Iterator[str]:
    """Each write that took effect is told in the trail; what the trail tells of took effect; nothing was made twice."""
    told = [(entry.event.step, entry.event.detail) for entry in entries]
    named = {(step, detail.get("target_id")) for step, detail in told}
    steps = {(entry.event.step, entry.record.marker) for entry in entries} if was_restored else set()
    postings = {detail.get("posting") for _, detail in told}
    for effect in ended.effects:
        if effect.target_id in ended.forgotten:  # sent, and the tables restored before its ending was written
            continue
        by_target = any((step, effect.target_id) in named for step in TOLD_BY[effect.action])
        met_again = any((step, effect.marker) in steps for step in _MET_AGAIN)
        by_posting = effect.posting is None or was_restored or effect.posting in postings
        if not (by_target or met_again) or not by_posting:
            yield f"nobody tells of the {effect.action} of {effect.target_id} ({effect.posting})"
    yield from _invented(ended, told)
    made = Counter(effect.marker for effect in ended.effects if effect.action is Action.CREATE)
    yield from (f"{marker} was made {times} times" for marker, times in made.items() if times > 1)


def _invented(ended: Ended, told: list[tuple[Step, Mapping[str, Any]]]) -> Iterator[str]:
    landed = {(effect.action, effect.target_id) for effect in ended.effects}
    for action, steps in TOLD_BY.items():
        for step, detail in told:
            if step in steps and "posting" in detail and (action, detail["target_id"]) not in landed:
                yield f"the trail tells of {step} {detail['target_id']}, which never happened"


def _messages(world: World) -> Iterator[str]:
    for queue in (world.fakes.notices, world.fakes.postings):
        yield from (f"left on a queue: {message.body}" for message in queue.messages)
        yield from (f"dead letter: {message.body}" for message in queue.dead)


def _doubts(world: World) -> Iterator[str]:
    for row in world.fakes.ledger.rows.values():
        if row.is_busy:
            yield f"{row.record.external_id} is {row.state} and still in doubt or in flight"


def _chains(world: World) -> Iterator[str]:
    for record in world.fakes.ledger.rows:
        yield from world.fakes.ledger.broken_links(record)
        yield from world.fakes.ledger.untold_state(record)


INTO_BILLS = frozenset({"jaggaer_invoice_to_freshbooks_bill"})
