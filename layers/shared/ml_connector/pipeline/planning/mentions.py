"""What a record names beside its own content, such as purchase orders: their status as it was last read.

A record that is named is a row of a flow of its own; both are found by number. Whoever names it is planned again when
it changes. One that is planned for the first time in the very moment of a change may show the status before it until
it is planned next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched

from ml_connector.domain.audit import AuditEvent, Step
from ml_connector.domain.crossreference import CrossReference, Mention
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.flow import Flow, Named
from ml_connector.pipeline.ports import Ports

MOST = 20
_PER_NOTICE = 100
_WORDS = {RecordKind.PURCHASE_ORDER: "PO", RecordKind.CONTRACT: "contract"}


def mentions_of(record: Record) -> tuple[Mention, ...]:
    """Orders and contracts of a bill's lines, each once, with the status that the bill itself tells."""
    if not isinstance(record, Bill):
        return ()
    found: dict[Named, Mention] = {}
    for line in record.lines:
        for kind, ref in ((RecordKind.PURCHASE_ORDER, line.purchase_order), (RecordKind.CONTRACT, line.contract)):
            if ref is not None:
                found.setdefault((kind, ref.number), Mention(kind=kind, number=ref.number, status=ref.status))
    return tuple(found[named] for named in sorted(found))[:MOST]


class Mentions:
    def __init__(self, ports: Ports, catalog: Catalog) -> None:
        self._ports = ports
        self._catalog = catalog

    def statuses(self, flow_id: FlowId, records: Iterable[Record]) -> dict[Named, str]:
        """The newest status of what these records name, where a flow of the tenant keeps it in view."""
        named = {(one.kind, one.number) for record in records for one in mentions_of(record)}
        tellers = self._tellers(flow_id) if named else {}
        asked = sorted(each for each in named if each[0] in tellers)
        records_of = {each: self._numbered(flow_id.tenant, each[1], tellers[each[0]]) for each in asked}
        rows = self._ports.ledger.get_many(sorted({one for some in records_of.values() for one in some}))
        found: dict[Named, str] = {}
        for each, some in records_of.items():
            told = [row for one in some if (row := rows.get(one)) and row.number == each[1] and row.status_text]
            if told:
                newest = max(told, key=lambda row: row.wanted.fetched_at.timestamp() if row.wanted else 0.0)
                found[each] = newest.status_text or ""
        return found

    def inform(self, flow: Flow, flow_id: FlowId, rows: Sequence[CrossReference], *, run_id: str) -> None:
        """Have every record planned again that names one of these. Asked again after a crash; repeats are harmless."""
        if not flow.informs:
            return
        numbers = sorted({row.number for row in rows if row.number})
        naming = [
            record
            for number in numbers
            for record in self._ports.ledger.by_number(flow_id.tenant, number)
            if record.flow.flow in flow.informs and record.flow.source_connection == flow_id.source_connection
        ]
        by_flow: dict[FlowId, list[NoticedRecord]] = defaultdict(list)
        for record, row in self._ports.ledger.get_many(sorted(set(naming))).items():
            if row.wanted is not None and any(one.number in numbers for one in row.mentions):
                noticed = NoticedRecord(external_id=record.external_id, stamp=row.stamp, stored=row.wanted.digest)
                by_flow[record.flow].append(noticed)
        self._ports.notices.send(
            [
                Notice(flow=named, cause=NoticeCause.MENTIONED, records=chunk, run_id=run_id)
                for named, some in sorted(by_flow.items())
                for chunk in batched(some, _PER_NOTICE, strict=False)
            ]
        )

    def _tellers(self, flow_id: FlowId) -> dict[RecordKind, set[FlowId]]:
        """Flows of this source that keep a kind in view for this flow, as far as the tenant has set them up."""
        found: dict[RecordKind, set[FlowId]] = defaultdict(set)
        for settings in self._ports.connections.flows(flow_id.tenant):
            teller = self._catalog.flows.get(settings.id.flow)
            if teller is None or settings.id.source_connection != flow_id.source_connection:
                continue
            if flow_id.flow in teller.informs:
                found[teller.source.kind].add(settings.id)
        return found

    def _numbered(self, tenant: str, number: str, flows: set[FlowId]) -> list[RecordId]:
        return [record for record in self._ports.ledger.by_number(tenant, number) if record.flow in flows]


def with_mentions(
    row: CrossReference, record: Record, statuses: Mapping[Named, str], *, now: datetime, actor: str
) -> tuple[CrossReference, list[AuditEvent]]:
    """The row with what it names, and an event where the status of one is not what was last told."""
    mentions = tuple(
        replace(one, status=statuses.get((one.kind, one.number), one.status)) for one in mentions_of(record)
    )
    if mentions == row.mentions:
        return row, []
    before = {(one.kind, one.number): one.status for one in row.mentions}
    moved = [one for one in mentions if before.get((one.kind, one.number), one.status) != one.status]
    row = replace(row, mentions=mentions)
    if not moved:
        return row, []
    text = "; ".join(_moved(one, before[one.kind, one.number]) for one in moved)
    return row, [AuditEvent(step=Step.RECEIVED, at=now, actor=actor, text=text, detail=told(record, mentions))]


def told(record: Record, mentions: Sequence[Mention]) -> dict[str, object]:
    """What the audit trail keeps in view beside the payload: a bill's status, its orders and contracts."""
    if not isinstance(record, Bill):
        return {}
    orders = [one for one in mentions if one.kind is RecordKind.PURCHASE_ORDER]
    contracts = [one for one in mentions if one.kind is RecordKind.CONTRACT]
    detail: dict[str, object] = {
        "status": record.status_text or record.status.value,
        "purchase_orders": [one.number for one in orders],
        "purchase_order_status": sorted({one.status for one in orders if one.status}),
    }
    if contracts:
        detail["contracts"] = [one.number for one in contracts]
        detail["contract_status"] = sorted({one.status for one in contracts if one.status})
    return detail


def _moved(mention: Mention, before: str | None) -> str:
    name = f"{_WORDS[mention.kind]} {mention.number}"
    return f"{name} is now {mention.status or 'without a status'} (was {before or 'unknown'})"
