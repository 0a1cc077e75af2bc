"""FreshBooks payment -> Jira issue (FI1): one when it is received, another when it is withdrawn again.

FreshBooks' payments have no status. Received is a payment that stands; refunded or corrected is one that was deleted:
FreshBooks does not say which of the two. A failed payment shows on the invoice alone (`invoice_to_issue.py`).
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.decision import Decision, Reason, Skip
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.payment import Payment
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.events import Event, Party, decide
from ml_connector.pairs.freshbooks_jira.issue_flow import issue_flow
from ml_connector.pipeline.flow import Known

LINK = "https://my.freshbooks.com/#/payments/{id}"


def needs(record: Record) -> frozenset[Key]:
    assert isinstance(record, Payment)
    return _party(record).keys


def plan(record: Record, known: Known) -> Decision:
    assert isinstance(record, Payment)
    return decide(_event(record, kind="Payment", what="Payment received"), known)


def plan_withdrawn(record: Record, known: Known) -> Decision:
    """The event is that a payment was deleted: its issue stands, though what it tells of is gone."""
    assert isinstance(record, Payment)
    if not record.deleted and not known.posted:
        return Skip(Reason(code="not_withdrawn", text="the payment stands"))
    status = "deleted in FreshBooks: refunded or corrected" if record.deleted else "it stands again"
    event = _event(record, kind="Withdrawn payment", what="Payment withdrawn")
    return decide(replace(event, deleted=False, status=status), known)


def _event(payment: Payment, *, kind: str, what: str) -> Event:
    party = _party(payment)
    over = f": {payment.total}" if payment.total else ""
    invoice = payment.invoice_number or payment.invoice_id
    return Event(
        kind=kind,
        id=payment.external_id,
        summary=f"{what}{over} from {party.told}" + (f" for invoice {invoice}" if invoice else ""),
        number=payment.invoice_number,
        total=payment.total,
        party=party,
        on=payment.issued_on,
        status="received",
        deleted=payment.deleted,
        method=payment.method,
        note=payment.note,
    )


def _party(payment: Payment) -> Party:
    return Party(what="client", id=payment.client.id, name=payment.client.name)


PAYMENT_TO_ISSUE = issue_flow(
    "freshbooks_payment_to_jira_issue",
    "FreshBooks payments received to Jira issues",
    RecordKind.PAYMENT,
    needs=needs,
    plan=plan,
    link=LINK,
)

WITHDRAWN_PAYMENT_TO_ISSUE = issue_flow(
    "freshbooks_withdrawn_payment_to_jira_issue",
    "FreshBooks payments withdrawn again to Jira issues",
    RecordKind.PAYMENT,
    needs=needs,
    plan=plan_withdrawn,
    link=LINK,
)
