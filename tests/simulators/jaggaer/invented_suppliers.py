"""The invented suppliers: leading zeros, two spellings, namesakes, foreign ones, one not active, the buyer itself."""

from __future__ import annotations

from typing import Any

LAB = "0004510"
COURIER = "000073"
OFFICE = "118204"
FACILITIES = "0260017"
GLASS = "305511"  # one number, two spellings on its invoices
GLASS_OTHER_SPELLING = "Merrowdale Glassworks, Inc."
CONSULTANTS = "441902"
CONSULTANTS_NAMESAKE = "441977"  # another firm whose name reads the same once normalised
MESSTECHNIK = "0088120"
ATELIER = "520334"
REAGENTS = "610045"
KIKAI = "0777001"
BOOKS = "203118"
LANDLORD = "0150062"
CATERING = "334870"
SPEAKER = "026690"
ELECTRIC = "412255"
PRINTER = "990001"  # no longer active
BUYER = "EASTMOOR"

_STREETS = ("Foundry Lane", "Quarry Street", "Harbour Row", "Mill Bank", "Station Approach", "Orchard Hill")


def suppliers() -> list[dict[str, Any]]:
    """Words for `add_supplier`, in order of bravoId."""
    rows = [
        _row(LAB, "HARROWPIKE LABORATORY SUPPLY", dAndBCode="990045100"),
        _row(COURIER, "Bluefinch Courier Services", dAndBCode="DNP"),
        _row(OFFICE, "Castelvane Office Goods"),
        _row(FACILITIES, "Orchardrow Facilities Group", dAndBCode="990045117"),
        _row(GLASS, "MERROWDALE GLASSWORKS INC", dAndBCode="DNP"),
        _row(CONSULTANTS, "Larkspurne Consulting LLC"),
        _row(CONSULTANTS_NAMESAKE, "LARKSPURNE CONSULTING, L.L.C."),
        _row(MESSTECHNIK, "Tannenfels Messtechnik GmbH", isoCountry="DE", currency="EUR", euVat="DE999999001"),
        _row(ATELIER, "Atelier Rouvière SARL", isoCountry="FR", currency="EUR", status="ABILITATO"),
        _row(REAGENTS, "Northgate Reagentia Ltd", isoCountry="CA", currency="CAD", province="ON"),
        _row(KIKAI, "Hoshizuka Kikai KK", isoCountry="JP", currency="JPY"),
        _row(BOOKS, "Quillfeather & Daughters Booksellers"),
        _row(LANDLORD, "Summitridge Properties"),
        _row(CATERING, "Pembrey Catering Co"),
        _row(SPEAKER, "Imogen Falkrath"),
        _row(ELECTRIC, "Copperlyne Electric Inc"),
        _row(PRINTER, "Oldmill Printing", status="INACTIVE"),
        _row(BUYER, "Eastmoor University", type="BUYER"),
    ]
    return [_placed(row, place) for place, row in enumerate(rows)]


def _row(number: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"number": number, "name": name, **fields}


def _placed(row: dict[str, Any], place: int) -> dict[str, Any]:
    """Every third has no e-mail address, every fourth no street."""
    fields: dict[str, Any] = {"bravoId": str(1_200_101 + 7 * place), "registrationDate": "20250901"}
    fields["lastModTime"] = f"202601{5 + place % 10:02}09{10 + place:02}30"
    if place % 3:
        fields |= {"bizEmail": f"accounts@supplier{place:02}.example", "bizPhone": f"+1 555 01{place:02}"}
    if place % 4:
        fields |= {
            "address": f"{10 + place} {_STREETS[place % len(_STREETS)]}",
            "zip": f"97{place:03}",
            "city": "Eastmoor",
            "province": "OR",
        }
    return {**fields, **row}
