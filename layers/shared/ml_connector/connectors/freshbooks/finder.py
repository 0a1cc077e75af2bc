"""Look-ups: is it there already? Our marker first, then vendor and number; what differs is never simply absent.

One BillLook or VendorLook serves one call of `find`: what it has read, all the wanted records share. An absence is
told only after complete reads of the active, the deleted and the archived. A bill that our tables may have forgotten
can have been moved to another vendor since: then our marker is looked for among all bills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ml_connector.connectors.freshbooks.client import SYSTEM, FreshBooksClient
from ml_connector.connectors.freshbooks.listing import IncompleteReadError, ListPage, read_all
from ml_connector.connectors.freshbooks.mapper import bill_from_wire, vendor_from_wire
from ml_connector.connectors.freshbooks.models import ACTIVE, ARCHIVED, DELETED, WireBill
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.connectors.freshbooks.sightings import (
    Shared,
    check_state,
    concerns,
    is_deleted,
    one_of,
    seen_by_id,
    strangers,
)
from ml_connector.domain.errors import NotFoundError, RejectedError, TransientError
from ml_connector.domain.matching import normalised, normalised_number
from ml_connector.domain.posting import Absent, Found, FoundBy, Several, Sighting, Sought, Unclear
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.vendor import Vendor

STATES = (ACTIVE, DELETED, ARCHIVED)


class FilterIgnoredError(Exception):
    """Rows came that the filter should have kept out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBill:
    """`is_whole` where the row carries its lines, and with them our marker."""

    bill: Bill
    is_whole: bool


class EveryBill:
    """All bills, read once by an open connection, which is kept for minutes.

    Only for what restored tables may have forgotten: that was made long before, so a list of a moment ago has it.
    """

    def __init__(self) -> None:
        self._rows: tuple[ListedBill, ...] | None = None

    def get(self, read: Callable[[], tuple[ListedBill, ...]]) -> tuple[ListedBill, ...]:
        if self._rows is None:
            self._rows = read()
        return self._rows


def find(
    client: FreshBooksClient, settings: FreshBooksSettings, wanted: Iterable[Sought], *, every: EveryBill
) -> Iterator[Sighting]:
    """One answer each, in order, as it is known. Raises: RateLimitedError, AuthError, RejectedError."""
    bills, vendors = BillLook(client, settings, every=every), VendorLook(client, settings)
    for sought in wanted:
        yield _sighting(bills, vendors, sought)


def bills_of(client: FreshBooksClient, settings: FreshBooksSettings, vendor_id: str) -> list[str]:
    """The vendor's bills that stand, by number. Raises: RateLimitedError, AuthError, RejectedError, TransientError."""
    rows = BillLook(client, settings, every=EveryBill()).of_vendor(vendor_id)
    return [f"bill {bill.number or bill.external_id}" for bill in rows if not is_deleted(bill)]


def _sighting(bills: BillLook, vendors: VendorLook, sought: Sought) -> Sighting:
    try:
        match sought.record:
            case Bill() as bill:
                return bills.by_id(sought) if sought.target_id else bills.by_content(sought, bill)
            case Vendor() as vendor:
                return vendors.by_id(sought) if sought.target_id else vendors.by_content(sought, vendor)
            case other:
                raise RejectedError(f"this connector has no {other.kind}", system=SYSTEM, code="not_offered")
    except TransientError as error:
        return Unclear(error.detail)


class BillLook:
    """Bills by vendor where FreshBooks obeys the filter, else all of them once."""

    def __init__(self, client: FreshBooksClient, settings: FreshBooksSettings, *, every: EveryBill) -> None:
        self._client = client
        self._settings = settings
        self._every = every
        self._listed = Shared(self._in_every_state)
        self._whole = Shared(self._read_whole)
        self._filter_works = True

    def by_id(self, sought: Sought) -> Sighting:
        return seen_by_id(sought, sought.target_id or "", self._whole.get)

    def by_content(self, sought: Sought, wanted: Bill) -> Sighting:
        bills = self._concerning(sought, wanted, self._rows_of(wanted.vendor.internal_id))
        ours = _marked(bills, sought)
        if sought.everywhere and all(map(is_deleted, ours)):
            rows = self._every.get(lambda: self._rows_of(None))
            ours = _marked(self._concerning(sought, wanted, rows), sought)
        if ours:
            return one_of(ours, by=FoundBy.MARKER, what="bill", why="carry our marker")
        return _judged(sought, wanted, [bill for bill in bills if _same_number(bill, wanted)])

    def of_vendor(self, vendor_id: str) -> list[Bill]:
        return [row.bill for row in self._rows_of(vendor_id)]

    def _concerning(self, sought: Sought, wanted: Bill, rows: Iterable[ListedBill]) -> list[Bill]:
        whole = (self._with_lines(row, wanted) for row in rows)
        return [bill for bill in whole if bill is not None and concerns(bill, sought)]

    def _rows_of(self, vendor_id: str | None) -> tuple[ListedBill, ...]:
        if vendor_id is None:
            return self._listed.get(None)
        if self._filter_works:
            try:
                return self._listed.get(vendor_id)
            except FilterIgnoredError:
                self._filter_works = False
        return tuple(row for row in self._listed.get(None) if row.bill.vendor.internal_id == vendor_id)

    def _in_every_state(self, vendor_id: str | None) -> tuple[ListedBill, ...]:
        return tuple(row for state in STATES for row in self._in_state(vendor_id, state))

    def _in_state(self, vendor_id: str | None, state: int) -> list[ListedBill]:
        asked = None if state == ACTIVE else state
        rows = read_all(
            lambda page: _obeyed(self._client.bills(page, vendor_id=vendor_id, vis_state=asked), vendor_id),
            what="bills",
        )
        check_state((row.vis_state for row in rows), state, what="bills")
        return [self._as_listed(row) for row in rows]

    def _as_listed(self, row: WireBill) -> ListedBill:
        is_whole = row.lines is not None and self._settings.list_rows_have_lines
        return ListedBill(bill=bill_from_wire(row, zone=self._settings.bill_zone), is_whole=is_whole)

    def _with_lines(self, row: ListedBill, wanted: Bill) -> Bill | None:
        """By id where the list left the lines out and the marker may matter: the same number, or none."""
        bill = row.bill
        if row.is_whole:
            return bill
        if bill.number is not None and wanted.number is not None and not _same_number(bill, wanted):
            return None
        try:
            return self._whole.get(bill.external_id)
        except NotFoundError as error:
            if error.code == "deleted" or is_deleted(bill):
                return replace(bill, status=BillStatus.DELETED)
            raise IncompleteReadError(f"bill {bill.external_id} is in the list and not to be read") from error

    def _read_whole(self, bill_id: str) -> Bill:
        return bill_from_wire(self._client.bill(bill_id), zone=self._settings.bill_zone)


