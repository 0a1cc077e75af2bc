"""JAGGAER purchase orders and contracts, kept in view (FJ4): FreshBooks has neither, so nothing is written of them.

Each has its own record with its history, and every invoice that names it is told of a change.
"""

from __future__ import annotations

from ml_connector.domain.decision import Decision, Reason, Skip
from ml_connector.domain.records.contract import Contract
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.purchase_order import PurchaseOrder
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jaggaer.invoice_to_bill import INVOICE_TO_BILL
from ml_connector.pipeline.flow import Flow, Known, Side


def needs(record: Record) -> frozenset[Key]:
    return frozenset()


def plan(record: Record, known: Known) -> Decision:
    """Nothing to write: its status is the reason that a person reads, so that each change of it is in the history."""
    assert isinstance(record, PurchaseOrder | Contract)
    what = "purchase order" if isinstance(record, PurchaseOrder) else "contract"
    text = f"{what} {record.number}: {record.status or 'no status'}; kept in view for the bills that name it"
    return Skip(Reason(code="in_view", text=text))


def _in_view(kind: RecordKind, *, name: str, title: str) -> Flow:
    return Flow(
        name=name,
        title=title,
        source=Side(system="jaggaer", kind=kind),
        target=INVOICE_TO_BILL.target,
        needs=needs,
        plan=plan,
        natural_key=lambda record: None,
        informs=(INVOICE_TO_BILL.name,),
        default_cadence="rate(1 hour)",
    )


ORDERS_IN_VIEW = _in_view(
    RecordKind.PURCHASE_ORDER,
    name="jaggaer_purchase_order_in_view",
    title="JAGGAER purchase orders, kept in view",
)
CONTRACTS_IN_VIEW = _in_view(
    RecordKind.CONTRACT, name="jaggaer_contract_in_view", title="JAGGAER contracts, kept in view"
)
