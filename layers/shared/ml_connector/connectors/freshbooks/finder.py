"""Look-ups: is it there already? Our marker first, then vendor and number; what differs is never simply absent.

One BillLook or VendorLook serves one call of `find`: what it has read, all the wanted records share. An absence is
told only after complete reads of the active, the deleted and the archived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ml_connector.connectors.freshbooks.client import FreshBooksClient
from ml_connector.connectors.freshbooks.listing import IncompleteReadError, ListPage, read_all
from ml_connector.connectors.freshbooks.mapper import bill_from_wire, vendor_from_wire
from ml_connector.connectors.freshbooks.models import ACTIVE, ARCHIVED, DELETED, WireBill
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.domain.errors import NotFoundError, TransientError
from ml_connector.domain.matching import normalised, normalised_number
from ml_connector.domain.posting import Absent, Found, FoundBy, Several, Sighting, Sought, Unclear
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor

STATES = (ACTIVE, DELETED, ARCHIVED)


class FilterIgnoredError(Exception):
    """Rows came that the filter should have kept out."""


def find(client: FreshBooksClient, settings: FreshBooksSettings, wanted: Sequence[Sought]) -> list[Sighting]:
    """One answer each, in order. Raises: RateLimitedError, AuthError, RejectedError."""
    bills, vendors = BillLook(client, settings), VendorLook(client, settings)
    return [_sighting(bills if isinstance(sought.record, Bill) else vendors, sought) for sought in wanted]


def _sighting(look: BillLook | VendorLook, sought: Sought) -> Sighting:
    try:
        return look.by_id(sought, sought.target_id) if sought.target_id is not None else look.by_content(sought)
    except TransientError as error:
        return Unclear(error.detail)


class Shared[Key, Value]:
    """One read for all who ask; a failure is shared as well."""

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._kept: dict[Key, Value | TransientError] = {}

    def get(self, key: Key) -> Value:
        if key not in self._kept:
            try:
                self._kept[key] = self._read(key)
            except TransientError as error:
                self._kept[key] = error
        kept = self._kept[key]
        if isinstance(kept, TransientError):
            raise kept
        return kept


class BillLook:
    """Bills by vendor where FreshBooks obeys the filter, else all of them once."""

    def __init__(self, client: FreshBooksClient, settings: FreshBooksSettings) -> None:
        self._client = client
        self._settings = settings
        self._listed = Shared(self._in_every_state)
        self._whole = Shared(self._read_in_full)
        self._filter_works = True

    def by_id(self, sought: Sought, bill_id: str) -> Sighting:
        return _by_id(sought, bill_id, read=self._whole.get, deleted=_deleted_bill)

    def by_content(self, sought: Sought) -> Sighting:
        record = sought.record
        assert isinstance(record, Bill)
        vendor_id = record.vendor.internal_id
        rows = self._rows_of(vendor_id) if vendor_id else self._listed.get(None)
        bills = [bill for row in rows if (bill := self._readable(row, record)) is not None]
        if ours := [bill for bill in bills if sought.marker and bill.marker == sought.marker]:
            return _one_of(ours, by=FoundBy.MARKER, gone=_is_deleted, what="bill", why="carry our marker")
        same = [bill for bill in bills if _same_number(bill, record)]
        return _judged(sought, record, [bill for bill in same if not (_is_deleted(bill) and _is_strange(bill, sought))])

    def _rows_of(self, vendor_id: str) -> tuple[WireBill, ...]:
        if self._filter_works:
            try:
                return self._listed.get(vendor_id)
            except FilterIgnoredError:
                self._filter_works = False
        return tuple(row for row in self._listed.get(None) if row.vendorid == vendor_id)

    def _in_every_state(self, vendor_id: str | None) -> tuple[WireBill, ...]:
        return tuple(row for state in STATES for row in self._in_state(vendor_id, state))

    def _in_state(self, vendor_id: str | None, state: int) -> tuple[WireBill, ...]:
        asked = None if state == ACTIVE else state
        rows = read_all(
            lambda page: _obeyed(self._client.bills(page, vendor_id=vendor_id, vis_state=asked), vendor_id),
            what="bills",
        )
        _check_state((row.vis_state for row in rows), state, what="bills")
        return rows

    def _readable(self, row: WireBill, wanted: Bill) -> Bill | None:
        """The row as a bill with its lines; by id where the list left them out and the marker may matter."""
        shallow = bill_from_wire(row, zone=self._settings.bill_zone)
        if row.lines is not None and self._settings.list_rows_have_lines:
            return shallow
        if row.bill_number is not None and wanted.number is not None and not _same_number(shallow, wanted):
            return None
        try:
            return self._whole.get(row.id)
        except NotFoundError as error:
            if error.code == "deleted" or row.vis_state == DELETED:
                return replace(shallow, status=BillStatus.DELETED)
            raise IncompleteReadError(f"bill {row.id} is in the list and not to be read") from error

    def _read_in_full(self, bill_id: str) -> Bill:
        return bill_from_wire(self._client.bill(bill_id), zone=self._settings.bill_zone)


class VendorLook:
    """Vendors have no filter that works: one read of all of them."""

    def __init__(self, client: FreshBooksClient, settings: FreshBooksSettings) -> None:
        self._client = client
        self._settings = settings
        self._listed = Shared(self._in_state)

    def by_id(self, sought: Sought, vendor_id: str) -> Sighting:
        return _by_id(sought, vendor_id, read=self._in_full, deleted=_deleted_vendor)

    def by_content(self, sought: Sought) -> Sighting:
        record = sought.record
        assert isinstance(record, Vendor)
        vendors = self._vendors
        if ours := [vendor for vendor in vendors if sought.marker and vendor.marker == sought.marker]:
            return _one_of(ours, by=FoundBy.MARKER, gone=_is_gone, what="vendor", why="carry our marker")
        vendors = [vendor for vendor in vendors if not (_is_gone(vendor) and _is_strange(vendor, sought))]
        if record.number and (same := [vendor for vendor in vendors if vendor.number == record.number]):
            why = f"have the number {record.number}"
            return _strangers(same, sought) or _one_of(same, by=FoundBy.NUMBER, gone=_is_gone, what="vendor", why=why)
        return self._by_name(sought, record, vendors)

    def _by_name(self, sought: Sought, wanted: Vendor, vendors: list[Vendor]) -> Sighting:
        """A name is a vendor's only where nobody else bears it and nothing says that it is another."""
        name = normalised(wanted.name)
        same = [vendor for vendor in vendors if name and normalised(vendor.name) == name]
        alive = [vendor for vendor in same if not vendor.deleted]
        unnumbered = [vendor for vendor in alive or same if not vendor.number]
        if not alive and not unnumbered:
            return Absent()
        if len(alive) <= 1 and len(unnumbered) == 1 and not _strangers(unnumbered, sought):
            return Found(unnumbered[0].external_id, unnumbered[0], FoundBy.NUMBER)
        numbers = ", ".join(vendor.number or "no number" for vendor in alive or same)
        why = f"a vendor of that name exists in FreshBooks already: {wanted.name!r} ({numbers})"
        return Several(why, tuple(vendor.external_id for vendor in alive or same))

    @property
    def _vendors(self) -> list[Vendor]:
        return [vendor for state in STATES for vendor in self._listed.get(state)]

    def _in_state(self, state: int) -> list[Vendor]:
        asked = None if state == ACTIVE else state
        rows = read_all(lambda page: self._client.vendors(page, vis_state=asked), what="vendors")
        _check_state((row.vis_state for row in rows), state, what="vendors")
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return [vendor_from_wire(row, number_field=field, zone=zone) for row in rows]

    def _in_full(self, vendor_id: str) -> Vendor:
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return vendor_from_wire(self._client.vendor(vendor_id), number_field=field, zone=zone)


