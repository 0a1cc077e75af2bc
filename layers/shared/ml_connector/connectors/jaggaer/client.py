"""JAGGAER's J1P calls for one connection: a page of a list, one record's detail. Only GET; nothing here can write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from ml_connector.connectors.jaggaer.expressions import Expression, ExpressionError, plain
from ml_connector.connectors.jaggaer.resource_rules import Filter, Paging, Resource
from ml_connector.connectors.jaggaer.settings import SYSTEM, Settings
from ml_connector.domain.errors import ConnectorError, RejectedError, TransientError
from ml_connector.pipeline.system import Budget, TokenSource
from ml_connector.transport import paging
from ml_connector.transport.answer import Answer, GarbledError
from ml_connector.transport.client import ApiClient, Patience
from ml_connector.transport.paging import BadResumeError, Sheet
from ml_connector.transport.redaction import short

LIST, DETAIL = "list", "detail"
_GONE = frozenset({404, 410})

type Sheets = Iterator[tuple[Sheet[Any], str | None]]


class JaggaerClient:
    """`name` is a resource of the profile: invoice, supplier, purchase_order."""

    def __init__(
        self,
        *,
        settings: Settings,
        http: httpx.Client,
        tokens: TokenSource | None,
        budget: Budget,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        rules = settings.profile.connection
        self._api = partial(
            ApiClient,
            http=http,
            system=SYSTEM,
            base_url=settings.base_url,
            tokens=tokens,
            budget=budget,
            headers=rules.headers,
            unauthorized_statuses=rules.unauthorized_statuses,
            timeout=timedelta(seconds=rules.timeout_seconds),
            default_wait=timedelta(seconds=rules.retry.default_wait_seconds),
            now=now,
        )
        self._budget = budget

    def patient(self) -> JaggaerClient:
        """The same for one long read, which waits in its middle."""
        made = copy(self)
        made._api = partial(self._api, patience=Patience(self._budget))
        return made

    def resource(self, name: str) -> Resource:
        found: Resource = getattr(self._settings.profile.resources, name)
        return found

    def rows(self, name: str, *, since: datetime | None = None, resume: str | None = None) -> Sheets:
        """The list, page by page, of what changed since (None: all of it). A resume that does not fit starts anew."""
        flt = _filter_since(self.resource(name).listing.filter, since)
        try:
            yield from self._pages(name, flt, resume)
        except BadResumeError:
            yield from self._pages(name, flt, None)

    def rows_of(self, name: str, record_id: str) -> Sheets:
        """The rows of one record, where the profile has a filter for it; else all rows."""
        rules = self.resource(name).listing.filter
        template = rules.by_id if rules is not None and rules.by_id else ""
        return self._pages(name, template.replace("{id}", _checked_id(record_id)), None)

    def detail(self, name: str, record_id: str) -> Any:
        """Raises: NotFoundError, and the read errors of transport."""
        rules = self.resource(name).detail
        if rules is None:
            raise RejectedError(f"the profile has no detail for {name}", system=SYSTEM, operation=f"get {name}")
        success = rules.success or self._settings.profile.defaults.success
        api = self._api(refine=self._refiner(name, DETAIL, rules.path, success))
        path = rules.path.replace("{id}", quote(_checked_id(record_id), safe=""))
        return api.get(path, operation=f"get {_said(name)}")

    def _pages(self, name: str, flt: str, resume: str | None) -> Sheets:
        rules = self._paging(name)
        match rules.style:
            case "cursor":
                return paging.cursor(lambda at: self._page(name, flt, at), resume=resume)
            case "page":
                return paging.page_numbers(lambda at: self._page(name, flt, str(at)), first=rules.first, resume=resume)
            case "offset":
                return paging.offset(lambda at: self._page(name, flt, str(at)), resume=resume)
            case "start-count":
                return paging.start_count(lambda at: self._page(name, flt, str(at)), first=rules.first, resume=resume)
        return iter([(self._page(name, flt, None), None)])

    def _page(self, name: str, flt: str, at: str | None) -> Sheet[Any]:
        listing, rules = self.resource(name).listing, self._paging(name)
        success = listing.success or self._settings.profile.defaults.success
        api = self._api(refine=self._refiner(name, LIST, listing.path, success))
        body = api.get(listing.path, operation=f"list {_said(name)}s", params=self._params(name, flt, at))
        return _sheet(body, name, listing.items, rules)

    def _params(self, name: str, flt: str, at: str | None) -> list[tuple[str, str]]:
        listing, rules = self.resource(name).listing, self._paging(name)
        params = [(listing.filter.param, flt)] if listing.filter is not None and flt else []
        if listing.components is not None and listing.components.value:
            params.append((listing.components.param, listing.components.value))
        if at is not None:
            params.append((rules.start_param, at))
        if rules.size_param and rules.size:
            params.append((rules.size_param, str(rules.size)))
        return params

    def _paging(self, name: str) -> Paging:
        return self.resource(name).listing.paging or self._settings.profile.defaults.paging

    def _refiner(
        self, name: str, part: str, path: str, success: Expression
    ) -> Callable[[Answer, bool], ConnectorError | None]:
        """JAGGAER's own reading of an answer: failure inside a 200, and what a refusal means for the profile."""
        key = f"profile.resources.{name}.{part}"
        rules = self._settings.profile

        def refine(answer: Answer, is_write: bool) -> ConnectorError | None:
            if answer.is_success:
                return _failure_inside(answer.json(), success, rules.defaults.failure_text, key)
            if answer.status == 403:
                text = f"the client may not read {_said(name)}s (HTTP 403): have JAGGAER entitle the client id to them"
                return RejectedError(text, code="not_entitled")
            if answer.status == 404 and part == LIST:
                return RejectedError(f"nothing is at {path} (HTTP 404): check {key}.path", code="bad_path")
            if answer.status in _GONE and not _is_told(answer):
                return TransientError(f"HTTP {answer.status} without a word of JAGGAER's on the record")
            if answer.status in rules.connection.retry.statuses and answer.status < 500 and answer.status != 429:
                return TransientError(f"HTTP {answer.status}")
            return None

        return refine


