"""The invented invoices that are there for a reason, by the last two digits of their id."""

from __future__ import annotations

from typing import Any

from tests.simulators.jaggaer import invented_suppliers as who

SUPPLIES, LABORATORY, FREIGHT, SERVICES, RENT = "600100", "600200", "610000", "620000", "630000"
UNMAPPED, LIABILITY = "299999", "210000"
CHEMISTRY, PHYSICS, FACILITIES, LIBRARY, OFFICE = "1000010", "1000020", "1000030", "1000040", "1000050"

type Case = dict[str, Any]


def line(description: str, quantity: int | str, price: int | str, account: str | None, **more: Any) -> dict[str, Any]:
    return {"description": description, "quantity": quantity, "unitPrice": price, "account": account, **more}


def case(supplier: str, *lines: dict[str, Any], **more: Any) -> Case:
    return {"supplier": supplier, "lines": list(lines), **more}


def percent(*shares: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"percent": share, "account": account, "department": department} for share, account, department in shares]


def _po(number: int) -> str:
    return f"{number:010d}"


def cases() -> dict[int, Case]:
    return {**_orders_and_splits(), **_charges(), **_currencies_and_names(), **_odd_ones(), **_credit_memos()}


def _orders_and_splits() -> dict[int, Case]:
    tubes = line("Centrifuge tubes, 15 ml", 10, 60, SUPPLIES, poNumber=_po(101), product="Catalog")
    gloves = line("Nitrile gloves, box", 25, "9.80", SUPPLIES, poNumber=_po(101), unit="BX")
    shared = percent(("75", SUPPLIES, CHEMISTRY), ("25", LABORATORY, PHYSICS))
    thirds = percent(("33.33", SERVICES, CHEMISTRY), ("33.33", SERVICES, PHYSICS), ("33.34", SERVICES, LIBRARY))
    amounts = [{"amount": "400.00", "account": SERVICES}, {"amount": "120.25", "account": RENT, "department": OFFICE}]
    return {
        2: case(who.LAB, tubes, gloves, taxCharge1="86.61"),
        3: case(who.LAB, line("Spectrometer lamp", 4, 100, None, splits=shared, poNumber=_po(102)), taxCharge1="41"),
        4: case(who.CONSULTANTS, line("Workshop for three departments", 1, "1000.01", None, splits=thirds)),
        5: case(who.OFFICE, line("Filing cabinets", 2, "315.50", SUPPLIES, department=OFFICE, superseded=True)),
        6: case(
            who.ELECTRIC,
            line("Conduit, laid", 40, "12.25", SERVICES, department=FACILITIES, poNumber=_po(103), poLineNumber="1"),
            line("Switchboard", 1, 2150, SERVICES, department=FACILITIES, poNumber=_po(104), poLineNumber="1"),
        ),
        7: case(
            who.FACILITIES,
            line("Window cleaning, ordered", 1, 780, SERVICES, department=FACILITIES, poNumber=_po(105)),
            line("Call-out, not ordered", 1, 95, SERVICES, department=FACILITIES),
        ),
        34: case(who.CONSULTANTS, line("Survey and desk", 1, "520.25", None, splits=amounts)),
    }


def _charges() -> dict[int, Case]:
    kit = line("Reagent kit", 6, "84.15", LABORATORY, poNumber=_po(108))
    books = [line("Monographs", 12, "31.90", SUPPLIES, department=LIBRARY), line("Atlas", 1, "149", SUPPLIES)]
    mixed = [
        line("Beakers", 30, "4.75", SUPPLIES, poNumber=_po(110)),
        line("Fume hood filter", 2, "212.40", LABORATORY, poNumber=_po(110)),
        line("Installation", 1, 180, SERVICES, poNumber=_po(110)),
    ]
    return {
        1: case(who.BOOKS, line("Journal subscription", 1, 1000, SUPPLIES, department=LIBRARY), taxCharge1="102.5"),
        8: case(who.COURIER, line("Crate, climate controlled", 2, 340, FREIGHT), shippingCharge="58.20"),
        10: case(who.LAB, kit, handlingCharge=50, taxCharge1="51.76"),
        12: case(who.OFFICE, line("Toner", 8, "72.35", SUPPLIES, poNumber=_po(109)), misc_fee="12.50"),
        13: case(who.BOOKS, *books, discountAmount=20, taxCharge1="52.44"),
        36: case(
            who.LAB,
            *mixed,
            taxCharge1="76.60",
            shippingCharge="35",
            handlingCharge="7.5",
            discountAmount="10",
            misc_fee="3.25",
            terms="Net 45",
        ),
        50: case(who.FACILITIES, line("Hire of lifts", 3, 410, SERVICES), taxCharge1="61.50", taxCharge2="12.3"),
    }


