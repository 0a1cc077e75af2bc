"""FreshBooks invoice -> Jira issue (FI1), and one more where the invoice's automatic payment failed."""

from __future__ import annotations

from ml_connector.domain.decision import Decision, Reason, Skip
from ml_connector.domain.money import Money
from ml_connector.domain.records.invoice import Invoice
from ml_connector.domain.records.issue import Fact
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.events import Event, Party, decide
from ml_connector.pairs.freshbooks_jira.issue_flow import issue_flow
from ml_connector.pipeline.flow import Known

LINK = "https://my.freshbooks.com/#/invoice/{id}"
MOST_LINES = 20


def needs(record: Record) -> frozenset[Key]:
    assert isinstance(record, Invoice)
    return _party(record).keys


def plan(record: Record, known: Known) -> Decision:
    """An invoice written to a client is told to the project."""
    assert isinstance(record, Invoice)
    party = _party(record)
    summary = f"Invoice {record.number or record.external_id} to {party.told}{_over(record.total)}"
    return decide(_event(record, kind="Invoice", summary=summary, more=_lines(record)), known)


def plan_failed(record: Record, known: Known) -> Decision:
    """FreshBooks tells no failed payment, only that the invoice's automatic billing came to nothing."""
    assert isinstance(record, Invoice)
    if not record.payment_failed and not known.posted:
        return Skip(Reason(code="not_failed", text="no automatic payment of this invoice failed"))
    party = _party(record)
    over = _over(record.outstanding or record.total)
    summary = f"Payment failed: invoice {record.number or record.external_id} to {party.told}{over}"
    return decide(_event(record, kind="Failed payment", summary=summary, more=()), known)


def _event(invoice: Invoice, *, kind: str, summary: str, more: tuple[Fact, ...]) -> Event:
    return Event(
        kind=kind,
        id=invoice.external_id,
        summary=summary,
        number=invoice.number,
        total=invoice.total,
        party=_party(invoice),
        on=invoice.issued_on,
        due_on=invoice.due_on,
        status=invoice.status_text,
        deleted=invoice.deleted,
        order_number=invoice.order_number or "",
        more=more,
    )


def _party(invoice: Invoice) -> Party:
    return Party(what="client", id=invoice.client.id, name=invoice.client.name)


def _over(amount: Money | None) -> str:
    return f": {amount}" if amount else ""


def _lines(invoice: Invoice) -> tuple[Fact, ...]:
    currency = invoice.total.currency if invoice.total else None
    told = [
        f"{line.description or 'without words'}"
        + (f" ({Money(line.amount, currency)})" if line.amount is not None and currency else "")
        for line in invoice.lines[:MOST_LINES]
    ]
    more = [f"and {len(invoice.lines) - MOST_LINES} more"] if len(invoice.lines) > MOST_LINES else []
    return tuple(Fact(label="Line", text=text) for text in (*told, *more))


INVOICE_TO_ISSUE = issue_flow(
    "freshbooks_invoice_to_jira_issue",
    "FreshBooks invoices to Jira issues",
    RecordKind.INVOICE,
    needs=needs,
    plan=plan,
    link=LINK,
)

FAILED_PAYMENT_TO_ISSUE = issue_flow(
    "freshbooks_failed_payment_to_jira_issue",
    "Failed automatic payments of FreshBooks invoices to Jira issues",
    RecordKind.INVOICE,
    needs=needs,
    plan=plan_failed,
    link=LINK,
)
