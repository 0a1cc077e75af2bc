"""Two systems in memory: one that we call and that does as a script says, and one that visits us when it likes."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import batched
from typing import Any, cast

from ml_connector.domain.codec import encode
from ml_connector.domain.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.domain.identity import PostingId, fingerprint
from ml_connector.domain.matching import normalised_number
from ml_connector.domain.posting import (
    Absent,
    Action,
    Asked,
    Found,
    FoundBy,
    HandedOver,
    Limits,
    NotSent,
    Outcome,
    Several,
    Sighting,
    Sought,
    Unclear,
    Write,
    WriteError,
    Written,
)
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.posting.lookup import is_deleted
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds
from ml_connector.pipeline.system import Page, Row
from tests.fakes.clock import FakeClock
from tests.fakes.hooks import Hooks


class Act(StrEnum):
    """How one write ends. LOSE_ANSWER, LIE and LATE take effect, at once or after `late_by`; UNKNOWN does not."""

    OK = "ok"
    LOSE_ANSWER = "lose the answer"
    LATE = "late"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"
    TRANSIENT = "transient"
    RATE_LIMITED = "rate limited"
    CONFLICT = "conflict"
    REJECT = "reject"
    AUTH = "auth"
    LIE = "rate limited after the work"


TAKES_EFFECT = frozenset({Act.OK, Act.LOSE_ANSWER, Act.LATE, Act.LIE})
HONEST = tuple(act for act in Act if act is not Act.LIE)
"""What we believe a vendor to do. A refusal after the work is none of it."""

_ERRORS: dict[Act, Callable[[], ConnectorError]] = {
    Act.LOSE_ANSWER: lambda: OutcomeUnknownError("the answer was lost"),
    Act.LATE: lambda: OutcomeUnknownError("no answer in time"),
    Act.UNKNOWN: lambda: OutcomeUnknownError("the line went dead"),
    Act.TRANSIENT: lambda: TransientError("try again"),
    Act.RATE_LIMITED: lambda: RateLimitedError("slow down", retry_after=timedelta(seconds=30)),
    Act.CONFLICT: lambda: ConflictError("the revision moved"),
    Act.REJECT: lambda: RejectedError("the vendor says no"),
    Act.AUTH: lambda: AuthError("the credentials were refused"),
    Act.LIE: lambda: RateLimitedError("slow down", retry_after=timedelta(seconds=30)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A write that took effect, and on what."""

    write: Write
    target_id: str


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What a fake system holds. `log` is every write that took effect, in order; `landed` says where as well."""

    clock: FakeClock
    prefix: str = "T"
    records: dict[tuple[RecordKind, str], Record] = field(default_factory=dict)
    visible_from: dict[tuple[RecordKind, str], datetime] = field(default_factory=dict)
    log: list[Write] = field(default_factory=list)
    landed: list[Landed] = field(default_factory=list)
    given_ids: int = 0

    def put(self, record: Record, *, at: datetime | None = None) -> Record:
        """As a person there would: stored under its own id, stamped with the time."""
        held = self.records.get((record.kind, record.external_id))
        stored = _with(record, modified_at=at or self.clock.now(), revision=_next(held.revision if held else None))
        self.records[(record.kind, record.external_id)] = stored
        return stored

    def of(self, kind: RecordKind) -> list[Any]:
        return [record for (kept, _), record in sorted(self.records.items()) if kept is kind]

    def apply(self, write: Write, *, at: datetime | None = None) -> Written:
        self.log.append(write)
        if write.action is Action.CREATE:
            self.given_ids += 1
            target_id = f"{self.prefix}{self.given_ids}"
            self.landed.append(Landed(write=write, target_id=target_id))
            stored = self.put(_with(write.record, external_id=target_id, marker=write.marker), at=at)
            return Written(target_id, stored)
        target_id = write.target_id or ""
        self.landed.append(Landed(write=write, target_id=target_id))
        held = self.records[(write.record.kind, target_id)]
        content = _voided(held) if write.action is Action.VOID else write.record
        marker = held.marker or write.marker
        return Written(target_id, self.put(_with(content, external_id=target_id, marker=marker), at=at))

    def refusal(self, write: Write) -> ConnectorError | None:
        """What the system's own rules say to an update or a void."""
        if write.action is Action.CREATE:
            return None
        held = self.records.get((write.record.kind, write.target_id or ""))
        if held is None:
            return NotFoundError(f"{write.target_id} is not there")
        if write.revision is not None and write.revision != held.revision:
            return ConflictError(f"{write.target_id} is at revision {held.revision}")
        return None

    def look(self, sought: Sought, *, lag: timedelta = timedelta()) -> Sighting:
        """By id where it is known; else by our marker, then by the vendor's number."""
        if sought.target_id is not None:
            known = self.records.get((sought.record.kind, sought.target_id))
            return Found(sought.target_id, known, FoundBy.ID) if known else Absent()
        newest = self.clock.now() - lag
        held = [record for record in self.of(sought.record.kind) if not _is_given_up(record, sought)]
        seen = [record for record in held if _stamp(record) <= newest or lag == timedelta()]
        if marked := [record for record in seen if record.marker == sought.marker]:
            return _one(marked, FoundBy.MARKER)
        return _by_number(sought.record, seen)


