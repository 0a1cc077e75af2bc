"""Let the real planner run on shadow ports and tell, record by record, what the run would do, with the exact payload.

Whoever rehearses says which records, and in which version each would be planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.crossreference import CrossReference, State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.posting import Action
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.planning.plan_file import Act, Entry
from ml_connector.pipeline.planning.planner import Delivery, Planner, source_payload_key, target_payload_key
from ml_connector.pipeline.planning.prediction import Predicted, Predictor, Wanted
from ml_connector.pipeline.planning.receive import Received
from ml_connector.pipeline.planning.shadow import Shadow
from ml_connector.pipeline.system import Row

_AT_ONCE = 100
_STATES = {
    State.HELD: Act.HOLD,
    State.SKIPPED: Act.SKIP,
    State.LINKED: Act.LINK,
    State.REJECTED: Act.REJECT,
}
_DECISIONS = {State.PLANNED: "post", State.HELD: "hold", State.SKIPPED: "skip", State.LINKED: "link"}

type Version = Callable[[Row, CrossReference | None], Received | None]
"""A record's version to plan; None where nothing would be planned."""


@dataclass(kw_only=True)
class Rehearsal:
    shadow: Shadow
    flow: FlowId
    planner: Planner
    predictor: Predictor | None
    version: Version
    _before: dict[RecordId, CrossReference] = field(default_factory=dict)
    _rows: dict[RecordId, CrossReference] = field(default_factory=dict)
    _stamps: dict[RecordId, str | None] = field(default_factory=dict)

    def entries(self, listed: Iterable[Sequence[Row]]) -> list[Entry]:
        """One for each record that is ours, or would become so."""
        for rows in listed:
            once = {row.external_id: row for row in rows if self._id(row) not in self._stamps}
            for some in batched(once.values(), _AT_ONCE, strict=False):
                self._plan(some)
        predicted = self._predicted()
        return [self._entry(row, predicted.get(record)) for record, row in self._rows.items()]

    def _plan(self, rows: Sequence[Row]) -> None:
        ids = [self._id(row) for row in rows]
        self._stamps |= {record: row.stamp for record, row in zip(ids, rows, strict=True)}
        known = self.shadow.ports.ledger.get_many(ids)
        self._before |= known
        received = [one for row in rows if (one := self.version(row, known.get(self._id(row)))) is not None]
        planned = {row.record: row for row in self.planner.plan(Delivery(flow=self.flow, received=tuple(received)))}
        for record in ids:
            row = planned.get(record) or self.shadow.ports.ledger.get(record)
            if row is not None:
                self._rows[record] = row

    def _predicted(self) -> dict[RecordId, Predicted]:
        wanted = list(self._wanted())
        if self.predictor is None:
            return {one.row.record: _unasked(one.row) for one in wanted}
        found = self.predictor.predict(wanted)
        return {one.row.record: predicted for one, predicted in zip(wanted, found, strict=True)}

    def _wanted(self) -> Iterator[Wanted]:
        """Rows that this plan has just planned; one that was planned before goes on by itself."""
        for record, row in self._rows.items():
            if row.state is State.PLANNED and row.planned is not None and not self._goes_on(record, row):
                last = row.confirmed.digest if row.confirmed else None
                yield Wanted(
                    row=row,
                    meant=self._target(row, row.planned.digest),
                    last=self._target(row, last) if last else None,
                )

    def _target(self, row: CrossReference, version: str) -> Record:
        return load(self.shadow.ports.payloads.get(target_payload_key(row, version)))

    def _goes_on(self, record: RecordId, row: CrossReference) -> bool:
        before = self._before.get(record)
        return before is not None and before.planned == row.planned and before.state is State.PLANNED

    def _entry(self, row: CrossReference, predicted: Predicted | None) -> Entry:
        before = self._before.get(row.record)
        told = predicted or Predicted(act=self._act(row, before), reasons=_texts(row.reasons))
        planned = row.planned if predicted is not None else None
        decision = "void" if planned and planned.action is Action.VOID else _DECISIONS.get(row.state, "none")
        return Entry(
            external_id=row.record.external_id,
            number=row.number,
            amount=str(row.amount) if row.amount else None,
            source=row.wanted.digest if row.wanted else "",
            stamp=self._stamps[row.record],
            again=before is not None and before.wanted == row.wanted,
            decision=decision,
            act=told.act,
            digest=planned.digest if planned else None,
            target_id=told.target_id or (row.confirmed.target_id if row.confirmed else None),
            found=told.found,
            reasons=told.reasons,
            warning=told.warning,
            payload=_as_json(told.payload or {}),
        )

    def _act(self, row: CrossReference, before: CrossReference | None) -> Act:
        if row.is_busy or row.state in (State.PLANNED, State.POSTING, State.HANDED_OVER, State.IN_DOUBT):
            return Act.UNDER_WAY
        unchanged = before is not None and before.state is row.state and before.reasons == row.reasons
        if unchanged and before is not None and before.wanted == row.wanted:
            return Act.NONE
        return _STATES.get(row.state, Act.NONE)

    def _id(self, row: Row) -> RecordId:
        return RecordId(flow=self.flow, external_id=row.external_id)


def _unasked(row: CrossReference) -> Predicted:
    assert row.planned is not None
    return Predicted(act=Act(row.planned.action.value), reasons=("the target was not asked",))


def _texts(reasons: Sequence[Reason]) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons)


def stored_version(shadow: Shadow, row: CrossReference) -> Record | None:
    """The version that is wanted, as it was read; None where it is not stored, or not any more."""
    if row.wanted is None:
        return None
    try:
        return load(shadow.ports.payloads.get(source_payload_key(row, row.wanted.digest)))
    except KeyError:
        return None


def _as_json(value: Any) -> Any:
    """As the plan's file shows it: a number is a number there too. Nothing is ever calculated with it."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(name): _as_json(one) for name, one in value.items()}
        case list() | tuple():
            return [_as_json(one) for one in value]
        case _:
            return encode(value)
