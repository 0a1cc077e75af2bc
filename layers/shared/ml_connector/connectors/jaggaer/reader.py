"""JAGGAER as a System: lists, fetches, and never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ml_connector.connectors.jaggaer import in_view, mapper, wire
from ml_connector.connectors.jaggaer.client import JaggaerClient, text_of
from ml_connector.connectors.jaggaer.expressions import ExpressionError
from ml_connector.connectors.jaggaer.models import WireSupplier
from ml_connector.connectors.jaggaer.probe import probe_steps
from ml_connector.connectors.jaggaer.settings import RESOURCES, SYSTEM, Settings
from ml_connector.domain.errors import ConnectorError, NotFoundError, RejectedError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Limits, Outcome, Sighting, Sought, Unclear, Write, WriteError
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.documents import StatusUpdates
from ml_connector.pipeline.probe import Rounds
from ml_connector.pipeline.system import Page, Row, TokenSource


class JaggaerSystem:
    """One connection. A resource that nobody has confirmed is not read: RejectedError says which, and what to do."""

    def __init__(
        self,
        *,
        settings: Settings,
        client: JaggaerClient,
        tokens: TokenSource | None,
        limits: Limits,
        status_updates: StatusUpdates | None = None,
    ) -> None:
        self.limits = limits
        self.status_updates = status_updates
        self._settings = settings
        self._client = client
        self._tokens = tokens

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page]:
        """Page by page, as JAGGAER orders them: by id, not by change. Looks back the profile's overlap further.

        Rows that cannot be read come without their record, so that one bad row does not stop the rest.

        Raises: RateLimitedError, TransientError, AuthError, RejectedError.
        """
        name = self._confirmed(kind)
        since = self._looking_back(name, mark)
        for sheet, following in self._client.rows(name, since=since, resume=resume):
            rows = (self._row(name, item) for item in sheet.items)
            yield Page(rows=tuple(row for row in rows if row is not None), resume=following, total=sheet.total)

    def fetch(self, kind: RecordKind, external_id: str) -> Record:
        """One record in full: one call. Raises: NotFoundError, and what `changed_since` raises."""
        name = self._confirmed(kind)
        try:
            record = self.read(name, external_id)
        except ConnectorError as error:
            error.system, error.operation = error.system or SYSTEM, error.operation or f"get {name}"
            raise
        if record.external_id != external_id:
            detail = f"asked for {external_id}, and {record.external_id} came"
            raise RejectedError(detail, system=SYSTEM, operation=f"get {name}", code="bad_profile")
        return record

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        """Nothing of ours is ever in JAGGAER, so there is nothing to look for."""
        return (Unclear("JAGGAER is only read from") for _ in wanted)

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        """Refuses each: JAGGAER is the source, and nothing flows back to it."""
        for each in writes:
            error = RejectedError("JAGGAER is only read from", system=SYSTEM, operation=each.action, code="read_only")
            yield each.posting_id, WriteError(error)

    def preview(self, write: Write) -> Mapping[str, Any]:
        raise RejectedError("JAGGAER is only read from", system=SYSTEM, operation=write.action, code="read_only")

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        """Suppliers, every one, namesakes included. JAGGAER's number is the external id."""
        if kind is not ReferenceKind.VENDOR:
            detail = f"JAGGAER gives no list of {kind}s in public; use a file of the customer's"
            raise RejectedError(detail, system=SYSTEM, operation=f"list {kind}s", code="no_list")
        name = self._confirmed(RecordKind.VENDOR)
        for sheet, _ in self._client.patient().rows(name):
            suppliers = (self._supplier(item) for item in sheet.items)
            yield from (_reference_item(each) for each in suppliers if each.accepted)

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        """Never asked: nothing is meant to be here."""
        return ()

    def probe(self) -> Rounds:
        return probe_steps(settings=self._settings, client=self._client, tokens=self._tokens, read=self.read)

    def read(self, name: str, external_id: str) -> Record:
        """One record of a resource, confirmed or not."""
        if self._client.resource(name).detail is not None:
            return self._record(name, self._client.detail(name, external_id))
        for sheet, _ in self._client.rows_of(name, external_id):
            for item in sheet.items:
                if self._id_of(name, item) == external_id:
                    return self._record(name, item)
        raise NotFoundError(f"no {name} {external_id}", system=SYSTEM, operation=f"get {name}")

    def _confirmed(self, kind: RecordKind) -> str:
        name = RESOURCES.get(kind)
        if name is None:
            raise RejectedError(f"JAGGAER gives no {kind}s", system=SYSTEM, operation=f"list {kind}s")
        if name not in self._settings.confirmed:
            detail = (
                f"{name} is not confirmed: compare profile.resources.{name} with the customer's own JAGGAER "
                f"documentation, then add {name!r} to the setting `confirmed`"
            )
            raise RejectedError(detail, system=SYSTEM, operation=f"list {name}s", code="unconfirmed")
        return name

    def _looking_back(self, name: str, mark: Watermark) -> datetime | None:
        if mark.since is None:
            return None
        defaults, listing = self._settings.profile.defaults, self._client.resource(name).listing
        overlap = defaults.overlap if listing.overlap is None else listing.overlap
        return (mark.since - overlap).astimezone(defaults.since_zone)

    def _row(self, name: str, item: Any) -> Row | None:
        listing = self._client.resource(name).listing
        external_id = self._id_of(name, item)
        stamp = text_of(listing.modified.find(item)) if listing.modified is not None else None
        if not listing.complete:
            return Row(external_id=external_id, stamp=stamp)
        if name == "supplier" and not self._supplier(item).accepted:
            return None
        try:
            return Row(external_id=external_id, stamp=stamp, record=self._record(name, item))
        except RejectedError:
            return Row(external_id=external_id, stamp=stamp)

    def _id_of(self, name: str, item: Any) -> str:
        rule = self._client.resource(name).listing.id
        try:
            found = text_of(rule.find(item))
        except ExpressionError as error:
            raise RejectedError(
                f"profile.resources.{name}.list.id: {error}", system=SYSTEM, code="bad_profile"
            ) from error
        if found is None:
            detail = f"a row has no id: check profile.resources.{name}.list.id ({rule.text!r})"
            raise RejectedError(detail, system=SYSTEM, operation=f"list {name}s", code="bad_profile")
        return found

    def _supplier(self, item: Any) -> WireSupplier:
        profile = self._settings.profile
        return wire.read_supplier(item, profile.resources.supplier, zone=profile.defaults.since_zone)

    def _record(self, name: str, document: Any) -> Record:
        return _READERS[name](self._settings, document)