@dataclass(slots=True, kw_only=True)
class FakeSystem:
    """CALLED. Each write takes the next act of `script`; past its end, `otherwise`.

    `hooks` sees `system.send` around every single write, so that a crash may fall between effect and answer.
    """

    clock: FakeClock
    shelf: Shelf = field(init=False)
    limits: Limits = field(default_factory=Limits)
    hooks: Hooks = field(default_factory=Hooks)
    script: deque[Act] = field(default_factory=deque)
    otherwise: Act = Act.OK
    unclear: deque[str] = field(default_factory=deque)
    read_errors: deque[ConnectorError | None] = field(default_factory=deque)
    references: dict[ReferenceKind, list[ReferenceItem]] = field(default_factory=dict)
    page_size: int = 50
    lists_whole_records: bool = False
    looked_up_at_once: int = 100
    search_lag: timedelta = timedelta()
    late_by: timedelta = timedelta(seconds=90)
    prefix: str = "T"
    alters: Callable[[Any], Any] = lambda record: record
    sent: list[Write] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    finds: int = 0
    _late: list[tuple[datetime, Write]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf = Shelf(clock=self.clock, prefix=self.prefix)

    def will(self, *acts: Act) -> None:
        """The next writes end like this."""
        self.script.extend(acts)

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page | Asked]:
        records = [record for record in self._records(kind) if mark.since is None or _stamp(record) >= mark.since]
        records.sort(key=lambda record: (_stamp(record), record.external_id))
        for start in range(_begin_at(records, resume), len(records) or 1, self.page_size):
            self._read("system.changed_since")
            end = start + self.page_size
            rows = tuple(self._row(record) for record in records[start:end])
            note = f"{end}:{rows[-1].external_id}" if end < len(records) else None
            yield Page(rows=rows, resume=note, total=len(records))

    def fetch(self, kind: RecordKind, external_id: str) -> Record | Asked:
        self._read("system.fetch")
        self.fetched.append(external_id)
        self.settle_late()
        try:
            return self.shelf.records[(kind, external_id)]
        except KeyError as error:
            raise NotFoundError(f"{kind} {external_id} is not there") from error

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        """One read for each `looked_up_at_once`."""
        for some in batched(wanted, self.looked_up_at_once, strict=False):
            self._read("system.find")
            self.finds += 1
            self.settle_late()
            yield from [Unclear(self.unclear.popleft()) if self.unclear else self._sight(sought) for sought in some]

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        for write in writes:
            self.hooks.before("system.send")
            outcome = self._send(write)
            self.hooks.after("system.send")
            yield write.posting_id, outcome

    def uses(self, kind: RecordKind, target_id: str) -> Sequence[str]:
        """Bills rest on their vendor, deleted ones apart."""
        self._read("system.uses")
        if kind is not RecordKind.VENDOR:
            return ()
        bills = [bill for bill in self._records(RecordKind.BILL) if bill.status is not BillStatus.DELETED]
        return [f"bill {bill.number}" for bill in bills if bill.vendor.internal_id == target_id]

    def preview(self, write: Write) -> Mapping[str, Any]:
        return {"action": write.action.value, "record": encode(write.record), "marker": write.marker}

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        self._read("system.reference")
        yield from self.references.get(kind, [])

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        return _differences(meant, found)

    def probe(self) -> Rounds:
        self._read("system.probe")
        yield (Check(name="read", run=lambda: ProbeStep(name="read", ok=True, text="it answers")),)

    def _send(self, write: Write) -> Outcome:
        self.settle_late()
        act = self.script.popleft() if self.script else self.otherwise
        if act is Act.NOT_SENT:
            return NotSent("no time left")
        self.sent.append(write)
        if act in TAKES_EFFECT and (refusal := self.shelf.refusal(write)):
            return WriteError(refusal)
        if act is Act.LATE:
            self._late.append((self.clock.now() + self.late_by, write))
        elif act in TAKES_EFFECT:
            written = self.shelf.apply(replace(write, record=self.alters(write.record)))
            if act is Act.OK:
                return written
        return WriteError(_ERRORS[act]())

    def _sight(self, sought: Sought) -> Sighting:
        return self.shelf.look(sought, lag=self.search_lag)

    def _records(self, kind: RecordKind) -> list[Any]:
        self.settle_late()
        return self.shelf.of(kind)

    def _row(self, record: Record) -> Row:
        whole = record if self.lists_whole_records else None
        return Row(external_id=record.external_id, stamp=_stamp(record).isoformat(), record=whole)

    def _read(self, call: str) -> None:
        self.hooks.before(call)
        if self.read_errors and (error := self.read_errors.popleft()) is not None:
            raise error
        self.hooks.after(call)

    def settle_late(self) -> None:
        """What took effect late did so at its own moment, by the rules of that moment."""
        due = [pair for pair in self._late if pair[0] <= self.clock.now()]
        self._late = [pair for pair in self._late if pair[0] > self.clock.now()]
        for moment, write in due:
            if self.shelf.refusal(write) is None:
                self.shelf.apply(write, at=moment)


