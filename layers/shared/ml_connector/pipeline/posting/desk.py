"""Where a worker writes down what it did: endings committed under the claim's fence, and what must follow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.crossreference import Confirmed, CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.difference import CHANGES, differences
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.planning.caution import is_failed_create
from ml_connector.pipeline.planning.guards import NOTHING, made_by, ownership, reservation
from ml_connector.pipeline.planning.planner import source_payload_key, target_payload_key
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Change, GuardTakenError, Made, MovedError, Ports
from ml_connector.pipeline.posting.claims import is_mine
from ml_connector.pipeline.posting.results import Ending, held, overtaken

LONGEST_DELAY = timedelta(minutes=15)
_TRIES = 6


class Desk:
    def __init__(self, ports: Ports, catalog: Catalog, releaser: Releaser) -> None:
        self._ports = ports
        self._catalog = catalog
        self._releaser = releaser

    def payload(self, row: CrossReference, digest: str) -> Record:
        return load(self._ports.payloads.get(target_payload_key(row, digest)))

    def end(
        self,
        row: CrossReference,
        ending_of: Callable[[CrossReference], Ending],
        *,
        claim: str | None,
        meant: Record | None = None,
    ) -> CrossReference | None:
        """Commit what `ending_of` makes of the row. A row that moved is read again; it is ours as long as the claim is.

        None where the row is not ours any more, or never was and has moved: whoever moved it takes care of it.
        """
        for _ in range(_TRIES):
            ending = self._completed(row, ending_of(row), meant)
            if not self._waits_for_person(ending.row):
                ending = overtaken(ending, now=self._ports.clock.now())
            try:
                stored = self._ports.ledger.commit(_change(row, ending))
            except MovedError:
                current = self._still_claimed(row.record, claim)
                if current is None:
                    return None
                row = current
            except GuardTakenError as taken:
                ending_of, meant = _owned_by_another(self._ports, taken), None
            else:
                self._follow(stored, ending, asked_by=row.wanted_by)
                return stored
        self._ports.log.warning("row kept moving", record=str(row.record))
        return None

    def _waits_for_person(self, row: CrossReference) -> bool:
        """Where the tenant says so, a failed create is not tried again even if the source has changed meanwhile."""
        if not is_failed_create(row):
            return False
        flow = self._catalog.flow(row.record.flow.flow)
        return flow.only_audits(self._ports.connections.flow(row.record.flow).settings)

    def _still_claimed(self, record: RecordId, claim: str | None) -> CrossReference | None:
        """The row as it is by now, where it is still ours."""
        if claim is None:
            return None
        current = self._ports.ledger.get(record)
        if is_mine(current, claim):
            return current
        self._ports.log.warning("claim lost", record=str(record))
        return None

    def _completed(self, row: CrossReference, ending: Ending, meant: Record | None) -> Ending:
        """A confirmation takes ownership of the target object, of its natural key, and of the code it answers to."""
        if meant is not None:
            ending = _with_reservation(row, ending, self._catalog.flow(row.record.flow.flow).natural_key(meant))
        sure = ending.row.confirmed
        if sure is not None and ending.row.state is State.REVERSED:
            return replace(ending, made=self._made(row, replace(sure, target_id=NOTHING), meant))
        if sure is None or sure == row.confirmed:
            return ending
        made = self._made(row, sure, meant)
        made = (*self._given_back(row, sure, {one.code for one in made}), *made)
        ending = self._with_changes(row, ending, meant)
        return replace(ending, take=(*ending.take, ownership(row, sure.target_id)), made=made)

    def _with_changes(self, row: CrossReference, ending: Ending, meant: Record | None) -> Ending:
        """An update's confirmation tells what it changed, field by field, as far as we made what was there before."""
        former, flight = row.confirmed, row.in_flight
        if meant is None or flight is None or flight.action is not Action.UPDATE or former is None:
            return ending
        try:
            changes = differences(self.payload(row, former.digest), meant) if former.digest else {}
        except KeyError:
            return ending
        confirmation, *rest = ending.events
        told = replace(confirmation, detail={**confirmation.detail, CHANGES: changes})
        return replace(ending, events=(told, *rest))

    def _given_back(self, row: CrossReference, sure: Confirmed, kept: set[str]) -> tuple[Made, ...]:
        """A code that the record had until now leads nowhere: the source may give it to another, or has done so."""
        former = row.confirmed
        if former is None or former.source_digest == sure.source_digest:
            return ()
        past = [made for made in self._made(row, replace(former, target_id=NOTHING), None) if made.code not in kept]
        return tuple(
            made
            for made in past
            if self._ports.ledger.made(made.connection, made.kind, [made.code]).get(made.code) == former.target_id
        )

    def _made(self, row: CrossReference, sure: Confirmed, meant: Record | None) -> tuple[Made, ...]:
        """By the source's version; where that is not stored any more, by what was written."""
        flow = self._catalog.flow(row.record.flow.flow)
        if flow.makes is None:
            return ()
        try:
            source: Record | None = load(self._ports.payloads.get(source_payload_key(row, sure.source_digest)))
        except KeyError:
            source = meant
        return made_by(flow, row, source, sure.target_id) if source is not None else ()

    def _follow(self, row: CrossReference, ending: Ending, *, asked_by: str | None) -> None:
        self._ports.metrics.count("Records", state=row.state.value, flow=row.record.flow.flow)
        if row.state is State.REJECTED:  # an event: nothing lists the rejected cheaply enough for a gauge
            self._ports.metrics.count("RecordsRejected")
        run_id = self._ports.ids.new()
        if ending.again:
            self._releaser.plan_again([row.record], cause=NoticeCause.RELEASED, run_id=asked_by or run_id)
        if ending.hint_in is not None and ending.hint_in <= LONGEST_DELAY:
            self._ports.postings.send([row.record], delay=ending.hint_in)
        for made in ending.made:
            self._releaser.release_code(made.connection, made.kind, made.code, run_id=run_id)


def _with_reservation(row: CrossReference, ending: Ending, key: str | None) -> Ending:
    """A confirmed change gives the former key back; one that took no effect the key that it would have had."""
    if key is None or key == row.reservation or ending.row.state is State.REVERSED:
        return ending
    if ending.row.confirmed != row.confirmed:
        former = (reservation(row, row.reservation),) if row.reservation else ()
        return replace(
            ending,
            row=replace(ending.row, reservation=key),
            take=(*ending.take, reservation(row, key)),
            release=(*ending.release, *former),
        )
    if _has_failed(row, ending):
        return replace(ending, release=(*ending.release, reservation(row, key)))
    return ending


def _has_failed(row: CrossReference, ending: Ending) -> bool:
    """Whether an update ended for certain without effect: refused, not sent, or shown not to have happened."""
    flight = row.in_flight
    return flight is not None and flight.action is Action.UPDATE and not ending.row.is_busy


def _change(row: CrossReference, ending: Ending) -> Change:
    return Change(
        before=row, after=ending.row, events=ending.events, take=ending.take, release=ending.release, made=ending.made
    )


def _owned_by_another(ports: Ports, taken: GuardTakenError) -> Callable[[CrossReference], Ending]:
    guard = taken.guard
    text = f"{guard.record_kind} {guard.key} in the target belongs to {taken.owner}: the same document came twice"
    reason = Reason(code="owned", text=text)

    def ending_of(row: CrossReference) -> Ending:
        settled = row.unsettled is None or row.state is not State.POSTING or guard.kind == "reservation"
        return held(row, reason, now=ports.clock.now(), settled=settled, detail={"owner": taken.owner})

    return ending_of
