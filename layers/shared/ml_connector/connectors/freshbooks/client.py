"""FreshBooks' API for one business: one method a call. No retries, no business words.

A 2xx counts only with the object in it. Ids in paths are quoted: they come from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from ml_connector.connectors.freshbooks.listing import PER_PAGE, ListPage
from ml_connector.connectors.freshbooks.models import (
    DELETED,
    BillBody,
    VendorBody,
    Wire,
    WireBill,
    WireCallback,
    WireCategory,
    WireLedgerAccount,
    WireMe,
    WireVendor,
)
from ml_connector.domain.errors import NotFoundError, OutcomeUnknownError, RejectedError, TransientError
from ml_connector.transport.client import ApiClient

SYSTEM = "freshbooks"
BILLS, VENDORS, CATEGORIES = "bills/bills", "bill_vendors/bill_vendors", "expenses/categories"


class FreshBooksClient:
    def __init__(self, api: ApiClient, *, account_id: str, business_uuid: str) -> None:
        self._api = api
        self._account = f"/accounting/account/{quote(account_id, safe='')}"
        self._callbacks = f"/events/account/{quote(account_id, safe='')}/events/callbacks"
        self._business = f"/accounting/businesses/{quote(business_uuid, safe='')}"

    def patient(self) -> FreshBooksClient:
        """The same for one long read, which waits in its middle."""
        made = copy(self)
        made._api = self._api.patient()
        return made

    def me(self) -> WireMe:
        body = self._api.get("/auth/api/v1/users/me", operation="get identity")
        return _read(WireMe, lambda: body["response"], operation="get identity", is_write=False)

    def bill(self, bill_id: str) -> WireBill:
        return self._one(WireBill, "bill", f"{BILLS}/{quote(bill_id, safe='')}", scope="bills")

    def bills(self, page: int, *, vendor_id: str | None = None, vis_state: int | None = None) -> ListPage[WireBill]:
        """`vis_state` None lists what is active. A filter that FreshBooks does not know is silently ignored."""
        params = [] if vendor_id is None else [("search[vendorid]", vendor_id)]
        return self._list(WireBill, "bills", BILLS, page, params, vis_state, scope="bills")

    def create_bill(self, body: BillBody) -> WireBill:
        return self._write(WireBill, "bill", BILLS, body.model_dump(), scope="bills")

    def update_bill(self, bill_id: str, body: BillBody) -> WireBill:
        """Top-level fields are merged; `lines` replaces the lines."""
        return self._write(WireBill, "bill", BILLS, body.model_dump(), scope="bills", row_id=bill_id)

    def delete_bill(self, bill_id: str) -> WireBill:
        return self._write(WireBill, "bill", BILLS, {"vis_state": DELETED}, scope="bills", row_id=bill_id)

    def vendor(self, vendor_id: str) -> WireVendor:
        return self._one(WireVendor, "bill_vendor", f"{VENDORS}/{quote(vendor_id, safe='')}", scope="bill_vendors")

    def vendors(self, page: int, *, vis_state: int | None = None) -> ListPage[WireVendor]:
        return self._list(WireVendor, "bill_vendors", VENDORS, page, [], vis_state, scope="bill_vendors")

    def create_vendor(self, body: VendorBody) -> WireVendor:
        return self._write(WireVendor, "bill_vendor", VENDORS, _given(body), scope="bill_vendors")

    def update_vendor(self, vendor_id: str, body: VendorBody) -> WireVendor:
        return self._write(WireVendor, "bill_vendor", VENDORS, _given(body), scope="bill_vendors", row_id=vendor_id)

    def delete_vendor(self, vendor_id: str) -> WireVendor:
        gone = {"vis_state": DELETED}
        return self._write(WireVendor, "bill_vendor", VENDORS, gone, scope="bill_vendors", row_id=vendor_id)

    def categories(self, page: int) -> ListPage[WireCategory]:
        return self._list(WireCategory, "categories", CATEGORIES, page, [], None, scope="expenses")

    def ledger_accounts(self) -> tuple[WireLedgerAccount, ...]:
        """The chart of accounts, all of it: this list has no pages."""
        operation = "list ledger accounts"
        with scope_named("user:journal_entries:read"):
            body = self._api.get(f"{self._business}/ledger_accounts/accounts", operation=operation)
        return _read_many(WireLedgerAccount, lambda: body["data"], operation=operation)

    def callbacks(self, page: int) -> ListPage[WireCallback]:
        operation = "list callbacks"
        params = [("page", str(page)), ("per_page", str(PER_PAGE))]
        body = self._api.get(self._callbacks, operation=operation, params=params)
        return _read_page(WireCallback, "callbacks", body, operation=operation)

    def register_callback(self, *, event: str, uri: str) -> WireCallback:
        """Takes the scope for reading what the event is about."""
        return self._write_callback("POST", "register callback", {"event": event, "uri": uri})

    def confirm_callback(self, callback_id: str, *, verifier: str) -> WireCallback:
        return self._write_callback("PUT", "confirm callback", {"verifier": verifier}, callback_id)

    def resend_handshake(self, callback_id: str) -> WireCallback:
        return self._write_callback("PUT", "resend handshake", {"resend": True}, callback_id)

    def remove_callback(self, callback_id: str) -> None:
        """Raises NotFoundError where it is gone already."""
        self._api.send("DELETE", f"{self._callbacks}/{quote(callback_id, safe='')}", operation="remove callback")

    def _write_callback(
        self, method: str, operation: str, fields: Mapping[str, Any], callback_id: str | None = None
    ) -> WireCallback:
        place = self._callbacks if callback_id is None else f"{self._callbacks}/{quote(callback_id, safe='')}"
        body = self._api.send(method, place, operation=operation, json={"callback": fields})
        return _read(WireCallback, lambda: body["response"]["result"]["callback"], operation=operation, is_write=True)

    def one[Model: Wire](
        self, model: type[Model], single: str, path: str, row_id: str, params: Sequence[tuple[str, str]] = ()
    ) -> Model:
        """One of what is only read."""
        scope = path.rpartition("/")[2]
        return self._one(model, single, f"{path}/{quote(row_id, safe='')}", scope=scope, params=params)

    def rows[Model: Wire](
        self,
        model: type[Model],
        plural: str,
        path: str,
        page: int,
        params: Sequence[tuple[str, str]],
        vis_state: int | None,
    ) -> ListPage[Model]:
        """A page of what is only read."""
        return self._list(model, plural, path, page, list(params), vis_state, scope=path.rpartition("/")[2])

    def _one[Model: Wire](
        self, model: type[Model], single: str, path: str, *, scope: str, params: Sequence[tuple[str, str]] = ()
    ) -> Model:
        operation = f"get {single}"
        with scope_named(f"user:{scope}:read"):
            body = self._api.get(f"{self._account}/{path}", operation=operation, params=params)
        return _read(model, lambda: body["response"]["result"][single], operation=operation, is_write=False)

    def _list[Model: Wire](
        self,
        model: type[Model],
        plural: str,
        path: str,
        page: int,
        params: list[tuple[str, str]],
        vis_state: int | None,
        *,
        scope: str,
    ) -> ListPage[Model]:
        operation = f"list {plural}"
        asked = [*params, ("page", str(page)), ("per_page", str(PER_PAGE))]
        if vis_state is not None:
            asked.append(("search[vis_state]", str(vis_state)))
        with scope_named(f"user:{scope}:read"):
            body = self._api.get(f"{self._account}/{path}", operation=operation, params=asked)
        return _read_page(model, plural, body, operation=operation)

    def _write[Model: Wire](
        self,
        model: type[Model],
        single: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        scope: str,
        row_id: str | None = None,
    ) -> Model:
        creates = row_id is None
        operation = f"{'create' if creates else 'update'} {single}"
        place = f"{self._account}/{path}" if row_id is None else f"{self._account}/{path}/{quote(row_id, safe='')}"
        with scope_named(f"user:{scope}:write"), _nothing_to_find(when=creates):
            body = self._api.send("POST" if creates else "PUT", place, operation=operation, json={single: fields})
        found = _read(model, lambda: body["response"]["result"][single], operation=operation, is_write=True)
        if row_id is not None and getattr(found, "id", None) != row_id:
            raise OutcomeUnknownError("the answer is about another record", system=SYSTEM, operation=operation)
        return found


def _given(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(exclude_none=True)


def _read[Model: Wire](model: type[Model], pick: Callable[[], Any], *, operation: str, is_write: bool) -> Model:
    try:
        return model.model_validate(pick())
    except (KeyError, TypeError, ValueError) as error:
        kind = OutcomeUnknownError if is_write else TransientError
        raise kind(_lacking(error), system=SYSTEM, operation=operation, code="garbled") from error


def _read_many[Model: Wire](model: type[Model], pick: Callable[[], Any], *, operation: str) -> tuple[Model, ...]:
    try:
        rows = pick()
        if not isinstance(rows, list):
            raise TypeError("not a list")
        return tuple(model.model_validate(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise TransientError(_lacking(error), system=SYSTEM, operation=operation, code="garbled") from error


def _read_page[Model: Wire](model: type[Model], plural: str, body: Any, *, operation: str) -> ListPage[Model]:
    items = _read_many(model, lambda: body["response"]["result"][plural], operation=operation)
    result = body["response"]["result"]
    try:
        return ListPage(items=items, pages=int(result["pages"]), total=int(result["total"]))
    except (KeyError, TypeError, ValueError) as error:
        raise TransientError(_lacking(error), system=SYSTEM, operation=operation, code="garbled") from error


def _lacking(error: Exception) -> str:
    """Where it broke, without the values: they are the tenant's."""
    if isinstance(error, ValueError) and (errors := getattr(error, "errors", None)):
        places = [".".join(str(part) for part in found["loc"]) for found in errors(include_input=False)[:3]]
        return f"the answer cannot be read at {', '.join(places)}"
    return f"the answer lacks what was asked for ({type(error).__name__})"


@contextmanager
def scope_named(scope: str) -> Iterator[None]:
    """A refusal for want of permission, told with the scope that the call takes."""
    try:
        yield
    except RejectedError as error:
        if error.code != "scope":
            raise
        detail = (
            f"this call needs the scope {scope}, and a person who is more than a client of the business: enable the"
            f" scope on the application and authorise the connection again ({error.detail})"
        )
        raise _retold(error, detail, code="scope") from error


@contextmanager
def _nothing_to_find(*, when: bool) -> Iterator[None]:
    """What a create does not find is something that it names."""
    try:
        yield
    except NotFoundError as error:
        if not when:
            raise
        raise _retold(error, error.detail, code="reference" if error.code else None) from error


def _retold(error: RejectedError, detail: str, *, code: str | None) -> RejectedError:
    return RejectedError(detail, system=error.system, operation=error.operation, request_id=error.request_id, code=code)