@dataclass(slots=True, kw_only=True)
class FakeVisitedSystem:
    """VISITED. Questions and writes wait in `asked` and `outbox` until `visit()`; then they are answered once."""

    clock: FakeClock
    shelf: Shelf = field(init=False)
    limits: Limits = field(default_factory=Limits)
    references: dict[ReferenceKind, list[ReferenceItem]] = field(default_factory=dict)
    prefix: str = "V"
    asked: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    outbox: dict[PostingId, Write] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shelf = Shelf(clock=self.clock, prefix=self.prefix)

    def visit(self) -> list[str]:
        """The system calls: it takes the outbox, answers the questions, and names the requests that it settled."""
        for write in self.outbox.values():
            self.shelf.apply(write)
        settled = [*self.outbox, *self.asked]
        self.answered.update(settled)
        self.outbox, self.asked = {}, []
        return settled

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page | Asked]:
        request = fingerprint("changed", kind, str(mark.since))
        if not self._has_answer(request):
            yield Asked(request)
            return
        rows = [record for record in self.shelf.of(kind) if mark.since is None or _stamp(record) >= mark.since]
        listed = tuple(Row(external_id=row.external_id, stamp=_stamp(row).isoformat(), record=row) for row in rows)
        yield Page(rows=listed, total=len(rows))

    def fetch(self, kind: RecordKind, external_id: str) -> Record | Asked:
        request = fingerprint("fetch", kind, external_id)
        if not self._has_answer(request):
            return Asked(request)
        try:
            return self.shelf.records[(kind, external_id)]
        except KeyError as error:
            raise NotFoundError(f"{kind} {external_id} is not there") from error

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        return (self._sight(sought) for sought in wanted)

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        for write in writes:
            self.outbox[write.posting_id] = write
            yield write.posting_id, HandedOver(write.posting_id)

    def preview(self, write: Write) -> Mapping[str, Any]:
        return {"action": write.action.value, "record": encode(write.record), "marker": write.marker}

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        yield from self.references.get(kind, [])

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        return _differences(meant, found)

    def probe(self) -> Rounds:
        yield (Check(name="visit", run=lambda: ProbeStep(name="visit", ok=True, text="it was here")),)

    def _sight(self, sought: Sought) -> Sighting:
        if sought.posting_id in self.answered:
            return self.shelf.look(sought)
        request = fingerprint("find", sought.posting_id)
        return self.shelf.look(sought) if self._has_answer(request) else Asked(request)

    def _has_answer(self, request: str) -> bool:
        if request in self.answered:
            self.answered.remove(request)
            return True
        if request not in self.asked:
            self.asked.append(request)
        return False


