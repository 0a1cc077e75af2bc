"""What exists in a target and may be named by a document: accounts, vendors, departments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from ml_connector.domain.records.kinds import ReferenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceItem:
    """One entry of a target's list. `usable` is None where a document may name it, else why not, in plain words.

    `stamp` is the target's own of its last change, where the list shows one.
    """

    id: str
    name: str
    external_id: str | None = None
    type: str | None = None
    currency: str | None = None
    usable: str | None = None
    stamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceList:
    """One kind of reference data of one connection, read in full: a generation."""

    kind: ReferenceKind
    generation: str
    read_at: datetime
    items: tuple[ReferenceItem, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Key:
    """Something that a plan asks about: `code` as the source spells it, `name` beside it where the source gives one.

    `on` is the document's own date, by which a mapping is chosen; None asks as of today.
    """

    kind: ReferenceKind
    code: str
    name: str | None = None
    on: date | None = None

    @classmethod
    def vendor(cls, number: str, name: str | None = None, *, on: date | None = None) -> Key:
        return cls(kind=ReferenceKind.VENDOR, code=number, name=name, on=on)

    @classmethod
    def account(cls, code: str, name: str | None = None, *, on: date | None = None) -> Key:
        return cls(kind=ReferenceKind.ACCOUNT, code=code, name=name, on=on)

    @property
    def cause(self) -> Cause:
        return Cause(kind=self.kind, code=self.code, name=self.name, on=self.on)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cause:
    """Why records wait: one key of one target. Kept once per record, so that a cure finds them without a search.

    `on` is the waiting document's date. It is no part of the cause: documents of many dates wait for one code.
    """

    kind: ReferenceKind
    code: str
    name: str | None = None
    on: date | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        return Key(kind=self.kind, code=self.code, name=self.name, on=self.on)

    @property
    def slug(self) -> str:
        return f"{self.kind}:{self.code}"