def _is_told(answer: Answer) -> bool:
    """A page of a gateway or a proxy is no answer of the API's, whose every word is an object."""
    try:
        return isinstance(answer.json(), dict)
    except GarbledError:
        return False


def text_of(found: Any) -> str | None:
    """An id or a stamp as text: JAGGAER's ids are numbers."""
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if isinstance(found, str):
        return found.strip() or None
    return None if found is None or isinstance(found, bool | list | dict) else plain(found)


def _failure_inside(body: Any, success: Expression, failure_text: Expression, key: str) -> ConnectorError | None:
    try:
        if success.holds(body):
            return None
        said = text_of(failure_text.find(body))
    except ExpressionError as error:
        return RejectedError(f"{key}.success: {error}", code="bad_profile")
    code = text_of(body.get("returnCode")) if isinstance(body, dict) else None
    text = (
        f"JAGGAER says: {short(said)}" if said else f"the answer is not the one expected ({key}.success does not hold)"
    )
    return RejectedError(text, code=code)


def _sheet(body: Any, name: str, items: Expression, rules: Paging) -> Sheet[Any]:
    """One page. Rows that the profile's expression misses are an error: skipped in silence, they would be lost."""
    key = f"profile.resources.{name}.list"
    try:
        found = items.find(body)
        total, returned = _count(rules.total, body), _count(rules.returned, body)
        cursor = text_of(rules.cursor.find(body)) if rules.cursor is not None else None
        is_last = rules.last.holds(body) if rules.last is not None else None
    except ExpressionError as error:
        raise RejectedError(f"{key}: {error}", system=SYSTEM, operation=f"list {_said(name)}s") from error
    rows = tuple(found) if isinstance(found, list) else ()
    if returned is not None and returned != len(rows):
        detail = f"the page says it has {returned} rows, and {key}.items ({items.text!r}) finds {len(rows)}"
        raise RejectedError(detail, system=SYSTEM, operation=f"list {_said(name)}s", code="bad_profile")
    return Sheet(items=rows, total=total, cursor=cursor, is_last=is_last)


def _count(expression: Expression | None, body: Any) -> int | None:
    found = text_of(expression.find(body)) if expression is not None else None
    return int(found) if found is not None and found.isdigit() else None


def _filter_since(rules: Filter | None, since: datetime | None) -> str:
    """The filter; for a full read, without the terms that ask for a moment."""
    if rules is None:
        return ""
    if since is None:
        return ";".join(term for term in rules.template.split(";") if "{since}" not in term)
    return rules.template.replace("{since}", rules.since_format.write(since))


def _checked_id(record_id: str) -> str:
    """An id goes into a path or a filter: nothing that could end either."""
    if (
        not record_id
        or record_id in (".", "..")
        or any(char in ";,()=<>!\\" or not char.isprintable() for char in record_id)
    ):
        raise RejectedError(f"{short(record_id, 60)!r} is not an id of JAGGAER's")
    return record_id


def _said(name: str) -> str:
    return name.replace("_", " ")
