"""One value out of a document: found by its rule, read as what it should be, or a problem in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.connectors.jaggaer.expressions import Expression, ExpressionError, plain
from ml_connector.connectors.jaggaer.rule_types import FieldRule, Part
from ml_connector.connectors.jaggaer.stamps import Pattern, read_date, read_instant

_WIDEST = 18  # digits before or after the point: beyond that it is no amount, and printing it is no joke

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("quantity", "unit_price", "amount", "total"), "decimal"),
    **dict.fromkeys(("issued_on", "due_on", "accounting_on"), "date"),
    "modified_at": "instant",
    "terms_days": "integer",
    "active": "boolean",
}
"""What our fields are, whatever a profile forgets to say."""

_SAID = {
    "kind": "invoice type",
    "vendor_id": "vendor number",
    "external_id": "id",
    "issued_on": "invoice date",
    "due_on": "due date",
    "accounting_on": "accounting date",
}


class Reading:
    """Reads one document; what is missing or unreadable is noted, not raised, so that a person sees it all at once."""

    def __init__(self, *, place: str, zone: tzinfo) -> None:
        self._place = place
        self._zone = zone
        self.problems: list[str] = []

    def fields(self, rules: Part, document: Any, *, within: str, about: str = "") -> dict[str, Any]:
        """Every field that `rules` has a rule for, by our name."""
        named = ((name, getattr(rules, name)) for name in type(rules).model_fields)
        return {
            name: self._value(rule, document, name=name, within=within, about=about)
            for name, rule in named
            if isinstance(rule, FieldRule)
        }

    def amounts(self, rules: Mapping[str, tuple[Expression, ...]], document: Any, *, within: str) -> dict[str, Decimal]:
        """The sum of what each kind's expressions find; a kind that finds nothing is left out."""
        found: dict[str, Decimal] = {}
        for kind, expressions in rules.items():
            parts = [part for each in expressions for part in self._numbers(each, document, within=f"{within}.{kind}")]
            if parts:
                found[kind] = sum(parts, Decimal(0))
        return found

    def all_of(self, expression: Expression, document: Any, *, key: str) -> list[Any]:
        """A list of things; a single one counts as a list of one."""
        found = self._find(expression, document, key)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def text(self, expression: Expression | None, document: Any, *, key: str) -> str | None:
        return _text(self._find(expression, document, key)) if expression is not None else None

    def number(self, expression: Expression | None, document: Any, *, key: str) -> Decimal | None:
        found = self._numbers(expression, document, within=key) if expression is not None else []
        return found[0] if found else None

    def holds(self, expression: Expression, document: Any, *, key: str) -> bool:
        try:
            return expression.holds(document)
        except ExpressionError as error:
            self._note(f"{self._place}.{key}: {error}")
            return False

    def _value(self, rule: FieldRule, document: Any, *, name: str, within: str, about: str) -> Any:
        key = f"{within}.{name}"
        found = self._find(rule.path, document, key)
        text = _words(found) if rule.kind == "words" else _text(found)
        if text is None and not isinstance(found, bool):
            if rule.required:
                self._note(f"{about}{_said(name)} is missing (profile: {self._place}.{key}, {rule.path.text!r})")
            return None
        if rule.values is not None:
            return self._translated(rule, text, name=name, key=key, about=about)
        if rule.kind == "words":
            return text
        kind = rule.kind.partition(":")[0]
        kind = KINDS.get(name, "text") if kind == "text" else kind
        try:
            return _READERS[kind](found, rule.pattern, self._zone)
        except (ValueError, InvalidOperation, OverflowError):
            self._note(f"{about}{_said(name)} {str(found)[:60]!r} is not a {kind} (profile: {self._place}.{key})")
            return None

    def _translated(self, rule: FieldRule, text: str | None, *, name: str, key: str, about: str) -> Any:
        values = rule.values or {}
        if text in values:
            return values[text]
        if rule.otherwise is None:
            self._note(
                f"{about}{_said(name)} {text!r} is not among the known ones (profile: {self._place}.{key}.values)"
            )
        return rule.otherwise

    def _numbers(self, expression: Expression, document: Any, *, within: str) -> list[Decimal]:
        numbers: list[Decimal] = []
        for found in self.all_of(expression, document, key=within):
            try:
                numbers.append(_decimal(found, None, self._zone))
            except (ValueError, InvalidOperation):
                self._note(f"{str(found)[:60]!r} is not an amount (profile: {self._place}.{within})")
        return numbers

    def _find(self, expression: Expression, document: Any, key: str) -> Any:
        try:
            return expression.find(document)
        except ExpressionError as error:
            self._note(f"{self._place}.{key}: {error}")
            return None

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _said(name: str) -> str:
    return _SAID.get(name, name.replace("_", " "))


def _text(found: Any) -> str | None:
    """Trimmed; nothing left is nothing. A number is its digits: JAGGAER's ids are numbers, ours are text."""
    if isinstance(found, str):
        return found.strip() or None
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        return plain(found)
    return None


def _words(found: Any) -> str | None:
    items = found if isinstance(found, list) else [found]
    return " / ".join(text for text in map(_text, items) if text) or None


def _decimal(found: Any, pattern: Pattern | None, zone: tzinfo) -> Decimal:
    if isinstance(found, bool) or not isinstance(found, int | str | Decimal):
        raise ValueError("not a number")
    number = Decimal(found.strip()) if isinstance(found, str) else Decimal(found)
    if not number.is_finite():
        raise ValueError("not finite")
    exponent = number.as_tuple().exponent
    if number.adjusted() > _WIDEST or (isinstance(exponent, int) and exponent < -_WIDEST):
        raise ValueError("too many digits")
    return number


def _integer(found: Any, pattern: Pattern | None, zone: tzinfo) -> int:
    number = _decimal(found, pattern, zone)
    if number != number.to_integral_value():
        raise ValueError("not whole")
    return int(number)


def _boolean(found: Any, pattern: Pattern | None, zone: tzinfo) -> bool:
    if isinstance(found, bool):
        return found
    known = {"true": True, "yes": True, "t": True, "false": False, "no": False, "f": False}
    text = (_text(found) or "").lower()
    if text not in known:
        raise ValueError("neither true nor false")
    return known[text]


_READERS: Mapping[str, Callable[[Any, Pattern | None, tzinfo], Any]] = {
    "text": lambda found, pattern, zone: _text(found),
    "decimal": _decimal,
    "integer": _integer,
    "boolean": _boolean,
    "date": lambda found, pattern, zone: read_date(_text(found) or "", pattern),
    "instant": lambda found, pattern, zone: read_instant(_text(found) or "", pattern, zone),
}
