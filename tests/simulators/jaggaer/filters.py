"""`flt=`: the part of FIQL that JAGGAER's customers use. `==`, `>=`, `=in=` and `;`; anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.jaggaer import stamps

type Row = Mapping[str, Any]
_TERM = re.compile(r"(?P<name>\w+)(?P<operator>==|>=|=in=)(?P<value>.+)")


class InvalidFilterError(Exception):
    """JAGGAER answers it with a returnCode inside HTTP 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where a filterable field is in a row, and how its values compare."""

    read: Callable[[Row], Any]
    parse: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    field: Field
    operator: str
    wanted: tuple[Any, ...]

    def holds(self, row: Row) -> bool:
        found = self.field.read(row)
        if found is None:
            return False
        value = self.field.parse(str(found))
        return bool(value >= self.wanted[0]) if self.operator == ">=" else value in self.wanted


def text(name: str) -> Field:
    return Field(read=lambda row: row.get(name))


def number(name: str) -> Field:
    return Field(read=lambda row: row.get(name), parse=Decimal)


def instant(name: str) -> Field:
    return Field(read=lambda row: row.get(name), parse=stamps.read_instant)


def digits(name: str) -> Field:
    return Field(read=lambda row: row.get(name), parse=stamps.read_digits)


SUPPLIER_NUMBER = Field(read=lambda row: row["supplier"].get("supplierNumber"))


def matcher(expression: str, fields: Mapping[str, Field], *, any_case: bool = False) -> Callable[[Row], bool]:
    """Read an expression into a test of one row. Advantage takes field names in any case, Indirect does not.

    Raises: InvalidFilterError.
    """
    known = {name.upper(): field for name, field in fields.items()} if any_case else fields
    terms = [_term(part, known, any_case=any_case) for part in expression.split(";") if part]
    return lambda row: all(term.holds(row) for term in terms)


def _term(part: str, fields: Mapping[str, Field], *, any_case: bool) -> _Term:
    found = _TERM.fullmatch(part)
    if found is None:
        raise InvalidFilterError(f"Invalid filter: {part}")
    name = found["name"].upper() if any_case else found["name"]
    if name not in fields:
        raise InvalidFilterError(f"Invalid filter: unknown field {found['name']}")
    wanted = _values(found["operator"], found["value"])
    try:
        parsed = tuple(fields[name].parse(value) for value in wanted)
    except (ValueError, InvalidOperation) as error:
        raise InvalidFilterError(f"Invalid filter: value of {found['name']}") from error
    return _Term(field=fields[name], operator=found["operator"], wanted=parsed)


def _values(operator: str, value: str) -> list[str]:
    if operator != "=in=":
        return [value]
    if not (value.startswith("(") and value.endswith(")")):
        raise InvalidFilterError("Invalid filter: =in= needs a list in parentheses")
    return value[1:-1].split(",")
