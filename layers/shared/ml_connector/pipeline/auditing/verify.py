"""Verifies an export: every entry follows from the one before it, and is what was sealed. Streams; opens nothing.

What it shows is where somebody changed, removed, moved or added something, not what was there before.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from ml_connector.domain.audit import GENESIS, entry_hash
from ml_connector.domain.crossreference import FED_STATES
from ml_connector.domain.journal import chain_of, journal_id
from ml_connector.domain.seal import Head
from ml_connector.pipeline.auditing.faults import Findings, Kind, gap
from ml_connector.pipeline.auditing.sealed_heads import IsSigned, SealedHeads

type SealFile = tuple[str, int, Iterable[bytes]]
"""Its name, the number in its name, and its lines."""

type Sealed = dict[int, tuple[str, int]]
"""Of one record: place -> the entry's hash, and the number of the seal that has it."""


def verify(
    manifest: Mapping[str, Any], seals: Iterable[SealFile], trail: Iterable[bytes], is_signed: IsSigned
) -> Findings:
    """Raises: KeyError or ValueError where the manifest is none."""
    findings = Findings()
    exported_at = datetime.fromisoformat(manifest["exported_at"])
    with SealedHeads(findings, is_signed, tenant=manifest["tenant"]) as heads:
        for name, number, lines in seals:
            heads.take(name, number, lines)
        heads.close(manifest.get("last_seal"), exported_at)
        journal = journal_id(manifest["tenant"])
        sealed = _by_record(heads.in_order())
        _Trail(findings=findings, sealed=sealed, begins=heads.begins, journal=journal).read(trail)
    return findings


def _by_record(heads: Iterator[tuple[Head, int]]) -> Iterator[tuple[str, Sealed]]:
    """What the first seal says of an entry counts: a later one may have been made over what was rewritten since."""
    for record, group in groupby(heads, key=lambda one: one[0].record):
        sealed: Sealed = {}
        for head, seal in group:
            sealed.setdefault(head.sequence, (head.hash, seal))
        yield record, sealed


@dataclass(slots=True, kw_only=True)
class _Record:
    """One record, or the journal, while its entries pass by: the place that comes next, and the hash to follow from."""

    id: str
    row: Mapping[str, Any] | None
    sealed: Sealed
    place: int = 1
    previous: str = GENESIS
    state: str | None = None
    last_sealed: int = field(init=False)
    firsts: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.last_sealed = max(self.sealed, default=0)
        self.firsts = _firsts(self.sealed)

    def first_seal(self, place: int) -> int | None:
        """The first that has this entry or one after it, and so all before. Asked in the order of the places."""
        while self.firsts and self.firsts[-1][0] < place:
            self.firsts.pop()
        return self.firsts[-1][1] if self.firsts else None


def _firsts(sealed: Sealed) -> list[tuple[int, int]]:
    """Place -> the first seal of it and of all that follow, the first place last."""
    found: list[tuple[int, int]] = []
    for place in sorted(sealed, reverse=True):
        seal = sealed[place][1]
        found.append((place, min(seal, found[-1][1]) if found else seal))
    return found


