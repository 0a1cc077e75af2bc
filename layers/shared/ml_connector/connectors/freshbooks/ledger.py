"""Reads of what FreshBooks keeps beside bills and vendors. No call here writes.

Invoices, payments, expenses and clients can be filtered by date, in whole days; time entries by the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ml_connector.connectors.freshbooks.client import FreshBooksClient
from ml_connector.connectors.freshbooks.ledger_mapper import (
    client_from_wire,
    expense_from_wire,
    invoice_from_wire,
    payment_from_wire,
    time_entry_from_wire,
)
from ml_connector.connectors.freshbooks.ledger_models import (
    WireClient,
    WireExpense,
    WireInvoice,
    WirePayment,
    WireTimeEntry,
)
from ml_connector.connectors.freshbooks.listing import ListPage
from ml_connector.connectors.freshbooks.models import Wire
from ml_connector.connectors.freshbooks.rounds import rounds
from ml_connector.connectors.freshbooks.timesheet import Timesheet
from ml_connector.domain.errors import NotFoundError
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record, digest
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.system import Page, Row
from ml_connector.transport.paging import Sheet, page_numbers

KINDS = frozenset(
    {RecordKind.INVOICE, RecordKind.PAYMENT, RecordKind.EXPENSE, RecordKind.CLIENT, RecordKind.TIME_ENTRY}
)
INVOICES, PAYMENTS, EXPENSES, CLIENTS = "invoices/invoices", "payments/payments", "expenses/expenses", "users/clients"
_LINES, _CATEGORY = [("include[]", "lines")], [("include[]", "category")]
_DAY = timedelta(days=1)
_RECENTLY = timedelta(days=2)

type Params = list[tuple[str, str]]


class LedgerReader:
    def __init__(self, client: FreshBooksClient, timesheet: Timesheet, *, now: Callable[[], datetime]) -> None:
        self._client = client
        self._timesheet = timesheet
        self._now = now

    def fetch(self, kind: RecordKind, external_id: str) -> Record:
        match kind:
            case RecordKind.INVOICE:
                return invoice_from_wire(self._client.one(WireInvoice, "invoice", INVOICES, external_id, _LINES))
            case RecordKind.PAYMENT:
                return self._payment(self._client.one(WirePayment, "payment", PAYMENTS, external_id))
            case RecordKind.EXPENSE:
                return expense_from_wire(self._client.one(WireExpense, "expense", EXPENSES, external_id, _CATEGORY))
            case RecordKind.CLIENT:
                return client_from_wire(self._client.one(WireClient, "client", CLIENTS, external_id))
            case _:
                return self._time_entry(external_id)

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None) -> Iterator[Page]:
        since = _since(mark)
        match kind:
            case RecordKind.INVOICE:
                read = self._reader(WireInvoice, "invoices", INVOICES, [*since, *_LINES])
                return rounds(read, lambda wire: _row(wire.updated, invoice_from_wire(wire)), resume=resume)
            case RecordKind.PAYMENT:
                read_payments = self._reader(WirePayment, "payments", PAYMENTS, since)
                return rounds(read_payments, _payment_row, resume=resume)
            case RecordKind.EXPENSE:
                read_expenses = self._reader(WireExpense, "expenses", EXPENSES, [*since, *_CATEGORY])
                return rounds(read_expenses, lambda wire: _row(wire.updated, expense_from_wire(wire)), resume=resume)
            case RecordKind.CLIENT:
                read_clients = self._reader(WireClient, "clients", CLIENTS, since)
                return rounds(read_clients, lambda wire: _row(wire.updated, client_from_wire(wire)), resume=resume)
            case _:
                return self._time_entries(mark, resume=resume)

    def _reader[Model: Wire](
        self, model: type[Model], plural: str, path: str, params: Params
    ) -> Callable[[int, int | None], ListPage[Model]]:
        return lambda page, state: self._client.rows(model, plural, path, page, params, state)

    def _payment(self, wire: WirePayment) -> Record:
        """With its invoice's number and client, as far as the invoice can be read."""
        try:
            invoice = self._client.one(WireInvoice, "invoice", INVOICES, wire.invoiceid) if wire.invoiceid else None
        except NotFoundError:
            invoice = None
        return payment_from_wire(wire, invoice)

    def _time_entries(self, mark: Watermark, *, resume: str | None) -> Iterator[Page]:
        """Everybody's, the deleted ones too, and timers that still run."""
        sheets = page_numbers(lambda page: self._sheet(page, mark.since), resume=resume)
        for sheet, following in sheets:
            records = [time_entry_from_wire(wire) for wire in sheet.items]
            yield Page(rows=tuple(_row(digest(record), record) for record in records), resume=following)

    def _sheet(self, page: int, since: datetime | None) -> Sheet[WireTimeEntry]:
        found = self._timesheet.entries(page, since=since)
        return Sheet(items=found.items, total=found.total, is_last=page >= found.pages or not found.items)

    def _time_entry(self, entry_id: str) -> Record:
        """FreshBooks answers 404 for a deleted one, as for one that never was: the list says which it is."""
        try:
            return time_entry_from_wire(self._timesheet.entry(entry_id))
        except NotFoundError:
            found = self._timesheet.deleted(entry_id, since=self._now() - _RECENTLY)
            if found is None:
                raise
            return time_entry_from_wire(found, deleted=True)


def _row(stamp: str | None, record: Record) -> Row:
    return Row(external_id=record.external_id, stamp=stamp, record=record)


def _payment_row(wire: WirePayment) -> Row:
    """Without the record, which takes a call for its invoice: so a deletion in the same second shows in the stamp."""
    return Row(external_id=wire.id, stamp=f"{wire.updated} {wire.vis_state}")


def _since(mark: Watermark) -> Params:
    """A day early: the filter works on whole days, in a zone that is FreshBooks' own."""
    return [] if mark.since is None else [("search[updated_min]", f"{mark.since - _DAY:%Y-%m-%d}")]
