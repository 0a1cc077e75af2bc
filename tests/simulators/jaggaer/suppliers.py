"""Supplier master data as Advantage lists it (`companyprofiles`), and the shorter form that invoices carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import Any

from tests.simulators.jaggaer import filters, stamps
from tests.simulators.jaggaer.pages import Listing

_FIELDS = {
    "BRAVOID": filters.number("bravoId"),
    "COMPANYNAME": filters.text("companyName"),
    "EXTCODE": filters.text("extCode"),
    "LASTMODTIME": filters.digits("lastModTime"),
    "STATUS": filters.text("status"),
    "TYPE": filters.text("type"),
}
_THIN = ("bravoId", "companyName", "type", "status", "lastModTime")


class SupplierBook:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._companies: list[dict[str, Any]] = []
        self._ids = count(1_000_001)
        self._unlisted: dict[str, int] = {}

    def add(self, *, number: str, name: str, **fields: Any) -> dict[str, Any]:
        """`number` becomes `extCode`. A field given as None is left out.

        Raises: ValueError for a number that is taken.
        """
        if self.find(number) is not None:
            raise ValueError(f"supplier {number} is there already")
        company = {**_new_company(number, name, stamps.digits(self._clock())), **fields}
        company.setdefault("bravoId", str(self._unlisted.get(number) or next(self._ids)))
        self._companies.append({key: value for key, value in company.items() if value is not None})
        self._companies.sort(key=lambda each: int(each["bravoId"]))
        return deepcopy(self._fetch(number))

    def edit(self, number: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        company = self._fetch(number)
        stamp = stamps.later_digits(self._clock(), company["lastModTime"])
        company |= {"lastModTime": stamp, **changes}
        for name in [name for name, value in company.items() if value is None]:
            del company[name]
        return deepcopy(company)

    def find(self, number: str) -> dict[str, Any] | None:
        return next((company for company in self._companies if company.get("extCode") == number), None)

    def all(self) -> list[dict[str, Any]]:
        return deepcopy(self._companies)

    def on_documents(self, number: str, *, name: str | None) -> dict[str, Any]:
        """The supplier as a header names it. One that Advantage does not list is still a supplier here."""
        company = self.find(number)
        if company is None:
            bravo_id = self._unlisted.setdefault(number, next(self._ids))
            return {"id": bravo_id, "name": name or f"Supplier {number}", "supplierNumber": number}
        short = {"id": int(company["bravoId"]), "name": name or company["companyName"], "supplierNumber": number}
        return {**short, "duns": company["dAndBCode"]} if company.get("dAndBCode") else short

    def listing(self, *, thin: bool) -> Listing:
        return Listing(
            rows=self._companies, fields=_FIELDS, wrap=_wrap_thin if thin else _wrap, done_message="OK", any_case=True
        )

    def _fetch(self, number: str) -> dict[str, Any]:
        company = self.find(number)
        if company is None:
            raise LookupError(f"no supplier {number}")
        return company


def _wrap(page: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"returnCompanyData": [{"returnCompanyInfo": company} for company in page]}


def _wrap_thin(page: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return _wrap([{name: company[name] for name in _THIN} for company in page])


def _new_company(number: str, name: str, stamp: str) -> dict[str, Any]:
    return {
        "companyName": name,
        "extCode": number,
        "extUniqueCode": "",
        "dAndBCode": "",
        "fiscalCode": "",
        "euVat": "",
        "bizEmail": "",
        "bizPhone": "",
        "isoCountry": "US",
        "currency": "USD",
        "type": "SELLER",
        "status": "ACTIVE",
        "registrationDate": stamp[:8],
        "lastModTime": stamp,
    }
