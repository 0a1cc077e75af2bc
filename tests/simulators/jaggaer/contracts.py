"""Contracts, and purchase orders in another house's shape: nothing of either is public, and customers differ.

Both list whole rows in plain words, without a detail call. Statuses are codes here, words there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import Any

from tests.simulators.jaggaer import filters, stamps
from tests.simulators.jaggaer.pages import Listing

_STATES = {"Open": "O", "Closed": "C", "Cancelled": "X"}


class ContractBook:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._contracts: dict[str, dict[str, Any]] = {}
        self._ids = count(7_000_001)

    def add(self, *, number: str, status: str, supplier: Mapping[str, Any]) -> dict[str, Any]:
        self._contracts[number] = {
            "contractId": next(self._ids),
            "contractNumber": number,
            "lifecycle": status,
            "secondParty": supplier["supplierNumber"],
            "changed": stamps.instant(self._clock()),
        }
        return deepcopy(self._contracts[number])

    def set_status(self, number: str, status: str) -> dict[str, Any]:
        contract = self._contracts[number]
        contract |= {"lifecycle": status, "changed": stamps.later_instant(self._clock(), contract["changed"])}
        return deepcopy(contract)

    def listing(self) -> Listing:
        fields = {"changed": filters.instant("changed"), "contractId": filters.number("contractId")}
        return Listing(rows=list(self._contracts.values()), fields=fields, wrap=lambda page: {"contracts": list(page)})


def flat_orders(orders: Sequence[Mapping[str, Any]]) -> Listing:
    """The same orders as `orders.py` keeps, as another release might list them."""
    fields = {"changed": filters.instant("changed"), "id": filters.number("id")}
    return Listing(rows=[_flat(order["header"]) for order in orders], fields=fields, wrap=_wrap)


def _flat(header: Mapping[str, Any]) -> dict[str, Any]:
    state = _STATES.get(header["apStatus"], "?")
    return {"id": header["poId"], "orderNo": header["poNumber"], "state": state, "changed": header["lastUpdate"]}


def _wrap(page: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"result": {"orders": list(page)}}