class VendorLook:
    """Vendors have no filter that works: one read of all of them."""

    def __init__(self, client: FreshBooksClient, settings: FreshBooksSettings) -> None:
        self._client = client
        self._settings = settings
        self._listed = Shared(self._in_state)
        self._plain = Shared(normalised)

    def by_id(self, sought: Sought) -> Sighting:
        return seen_by_id(sought, sought.target_id or "", self._read_one)

    def by_content(self, sought: Sought, wanted: Vendor) -> Sighting:
        vendors = [vendor for state in STATES for vendor in self._listed.get(state) if concerns(vendor, sought)]
        if ours := [vendor for vendor in vendors if sought.marker and vendor.marker == sought.marker]:
            return one_of(ours, by=FoundBy.MARKER, what="vendor", why="carry our marker")
        if wanted.number and (same := [vendor for vendor in vendors if vendor.number == wanted.number]):
            why = f"have the number {wanted.number}"
            return strangers(same, sought) or one_of(same, by=FoundBy.NUMBER, what="vendor", why=why)
        return self._by_name(sought, wanted, vendors)

    def _by_name(self, sought: Sought, wanted: Vendor, vendors: list[Vendor]) -> Sighting:
        """A name is a vendor's only where nobody else bears it and nothing says that it is another."""
        name = self._plain.get(wanted.name)
        same = [vendor for vendor in vendors if name and self._plain.get(vendor.name) == name]
        alive = [vendor for vendor in same if not vendor.deleted]
        unnumbered = [vendor for vendor in alive or same if not vendor.number]
        if not alive and not unnumbered:
            return Absent()
        if len(alive) <= 1 and len(unnumbered) == 1 and not strangers(unnumbered, sought):
            return Found(unnumbered[0].external_id, unnumbered[0], FoundBy.NUMBER)
        numbers = ", ".join(vendor.number or "no number" for vendor in alive or same)
        why = f"a vendor of that name exists in FreshBooks already: {wanted.name!r} ({numbers})"
        return Several(why, tuple(vendor.external_id for vendor in alive or same))

    def _in_state(self, state: int) -> list[Vendor]:
        asked = None if state == ACTIVE else state
        rows = read_all(lambda page: self._client.vendors(page, vis_state=asked), what="vendors")
        check_state((row.vis_state for row in rows), state, what="vendors")
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return [vendor_from_wire(row, number_field=field, zone=zone) for row in rows]

    def _read_one(self, vendor_id: str) -> Vendor:
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return vendor_from_wire(self._client.vendor(vendor_id), number_field=field, zone=zone)


def _marked(bills: list[Bill], sought: Sought) -> list[Bill]:
    return [bill for bill in bills if sought.marker and bill.marker == sought.marker]


def _judged(sought: Sought, wanted: Bill, same: list[Bill]) -> Sighting:
    """Bills of that vendor and number. A hit of another amount is a person's question, not an absence."""
    if not same:
        return Absent()
    if others := strangers(same, sought):
        return others
    hit = one_of(same, by=FoundBy.NUMBER, what="bill", why=f"have the number {wanted.number} for this vendor")
    if not isinstance(hit, Found) or not isinstance(hit.record, Bill) or hit.record.total == wanted.total:
        return hit
    why = (
        f"bill {hit.target_id} has the number {wanted.number} for this vendor, and its total is {hit.record.total},"
        f" not {wanted.total}"
    )
    return Several(why, (hit.target_id,))


def _obeyed(page: ListPage[WireBill], vendor_id: str | None) -> ListPage[WireBill]:
    if vendor_id is not None and any(row.vendorid != vendor_id for row in page.items):
        raise FilterIgnoredError
    return page


def _same_number(bill: Bill, wanted: Bill) -> bool:
    if not bill.number or not wanted.number:
        return False
    return normalised_number(bill.number) == normalised_number(wanted.number)
