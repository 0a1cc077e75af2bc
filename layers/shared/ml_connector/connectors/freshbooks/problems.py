"""What is wrong, out of any of FreshBooks' error shapes. Every family has its own, and some come with HTTP 200."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`errno` None where the shape has none; `word` is the OAuth shape's, such as "unauthenticated"."""

    message: str = ""
    errno: int | None = None
    field: str = ""
    object: str = ""
    word: str = ""

    def __str__(self) -> str:
        place = f"{self.object} {self.field}".strip()
        number = f" (errno {self.errno})" if self.errno is not None else ""
        return f"{f'{place}: ' if place else ''}{self.message or self.word}{number}"


def problems_in(body: Any) -> tuple[Problem, ...]:
    """None of them in a success."""
    if not isinstance(body, Mapping):
        return ()
    response = body.get("response")
    if isinstance(response, Mapping):
        return tuple(_accounting_old(response.get("errors")))
    return (*_accounting_new(body), *_ledger(body.get("errors")), *_flat(body))


def _accounting_old(errors: Any) -> Iterator[Problem]:
    """A: `{"response": {"errors": [...]}}`, or a single object in place of the list."""
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, Mapping):
            yield Problem(
                message=_text(error.get("message")),
                errno=_errno(error.get("errno")),
                field=_text(error.get("field")),
                object=_text(error.get("object")),
            )


def _accounting_new(body: Mapping[str, Any]) -> Iterator[Problem]:
    """B: google.rpc with `reason` as the errno, and the events family's older `fieldViolations`."""
    for detail in _mappings(body.get("details")):
        metadata = detail.get("metadata")
        if isinstance(metadata, Mapping):
            yield Problem(
                message=_text(metadata.get("message")) or _text(body.get("message")),
                errno=_errno(detail.get("reason")),
                field=_text(metadata.get("field")),
                object=_text(metadata.get("object")),
            )
        for violation in _mappings(detail.get("fieldViolations")):
            yield Problem(message=_text(violation.get("description")), field=_text(violation.get("field")))


def _ledger(errors: Any) -> Iterator[Problem]:
    """C: `{"errors": {"message", "status", "details": [...]}}`."""
    if not isinstance(errors, Mapping):
        return
    status = _errno(errors.get("status"))
    details = _mappings(errors.get("details"))
    for detail in details:
        metadata = detail.get("metadata")
        field = _text(metadata.get("field")) if isinstance(metadata, Mapping) else ""
        yield Problem(message=_text(detail.get("reason")), errno=status, field=field)
    if not details:
        yield Problem(message=_text(errors.get("message")), errno=status)


def _flat(body: Mapping[str, Any]) -> Iterator[Problem]:
    """D (projects, time), E (events), F (online payments) and OAuth's own."""
    errno, error = _errno(body.get("errno")), body.get("error")
    if isinstance(error, Mapping):
        for field, message in error.items():
            yield Problem(message=_text(message), errno=errno, field=str(field))
    elif isinstance(error, str) and error:
        yield Problem(message=_text(body.get("error_description")) or error, errno=errno, word=error)
    elif body.get("error_type") or errno is not None or _text(body.get("message")).startswith("invalid_token"):
        said = [_text(detail) for detail in _list(body.get("details"))]
        message = "; ".join(filter(None, said)) or _text(body.get("message"))
        word = _text(body.get("error_type")) or message.partition(":")[0]
        yield Problem(message=message, errno=errno, word=word)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, Mapping)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _errno(value: Any) -> int | None:
    """Sometimes a number, sometimes its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