def _currencies_and_names() -> dict[int, Case]:
    gauge = line("Pressure gauge", 2, "845.50", LABORATORY, department=PHYSICS)
    return {
        14: case(who.MESSTECHNIK, gauge, currency="EUR", taxCharge1="321.29", terms="Net 60"),
        15: case(who.REAGENTS, line("Solvent, 20 l", 5, "118.40", LABORATORY), currency="CAD", taxCharge1="76.96"),
        16: case(
            who.KIKAI, line("Micro pump", 3, 48500, LABORATORY, poNumber=_po(111)), currency="JPY", taxCharge1=14550
        ),
        17: case(who.GLASS, line("Flasks, 500 ml", 24, "11.25", SUPPLIES)),
        18: case(who.GLASS, line("Flasks, 1 l", 12, "17.50", SUPPLIES), supplier_name=who.GLASS_OTHER_SPELLING),
        20: case(who.CONSULTANTS, line("Audit support", 16, 145, SERVICES, unit="HR", department=OFFICE)),
        21: case(who.CONSULTANTS_NAMESAKE, line("Garden design", 1, 2320, SERVICES, department=FACILITIES)),
        32: case(who.ATELIER, line("Exhibition panels", 7, "133.33", SERVICES, department=LIBRARY), currency="EUR"),
        33: case(who.REAGENTS, line("Buffer", 9, "27.05", LABORATORY, poNumber=_po(112)), currency="CAD"),
        42: case(who.ATELIER, line("Framing", 1, "640.10", SERVICES), currency="EUR", taxCharge1="128.02"),
    }


def _odd_ones() -> dict[int, Case]:
    odd_text = 'Pipes 3/4" <brass> & "fittings", naïve fit – rev. 2'
    travel = line("Travel", 1, "88.42", SERVICES, poNumber=_po(114))
    return {
        22: case(who.ELECTRIC, line("Rewiring", 1, 5000, SERVICES), taxCharge1="512.5", total="5514.55"),
        24: case(who.CATERING, line("Lunch", 40, "14.50", None), line("Coffee", 40, 3, None), account=SERVICES),
        25: case(who.LAB, line("Aliquot", 3, "33.333", LABORATORY, poNumber=_po(113)), taxCharge1="10.25"),
        27: case(who.FACILITIES, line("Boiler service", 1, 5000, SERVICES), taxCharge1=475, total=None),
        29: case(who.OFFICE, line("Plaque", 1, "214.60", UNMAPPED)),
        30: case(who.SPEAKER, line("Prize", 1, 500, UNMAPPED, poNumber=_po(114)), travel),
        31: case(who.LANDLORD, line("Deposit held back", 1, 3200, LIABILITY, department=FACILITIES)),
        41: case(
            who.COURIER, line("Dry ice, kg", "2.5", "12.345", FREIGHT, unit="KG"), line("Parcel", 7, "8.995", FREIGHT)
        ),
        44: case(who.ELECTRIC, line(odd_text, 15, "6.40", SUPPLIES)),
        45: case(
            who.LAB,
            line("Pipette tips", 20, "18.75", SUPPLIES, poNumber=_po(115)),
            line("Free sample", 1, 0, SUPPLIES, poNumber=_po(115)),
        ),
        46: case(who.OFFICE, line("Paper", 50, "5.20", SUPPLIES), line("Rebate", 1, "-26", SUPPLIES)),
    }


def _credit_memos() -> dict[int, Case]:
    memo = {"invoiceType": "Credit memo"}
    returned = line("Centrifuge tubes, returned", 2, -60, SUPPLIES, poNumber=_po(101), poLineNumber="1")
    dented = line("Cabinets, dented", 1, "-315.50", SUPPLIES, department=OFFICE)
    less = {"taxCharge1": "-41", "handlingCharge": "-50", "discountAmount": 20}
    return {
        9: case(who.LAB, returned, taxCharge1="-12.30", **memo),
        19: case(who.OFFICE, dented, supplierInvoiceNumber=None, **memo),
        38: case(who.GLASS, line("Flasks, broken", 16, "-25", SUPPLIES), **less, **memo),
        52: case(who.CATERING, line("Lunch, cancelled", -10, "14.50", SERVICES), **memo),
    }
