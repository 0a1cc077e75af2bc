"""Account segments: the customer's chart on a header or a line, whole or split, sometimes beside a superseded chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.simulators.jaggaer.charges import exact

ACCOUNTS = {
    "210000": "Accrued Liabilities",
    "299999": "Unmapped",
    "600100": "Supplies",
    "600200": "Laboratory",
    "610000": "Freight",
    "620000": "Services",
    "630000": "Rent",
}
DEPARTMENTS = {
    "1000010": "Chemistry",
    "1000020": "Physics",
    "1000030": "Facilities",
    "1000040": "Library",
    "1000050": "Administration",
}
DEFAULT_DEPARTMENT = "1000010"


def whole(*, account: str, department: str = DEFAULT_DEPARTMENT) -> dict[str, Any]:
    """One index and no distribution: it takes all."""
    return _group([_index(account, department)])


def split(shares: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several indexes, each with `account` and either `percent` or `amount`.

    The JSON names of the distribution are a guess from the attributes of the XML dialect.
    """
    by_amount = any("amount" in share for share in shares)
    indexes = [
        {
            "splitIndex": place,
            "distributionValue": exact(share["amount" if by_amount else "percent"]),
            **_index(share["account"], share.get("department", DEFAULT_DEPARTMENT)),
        }
        for place, share in enumerate(shares, start=1)
    ]
    return _group(indexes, distribution="AmountOfPrice" if by_amount else "PercentOfPrice")


def superseded() -> dict[str, Any]:
    """A group of the chart used before: other segment names, most without a value."""
    names = ("LegacyLocation", "LegacyAccount", "LegacyFund", "LegacyObject")
    values = [{"internalName": name} for name in names]
    values[2] |= {"value": "19000", "description": "General funds"}
    return _group([{"customFieldValueList": {"customFieldValue": values}}])


def group_list(*groups: Mapping[str, Any]) -> dict[str, Any]:
    return {"splittableFieldSetGroup": list(groups)}


def _group(indexes: Sequence[Mapping[str, Any]], *, distribution: str | None = None) -> dict[str, Any]:
    index_set: dict[str, Any] = {"context": "Line"}
    if distribution is not None:
        index_set["distributionType"] = distribution
    index_set["splittableFieldIndexList"] = {"splittableFieldIndex": list(indexes)}
    return {"splittableFieldIndexSet": [index_set]}


def _index(account: str, department: str) -> dict[str, Any]:
    values = [
        _value("Entity", "2040", "Eastmoor Main Campus"),
        _value("Fund", "17002", "Operations"),
        _value("Financial_Unit", department, DEPARTMENTS.get(department, department)),
        _value("Account", account, ACCOUNTS.get(account, account)),
        _value("Project", "00000000", "00000000"),
        {"internalName": "Future"},
    ]
    return {"customFieldValueList": {"customFieldValue": values}}


def _value(name: str, value: str, description: str) -> dict[str, str]:
    return {"internalName": name, "value": value, "description": description}
