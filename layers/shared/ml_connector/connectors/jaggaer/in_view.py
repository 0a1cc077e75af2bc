"""Purchase orders and contracts to our records: what is kept in view of them is number, vendor and status."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.connectors.jaggaer.mapper import id_of
from ml_connector.connectors.jaggaer.models import WireContract, WirePurchaseOrder
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.records.contract import Contract
from ml_connector.domain.records.purchase_order import PurchaseOrder, PurchaseOrderLine
from ml_connector.domain.records.vendor import VendorRef


def purchase_order_from_wire(wire: WirePurchaseOrder) -> PurchaseOrder:
    """Raises: RejectedError where it has no id, or an approved one has lines that cannot be read."""
    if wire.problems and wire.accepted:
        raise RejectedError(f"purchase order {wire.external_id} cannot be read: {'; '.join(wire.problems)}")
    return PurchaseOrder(
        external_id=id_of(wire.external_id, wire.problems),
        number=wire.number,
        vendor=VendorRef(number=wire.vendor_id, name=wire.vendor_name, internal_id=wire.vendor_internal_id),
        status=wire.status,
        approved=wire.accepted,
        lines=tuple(
            PurchaseOrderLine(
                number=line.number,
                description=line.description or "",
                quantity=line.quantity or Decimal(0),
                unit_price=line.unit_price or Decimal(0),
            )
            for line in wire.lines
        ),
        revision=wire.revision,
        modified_at=wire.modified_at,
    )


def contract_from_wire(wire: WireContract) -> Contract:
    """Raises: RejectedError where it has no id or no number."""
    if wire.number is None:
        raise RejectedError(f"contract {wire.external_id} cannot be read: {'; '.join(wire.problems) or 'no number'}")
    return Contract(
        external_id=id_of(wire.external_id, wire.problems),
        number=wire.number,
        vendor=VendorRef(number=wire.vendor_id, name=wire.vendor_name, internal_id=wire.vendor_internal_id),
        status=wire.status,
        revision=wire.revision,
        modified_at=wire.modified_at,
    )