class SerialParallel:
    """One at a time. With a `chance`, up to `width` are begun together and end in any order."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance

    def run[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], *, width: int
    ) -> Iterator[Result]:
        if self._chance is None:
            yield from map(work, items)
            return
        waiting: list[Result] = []
        for item in items:
            waiting.append(work(item))
            if len(waiting) >= width:
                yield waiting.pop(self._chance.randrange(len(waiting)))
        self._chance.shuffle(waiting)
        yield from waiting


_JUDGED = ("number", "vendor", "issued_on", "due_on", "total", "lines", "name", "email", "phone", "city", "country")


def _differences(meant: Record, found: Record) -> tuple[str, ...]:
    return tuple(name for name in _JUDGED if getattr(meant, name, None) != getattr(found, name, None))


def _begin_at(records: Sequence[Record], resume: str | None) -> int:
    """Where the rows before the noted place have shifted, the list is read from its start."""
    place, _, last = (resume or "0:").partition(":")
    start = int(place)
    unshifted = not last or (start <= len(records) and records[start - 1].external_id == last)
    return start if unshifted else 0


def _with(record: Record, **changes: Any) -> Record:
    return cast(Record, replace(cast(Any, record), **changes))


def _next(revision: str | None) -> str:
    return str(int(revision or 0) + 1)


def _stamp(record: Record) -> datetime:
    assert record.modified_at is not None, "a fake system stamps what it holds: use shelf.put()"
    return record.modified_at


def _voided(record: Record) -> Record:
    if isinstance(record, Bill):
        return _with(record, status=BillStatus.DELETED)
    if isinstance(record, Vendor):
        return _with(record, active=False, deleted=True)
    raise RejectedError(f"a {record.kind} cannot be voided here")


def _is_given_up(record: Record, sought: Sought) -> bool:
    return record.external_id in sought.given_up and is_deleted(record)


def _one(hits: Sequence[Record], by: FoundBy) -> Sighting:
    """A deleted one counts where nothing else is left."""
    hits = [hit for hit in hits if not is_deleted(hit)] or hits
    if len(hits) > 1:
        return Several(f"{len(hits)} match by {by}", tuple(hit.external_id for hit in hits))
    return Found(hits[0].external_id, hits[0], by)


def _by_number(wanted: Record, seen: Sequence[Record]) -> Sighting:
    if not wanted.number:
        return Absent()
    number = normalised_number(wanted.number)
    hits = [hit for hit in seen if hit.number and normalised_number(hit.number) == number and _same_vendor(hit, wanted)]
    if not hits:
        return Absent()
    if len(hits) == 1 and isinstance(wanted, Bill) and cast(Bill, hits[0]).total != wanted.total:
        return Several("the number is there with another amount", (hits[0].external_id,))
    return _one(hits, FoundBy.NUMBER)


def _same_vendor(one: Record, other: Record) -> bool:
    return not (isinstance(one, Bill) and isinstance(other, Bill)) or one.vendor == other.vendor
