"""What a mapping may say where FreshBooks has no list: a department is words on a line, terms are days, a currency
is its code. Tax is booked like any cost, so its mapping names an expense category.
"""

from __future__ import annotations

from ml_connector.connectors.freshbooks.marks import harmless
from ml_connector.domain.currencies import ISO_4217
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem

LONGEST_TERMS_DAYS = 3650
LONGEST_DEPARTMENT = 60

MAPPED_AMONG = {ReferenceKind.TAX: ReferenceKind.ACCOUNT}


def department(text: str) -> ReferenceItem:
    """These three raise ValueError that says what the text may be."""
    words = harmless(" ".join(text.split()))
    if not 0 < len(words) <= LONGEST_DEPARTMENT:
        raise ValueError(f"a department is written on the bill's lines: at most {LONGEST_DEPARTMENT} characters")
    return ReferenceItem(id=words, name=words)


def terms(text: str) -> ReferenceItem:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= LONGEST_TERMS_DAYS):
        raise ValueError(f"terms are a whole number of days in FreshBooks, from 0 to {LONGEST_TERMS_DAYS}")
    return ReferenceItem(id=str(int(text)), name=f"{int(text)} days")


def currency(text: str) -> ReferenceItem:
    if text.upper() not in ISO_4217:
        raise ValueError(f"{text!r} is not a currency of ISO 4217, such as USD")
    return ReferenceItem(id=text.upper(), name=text.upper())


WRITTEN = {
    ReferenceKind.DEPARTMENT: department,
    ReferenceKind.TERMS: terms,
    ReferenceKind.CURRENCY: currency,
}
