"""Invented invoices by the thousand: a handful that the JAGGAER simulator renders, told apart by id and number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.fakes.clock import START
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.serving import transport

ACCOUNTS = ("600100", "600200", "610000")
SUPPLIERS = tuple((f"{10_001 + place}", f"Fernhill Goods {chr(65 + place)} Ltd") for place in range(20))
FIRST_ID = 5_000_000

_API = "/j1p/api/public"
_TOKEN = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
_NUMBER = "SAMPLE-{place}-NUMBER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One rendered invoice, as a list row and in full; `invoice_id` and `number` are what a copy replaces."""

    invoice_id: str
    number: str
    row: str
    detail: str

    def row_of(self, external_id: str) -> str:
        return self._copy(self.row, external_id)

    def detail_of(self, external_id: str) -> bytes:
        return self._copy(self.detail, external_id).encode()

    def _copy(self, text: str, external_id: str) -> str:
        return text.replace(self.number, f"INV-{external_id}").replace(self.invoice_id, external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """`suppliers` is the body of JAGGAER's list of them."""

    samples: Sequence[Sample]
    suppliers: bytes

    def sample(self, external_id: str) -> Sample:
        return self.samples[int(external_id) % len(self.samples)]


def documents() -> Documents:
    simulator = JaggaerSimulator(clock=lambda: START)
    for number, name in SUPPLIERS:
        simulator.add_supplier(number=number, name=name)
    for place in range(len(SUPPLIERS)):
        add_invoice(simulator, place, number=_NUMBER.format(place=place))
    with httpx.Client(transport=transport(simulator), base_url="https://jaggaer.example.com") as http:
        http.headers["authorization"] = f"Bearer {_token(http, simulator)}"
        rows = http.get(f"{_API}/ji/v1/invoices").json()["jiinvoiceList"]["jiinvoice"]
        samples = [_sample(http, row) for row in rows]
        return Documents(samples=samples, suppliers=http.get(f"{_API}/ja/v1/companyprofiles").content)


def add_invoice(
    simulator: JaggaerSimulator,
    place: int,
    *,
    number: str,
    on: datetime = START,
    suppliers: Sequence[tuple[str, str]] = SUPPLIERS,
) -> dict[str, Any]:
    """One to three lines, some with freight: what an ordinary invoice has. Answers it as JAGGAER keeps it."""
    lines = [
        {
            "description": f"Crates of fittings, lot {line + 1}",
            "quantity": 1 + (place + line) % 4,
            "unitPrice": f"{12 + place}.{25 * (line + 1):02d}",
            "account": ACCOUNTS[(place + line) % len(ACCOUNTS)],
        }
        for line in range(1 + place % 3)
    ]
    extra: dict[str, Any] = {"shippingCharge": "9.90"} if place % 5 == 0 else {}
    supplier = suppliers[place % len(suppliers)][0]
    day = f"{on:%Y-%m-%dT00:00:00.000Z}"
    return simulator.add_invoice(number=number, supplier=supplier, lines=lines, invoiceDate=day, **extra)


def _token(http: httpx.Client, simulator: JaggaerSimulator) -> str:
    asked = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    answer = http.post(_TOKEN, data={"grant_type": "client_credentials", **asked}).json()
    return str(answer["access_token"])


def _sample(http: httpx.Client, row: dict[str, Any]) -> Sample:
    invoice_id = str(row["header"]["invoiceId"])
    detail = http.get(f"{_API}/ji/v1/invoices/{invoice_id}").text
    return Sample(invoice_id=invoice_id, number=str(row["header"]["invoiceNumber"]), row=json.dumps(row), detail=detail)
