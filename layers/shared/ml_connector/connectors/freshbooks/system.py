"""FreshBooks as the pipeline sees it: bills and bill vendors in and out, categories and vendors as reference data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ml_connector.connectors.freshbooks import compare, finder, references
from ml_connector.connectors.freshbooks.callbacks import FreshBooksCallbacks
from ml_connector.connectors.freshbooks.client import SYSTEM, FreshBooksClient
from ml_connector.connectors.freshbooks.errors import refine
from ml_connector.connectors.freshbooks.ledger import KINDS, LedgerReader
from ml_connector.connectors.freshbooks.mapper import bill_from_wire, vendor_from_wire
from ml_connector.connectors.freshbooks.models import WireBill, WireVendor
from ml_connector.connectors.freshbooks.probe import probe
from ml_connector.connectors.freshbooks.rounds import rounds
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings, read_settings
from ml_connector.connectors.freshbooks.timesheet import Timesheet
from ml_connector.connectors.freshbooks.writer import Writer
from ml_connector.domain.errors import RejectedError, SettingsError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Limits, Outcome, Sighting, Sought, Write
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.probe import Rounds
from ml_connector.pipeline.system import Opening, Page, Row
from ml_connector.transport.client import ApiClient

REQUEST_TIMEOUT = timedelta(seconds=30)
WAIT_UNSAID = timedelta(seconds=60)
"""After a 429 that names no wait."""


def limits_of(settings: FreshBooksSettings) -> Limits:
    return Limits(
        parallel=settings.parallel,
        requests_per_minute=settings.requests_per_minute,
        settle=timedelta(seconds=settings.settle_seconds),
        request_timeout=REQUEST_TIMEOUT,
    )


def open_system(opening: Opening) -> FreshBooksSystem:
    settings = read_settings(opening.settings, local=opening.local)
    if not settings.account_id:
        raise SettingsError("is not chosen yet: authorise the connection, which asks for it", setting="account_id")
    api = ApiClient(
        http=opening.http,
        system=SYSTEM,
        base_url=settings.base_url,
        tokens=opening.tokens,
        budget=opening.budget,
        refine=refine,
        timeout=REQUEST_TIMEOUT,
        default_wait=WAIT_UNSAID,
        now=opening.now,
    )
    client = FreshBooksClient(api, account_id=settings.account_id, business_uuid=settings.business_uuid)
    timesheet = Timesheet(api, business_id=settings.business_id)
    return FreshBooksSystem(client, timesheet, settings=settings, opening=opening)


class FreshBooksSystem:
    """One connection to one FreshBooks business."""

    def __init__(
        self, client: FreshBooksClient, timesheet: Timesheet, *, settings: FreshBooksSettings, opening: Opening
    ) -> None:
        self.limits = limits_of(settings)
        self.callbacks = FreshBooksCallbacks(client)
        self._client = client
        self._every_bill = finder.EveryBill()
        self._settings = settings
        self._parallel = opening.parallel
        self._ledger = LedgerReader(client, timesheet, now=opening.now)
        self._writer = Writer(client, settings=settings, now=opening.now)

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page]:
        """Everything, every time: bills and vendors have no filter by date that works. Deleted and archived rows too.

        Source: fact sheet of the live checks, "Filters that really work".
        """
        if kind is RecordKind.BILL:
            return rounds(lambda page, state: self._client.bills(page, vis_state=state), self._bill_row, resume=resume)
        if kind is RecordKind.VENDOR:
            return rounds(
                lambda page, state: self._client.vendors(page, vis_state=state), self._vendor_row, resume=resume
            )
        if kind in KINDS:
            return self._ledger.changed_since(kind, mark, resume=resume)
        raise _not_offered(kind)

    def fetch(self, kind: RecordKind, external_id: str) -> Record:
        """A deleted record may come as such, or as NotFoundError with the code "deleted"."""
        if kind is RecordKind.BILL:
            return bill_from_wire(self._client.bill(external_id), zone=self._settings.bill_zone)
        if kind is RecordKind.VENDOR:
            return self._vendor(self._client.vendor(external_id))
        if kind in KINDS:
            return self._ledger.fetch(kind, external_id)
        raise _not_offered(kind)

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        return finder.find(self._client.patient(), self._settings, wanted, every=self._every_bill)

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        return self._parallel.run(self._writer.write, writes, width=self.limits.parallel)

    def uses(self, kind: RecordKind, target_id: str) -> Sequence[str]:
        """Bills rest on their vendor, deleted ones apart."""
        return finder.bills_of(self._client.patient(), self._settings, target_id) if kind is RecordKind.VENDOR else ()

    def preview(self, write: Write) -> Mapping[str, Any]:
        return self._writer.preview(write)

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        """Raises: TransientError where the list moved, the errors of reads, RejectedError for another kind."""
        if kind is ReferenceKind.ACCOUNT:
            return references.accounts(self._client.patient(), self._settings)
        if kind is ReferenceKind.VENDOR:
            return references.vendors(self._client.patient(), self._settings)
        raise _not_offered(kind)

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        return compare.differs(meant, found, description_length=self._settings.description_length)

    def probe(self) -> Rounds:
        return probe(self._client, self._settings)

    def _bill_row(self, wire: WireBill) -> Row:
        record = bill_from_wire(wire, zone=self._settings.bill_zone) if wire.lines is not None else None
        return Row(external_id=wire.id, stamp=wire.updated_at, record=record)

    def _vendor_row(self, wire: WireVendor) -> Row:
        return Row(external_id=wire.id, stamp=wire.updated_at, record=self._vendor(wire))

    def _vendor(self, wire: WireVendor) -> Record:
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return vendor_from_wire(wire, number_field=field, zone=zone)


def _not_offered(kind: RecordKind | ReferenceKind) -> RejectedError:
    return RejectedError(f"this connector has no {kind}", system=SYSTEM, code="not_offered")
