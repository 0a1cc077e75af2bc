"""Audit entries as sentences that an accountant reads without a glossary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import CUT, AuditEntry, AuditEvent, Step
from ml_connector.domain.difference import CHANGES

OURSELVES = "ml-connector"
MOST_CHANGES = 5

ATTEMPT_STEPS = frozenset(
    {
        Step.CLAIMED,
        Step.LOOKED_UP,
        Step.POSTED,
        Step.UPDATED,
        Step.VOIDED,
        Step.RECOVERED,
        Step.HANDED_OVER,
        Step.FAILED,
        Step.REJECTED,
        Step.IN_DOUBT,
        Step.DEAD,
    }
)

_LEADS: Mapping[Step, str] = {
    Step.MATCHED: "Matched",
    Step.PLANNED: "Planned",
    Step.HELD: "Held",
    Step.RELEASED: "Released",
    Step.CLAIMED: "Taken up",
    Step.LOOKED_UP: "Looked up",
    Step.POSTED: "Posted",
    Step.UPDATED: "Updated",
    Step.VOIDED: "Voided",
    Step.LINKED: "Linked",
    Step.RECOVERED: "Found again after an unanswered write",
    Step.HANDED_OVER: "Handed over",
    Step.SKIPPED: "Skipped",
    Step.FAILED: "Failed",
    Step.REJECTED: "Refused",
    Step.IN_DOUBT: "In doubt",
    Step.DEAD: "Given up",
    Step.REDRIVEN: "Redriven",
    Step.REPLAYED: "Replayed",
    Step.ROLLED_BACK: "Rolled back",
    Step.CONFLICT: "Conflict",
    Step.ATTACHED: "Document",
    Step.TOLD: "Partner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One entry of the trail. `text` is the whole sentence; `by` the person, None where we acted by ourselves."""

    sequence: int
    at: datetime
    step: Step
    text: str
    by: str | None = None

    @property
    def is_attempt(self) -> bool:
        return self.step in ATTEMPT_STEPS


def moment(entry: AuditEntry) -> Moment:
    event = entry.event
    return Moment(
        sequence=entry.sequence,
        at=event.at,
        step=event.step,
        text=_sentence(event),
        by=None if event.actor == OURSELVES else event.actor,
    )


def _sentence(event: AuditEvent) -> str:
    lead = _LEADS.get(event.step)
    told = event.text if lead is None else f"{lead}: {event.text}"
    beside = "; ".join(_beside(event.detail))
    return f"{_capital(told)}{f' ({beside})' if beside else ''}"


def _beside(detail: Mapping[str, Any]) -> Iterable[str]:
    """What the sealed part adds for a reader; hashes, ids and run numbers stay out."""
    if status := detail.get("status"):
        yield f"status {status}"
    if orders := detail.get("purchase_orders"):
        yield f"PO {', '.join(map(str, orders))}"
    if states := detail.get("purchase_order_status"):
        yield f"PO status {', '.join(map(str, states))}"
    if contracts := detail.get("contracts"):
        yield f"contract {', '.join(map(str, contracts))}"
    if states := detail.get("contract_status"):
        yield f"contract status {', '.join(map(str, states))}"
    yield from map(str, detail.get("notes") or ())
    if changes := detail.get(CHANGES):
        yield from _changed(changes)


def _changed(changes: Mapping[str, Any]) -> Iterable[str]:
    """The first few; a detail that was too long says so instead."""
    if CUT in changes:
        yield f"changes: {changes[CUT]}"
        return
    told = [f"{path}: {_side(one, 'before')} -> {_side(one, 'after')}" for path, one in changes.items()]
    yield from told[:MOST_CHANGES]
    if len(told) > MOST_CHANGES:
        yield f"and {len(told) - MOST_CHANGES} more changes"


def _side(change: Mapping[str, Any], side: str) -> str:
    return str(change.get(side, "nothing"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
