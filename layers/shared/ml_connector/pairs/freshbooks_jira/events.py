"""One event of accounting as an issue: what all the flows of this pair that make issues have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ml_connector.domain.decision import Decision, Hold, Post, Reason, Skip, Void, reason_of
from ml_connector.domain.matching import Matched, Missing
from ml_connector.domain.money import Money
from ml_connector.domain.records.issue import Fact, FieldValue, Issue
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Key
from ml_connector.pipeline.flow import Known

TARGET = "Jira"
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A client or a vendor: `client:17`. Components are found by its name too; people by a mapping alone."""

    what: str
    id: str | None = None
    name: str | None = None

    @property
    def keys(self) -> frozenset[Key]:
        return frozenset({self.person, self.component}) if self.id else frozenset()

    @property
    def person(self) -> Key:
        return Key(kind=ReferenceKind.PERSON, code=f"{self.what}:{self.id}")

    @property
    def component(self) -> Key:
        return Key(kind=ReferenceKind.COMPONENT, code=f"{self.what}:{self.id}", name=self.name)

    @property
    def told(self) -> str:
        return self.name or (f"{self.what} {self.id}" if self.id else f"an unknown {self.what}")


NOBODY = Party(what="client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`kind` as people call it, `id` FreshBooks' own; `more` are further lines of the description.

    `name` is the party's, where the document itself has its id alone.
    """

    kind: str
    id: str
    summary: str
    number: str | None = None
    total: Money | None = None
    party: Party = NOBODY
    name: str | None = None
    on: date | None = None
    due_on: date | None = None
    category: str = ""
    status: str = ""
    deleted: bool = False
    note: str = ""
    method: str = ""
    order_number: str = ""
    more: tuple[Fact, ...] = field(default=())

    @property
    def who(self) -> str:
        return (self.name or self.party.told) if self.party.id or self.party.name else ""


def decide(event: Event, known: Known) -> Decision:
    """A new event becomes an issue; one that has its issue follows the tenant's choices."""
    if event.deleted and not known.posted:
        return Skip(Reason(code="deleted", text=f"the {event.kind.lower()} is deleted in FreshBooks"))
    if not known.posted and (early := _too_early(event, known)):
        return Skip(early)
    if known.posted and event.deleted and known.setting("on_deleted") == "void":
        return Void(Reason(code="deleted", text=f"the {event.kind.lower()} was deleted in FreshBooks"))
    kept = known.setting("on_deleted" if event.deleted else "on_changed") == "leave"
    if known.posted and kept:
        return Skip(Reason(code="left_as_it_is", text="it has its issue, which is left as it was made"))
    party = _party(event, known)
    if isinstance(party, Reason):
        return Hold((party,))
    return Post(_issue(event, known, party), notes=_notes(event, known))


def _too_early(event: Event, known: Known) -> Reason | None:
    since = str(known.setting("since") or "")
    if not since or event.on is None or event.on >= date.fromisoformat(since):
        return None
    return Reason(code="before_start", text=f"it is of {event.on}, and issues are made from {since} on")


def _party(event: Event, known: Known) -> str | Reason | None:
    """The id of the person or the component, where the tenant wants one and has mapped it."""
    role = known.setting("party", "none")
    if role == "none" or not event.party.id:
        return None
    found = known.match(event.party.component if role == "component" else event.party.person)
    match found:
        case Matched():
            return found.item.id
        case Missing():
            return None
        case _:
            return reason_of(found, what=event.party.what, target=TARGET)


def _notes(event: Event, known: Known) -> tuple[str, ...]:
    role = known.setting("party", "none")
    if role == "none" or not event.party.id or _party(event, known) is not None:
        return ()
    return (f"{event.party.told} is not mapped, so the issue has no {role} from it",)


def _issue(event: Event, known: Known, party: str | None) -> Issue:
    role = known.setting("party", "none")
    values = _values(event, known)
    fields = dict(known.setting("fields") or {})
    return Issue(
        project=str(known.setting("project")),
        type=str(known.setting("issue_type")),
        summary=event.summary,
        facts=_facts(event, values["link"]),
        labels=tuple(known.setting("labels") or ()),
        parent=str(known.setting("epic") or "") or None,
        fields=tuple(FieldValue(name=name, value=_filled(fields[name], values)) for name in sorted(fields)),
        reporter=party if role == "reporter" else None,
        assignee=party if role == "assignee" else None,
        components=(party,) if role == "component" and party else (),
        source=f"freshbooks {event.kind.lower()} {event.id}",
    )


def _filled(given: str, values: Mapping[str, str]) -> str:
    return given[1:] if given.startswith("=") else values[given]


def _facts(event: Event, link: str) -> tuple[Fact, ...]:
    """What is empty is left out; the way back to FreshBooks comes last."""
    status = "deleted in FreshBooks" if event.deleted else event.status
    told = (
        ("Number", event.number or ""),
        ("Amount", str(event.total) if event.total else ""),
        (event.party.what.capitalize(), event.who),
        ("Category", event.category),
        ("Date", event.on.isoformat() if event.on else ""),
        ("Due", event.due_on.isoformat() if event.due_on else ""),
        ("Status", status),
        ("Method", event.method),
        ("Order", event.order_number),
        ("Note", event.note[:LONGEST_NOTE]),
    )
    facts = [Fact(label=label, text=text) for label, text in told if text]
    back = Fact(label="FreshBooks", text=f"{event.kind} {event.id}", link=link or None)
    return (*facts, *event.more, back)


def _values(event: Event, known: Known) -> dict[str, str]:
    template = str(known.setting("link") or "")
    return {
        "kind": event.kind,
        "id": event.id,
        "number": event.number or "",
        "amount": f"{event.total.amount:f}" if event.total else "",
        "currency": event.total.currency if event.total else "",
        "total": str(event.total) if event.total else "",
        "party": event.who,
        "category": event.category,
        "date": event.on.isoformat() if event.on else "",
        "due_date": event.due_on.isoformat() if event.due_on else "",
        "status": "deleted" if event.deleted else event.status,
        "link": template.replace("{id}", event.id),
        "order_number": event.order_number,
        "method": event.method,
        "note": event.note,
    }
