"""An invented JAGGAER: 64 invoices with the holes and proportions of a published sample, and nobody's data.

Ids are 2700001 to 2700064. Which of them stand for what is in `EXPECTED`; the rest is ordinary and seeded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulators.jaggaer import invented_cases, stamps
from tests.simulators.jaggaer import invented_suppliers as who
from tests.simulators.jaggaer.invented_cases import LABORATORY, RENT, SERVICES, SUPPLIES, Case, case, line

if TYPE_CHECKING:
    from tests.simulators.jaggaer.simulator import JaggaerSimulator

_FIRST = 2_700_000
_PENDING = {11, 23, 35, 47, 59}
_IN_PROCESS = {28}
_MEMOS = {9, 19, 38, 52}
_WITHOUT_UNIT = {26, 40, 43, 48, 49}
_WITHHELD = {24, 28, 37, 43, 51, 60}
_ORDERED = {11, 23, 26, 39, 40, 48, 51, 53, 54, 56, 57, 60, 62}  # ordinary ones with a purchase order
_SAME_INSTANT = range(12, 20)
_BATCH = datetime(2026, 2, 2, 4, 0, 0, 250_000, tzinfo=UTC)
_TERMS = ("Net 30", "Net 30", "Net 30", "Net 45", "Net 60", "Net 15", "Due on receipt")
_GOODS = (
    (who.LAB, "Pipettes", LABORATORY),
    (who.OFFICE, "Stationery", SUPPLIES),
    (who.BOOKS, "Textbooks", SUPPLIES),
    (who.LANDLORD, "Rent of annexe", RENT),
    (who.FACILITIES, "Cleaning", SERVICES),
    (who.CATERING, "Buffet", SERVICES),
    (who.SPEAKER, "Lecture", SERVICES),
    (who.ELECTRIC, "Fittings", SUPPLIES),
)


def _ids(*places: int) -> frozenset[int]:
    return frozenset(_FIRST + place for place in places)


_NOT_PLAIN = _PENDING | _IN_PROCESS | _MEMOS

EXPECTED: Mapping[str, frozenset[int]] = {
    "payable_completed": _ids(*(set(range(1, 65)) - _NOT_PLAIN)),  # 54 invoices; credit memos are apart
    "pending": _ids(*_PENDING),
    "in_process": _ids(*_IN_PROCESS),
    "credit_memos": _ids(*_MEMOS),
    "no_total": _ids(27),  # one of the payable and completed
    "no_vendor_reference": _ids(19),
    "credit_positive_discount": _ids(38),
    "credit_negative_quantity": _ids(52),
    "mismatch": _ids(22),  # the total is 2.05 above its parts
    "unmapped_account": _ids(29, 30),
    "liability_account": _ids(31),
    "two_spellings": _ids(17, 18),
    "namesakes": _ids(20, 21),
    "two_orders": _ids(6),
    "mixed_order_lines": _ids(7),
    "split_75_25": _ids(3),
    "split_three_ways": _ids(4),
    "split_by_amount": _ids(34),
    "superseded_chart": _ids(5),
    "header_segments": _ids(24),  # its lines name no segments and inherit the header's
    "freight": _ids(8, 36),
    "handling": _ids(10, 36, 38),
    "misc_fee": _ids(12, 36),
    "discount": _ids(13, 36, 38),
    "tax_2": _ids(50),
    "awkward_cents": _ids(25, 41),
    "negative_line": _ids(46),
    "zero_line": _ids(45),
    "markup_in_text": _ids(44),
    "no_business_unit": _ids(*_WITHOUT_UNIT),
    "withholding": _ids(*_WITHHELD),
    "eur": _ids(14, 32, 42),
    "cad": _ids(15, 33),
    "jpy": _ids(16),
    "same_instant": _ids(*_SAME_INSTANT),
}


def load(simulator: JaggaerSimulator) -> None:
    for supplier in who.suppliers():
        simulator.add_supplier(**supplier)
    cases = _all_cases()
    words = _shuffled_words(cases)
    orders: dict[str, dict[str, Any]] = {}
    for place, each in cases.items():
        simulator.add_invoice(**{**_common(place), **words[place], **each})
        _note_orders(each, orders)
    _add_orders(simulator, orders)


def _all_cases() -> dict[int, Case]:
    written = invented_cases.cases()
    return {place: written.get(place) or _ordinary(place) for place in range(1, 65)}


def _ordinary(place: int) -> Case:
    chance = Random(f"invented invoice {place}")
    supplier, thing, account = chance.choice(_GOODS)
    order = {"poNumber": f"{120 + place:010d}"} if place in _ORDERED else {}
    lines = [
        line(f"{thing}, item {number}", chance.randint(1, 12), _cents(chance.randint(450, 65_000)), account, **order)
        for number in range(1, chance.randint(2, 4))
    ]
    taxed = chance.random() < 0.6
    return case(supplier, *lines, taxCharge1=_cents(chance.randint(200, 9_000)) if taxed else 0)


def _cents(amount: int) -> str:
    return str(Decimal(amount) / 100)


def _common(place: int) -> dict[str, Any]:
    """What every one carries. Stamps do not follow the ids, and one batch stamped eight at once."""
    chance = Random(f"invented header {place}")
    issued_on = date(2025, 12, 15) + timedelta(days=chance.randint(0, 45))
    waited = timedelta(seconds=chance.randint(100_000, 1_500_000), milliseconds=place)
    updated = datetime.combine(issued_on, datetime.min.time(), UTC) + waited
    common: dict[str, Any] = {
        "number": f"I{place:05d}",
        "invoiceId": _FIRST + place,
        "supplierInvoiceNumber": f"{chance.choice(('INV', 'R', 'F-', '2026/'))}{4_000 + 13 * place}",
        "invoiceDate": issued_on,
        "lastUpdate": stamps.instant(_BATCH if place in _SAME_INSTANT else updated),
        "terms": chance.choice(_TERMS),
        "approved": place not in _PENDING,
    }
    if place in _IN_PROCESS:
        common["paymentStatus"] = "InProcess"
    if place in _WITHOUT_UNIT:
        common["businessUnit"] = None
    return {**common, "withholdingTax1": 0} if place in _WITHHELD else common


def _shuffled_words(cases: Mapping[int, Case]) -> dict[int, dict[str, str]]:
    """Sources and match results, in the proportions of the sample."""
    chance = Random("invented proportions")
    sources = ["Manual"] * 37 + ["Form Request"] * 24 + ["Automated"] * 3
    ordered, free = ["Matched"] * 18 + ["Unmatched"] * 8, ["Do Not Match"] * 15 + ["Unmatched"] * 23
    for words in (sources, ordered, free):
        chance.shuffle(words)
    return {
        place: {
            "invoiceSource": sources.pop(),
            "matchStatus": (ordered if any("poNumber" in line for line in each["lines"]) else free).pop(),
        }
        for place, each in cases.items()
    }


def _note_orders(each: Case, orders: dict[str, dict[str, Any]]) -> None:
    """An invoice's lines are lines of its orders. A credit memo's are there already."""
    if each.get("invoiceType") == "Credit memo":
        return
    for billed in each["lines"]:
        if "poNumber" in billed:
            order = orders.setdefault(billed["poNumber"], {"supplier": each["supplier"], "lines": []})
            order["currency"] = each.get("currency", "USD")
            order["lines"].append(billed)


def _add_orders(simulator: JaggaerSimulator, orders: Mapping[str, dict[str, Any]]) -> None:
    """The orders that were billed, one open, one not yet approved and one cancelled."""
    stamp = stamps.instant(_BATCH - timedelta(days=20))
    for number, order in orders.items():
        simulator.add_purchase_order(number=number, **order, lastUpdate=stamp)
    wanted = [line("Balance, analytical", 1, "3895", LABORATORY)]
    for number, statuses in (
        ("0000000190", {}),
        ("0000000191", {"workflowStatus": "Pending", "supplierStatus": "NotSent"}),
        ("0000000192", {"workflowStatus": "Cancelled", "apStatus": "Close"}),
    ):
        simulator.add_purchase_order(number=number, supplier=who.LAB, lines=wanted, **statuses, lastUpdate=stamp)
