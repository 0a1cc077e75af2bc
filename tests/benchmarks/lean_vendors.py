"""Both vendors as one httpx transport that does next to nothing, so that what is measured is the product.

Each call takes `latency_seconds`, slept through in the caller's thread as a wait for the network is.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from decimal import Decimal
from itertools import count
from threading import Lock
from typing import Any

import httpx

from tests.benchmarks.documents import FIRST_ID, SUPPLIERS, Documents

JAGGAER, FRESHBOOKS = "jaggaer.example.com", "freshbooks.example.com"
CATEGORIES = (501, 502, 503)
FIRST_VENDOR = 9_001
_PAGE = 100
_INVOICES = "/j1p/api/public/ji/v1/invoices"
_JSON = {"content-type": "application/json"}


class LeanVendors(httpx.BaseTransport):
    """JAGGAER with so many invoices, and a FreshBooks that takes every bill. `calls` counts by what was asked."""

    def __init__(self, documents: Documents, *, invoices: int, latency_seconds: float = 0.0) -> None:
        self.documents = documents
        self.invoices = invoices
        self.latency_seconds = latency_seconds
        self.calls: Counter[str] = Counter()
        self._bill_ids = count(1)
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.latency_seconds:
            time.sleep(self.latency_seconds)
        kind, body = self._jaggaer(request) if request.url.host == JAGGAER else self._freshbooks(request)
        with self._lock:
            self.calls[kind] += 1
        return httpx.Response(200, headers=_JSON, content=body)

    def _jaggaer(self, request: httpx.Request) -> tuple[str, bytes]:
        path = request.url.path
        if path.endswith("/token"):
            return "jaggaer token", b'{"access_token":"bench","expires_in":86400,"token_type":"Bearer"}'
        if path == _INVOICES:
            return "jaggaer list", self._page(int(request.url.params.get("start", 1)))
        if path.startswith(_INVOICES):
            external_id = path.rsplit("/", 1)[1]
            return "jaggaer detail", self.documents.sample(external_id).detail_of(external_id)
        return "jaggaer suppliers", self.documents.suppliers

    def _page(self, start: int) -> bytes:
        places = range(start, min(start + _PAGE, self.invoices + 1))
        ids = [str(FIRST_ID + place) for place in places]
        rows = ",".join(self.documents.sample(external_id).row_of(external_id) for external_id in ids)
        counts = f'"totRecords":{self.invoices},"returnedRecords":{len(ids)},"startAt":{start}'
        return f'{{"returnCode":0,"returnMessage":"",{counts},"jiinvoiceList":{{"jiinvoice":[{rows}]}}}}'.encode()

    def _freshbooks(self, request: httpx.Request) -> tuple[str, bytes]:
        path = request.url.path
        if request.method == "POST":
            return "freshbooks create bill", json.dumps(self._bill(json.loads(request.content)["bill"])).encode()
        if path.endswith("/categories"):
            return "freshbooks categories", _listed("categories", [_category(number) for number in CATEGORIES])
        return "freshbooks vendors", _listed("bill_vendors", [_vendor(place) for place in range(len(SUPPLIERS))])

    def _bill(self, sent: dict[str, Any]) -> dict[str, Any]:
        """As sent, with what FreshBooks adds."""
        lines = [{**line, "list_index": place, "amount": _amount(line)} for place, line in enumerate(sent["lines"], 1)]
        total = sum((Decimal(line["amount"]["amount"]) for line in lines), Decimal(0))
        money = {"amount": str(total), "code": sent["currency_code"]}
        bill = {**sent, "id": next(self._bill_ids), "status": "unpaid", "vis_state": 0, "lines": lines}
        return {"response": {"result": {"bill": {**bill, "amount": money, "total_amount": money}}}}


def _amount(line: dict[str, Any]) -> dict[str, str]:
    price = line["unit_cost"]
    return {"amount": str(Decimal(line["quantity"]) * Decimal(price["amount"])), "code": price["code"]}


def _category(number: int) -> dict[str, Any]:
    return {"id": number, "categoryid": number, "category": f"Category {number}", "vis_state": 0}


def _vendor(place: int) -> dict[str, Any]:
    number, name = SUPPLIERS[place]
    return {"vendorid": FIRST_VENDOR + place, "vendor_name": name, "account_number": number, "vis_state": 0}


def _listed(name: str, rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"response": {"result": {name: rows, "page": 1, "pages": 1, "total": len(rows)}}}).encode()
