"""What a record's vendor and accounts became in the target, read from the stored payloads of both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.bill import AccountRef, Bill
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import Record, load
from ml_connector.pipeline.planning.planner import source_payload_key, target_payload_key
from ml_connector.pipeline.ports import PayloadKey, Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """A code of the source and the target's entry that stands for it. `code` is None where the source names none."""

    kind: ReferenceKind
    code: str | None
    name: str | None
    target_id: str
    target_name: str | None


def what_became(ports: Ports, row: CrossReference) -> tuple[Became, ...]:
    """Of the newest write that was planned or confirmed; nothing for what was never to be posted."""
    meant, source = _payloads(ports, row)
    if not isinstance(meant, Bill):
        return ()
    named = source if isinstance(source, Bill) else None
    found = [*_vendor(ports, row, meant, named), *_accounts(ports, row, meant, named)]
    return tuple(dict.fromkeys(found))


def _payloads(ports: Ports, row: CrossReference) -> tuple[Record | None, Record | None]:
    version = row.planned or row.in_flight or row.confirmed
    if version is None or not version.digest:
        return None, None
    source = source_payload_key(row, version.source_digest) if version.source_digest else None
    return _stored(ports, target_payload_key(row, version.digest)), _stored(ports, source)


def _stored(ports: Ports, key: PayloadKey | None) -> Record | None:
    """What is gone, or cannot be opened, keeps nobody from the rest of the story."""
    try:
        return None if key is None else load(ports.payloads.get(key))
    except (KeyError, ValueError):
        return None


def _vendor(ports: Ports, row: CrossReference, meant: Bill, source: Bill | None) -> Iterable[Became]:
    if not meant.vendor.internal_id:
        return
    said = source.vendor if source else meant.vendor
    yield Became(
        kind=ReferenceKind.VENDOR,
        code=said.number,
        name=said.name,
        target_id=meant.vendor.internal_id,
        target_name=meant.vendor.name
        or _name(ports, row.record.flow.target_connection, ReferenceKind.VENDOR, meant.vendor.internal_id),
    )


def _accounts(ports: Ports, row: CrossReference, meant: Bill, source: Bill | None) -> Iterable[Became]:
    """A planned line stands for one share of a source line, in order; where the counts differ the codes stay open."""
    said: list[AccountRef | None] = [split.account for line in source.lines for split in line.splits] if source else []
    if len(said) != len(meant.lines):
        said = [None] * len(meant.lines)
    for line, account in zip(meant.lines, said, strict=True):
        if line.account:
            yield Became(
                kind=ReferenceKind.ACCOUNT,
                code=account.code if account else None,
                name=account.name if account else None,
                target_id=line.account,
                target_name=_name(ports, row.record.flow.target_connection, ReferenceKind.ACCOUNT, line.account),
            )


def _name(ports: Ports, connection: ConnectionId, kind: ReferenceKind, item_id: str) -> str | None:
    current = ports.references.current(connection, kind)
    return next((item.name for item in current.items if item.id == item_id), None) if current else None
