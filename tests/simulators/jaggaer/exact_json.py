"""JSON text with exact numbers: a `Decimal` is written digit for digit, as an integer where it is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def loads(text: bytes | str) -> Any:
    return json.loads(text, parse_float=Decimal)


def dumps(value: Any) -> bytes:
    return _text(value).encode()


def _text(value: Any) -> str:
    match value:
        case None | bool() | str() | int():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return _number(value)
        case Mapping():
            return "{" + ",".join(f"{_text(str(name))}:{_text(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(_text(item) for item in value) + "]"
    raise TypeError(f"no exact JSON for a {type(value).__name__}")


def _number(value: Decimal) -> str:
    """`1000` and `102.5`, never `1000.00` or `1E+3`: how JAGGAER writes amounts."""
    if value == value.to_integral_value():
        return str(int(value))
    return format(value.normalize(), "f")
