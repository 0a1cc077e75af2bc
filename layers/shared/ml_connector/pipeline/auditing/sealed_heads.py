"""Checks the seals one after the other, and keeps what they hold in the order of the records, on disk.

A temporary database of our own (SQLite makes it, and removes it): years of seals need no more memory than a day's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from ml_connector.domain.audit import GENESIS
from ml_connector.domain.codec import decode
from ml_connector.domain.seal import Head, LastSeal, Seal, read_head, read_seal
from ml_connector.pipeline.auditing.faults import Findings, Kind, gap
from ml_connector.pipeline.auditing.sealing import CHECKPOINT_EVERY, LATE_AFTER, SETTLED_AFTER

OPEN_AT_MOST = SETTLED_AFTER + CHECKPOINT_EVERY + timedelta(minutes=40)
"""From the end of the newest seal until an export: the next is due after 1:20, and upkeep may fail for a while."""

_A_CYCLE = timedelta(minutes=1)
"""Upkeep runs each minute."""

type IsSigned = Callable[[bytes, bytes], bool]
"""Whether a message bears this signature."""


class SealedHeads:
    def __init__(self, findings: Findings, is_signed: IsSigned, *, tenant: str) -> None:
        self._findings = findings
        self._is_signed = is_signed
        self._tenant = tenant
        self._last: Seal | None = None
        self._next = 1
        self._begins: dict[int, datetime] = {}
        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.execute("CREATE TABLE heads (record TEXT, sequence INTEGER, hash TEXT, seal INTEGER)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def take(self, name: str, number: int, lines: Iterable[bytes]) -> None:
        """The next file. One that is not as it was signed is named, and what it holds is not used."""
        if self._next < number:
            text = f"{gap('seal', self._next, number - 1)} missing before this one"
            self._findings.add(Kind.SEAL_MISSING, name, text, self._next)
        self._findings.seals += 1
        follows = self._next == number
        self._next = number + 1
        self._kept.execute("BEGIN")
        try:
            seal = self._read(number, iter(lines), follows=follows)
        except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError, StopIteration) as error:
            self._kept.execute("ROLLBACK")
            self._findings.add(Kind.SEAL_CHANGED, name, f"this seal was changed: {error}", number)
            self._last = None
            return
        self._kept.execute("COMMIT")
        self._check_time(name, seal, follows=follows)
        self._begins[number] = self._findings.covered_until or seal.since - SETTLED_AFTER
        self._last = seal
        self._findings.covered_until = seal.until

    def close(self, last_noted: dict[str, Any] | None, exported_at: datetime) -> None:
        """After the last file: none was cut off the end, and sealing still went on when this was exported."""
        noted: LastSeal | None = decode(LastSeal, last_noted) if last_noted else None
        if noted and self._next <= noted.number:
            text = f"{gap('seal', self._next, noted.number)} missing"
            self._findings.add(Kind.SEAL_MISSING, "the end of the seals", text, self._next)
        last = self._last
        if noted and last and noted.number == last.number and noted.hash != last.hash:
            text = f"seal {last.number} is not the one that was noted beside the trail when it was made"
            self._findings.add(Kind.SEAL_CHANGED, "the end of the seals", text, last.number)
        until = self._findings.covered_until
        if until is None or exported_at - until > OPEN_AT_MOST:
            since = f"since {until:%Y-%m-%d %H:%M} UTC" if until else "ever"
            self._findings.add(Kind.SEALS_LATE, "the end of the seals", f"nothing was sealed {since}")

    def begins(self, number: int) -> datetime:
        """From when on entries may be that no earlier seal has: what is older should have been in one."""
        return self._begins[number]

    def in_order(self) -> Iterator[tuple[Head, int]]:
        """By record and place, each with the number of its seal; where several name the same place, the first first."""
        self._kept.execute("CREATE INDEX by_record ON heads (record, sequence, seal)")
        for record, sequence, proof, seal in self._kept.execute("SELECT * FROM heads ORDER BY record, sequence, seal"):
            yield Head(record=record, sequence=sequence, hash=proof), seal

    def _read(self, number: int, lines: Iterator[bytes], *, follows: bool) -> Seal:
        """Raises: ValueError with what is wrong with it."""
        seal, signature = read_seal(next(lines))
        if not self._is_signed(seal.signed_bytes, signature):
            raise ValueError("its signature is not that of this key")
        if (seal.number, seal.tenant) != (number, self._tenant):
            raise ValueError(f"it is seal {seal.number} of {seal.tenant}")
        before = self._last.hash if self._last else GENESIS if number == 1 else None
        if follows and before not in (None, seal.previous):
            raise ValueError(f"it does not follow from seal {number - 1}")
        self._keep(seal, lines)
        return seal

    def _check_time(self, name: str, seal: Seal, *, follows: bool) -> None:
        """A seal says what stood in the tables when it was made: long after the one before it, that proves little."""
        before = self._last.until if self._last and follows else seal.since if seal.number == 1 else None
        if before is not None and seal.made_at - before > LATE_AFTER + SETTLED_AFTER + _A_CYCLE:
            text = (
                f"made at {seal.made_at:%Y-%m-%d %H:%M} UTC over what began at {before:%Y-%m-%d %H:%M}: "
                "until it was made, nothing proved what it covers"
            )
            self._findings.add(Kind.SEALED_LATE, name, text, seal.number)

    def _keep(self, seal: Seal, lines: Iterator[bytes]) -> None:
        root, count = sha256(), 0
        for line in lines:
            head = read_head(line)
            root.update(line.rstrip(b"\n") + b"\n")
            count += 1
            self._kept.execute(
                "INSERT INTO heads VALUES (?, ?, ?, ?)", (head.record, head.sequence, head.hash, seal.number)
            )
        if (count, root.hexdigest()) != (seal.heads, seal.root):
            raise ValueError("the entries that it lists are not the ones that it was made over")