def _by_id[Item: Record](
    sought: Sought, target_id: str, *, read: Callable[[str], Item], deleted: Callable[[Record, str], Record]
) -> Sighting:
    """A deleted record may be told as such, or be refused: it was there all the same."""
    try:
        return Found(target_id, read(target_id), FoundBy.ID)
    except NotFoundError as error:
        if error.code == "deleted":
            return Found(target_id, deleted(sought.record, target_id), FoundBy.ID)
        return Absent()


def _judged(sought: Sought, wanted: Bill, same: list[Bill]) -> Sighting:
    """Bills of that vendor and number. A hit of another amount is a person's question, not an absence."""
    if not same:
        return Absent()
    if stranger := _strangers(same, sought):
        return stranger
    why = f"have the number {wanted.number} for this vendor"
    hit = _one_of(same, by=FoundBy.NUMBER, gone=_is_deleted, what="bill", why=why)
    if not isinstance(hit, Found) or not isinstance(hit.record, Bill) or hit.record.total == wanted.total:
        return hit
    total = hit.record.total
    return Several(
        f"bill {hit.target_id} has the number {wanted.number} for this vendor, and its total is {total},"
        f" not {wanted.total}",
        (hit.target_id,),
    )


def _one_of[Item: Record](
    hits: list[Item], *, by: FoundBy, gone: Callable[[Item], bool], what: str, why: str
) -> Sighting:
    """Deleted ones count only where nothing else is left: the newest of them."""
    alive = [hit for hit in hits if not gone(hit)]
    if len(alive) > 1:
        return Several(f"{len(alive)} {what}s {why}", tuple(hit.external_id for hit in alive))
    chosen = alive[0] if alive else max(hits, key=lambda hit: (str(hit.modified_at or ""), hit.external_id))
    return Found(chosen.external_id, chosen, by)


def _strangers(hits: Sequence[Record], sought: Sought) -> Several | None:
    others = [hit for hit in hits if _is_strange(hit, sought)]
    if not others:
        return None
    ids = tuple(hit.external_id for hit in others)
    return Several(f"{', '.join(ids)} matches, and carries the marker of another record", ids)


def _is_strange(hit: Record, sought: Sought) -> bool:
    """It carries the marker of another record of ours, and is that one's; deleted, it concerns nobody else."""
    return bool(hit.marker and sought.marker and hit.marker != sought.marker)


def _obeyed(page: ListPage[WireBill], vendor_id: str | None) -> ListPage[WireBill]:
    if vendor_id is not None and any(row.vendorid != vendor_id for row in page.items):
        raise FilterIgnoredError
    return page


def _check_state(states: Iterable[int], asked: int, *, what: str) -> None:
    if any(state != asked for state in states):
        raise IncompleteReadError(f"FreshBooks did not keep to the asked visibility in its list of {what}")


def _same_number(bill: Bill, wanted: Bill) -> bool:
    return bool(bill.number and wanted.number) and normalised_number(bill.number or "") == normalised_number(
        wanted.number or ""
    )


def _is_deleted(bill: Bill) -> bool:
    return bill.status is BillStatus.DELETED


def _is_gone(vendor: Vendor) -> bool:
    return vendor.deleted


def _deleted_bill(record: Record, target_id: str) -> Record:
    assert isinstance(record, Bill)
    return replace(record, external_id=target_id, status=BillStatus.DELETED)


def _deleted_vendor(record: Record, target_id: str) -> Record:
    assert isinstance(record, Vendor)
    return replace(record, external_id=target_id, active=False, deleted=True)