@dataclass(slots=True, kw_only=True)
class _Trail:
    findings: Findings
    sealed: Iterator[tuple[str, Sealed]]
    begins: Callable[[int], datetime]
    journal: str
    waiting: tuple[str, Sealed] | None = None
    newest: str = ""
    record: _Record | None = None

    def read(self, lines: Iterable[bytes]) -> None:
        self.waiting = next(self.sealed, None)
        for number, line in enumerate(lines, start=1):
            try:
                self._line(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
                text = f"this line cannot be read ({error})"
                self.findings.add(Kind.UNREADABLE, f"line {number} of the trail", text)
        self._end()
        while self.waiting is not None:
            self._missing(*self.waiting)

    def _line(self, line: Mapping[str, Any]) -> None:
        if "record" in line:
            self._end()
            self._begin(line["record"], None if line["record"] == self.journal else line["row"])
        elif self.record is None:
            raise ValueError("it belongs to no record")
        else:
            self._entry(self.record, line)

    def _begin(self, record: str, row: Mapping[str, Any] | None) -> None:
        if record <= self.newest:
            self.findings.add(Kind.RECORD_OUT_OF_PLACE, record, "this record stands twice, or out of order")
        self.newest = max(record, self.newest)
        while self.waiting is not None and self.waiting[0] < record:
            self._missing(*self.waiting)
        sealed: Sealed = {}
        if self.waiting is not None and self.waiting[0] == record:
            sealed, self.waiting = self.waiting[1], next(self.sealed, None)
        self.findings.records += record != self.journal
        self.record = _Record(id=record, row=row, sealed=sealed)

    def _missing(self, record: str, sealed: Sealed) -> None:
        last = max(sealed)
        text = f"nothing of it is left: seal {sealed[last][1]} has its entry {last}"
        self.findings.add(Kind.RECORD_MISSING, record, text, last)
        self.waiting = next(self.sealed, None)

    def _entry(self, record: _Record, line: Mapping[str, Any]) -> None:
        self.findings.entries += 1
        place, clear = line["sequence"], json.loads(line["clear"])
        if not isinstance(place, int):
            raise ValueError("its number is none")
        if not self._is_in_place(record, place):
            return
        if (chain_of(clear), clear["sequence"]) != (record.id, place):
            text = f"where entry {place} belongs stands entry {clear['sequence']} of {chain_of(clear)}"
            self._fault(record, Kind.ENTRY_OUT_OF_PLACE, text, place)
        if entry_hash(line["previous"], line["clear"].encode(), _bytes_of(line["sealed"])) != line["hash"]:
            self._fault(record, Kind.ENTRY_CHANGED, f"entry {place} was changed", place)
        elif place == record.place and line["previous"] != record.previous:
            text = f"entry {place} does not follow from entry {place - 1}: one of them was changed"
            self._fault(record, Kind.ENTRY_UNLINKED, text, place)
        self._compare_with_seals(record, place, line["hash"], clear["at"])
        record.place, record.previous, record.state = place + 1, line["hash"], clear.get("state")

    def _is_in_place(self, record: _Record, place: int) -> bool:
        if place < record.place:
            text = f"entry {place} stands after entry {record.place - 1}: it was moved there, or added"
            self._fault(record, Kind.ENTRY_OUT_OF_PLACE, text, place)
            return False
        if place > record.place:
            text = f"{gap('entry', record.place, place - 1)} missing"
            self._fault(record, Kind.ENTRY_MISSING, text, record.place)
        return True

    def _compare_with_seals(self, record: _Record, place: int, proof: str, at: str) -> None:
        known, seal = record.sealed.get(place, (proof, 0))
        if known != proof:
            text = f"entry {place} is not the one that seal {seal} has: it, or one before it, was changed"
            self._fault(record, Kind.ENTRY_NOT_AS_SEALED, text, place)
        self._compare_with_time(record, place, datetime.fromisoformat(at))

    def _compare_with_time(self, record: _Record, place: int, at: datetime) -> None:
        """An entry stands in the first seal that was made after it; a later one proves nothing about its date."""
        seal = record.first_seal(place)
        until = self.findings.covered_until if seal is None else self.begins(seal)
        if until is None or at >= until:
            return
        who = "no seal knows it" if seal is None else f"the first seal that knows it is {seal}"
        text = f"entry {place} is dated before {until:%Y-%m-%d %H:%M} UTC, but {who}: it was added later"
        self._fault(record, Kind.ENTRY_BACKDATED, text, place)

    def _end(self) -> None:
        """The record's last entry has passed by: was anything cut off, and does the row say what the entry says?"""
        record, self.record = self.record, None
        if record is None:
            return
        last = record.place - 1
        noted = record.row["sequence"] if record.row else 0
        there = max(noted, record.last_sealed)
        if last < there:
            who = "its row" if noted == there else f"seal {record.sealed[there][1]}"
            text = f"the last entries are cut off: {who} has entry {there}, and only {last} are there"
            kind = Kind.TAIL_CUT if last else Kind.RECORD_MISSING
            self._fault(record, kind, text, last + 1)
        if record.row is None and last and record.id != self.journal:
            text = "its entries are there and its row is not: deleted, or lost with a table and not read again yet"
            self._fault(record, Kind.ROW_MISSING, text)
        if record.row is not None and record.row.get("differs"):
            text = f"its row says something else than what is stored beside it: {', '.join(record.row['differs'])}"
            self._fault(record, Kind.ROW_DIFFERS, text)
        if record.row is not None and noted <= last:
            self._compare_row(record, record.row, last)

    def _compare_row(self, record: _Record, row: Mapping[str, Any], last: int) -> None:
        """States on the way come and go without an entry; one that stays is what the last entry says."""
        if (row["sequence"], row["head"]) != (last, record.previous):
            text = (
                f"its row knows entry {row['sequence']} as the last one, and entry {last} is there: set back, or added"
            )
            self._fault(record, Kind.ROW_DIFFERS, text, last)
        elif last == 0:
            text = "its row has no entry at all: it was put there, for every row of ours comes with one"
            self._fault(record, Kind.ROW_DIFFERS, text)
        elif record.state not in (None, row["state"]) and row["state"] not in FED_STATES:
            text = f"its row is {row['state']}, and by its last entry it is {record.state}: the row was changed"
            self._fault(record, Kind.ROW_DIFFERS, text, last)

    def _fault(self, record: _Record, kind: Kind, text: str, sequence: int | None = None) -> None:
        self.findings.add(kind, record.id, text, sequence)


def _bytes_of(text: str) -> bytes:
    """Base64 has several texts for the same bytes; an export writes one of them."""
    found = b64decode(text, validate=True)
    if b64encode(found) != text.encode():
        raise ValueError("what is sealed is not written as an export writes it")
    return found