def _bill(settings: Settings, document: Any) -> Record:
    rules, zone = settings.profile.resources.invoice, settings.profile.defaults.since_zone
    return mapper.bill_from_wire(wire.read_invoice(document, rules, zone=zone), rules)


def _vendor(settings: Settings, row: Any) -> Record:
    rules, zone = settings.profile.resources.supplier, settings.profile.defaults.since_zone
    return mapper.vendor_from_wire(wire.read_supplier(row, rules, zone=zone))


def _purchase_order(settings: Settings, document: Any) -> Record:
    rules, zone = settings.profile.resources.purchase_order, settings.profile.defaults.since_zone
    return in_view.purchase_order_from_wire(wire.read_purchase_order(document, rules, zone=zone))


def _contract(settings: Settings, document: Any) -> Record:
    rules, zone = settings.profile.resources.contract, settings.profile.defaults.since_zone
    assert rules is not None  # `confirmed` takes only what the profile describes
    return in_view.contract_from_wire(wire.read_contract(document, rules, zone=zone))


_READERS: dict[str, Callable[[Settings, Any], Record]] = {
    "invoice": _bill,
    "supplier": _vendor,
    "purchase_order": _purchase_order,
    "contract": _contract,
}


def _reference_item(wire_supplier: WireSupplier) -> ReferenceItem:
    vendor = mapper.vendor_from_wire(wire_supplier)
    return ReferenceItem(
        id=vendor.external_id,
        name=vendor.name,
        external_id=vendor.number,
        currency=vendor.currency,
        usable=None if vendor.active else "it is not active in JAGGAER",
    )
