"""Dataclasses to plain JSON values and back, by their own type hints. Decimals, dates and instants travel as text."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def encode(value: Any) -> Any:
    """Absent values and empty ones are left out of objects, so that a new field changes no old hash."""
    kind: Any = type(value)
    return value if kind in _AS_THEY_ARE else _encoder(kind)(value)


@cache
def _encoder(kind: type) -> Callable[[Any], Any]:
    """How values of one type are encoded: asked once for each type, since hashing records is what we do most."""
    if is_dataclass(kind):
        return _object_encoder(_names(kind))
    if issubclass(kind, Enum):
        return lambda value: value.value
    if issubclass(kind, Decimal):
        return _plain
    if issubclass(kind, datetime | date):
        return lambda value: value.isoformat()
    if issubclass(kind, timedelta):
        return lambda value: value.total_seconds()
    if issubclass(kind, Mapping):
        return lambda value: {str(key): encode(item) for key, item in value.items()}
    if issubclass(kind, list | tuple | set | frozenset):
        return lambda value: [encode(item) for item in value]
    return lambda value: value


def _object_encoder(names: tuple[str, ...]) -> Callable[[Any], Any]:
    def encoded(value: Any) -> Any:
        pairs = [(name, encode(getattr(value, name))) for name in names]
        return {name: item for name, item in pairs if item is not None and item != [] and item != {}}

    return encoded


def decode(kind: Any, value: Any) -> Any:
    """The value as `kind`. Raises ValueError, TypeError or KeyError where it does not fit."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(kind, value)
    if value is None or kind is Any:
        return value
    if origin in (tuple, frozenset):
        return origin(decode(get_args(kind)[0], item) for item in value)
    if origin in (dict, Mapping) or (origin is not None and issubclass(origin, Mapping)):
        return {key: decode(get_args(kind)[1], item) for key, item in value.items()}
    if isinstance(kind, type):
        return _decode_plain(kind, value)
    if isinstance(kind, typing.NewType):
        return value
    raise TypeError(f"no way to read {kind!r}")


def _decode_union(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    inner = [option for option in get_args(kind) if option is not type(None)]
    return decode(inner[0], value)


def _decode_plain(kind: type[Any], value: Any) -> Any:
    if is_dataclass(kind):
        hints = _hints(kind)
        given = {name: decode(hints[name], item) for name, item in value.items() if name in hints}
        return kind(**{**_left_out(kind), **given})
    if issubclass(kind, Enum):
        return kind(value)
    if kind is Decimal:
        return Decimal(value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind is timedelta:
        return timedelta(seconds=value)
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _left_out(kind: Any) -> dict[str, Any]:
    """What `encode` leaves out of a field without a default: nothing is None, and an empty tuple is ()."""
    hints = _hints(kind)
    required = [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING]
    empty = {name: () for name in required if get_origin(hints[name]) is tuple}
    return empty | {name: None for name in required if type(None) in get_args(hints[name])}


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: hint for name, hint in typing.get_type_hints(kind).items() if name in names}


def _plain(number: Decimal) -> str:
    """1.50, 1.5 and 15E-1 are one number and get one spelling."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
