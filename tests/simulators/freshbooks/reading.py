"""Reading what a caller sent, field by field: each reader answers the value in our keeping or raises a Refusal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.freshbooks.errors import (
    DATE,
    INVALID,
    READ_ONLY,
    REQUIRED,
    TOO_LONG,
    WRONG_TYPE,
    Problem,
    Refusal,
)

TOO_MUCH = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one kind of object; every refusal names it."""

    object: str

    def refusal(self, errno: int, field: str, message: str, value: Any = "", *, status: int = 422) -> Refusal:
        problem = Problem(errno=errno, message=message, field=field, object=self.object, value=str(value))
        return Refusal(status, problem)

    def require(self, sent: Mapping[str, Any], fields: Collection[str]) -> None:
        """Refuses with every missing field at once; an empty string counts as missing."""
        problems = [
            Problem(errno=REQUIRED, message=f"{field} is required.", field=field, object=self.object)
            for field in fields
            if sent.get(field) in (None, "", [])
        ]
        if problems:
            raise Refusal(422, *problems)

    def refuse_read_only(self, sent: Mapping[str, Any], fields: Collection[str]) -> None:
        for field in sent:
            if field in fields:
                raise self.refusal(READ_ONLY, field, "Write access denied.", sent[field], status=403)

    def whole(self, field: str, value: Any) -> int:
        """An integer, or a string of digits."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        raise self.refusal(WRONG_TYPE, field, f"{field} must be an integer.", value)

    def day(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[12]\d{3}-\d\d-\d\d", value):
            raise self.refusal(DATE, field, f"{field} must be a date, YYYY-MM-DD.", value)
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise self.refusal(DATE, field, f"{field} is not in the calendar.", value) from error

    def text(self, field: str, value: Any, *, limit: int | None = None) -> str | None:
        if value is not None and not isinstance(value, str):
            raise self.refusal(WRONG_TYPE, field, f"{field} must be a string.", value)
        if value is not None and limit is not None and len(value) > limit:
            raise self.refusal(TOO_LONG, field, f"{field} is longer than {limit} characters.", value)
        return value

    def filled(self, field: str, value: Any) -> str:
        text = self.text(field, value)
        if not text or not text.strip():
            raise self.refusal(REQUIRED, field, f"{field} is required.")
        return text

    def yes_or_no(self, field: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refusal(WRONG_TYPE, field, f"{field} must be true or false.", value)
        return value

    def currency(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
            raise self.refusal(INVALID, field, f"{field} must be an ISO 4217 code.", value)
        return value

    def number(self, field: str, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.refusal(WRONG_TYPE, field, f"{field} must be a number.", value)
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise self.refusal(INVALID, field, f"{field} must be a number.", value) from error
        if not number.is_finite() or abs(number) >= TOO_MUCH:
            raise self.refusal(INVALID, field, f"{field} must be a number of a sensible size.", value)
        return number

    def money(self, field: str, value: Any, *, code: str | None) -> Decimal:
        """`{"amount": "12.50", "code": "USD"}`; the code must be the document's, when that is known."""
        if not isinstance(value, Mapping) or not isinstance(value.get("amount"), str):
            raise self.refusal(WRONG_TYPE, field, f"{field} must hold an amount, as a string, and a code.", value)
        if code is not None and value.get("code", code) != code:
            raise self.refusal(INVALID, field, f"{field} must be in {code}.", value.get("code"))
        return self.number(field, value["amount"])

    def visibility(self, value: Any) -> int:
        state = self.whole("vis_state", value)
        if state not in (0, 1, 2):
            raise self.refusal(INVALID, "vis_state", "vis_state must be 0, 1 or 2.", value)
        return state
