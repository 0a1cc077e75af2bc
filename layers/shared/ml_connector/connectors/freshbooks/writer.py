"""One write to FreshBooks, ended one way or another. Nothing escapes: a neighbour's write is not spoilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ml_connector.connectors.freshbooks.client import SYSTEM, FreshBooksClient
from ml_connector.connectors.freshbooks.mapper import bill_from_wire, bill_to_wire, vendor_from_wire, vendor_to_wire
from ml_connector.connectors.freshbooks.models import DELETED, BillBody, VendorBody, WireBill, WireVendor
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.domain.errors import (
    BudgetSpentError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
)
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Action, NotSent, Outcome, Write, WriteError, Written
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor


class Writer:
    def __init__(self, client: FreshBooksClient, *, settings: FreshBooksSettings, now: Callable[[], datetime]) -> None:
        self._client = client
        self._settings = settings
        self._now = now

    def write(self, write: Write) -> tuple[PostingId, Outcome]:
        try:
            return write.posting_id, self._done(write)
        except BudgetSpentError as error:
            retry_at = self._now() + error.retry_after if error.retry_after is not None else None
            return write.posting_id, NotSent(error.detail, retry_at)
        except ConnectorError as error:
            return write.posting_id, WriteError(error)

    def preview(self, write: Write) -> Mapping[str, Any]:
        """The body of the request. A vendor's update reads the note that is there, as the write itself does."""
        if write.action is Action.VOID:
            return {"vis_state": DELETED}
        if isinstance(write.record, Bill):
            return self._bill_body(write, write.record).model_dump()
        if isinstance(write.record, Vendor):
            note = self._client.vendor(write.target_id).note if write.target_id else None
            return self._vendor_body(write, write.record, note).model_dump(exclude_none=True)
        raise RejectedError(f"not sent: no {write.record.kind} goes there", system=SYSTEM, code="unsendable")

    def _done(self, write: Write) -> Outcome:
        if write.action is not Action.CREATE and not write.target_id:
            raise RejectedError("not sent: no FreshBooks id is known for it", system=SYSTEM, code="unsendable")
        if isinstance(write.record, Bill):
            return self._bill(write, write.record, write.target_id or "")
        if isinstance(write.record, Vendor):
            return self._vendor(write, write.record, write.target_id or "")
        raise RejectedError(f"not sent: no {write.record.kind} goes there", system=SYSTEM, code="unsendable")

    def _bill(self, write: Write, bill: Bill, target_id: str) -> Outcome:
        match write.action:
            case Action.CREATE:
                return self._held_bill(self._client.create_bill(self._bill_body(write, bill)))
            case Action.UPDATE:
                return self._held_bill(self._client.update_bill(target_id, self._bill_body(write, bill)))
            case Action.VOID:
                return _voided(target_id, lambda: self._held_bill(self._client.delete_bill(target_id)))

    def _vendor(self, write: Write, vendor: Vendor, target_id: str) -> Outcome:
        match write.action:
            case Action.CREATE:
                return self._held_vendor(self._client.create_vendor(self._vendor_body(write, vendor, None)))
            case Action.UPDATE:
                note = self._client.vendor(target_id).note
                body = self._vendor_body(write, vendor, note)
                return self._held_vendor(self._client.update_vendor(target_id, body))
            case Action.VOID:
                return _voided(target_id, lambda: self._held_vendor(self._client.delete_vendor(target_id)))

    def _bill_body(self, write: Write, bill: Bill) -> BillBody:
        settings = self._settings
        return bill_to_wire(
            bill, marker=write.marker, language=settings.language, description_length=settings.description_length
        )

    def _vendor_body(self, write: Write, vendor: Vendor, note: str | None) -> VendorBody:
        settings = self._settings
        return vendor_to_wire(
            vendor,
            marker=write.marker,
            note=note,
            number_field=settings.vendor_number_field,
            language=settings.language,
            currency=settings.currency if write.action is Action.CREATE else None,
        )

    def _held_bill(self, wire: WireBill) -> Outcome:
        return _written(wire.id, lambda: bill_from_wire(wire, zone=self._settings.bill_zone))

    def _held_vendor(self, wire: WireVendor) -> Outcome:
        field, zone = self._settings.vendor_number_field, self._settings.vendor_zone
        return _written(wire.id, lambda: vendor_from_wire(wire, number_field=field, zone=zone))


def _written(target_id: str, read: Callable[[], Record]) -> Outcome:
    try:
        return Written(target_id, read())
    except (ValueError, TypeError, ArithmeticError) as error:
        detail = f"the answer cannot be read ({type(error).__name__})"
        raise OutcomeUnknownError(detail, system=SYSTEM, operation="write", code="garbled") from error


def _voided(target_id: str, void: Callable[[], Outcome]) -> Outcome:
    """What is deleted already is as it should be."""
    try:
        return void()
    except NotFoundError as error:
        if error.code != "deleted":
            raise
        return Written(target_id)
