"""Plain values to DynamoDB's spelling and back, and instants as text that sorts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

type Item = dict[str, Any]


def packed(values: Mapping[str, str | int | bytes | Decimal | None]) -> Item:
    """Absent values and empty texts are left out."""
    return {name: _pack(value) for name, value in values.items() if value is not None and value != ""}


def unpacked(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _unpack(value) for name, value in item.items()}


def iso(moment: datetime) -> str:
    """UTC to the microsecond, always equally long: texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _pack(value: str | int | bytes | Decimal) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    return {"N": str(value)}


def _unpack(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    return Decimal(inner) if kind == "N" else inner
