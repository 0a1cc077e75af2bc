"""One HTTP answer, and JSON in and out of it with exact decimals. A float never appears."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn


class GarbledError(ValueError):
    """An answer that should have been JSON and is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`headers` have lower-case names; `body` is decompressed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def is_empty(self) -> bool:
        """204 and 205 carry no body by definition, and 202 says all with its status."""
        return self.status in (202, 204, 205) and not self.body

    def json(self) -> Any:
        """The body, whatever its content type says. Decimals are exact. Raises: GarbledError."""
        return decoded(self.body)


def decoded(body: bytes) -> Any:
    """JSON with every non-integer number as a Decimal. Raises: GarbledError, also for NaN and Infinity."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_not_json)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise GarbledError(f"not JSON: {type(error).__name__}") from error


def encoded(value: Any) -> bytes:
    """JSON whose Decimals are numbers with exactly the digits given. Raises: TypeError for a float."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} is not a JSON number")
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "[" + ",".join(_text(item) for item in value) + "]"
    if value is None or isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)
