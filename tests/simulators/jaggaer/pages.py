"""One page of a list: 1-based `start`, a cap, counts, and failure as a `returnCode` inside HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulators.jaggaer import answers, filters
from tests.simulators.jaggaer.filters import Field, InvalidFilterError
from tests.simulators.jaggaer.switches import Switches
from tests.simulators.serving import Request, Response

_FAILED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one resource lists, and in which words. `rows` are what a filter sees; `wrap` puts a page into the body."""

    rows: Sequence[Mapping[str, Any]]
    fields: Mapping[str, Field]
    wrap: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]]
    done_message: str = ""
    any_case: bool = False


def answer(request: Request, listing: Listing, switches: Switches) -> Response:
    query = dict(request.query)
    start = query.get("start", "1")
    if not start.isdigit() or int(start) < 1:
        return _failure("Invalid start", 1, switches)
    try:
        rows = _filtered(query, listing, switches)
    except InvalidFilterError as error:
        return _failure(str(error), int(start), switches)
    if int(start) in switches.garbage_starts:
        return answers.garbage()
    return _page(rows, int(start), listing, switches)


def _filtered(query: Mapping[str, str], listing: Listing, switches: Switches) -> list[Mapping[str, Any]]:
    """No extension field is configured here, so any `deFlt` names one that does not exist."""
    if query.get("deFlt"):
        raise InvalidFilterError("Invalid filter: unknown extension field")
    if switches.ignore_filter:
        return list(listing.rows)
    wanted = filters.matcher(query.get("flt", ""), listing.fields, any_case=listing.any_case)
    return [row for row in listing.rows if wanted(row)]


def _page(rows: Sequence[Mapping[str, Any]], start: int, listing: Listing, switches: Switches) -> Response:
    page = rows[start - 1 : start - 1 + switches.page_cap]
    total = len(rows) + (switches.total_drift if start > 1 else 0)
    envelope = _envelope(0, listing.done_message, switches, total=total, returned=len(page), start=start)
    return answers.document({**envelope, **listing.wrap(page)})


def _failure(message: str, start: int, switches: Switches) -> Response:
    return answers.document(_envelope(_FAILED, message, switches, total=0, returned=0, start=start))


def _envelope(
    code: int, message: str, switches: Switches, *, total: int, returned: int, start: int
) -> dict[str, int | str]:
    return {
        "returnCode": str(code) if switches.return_code_as_text else code,
        "returnMessage": message,
        "totRecords": total,
        "returnedRecords": returned,
        "startAt": start,
    }
