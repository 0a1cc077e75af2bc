"""What people do in JAGGAER and in FreshBooks while the simulated world runs."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from tests.jaggaer_freshbooks import category_of
from tests.simulation.scene import Document
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.invented_cases import SUPPLIES, line
from tests.world import TENANT, World

SUPPLIER, SUPPLIER_ID = "0004510", "1000001"
UNKNOWN_ACCOUNT = "699999"
FIRST = 2_700_001


def a_supplier(simulator: JaggaerSimulator) -> None:
    simulator.add_supplier(number=SUPPLIER, name="HARROWPIKE LABORATORY SUPPLY", bravoId=SUPPLIER_ID)


def consents_again(world: World, freshbooks: FreshBooksSimulator) -> None:
    """A person authorises us in FreshBooks once more, as the alarm of a dead grant asks."""
    granted, now = freshbooks.grant(), world.fakes.clock.now()
    ends = now + timedelta(seconds=granted["expires_in"])
    pair = TokenPair(access=granted["access_token"], refresh=granted["refresh_token"], expires_at=ends)
    GrantShelf(world.fakes.ports, tenant=TENANT, grant="freshbooks").authorise(pair, now=now)


def lets_run(world: World) -> None:
    """Every connection that was stopped goes on."""
    for connection in world.fakes.connections.list(TENANT):
        if not connection.is_running:
            world.fakes.connections.save(replace(connection, state=ConnectionState.ACTIVE))


class Invoices:
    """JAGGAER's: they come, change, and are cancelled for good. The first one's account is known to nobody."""

    def __init__(self, jaggaer: JaggaerSimulator, chance: random.Random) -> None:
        self._jaggaer = jaggaer
        self._chance = chance
        self.totals: dict[int, str] = {}
        self.cancelled: set[int] = set()

    def come(self, some: int) -> str:
        for _ in range(some):
            each = FIRST + len(self.totals)
            self.totals[each] = self._total()
            names: dict[str, Any] = {"number": f"I{each}", "supplierInvoiceNumber": f"INV-{each}"}
            self._jaggaer.add_invoice(**names, supplier=SUPPLIER, lines=[self._line(each)], invoiceId=each)
        return f"{some} new invoices"

    def change(self, some: int) -> str:
        chosen = [each for each in self._chance.choices(list(self.totals), k=some) if each not in self.cancelled]
        for each in dict.fromkeys(chosen):
            if self._chance.random() < 0.1:
                self.cancelled.add(each)
                self._jaggaer.cancel_invoice(each)
            else:
                self.totals[each] = self._total()
                self._jaggaer.edit_invoice(each, lines=[self._line(each)])
        return f"invoices {chosen} change"

    def documents(self, *, is_mapped: bool) -> dict[str, Document]:
        return {
            str(each): Document(
                number=f"INV-{each}",
                total=f"{total} USD",
                cancelled=each in self.cancelled,
                may_wait=each == FIRST and not is_mapped,
            )
            for each, total in self.totals.items()
        }

    def _total(self) -> str:
        return f"{self._chance.randrange(1, 900)}.00"

    def _line(self, each: int) -> dict[str, Any]:
        return line("Beakers", 1, self.totals[each], UNKNOWN_ACCOUNT if each == FIRST else SUPPLIES)


class VendorBooks:
    """FreshBooks' bills, at its own desk."""

    def __init__(self, freshbooks: FreshBooksSimulator, invoices: Invoices) -> None:
        self._freshbooks = freshbooks
        self._invoices = invoices
        self.forgotten: set[str] = set()

    def touch(self) -> None:
        """Somebody opens every bill and saves it as it is."""
        for bill in self._freshbooks.bills:
            self._freshbooks.edit_bill(bill["id"])

    def marked(self, marker: str) -> list[str]:
        return [str(bill["id"]) for bill in self._freshbooks.bills if marker_of(bill) == marker]

    def delete(self, target_id: str) -> None:
        self._freshbooks.delete_bill(int(target_id))

    def correct(self, row: CrossReference) -> None:
        assert row.confirmed is not None
        bill = next(each for each in self._freshbooks.all_bills if str(each["id"]) == row.confirmed.target_id)
        first = bill["lines"][0]
        cost = {"amount": self._invoices.totals[int(row.record.external_id)], "code": "USD"}
        words = {"description": first["description"], "categoryid": category_of(first)}
        self._freshbooks.edit_bill(bill["id"], lines=[{**words, "quantity": 1, "unit_cost": cost}])

    def is_cancelled(self, external_id: str) -> bool:
        return int(external_id) in self._invoices.cancelled


def marker_of(bill: dict[str, Any]) -> str | None:
    found = re.search(r"\[ml:([^\]]+)\]", " ".join(each["description"] or "" for each in bill["lines"]))
    return found[1] if found else None
