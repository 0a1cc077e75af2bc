"""FreshBooks' time tracking: another family of calls, by business and not by account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ml_connector.connectors.freshbooks.client import SYSTEM, scope_named
from ml_connector.connectors.freshbooks.ledger_models import WireTimeEntry
from ml_connector.connectors.freshbooks.listing import PER_PAGE, ListPage
from ml_connector.domain.errors import SettingsError, TransientError
from ml_connector.transport.client import ApiClient

_SCOPE = "user:time_entries:read"
_MOST_PAGES = 50


class Timesheet:
    def __init__(self, api: ApiClient, *, business_id: str) -> None:
        self._api = api
        self._business_id = business_id

    def entry(self, entry_id: str) -> WireTimeEntry:
        operation = "get time entry"
        with scope_named(_SCOPE):
            body = self._api.get(f"{self._base}/{quote(entry_id, safe='')}", operation=operation)
        return _read(body, lambda found: WireTimeEntry.model_validate(found["time_entry"]), operation)

    def entries(self, page: int, *, since: datetime | None) -> ListPage[WireTimeEntry]:
        """Newest first, whatever is asked. Without `team` it would be the caller's own alone."""
        params = [("page", str(page)), ("per_page", str(PER_PAGE)), ("team", "true")]
        params += [("include_deleted", "true"), ("include_unlogged", "true")]
        if since is not None:
            params.append(("updated_since", f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
        operation = "list time entries"
        with scope_named(_SCOPE):
            body = self._api.get(self._base, operation=operation, params=params)
        return _read(body, _page, operation)

    def deleted(self, entry_id: str, *, since: datetime) -> WireTimeEntry | None:
        """The entry as it was before it was deleted, if that happened since then."""
        for number in range(1, _MOST_PAGES + 1):
            page = self.entries(number, since=since)
            for found in page.items:
                if found.id == entry_id:
                    return found
            if number >= page.pages:
                return None
        return None

    @property
    def _base(self) -> str:
        if not self._business_id:
            raise SettingsError("is needed to read time entries; users/me tells it", setting="business_id")
        return f"/timetracking/business/{quote(self._business_id, safe='')}/time_entries"


def _page(body: Any) -> ListPage[WireTimeEntry]:
    rows, meta = body["time_entries"], body["meta"]
    items = tuple(WireTimeEntry.model_validate(row) for row in rows)
    return ListPage(items=items, pages=int(meta["pages"]), total=int(meta["total"]))


def _read[Result](body: Any, pick: Callable[[Any], Result], operation: str) -> Result:
    try:
        return pick(body)
    except (KeyError, TypeError, ValueError) as error:
        detail = f"the answer lacks what was asked for ({type(error).__name__})"
        raise TransientError(detail, system=SYSTEM, operation=operation, code="garbled") from error
