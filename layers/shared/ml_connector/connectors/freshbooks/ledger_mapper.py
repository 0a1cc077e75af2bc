"""What is only read, as our records. Pure; FreshBooks' spelling stops here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ml_connector.connectors.freshbooks.ledger_models import (
    WireClient,
    WireExpense,
    WireInvoice,
    WirePayment,
    WireTimeEntry,
)
from ml_connector.connectors.freshbooks.mapper import instant
from ml_connector.connectors.freshbooks.models import DELETED, WireMoney
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef
from ml_connector.domain.records.client import Client, ClientRef
from ml_connector.domain.records.expense import Expense
from ml_connector.domain.records.invoice import Invoice, InvoiceLine
from ml_connector.domain.records.payment import Payment
from ml_connector.domain.records.time_entry import TimeEntry

EASTERN = ZoneInfo("America/New_York")
"""The zone of accounting's times that name none, bills and vendors aside."""

_FAILED = frozenset({"failed", "declined"})
_EXPENSE_STATES = {0: "internal", 1: "outstanding", 2: "invoiced", 4: "recouped"}


def invoice_from_wire(wire: WireInvoice) -> Invoice:
    """FreshBooks has no failed payment: only that the invoice's automatic billing failed, or was declined."""
    return Invoice(
        external_id=wire.id,
        number=wire.invoice_number,
        client=client_of(wire),
        issued_on=wire.create_date,
        due_on=wire.due_date,
        total=_money(wire.amount, wire.currency_code),
        outstanding=_money(wire.outstanding, wire.currency_code),
        status_text=wire.v3_status or wire.display_status or "",
        payment_failed=wire.v3_status in _FAILED or wire.autobill_status in _FAILED,
        order_number=wire.po_number,
        lines=tuple(
            InvoiceLine(
                description=" - ".join(part for part in (line.name, line.description) if part),
                amount=line.amount.amount if line.amount else None,
            )
            for line in wire.lines or ()
        ),
        deleted=wire.vis_state == DELETED,
        modified_at=instant(wire.updated, EASTERN),
    )


def client_of(wire: WireInvoice) -> ClientRef:
    name = wire.current_organization or wire.organization or _name(wire.fname, wire.lname)
    return ClientRef(id=wire.customerid, name=name)


def payment_from_wire(wire: WirePayment, invoice: WireInvoice | None) -> Payment:
    """`invoice` is the one that it was paid on, where that can be read: a payment names it by id alone."""
    return Payment(
        external_id=wire.id,
        invoice_id=wire.invoiceid,
        invoice_number=invoice.invoice_number if invoice else None,
        client=client_of(invoice) if invoice else ClientRef(id=wire.clientid),
        issued_on=wire.day,
        total=_money(wire.amount, None),
        method=wire.type or "",
        note=wire.note or "",
        deleted=wire.vis_state == DELETED,
        modified_at=instant(wire.updated, EASTERN),
    )


def expense_from_wire(wire: WireExpense) -> Expense:
    name = wire.category.name if wire.category else None
    return Expense(
        external_id=wire.id,
        vendor_name=wire.vendor or "",
        category=AccountRef(code=wire.categoryid, name=name) if wire.categoryid else None,
        client=ClientRef(id=wire.clientid if wire.clientid != "0" else None),
        issued_on=wire.day,
        total=_money(wire.amount, None),
        notes=wire.notes or "",
        status_text=_EXPENSE_STATES.get(wire.status, "") if wire.status is not None else "",
        deleted=wire.vis_state == DELETED,
        modified_at=instant(wire.updated, EASTERN),
    )


def client_from_wire(wire: WireClient) -> Client:
    return Client(
        external_id=wire.id,
        name=wire.organization or _name(wire.fname, wire.lname) or wire.email or "",
        email=wire.email,
        currency=wire.currency_code,
        deleted=wire.vis_state == DELETED,
        modified_at=instant(wire.updated, EASTERN),
    )


def time_entry_from_wire(wire: WireTimeEntry, *, deleted: bool = False) -> TimeEntry:
    running = bool(wire.timer and wire.timer.is_running) or not wire.is_logged
    return TimeEntry(
        external_id=wire.id,
        worker_id=wire.identity_id,
        client_id=wire.client_id,
        project_id=wire.project_id,
        task_id=wire.task_id,
        service_id=wire.service_id,
        note=wire.note or "",
        started_at=_utc(wire.started_at),
        duration=timedelta(seconds=wire.duration or 0),
        running=running,
        billable=bool(wire.billable),
        deleted=deleted or wire.active is False or wire.deleted_at is not None,
    )


def _utc(text: str | None) -> datetime | None:
    """ISO 8601 UTC, the `Z` sometimes missing."""
    return instant(text, UTC)


def _money(wire: WireMoney | None, currency: str | None) -> Money | None:
    code = (wire.code or currency) if wire else None
    return Money(Decimal(wire.amount), code) if wire and code else None


def _name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None
