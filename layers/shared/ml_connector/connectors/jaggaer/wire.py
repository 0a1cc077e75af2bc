"""JAGGAER's documents, read by a profile: the one place where paths and expressions meet a payload."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from ml_connector.connectors.jaggaer.expressions import Expression
from ml_connector.connectors.jaggaer.models import (
    WireContract,
    WireInvoice,
    WireLine,
    WirePurchaseOrder,
    WireSegment,
    WireSplit,
    WireSplitGroup,
    WireSupplier,
)
from ml_connector.connectors.jaggaer.resource_rules import (
    Charges,
    ContractResource,
    InvoiceLineFields,
    InvoiceResource,
    PurchaseOrderResource,
    Splits,
    SupplierResource,
)
from ml_connector.connectors.jaggaer.values import Reading


def read_invoice(document: Any, rules: InvoiceResource, *, zone: tzinfo) -> WireInvoice:
    reading = Reading(place="resources.invoice", zone=zone)
    head = reading.fields(rules.fields, document, within="fields")
    rows = reading.all_of(rules.lines, document, key="lines")
    lines = tuple(_invoice_line(row, place, rules, reading) for place, row in enumerate(rows, start=1))
    return WireInvoice(
        **head,
        accepted=reading.holds(rules.accept, document, key="accept"),
        cancelled=reading.holds(rules.cancelled, document, key="cancelled"),
        charges=reading.amounts(_by_kind(rules.charges), document, within="charges"),
        lines=lines,
        splits=_splits(_header(document, rules.splits, reading), rules.splits, reading),
        problems=tuple(reading.problems),
    )


def read_supplier(row: Any, rules: SupplierResource, *, zone: tzinfo) -> WireSupplier:
    reading = Reading(place="resources.supplier", zone=zone)
    values = reading.fields(rules.fields, row, within="fields")
    accepted = reading.holds(rules.accept, row, key="accept")
    return WireSupplier(**values, accepted=accepted, problems=tuple(reading.problems))


def read_purchase_order(document: Any, rules: PurchaseOrderResource, *, zone: tzinfo) -> WirePurchaseOrder:
    reading = Reading(place="resources.purchase_order", zone=zone)
    head = reading.fields(rules.fields, document, within="fields")
    rows = reading.all_of(rules.lines, document, key="lines")
    lines = tuple(
        WireLine(**reading.fields(rules.line_fields, row, within="line_fields", about=f"line {place}: "))
        for place, row in enumerate(rows, start=1)
    )
    accepted = reading.holds(rules.accept, document, key="accept")
    return WirePurchaseOrder(**head, accepted=accepted, lines=lines, problems=tuple(reading.problems))


def read_contract(document: Any, rules: ContractResource, *, zone: tzinfo) -> WireContract:
    reading = Reading(place="resources.contract", zone=zone)
    head = reading.fields(rules.fields, document, within="fields")
    accepted = reading.holds(rules.accept, document, key="accept")
    return WireContract(**head, accepted=accepted, problems=tuple(reading.problems))


def _invoice_line(row: Any, place: int, rules: InvoiceResource, reading: Reading) -> WireLine:
    return WireLine(
        **reading.fields(rules.line_fields, row, within="line_fields", about=f"line {place}: "),
        charges=reading.amounts(_by_kind(rules.line_fields), row, within="line_fields"),
        splits=_splits(row, rules.splits, reading),
    )


def _by_kind(rules: Charges | InvoiceLineFields) -> dict[str, tuple[Expression, ...]]:
    return {kind: getattr(rules, kind) for kind in ("tax", "shipping", "handling", "other", "discount")}


def _splits(place: Any, rules: Splits | None, reading: Reading) -> tuple[WireSplitGroup, ...]:
    """The groups that hold the wanted segment. A superseded chart beside the current one is passed over."""
    if rules is None:
        return ()
    found = reading.all_of(rules.groups, place, key="splits.groups")
    groups = (_group(group, rules, reading) for group in found)
    return tuple(group for group in groups if group is not None)


def _header(document: Any, rules: Splits | None, reading: Reading) -> Any:
    if rules is None or rules.header is None:
        return document
    return next(iter(reading.all_of(rules.header, document, key="splits.header")), None)


def _group(group: Any, rules: Splits, reading: Reading) -> WireSplitGroup | None:
    rows = reading.all_of(rules.rows, group, key="splits.rows")
    wanted = rules.segment_of(rules.keep_groups_with)
    if not any(reading.text(wanted, row, key="splits.segment") for row in rows):
        return None
    by_text = reading.text(rules.kind, group, key="splits.kind")
    return WireSplitGroup(
        rows=tuple(_split(row, rules, reading) for row in rows),
        by=rules.kinds.get(by_text) if by_text else None,
        by_text=by_text,
    )


def _split(row: Any, rules: Splits, reading: Reading) -> WireSplit:
    return WireSplit(
        account=tuple(_segment(row, name, rules, reading) for name in rules.account),
        department=tuple(_segment(row, name, rules, reading) for name in rules.department),
        share=reading.number(rules.share, row, key="splits.share"),
    )


def _segment(row: Any, name: str, rules: Splits, reading: Reading) -> WireSegment:
    return WireSegment(
        name=name,
        value=reading.text(rules.segment_of(name), row, key="splits.segment"),
        description=reading.text(rules.segment_name_of(name), row, key="splits.segment_name"),
    )
