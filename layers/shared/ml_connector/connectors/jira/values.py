"""One value in the form that a field of Jira's takes. A form that is not known is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.connectors.jira.adf import text_document
from ml_connector.connectors.jira.models import WireField
from ml_connector.connectors.jira.screens import Screen, lacking

_LONG_TEXT = ":textarea"
_CHOICES = frozenset({"option", "priority", "component", "version"})
_LONGEST_LINE = 255


def field_value(screen: Screen, field: WireField, text: str) -> Any:
    """Raises: NeedsReviewError."""
    form = field.form
    if form.custom.endswith(_LONG_TEXT) or form.system in ("description", "environment"):
        return text_document(text)
    if form.type == "array":
        return [_single(screen, field, form.items, part.strip()) for part in text.split(",") if part.strip()]
    return _single(screen, field, form.type, text)


def _single(screen: Screen, field: WireField, kind: str, text: str) -> Any:
    match kind:
        case "string":
            return "-".join(text.split()) if field.id == "labels" else " ".join(text.split())[:_LONGEST_LINE]
        case "number":
            return _number(screen, field, text)
        case "date":
            return _date(screen, field, text)
        case "user":
            return {"accountId": text}
        case _ if kind in _CHOICES:
            return _choice(screen, field, text)
        case _:
            raise lacking(screen, f"the field {field.name!r} is a {kind or 'field of no kind'}, which we cannot fill")


def _number(screen: Screen, field: WireField, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise lacking(screen, f"the field {field.name!r} takes a number, and {text!r} is none") from error
    if not number.is_finite():
        raise lacking(screen, f"the field {field.name!r} takes a number, and {text!r} is none")
    return number


def _date(screen: Screen, field: WireField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise lacking(screen, f"the field {field.name!r} takes a date, and {text!r} is none") from error


def _choice(screen: Screen, field: WireField, text: str) -> dict[str, str]:
    for entry in field.allowed:
        if text in (_words(entry, "id"), _words(entry, "value"), _words(entry, "name")):
            return {"id": _words(entry, "id")}
    known = ", ".join(_words(entry, "value") or _words(entry, "name") for entry in field.allowed[:20]) or "nothing"
    raise lacking(screen, f"the field {field.name!r} does not offer {text!r} (it offers: {known})")


def _words(entry: Mapping[str, Any], name: str) -> str:
    return str(entry.get(name) or "")
