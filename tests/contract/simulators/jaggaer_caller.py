"""What the tests of the JAGGAER simulator share: a plain caller with a token, a clock that stands still, an invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.simulators.jaggaer import JaggaerSimulator, exact_json
from tests.simulators.serving import transport

TOKEN = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
INVOICES = "/j1p/api/public/ji/v1/invoices"
SUPPLIERS = "/j1p/api/public/ja/v1/companyprofiles"
ORDERS = "/j1p/api/public/ji/v1/purchaseorders"
LINE = {"description": "Tubes", "quantity": 2, "unitPrice": "9.50", "account": "600100"}
_START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class StoppedClock:
    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: int) -> None:
        self.now += timedelta(**by)


class Caller:
    """A client with a token, as plain as can be."""

    def __init__(self, simulator: JaggaerSimulator) -> None:
        self.http = httpx.Client(transport=transport(simulator), base_url="https://jaggaer.example")
        self.headers = {"Authorization": f"Bearer {self.token(simulator).json().get('access_token')}"}

    def token(self, simulator: JaggaerSimulator, **form: str) -> httpx.Response:
        credentials = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
        return self.http.post(TOKEN, data={"grant_type": "client_credentials", **credentials, **form})

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.http.get(path, params=query, headers=self.headers)

    def body(self, path: str, **query: str | int) -> Any:
        return exact_json.loads(self.get(path, **query).content)


def an_invoice(sim: JaggaerSimulator, number: str = "INV-1", **more: Any) -> int:
    words: dict[str, Any] = {"supplier": "000451", "lines": [LINE], **more}
    return int(sim.add_invoice(number=number, **words)["header"]["invoiceId"])


def listed(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row["header"] for row in body["jiinvoiceList"]["jiinvoice"]]


def ids(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    return [int(row["invoiceId"]) for row in rows]
