"""The audit trail as items: each event chained to the one before it, its detail sealed beside a readable header."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.aws import keys
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.aws.vault import Place, Vault
from ml_connector.domain.audit import GENESIS, AuditEntry, AuditEvent, Step, entry_hash, header, kept_detail
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.ports import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The last entry of a record's chain: the next one follows from it."""

    sequence: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """A change's events as items, and where the chain stands after them."""

    items: tuple[Item, ...]
    sequence: int
    head: str


def chained(change: Change, vault: Vault, anchor: Anchor | None = None) -> Chained:
    """Follows from the row's own note of the last entry; from `anchor` where that is known to be behind."""
    before = change.before
    sequence, head = (before.audit_sequence, before.audit_head) if before else (0, GENESIS)
    if anchor is not None:
        sequence, head = anchor.sequence, anchor.head
    items = []
    for event in change.events:
        sequence += 1
        previous, sealed = head, _sealed(change.after.record, sequence, event, vault)
        clear = canonical(header(change.after.record, sequence, event, change.after.state))
        head = entry_hash(previous, clear, sealed)
        attributes = {"clear": clear.decode(), "sealed": sealed or None, "previous": previous, "hash": head}
        items.append({**keys.entry(change.after.record, sequence).item, **packed(attributes)})
    return Chained(items=tuple(items), sequence=sequence, head=head)


def anchor_of(items: Iterable[Item]) -> Anchor | None:
    """The newest of these entries of one record; None where there is none."""
    last = max((unpacked(item) for item in items), key=lambda stored: str(stored["sk"]), default=None)
    return None if last is None else Anchor(sequence=json.loads(last["clear"])["sequence"], head=last["hash"])


def touched_item(change: Change, links: Chained) -> Item:
    key = keys.touched(change.after.record, change.events[-1].at)
    at = iso(change.events[-1].at)
    return {**key.item, **packed({"sequence": links.sequence, "head": links.head, "at": at})}


def entry_of(record: RecordId, item: Item, vault: Vault) -> AuditEntry:
    """Raises: SealBrokenError, where the detail was not written here."""
    stored = unpacked(item)
    clear = json.loads(stored["clear"])
    event = AuditEvent(
        step=Step(clear["step"]),
        at=datetime.fromisoformat(clear["at"]),
        actor=clear["actor"],
        text=clear["text"],
        detail=_opened(record, clear["sequence"], stored.get("sealed"), vault),
    )
    return AuditEntry(
        record=record,
        sequence=clear["sequence"],
        event=event,
        previous=stored["previous"],
        hash=stored["hash"],
        state=State(clear["state"]) if "state" in clear else None,
    )


def broken_links(record: RecordId, items: Iterable[Item], *, head: str | None) -> list[str]:
    """What is wrong with the record's chain, nothing if it holds. Needs no key; `head` is the row's."""
    faults, previous, place = [], GENESIS, 0
    for place, item in enumerate(items, start=1):
        stored = unpacked(item)
        proper = entry_hash(previous, stored["clear"].encode(), stored.get("sealed", b""))
        expected = (keys.entry(record, place).sk, previous, proper)
        if (stored["sk"], stored["previous"], stored["hash"]) != expected or not _is_of(record, place, stored):
            faults.append(f"entry {place} of {record} does not follow from the one before it")
        previous = stored["hash"]
    if head is not None and head != previous:
        faults.append(f"the row of {record} names another last entry than the {place} that are there")
    return faults


def _is_of(record: RecordId, place: int, stored: dict[str, Any]) -> bool:
    clear = json.loads(stored["clear"])
    return (clear["record"], clear["sequence"]) == (str(record), place)


def _sealed(record: RecordId, sequence: int, event: AuditEvent, vault: Vault) -> bytes:
    return vault.seal(_place(record, sequence), canonical(kept_detail(event.detail))) if event.detail else b""


def _opened(record: RecordId, sequence: int, sealed: bytes | None, vault: Vault) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(vault.open(_place(record, sequence), sealed)) if sealed else {}
    return detail


def _place(record: RecordId, sequence: int) -> Place:
    return Place(tenant=record.flow.tenant, table="audit", record=str(record), version=str(sequence))
