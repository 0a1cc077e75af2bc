"""The yardstick: ten threads that make the same vendor calls, and nothing else. No state, no audit, no second look."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.benchmarks.documents import FIRST_ID
from tests.benchmarks.lean_vendors import CATEGORIES, FIRST_VENDOR, FRESHBOOKS, JAGGAER

WIDTH = 10
_DETAIL = f"https://{JAGGAER}/j1p/api/public/ji/v1/invoices"
_BILLS = f"https://{FRESHBOOKS}/accounting/account/6BApk/bills/bills"


class PlainClients:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def fetch(self, invoices: int) -> list[dict[str, Any]]:
        return self._all(self._detail, [str(FIRST_ID + place) for place in range(1, invoices + 1)])

    def post(self, details: Sequence[dict[str, Any]]) -> list[str]:
        return self._all(self._create, details)

    def _all[Item, Result](self, call: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        with ThreadPoolExecutor(WIDTH) as pool:
            return list(pool.map(call, items))

    def _detail(self, external_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(f"{_DETAIL}/{external_id}").json()
        return found

    def _create(self, detail: dict[str, Any]) -> str:
        headers = {"authorization": "Bearer bench", "content-type": "application/json"}
        answer = self._http.post(_BILLS, content=json.dumps({"bill": _bill(detail)}), headers=headers).json()
        return str(answer["response"]["result"]["bill"]["id"])


def _bill(detail: dict[str, Any]) -> dict[str, Any]:
    header = detail["header"]
    currency = header["total"]["currency"]
    return {
        "vendorid": FIRST_VENDOR,
        "bill_number": header["supplierInvoiceNumber"],
        "issue_date": header["invoiceDate"][:10],
        "due_offset_days": 30,
        "currency_code": currency,
        "language": "en",
        "lines": [_line(line, currency) for line in detail["lineList"]["invoiceLine"]],
    }


def _line(line: dict[str, Any], currency: str) -> dict[str, Any]:
    return {
        "categoryid": CATEGORIES[0],
        "description": line["item"]["description"],
        "quantity": str(line["quantity"]),
        "unit_cost": {"amount": str(line["unitPrice"]), "code": currency},
    }
