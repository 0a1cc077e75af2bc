"""What a bill may name in FreshBooks: expense categories with their account numbers, and bill vendors."""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector.connectors.freshbooks.client import FreshBooksClient
from ml_connector.connectors.freshbooks.listing import read_all
from ml_connector.connectors.freshbooks.mapper import vendor_from_wire
from ml_connector.connectors.freshbooks.models import (
    ACTIVE,
    ARCHIVED,
    DELETED,
    WireCategory,
    WireLedgerAccount,
    WireVendor,
)
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.reference import ReferenceItem

_STATES = {ACTIVE: None, DELETED: "deleted", ARCHIVED: "archived"}


def accounts(client: FreshBooksClient, settings: FreshBooksSettings) -> Iterator[ReferenceItem]:
    """Categories, which a bill line takes, numbered by the chart of accounts; then the accounts that have none.

    Without leave to read the chart, the categories alone: they go by name then.
    """
    categories = read_all(client.categories, what="expense categories")
    ledger = _chart(client, settings)
    by_category = {account.category_id: account for account in reversed(ledger) if account.category_id}
    for category in categories:
        yield _category(category, by_category.get(category.id))
    named = {account.uuid for category in categories if (account := by_category.get(category.id))}
    yield from (_account(account) for account in ledger if account.uuid not in named)


def vendors(client: FreshBooksClient, settings: FreshBooksSettings) -> Iterator[ReferenceItem]:
    """Every active bill vendor. Raises: TransientError where the list moved while it was read."""
    rows = read_all(client.vendors, what="vendors")
    return (_vendor(row, settings) for row in rows)


def _chart(client: FreshBooksClient, settings: FreshBooksSettings) -> tuple[WireLedgerAccount, ...]:
    if not settings.business_uuid:
        return ()
    try:
        return client.ledger_accounts()
    except RejectedError:
        return ()


def _category(category: WireCategory, account: WireLedgerAccount | None) -> ReferenceItem:
    return ReferenceItem(
        id=category.id,
        external_id=account.number if account else None,
        name=category.name or category.id,
        type=(account.type if account else None) or "expense",
        usable=_STATES.get(category.vis_state, "not active") or _inactive(account),
    )


def _inactive(account: WireLedgerAccount | None) -> str | None:
    if account is None or account.state in (None, "active"):
        return None
    return f"its ledger account is {account.state} in FreshBooks"


def _account(account: WireLedgerAccount) -> ReferenceItem:
    kind = account.type or "ledger"
    article = "an" if kind[0] in "aeiou" else "a"
    return ReferenceItem(
        id=f"ledger:{account.uuid}",
        external_id=account.number,
        name=account.name or account.uuid,
        type=account.type,
        usable=f"it is {article} {kind} account, and a FreshBooks bill line takes an expense category",
    )


def _vendor(row: WireVendor, settings: FreshBooksSettings) -> ReferenceItem:
    vendor = vendor_from_wire(row, number_field=settings.vendor_number_field, zone=settings.vendor_zone)
    return ReferenceItem(
        id=vendor.external_id,
        external_id=vendor.number,
        name=vendor.name,
        currency=vendor.currency,
        usable=_STATES.get(row.vis_state, "not active"),
        stamp=vendor.modified_at.isoformat() if vendor.modified_at else None,
    )
