"""A plan as a file: what a flow would do to each record, to be read by people and carried out as it stands, or not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ml_connector.domain.codec import decode, encode
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import BadNameError, FlowId

VERSION = 1


class Act(StrEnum):
    """What becomes of a record. REJECT: the target's own rules refuse it. NONE: it stands as it should.

    UNDER_WAY: a write of ours is planned, sent or in doubt already, and goes on by itself.
    """

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    LINK = "link"
    RECOVER = "recover"
    HOLD = "hold"
    SKIP = "skip"
    REJECT = "reject"
    UNDER_WAY = "under_way"
    NONE = "none"


CARRIED_OUT = frozenset({Act.CREATE, Act.UPDATE, Act.VOID, Act.LINK, Act.RECOVER, Act.HOLD, Act.SKIP, Act.REJECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record. `payload` is exactly what would be sent, in the vendor's spelling; `digest` names it.

    `target_id` is the object that would be changed or linked, `found` the hash of what it holds now. `warning` says
    what a person should see to before the plan is carried out.
    """

    external_id: str
    number: str | None
    amount: str | None
    source: str
    stamp: str | None
    again: bool
    decision: str
    act: Act
    digest: str | None = None
    target_id: str | None = None
    found: str | None = None
    reasons: tuple[str, ...] = ()
    warning: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Something is done to it that is not done yet."""
        return self.act in CARRIED_OUT

    def differs_from(self, other: Entry) -> str | None:
        """Why it is not what was planned, None where it is."""
        if self.source != other.source:
            return "it changed at the source"
        if (self.decision, self.act) != (other.decision, other.act):
            return f"it would now be {other.act.value.replace('_', ' ')}, not {self.act.value}"
        if (self.target_id, self.found) != (other.target_id, other.found):
            return "the target holds something else by now"
        if self.digest != other.digest or self.payload != other.payload:
            return "what would be sent is not the same: a mapping or a setting changed"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    flow: FlowId
    made_at: datetime
    epoch: int
    look_first: bool
    entries: tuple[Entry, ...]

    @property
    def totals(self) -> dict[str, int]:
        counted = Counter(entry.act for entry in self.entries)
        return {act.value: counted[act] for act in Act if counted[act]}

    @property
    def warnings(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.warning)


def plan_text(plan: Plan) -> str:
    """A record a line, so that two plans can be compared with any tool."""
    head = {
        "plan": VERSION,
        "flow": str(plan.flow),
        "made_at": plan.made_at.isoformat(),
        "epoch": plan.epoch,
        "look_first": plan.look_first,
        "totals": plan.totals,
    }
    start = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    return f'{start},\n "records": [\n{_lines(plan.entries)}\n ]\n}}\n'


def read_plan(text: str) -> Plan:
    """Raises: SettingsError where it is not a plan of this version."""
    try:
        body = json.loads(text)
        if body["plan"] != VERSION:
            raise SettingsError(f"it is a plan of version {body['plan']}: make a new one", setting="plan")
        return Plan(
            flow=FlowId.parse(body["flow"]),
            made_at=datetime.fromisoformat(body["made_at"]),
            epoch=int(body["epoch"]),
            look_first=bool(body["look_first"]),
            entries=tuple(_entry(each) for each in body["records"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, BadNameError) as error:
        raise SettingsError("it is not a plan as `plan --out` writes it", setting="plan") from error


def _entry(body: Mapping[str, Any]) -> Entry:
    """An empty optional text was left out when it was written."""
    entry: Entry = decode(Entry, body)
    return entry


def _lines(entries: Iterable[Entry]) -> str:
    return ",\n".join("  " + json.dumps(encode(entry), ensure_ascii=False) for entry in entries)
