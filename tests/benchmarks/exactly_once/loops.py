"""Two clients as people write them: a plain loop, and one that looks for a bill before it makes it.

Both are kind to themselves: they page, keep a bookmark on disk after each page, wait as a 429 says, and try eight
times before they give a document up. Only an answer that tells of a success counts as one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.exactly_once import processes
from tests.benchmarks.exactly_once.clock import SharedClock
from tests.benchmarks.exactly_once.vendors import Door, Vendors

TRIES = 8
PAUSE = timedelta(seconds=1)
_INVOICES = "/j1p/api/public/ji/v1/invoices"
_TOKEN = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
_OK = 200


class Loop:
    """One installation of such a client: its bookmark, and nothing else that lasts."""

    def __init__(self, vendors: Vendors, clock: SharedClock, folder: Path, *, looks_first: bool) -> None:
        self.name = "look-up-first loop" if looks_first else "plain loop"
        self._vendors = vendors
        self._clock = clock
        self._bookmark, self._copy = folder / "bookmark", folder / "bookmark.copy"
        self._given_up = folder / "given-up"
        self._looks_first = looks_first

    def run(self, *, runners: int = 1, replay: bool = False) -> list[int]:
        if replay:
            self._bookmark.unlink(missing_ok=True)
        return [processes.start(self._work) for _ in range(runners)]

    def copy_state(self) -> None:
        if self._bookmark.exists():
            shutil.copy(self._bookmark, self._copy)

    def restore_state(self) -> None:
        self._bookmark.unlink()
        if self._copy.exists():
            shutil.copy(self._copy, self._bookmark)

    def recover(self) -> bool:
        return False

    def held(self) -> set[str]:
        """What it gave up, and said so."""
        return set(self._given_up.read_text().split()) if self._given_up.exists() else set()

    def close(self) -> None:
        return

    def _work(self) -> None:
        with httpx.Client(timeout=60) as http:
            source = Source(http, self._vendors.source)
            target = Target(http, self._vendors.target, self._clock)
            start = int(self._bookmark.read_text()) if self._bookmark.exists() else 1
            for following, invoices in source.pages(start):
                for invoice in invoices:
                    if not target.post(bill_of(invoice, target), looks_first=self._looks_first):
                        self._give_up(invoice)
                self._note(following)

    def _note(self, following: int) -> None:
        fresh = self._bookmark.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(following))
        fresh.replace(self._bookmark)

    def _give_up(self, invoice: dict[str, Any]) -> None:
        with self._given_up.open("a") as file:
            file.write(f"{invoice['header']['supplierInvoiceNumber']}\n")


class Source:
    def __init__(self, http: httpx.Client, door: Door) -> None:
        self._http = http
        self._door = door
        self._token = "none yet"

    def pages(self, start: int) -> Iterator[tuple[int, Iterator[dict[str, Any]]]]:
        """Each page's invoices in full, and where the next page begins."""
        while True:
            answer = self._get(_INVOICES, start=start)
            rows = answer["jiinvoiceList"]["jiinvoice"]
            if not rows:
                return
            start += len(rows)
            yield start, (self._get(f"{_INVOICES}/{row['header']['invoiceId']}") for row in rows)

    def _get(self, path: str, **params: int) -> Any:
        answer = self._ask(path, params)
        if answer.status_code != _OK:
            self._sign_in()
            answer = self._ask(path, params)
        return answer.raise_for_status().json()

    def _ask(self, path: str, params: dict[str, int]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._token}"}
        return self._http.get(f"{self._door.url}{path}", params=params, headers=headers)

    def _sign_in(self) -> None:
        who = {"client_id": self._door.client_id, "client_secret": self._door.client_secret}
        answer = self._http.post(f"{self._door.url}{_TOKEN}", data={"grant_type": "client_credentials", **who})
        self._token = str(answer.json()["access_token"])


class Target:
    """`post` says whether the bill is there for sure. Waiting moves the clock on, as it does for everyone."""

    def __init__(self, http: httpx.Client, door: Door, clock: SharedClock) -> None:
        self._http = http
        self._clock = clock
        self._base = f"{door.url}/accounting/account/{door.account_id}"
        self.headers = {"authorization": f"Bearer {door.access_token}"}
        self.bills_url = f"{self._base}/bills/bills"
        self.category = door.categories[0]
        vendors = self._list("bill_vendors/bill_vendors", "bill_vendors", {})
        self.vendors: dict[str, int] = {row["account_number"]: row["vendorid"] for row in vendors or []}

    def post(self, bill: dict[str, Any], *, looks_first: bool) -> bool:
        for _ in range(TRIES):
            if looks_first and self._is_there(bill):
                return True
            if self._call("POST", "bills/bills", json={"bill": bill}) is not None:
                return True
        return False

    def _is_there(self, bill: dict[str, Any]) -> bool:
        rows = self._list("bills/bills", "bills", {"search[vendorid]": str(bill["vendorid"])})
        return any(row["bill_number"] == bill["bill_number"] for row in rows)

    def _list(self, path: str, name: str, params: dict[str, str]) -> list[dict[str, Any]]:
        rows, page, pages = list[dict[str, Any]](), 1, 1
        while page <= pages:
            found = self._call("GET", path, params={**params, "page": str(page), "per_page": "100"})
            if found is None:
                continue
            rows, page, pages = rows + found[name], page + 1, found["pages"]
        return rows

    def _call(self, method: str, path: str, **sent: Any) -> Any:
        """What a success says; None after anything else, once it has waited."""
        try:
            answer = self._http.request(method, f"{self._base}/{path}", headers=self.headers, **sent)
        except httpx.TransportError:
            self._clock.jump(PAUSE)
            return None
        if answer.status_code == _OK:
            return answer.json()["response"]["result"]
        self._clock.jump(timedelta(seconds=float(answer.headers.get("retry-after", PAUSE.total_seconds()))))
        return None


def bill_of(invoice: dict[str, Any], target: Target) -> dict[str, Any]:
    header = invoice["header"]
    currency = header["total"]["currency"]
    line = {
        "categoryid": target.category,
        "description": header["supplierInvoiceNumber"],
        "quantity": 1,
        "unit_cost": {"amount": str(header["total"]["value"]), "code": currency},
    }
    return {
        "vendorid": target.vendors[header["supplier"]["supplierNumber"]],
        "bill_number": header["supplierInvoiceNumber"],
        "issue_date": header["invoiceDate"][:10],
        "due_offset_days": 30,
        "currency_code": currency,
        "language": "en",
        "lines": [line],
    }
