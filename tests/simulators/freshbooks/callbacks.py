"""The events family: callbacks, one for each event, each with a verifier that its owner must send back."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.freshbooks.answers import answer
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import ACCESS_DENIED, NOT_FOUND, Problem, Refusal, not_found
from tests.simulators.freshbooks.listing import cut, read_query
from tests.simulators.freshbooks.table import Fields
from tests.simulators.serving import Request, Response

SCOPES = {
    "bill": "bills",
    "bill_vendor": "bill_vendors",
    "category": "expenses",
    "client": "clients",
    "credit_note": "credit_notes",
    "estimate": "estimates",
    "expense": "expenses",
    "invoice": "invoices",
    "item": "billable_items",
    "payment": "payments",
    "project": "projects",
    "recurring": "invoices",
    "service": "projects",
    "tax": "taxes",
    "time_entry": "time_entries",
}
"""What can be listened to, and the scope that it takes."""

VERBS = ("create", "update", "delete")
SENDABLE = ("estimate", "invoice")
FIRST_ID = 2_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    id: int
    event: str
    uri: str
    verifier: str
    updated_at: str
    verified: bool = False

    def hears(self, event: str) -> bool:
        """A bare noun hears all its verbs."""
        return event == self.event or event.startswith(f"{self.event}.")


def scope_of(event: str) -> str | None:
    """None for an event that nobody can listen to."""
    noun, _, verb = event.partition(".")
    verbs = (*VERBS, "sendByEmail") if noun in SENDABLE else VERBS
    return SCOPES.get(noun) if verb in ("", *verbs) else None


class Callbacks:
    """`handshakes` are callbacks whose verifier is to be sent out, by the pump of `deliveries.py`."""

    def __init__(self, books: Books, chance: random.Random) -> None:
        self._books = books
        self._chance = chance
        self._rows: dict[int, Callback] = {}
        self._next_id = FIRST_ID
        self.handshakes: list[int] = []

    def all(self) -> list[Callback]:
        return list(self._rows.values())

    def find(self, callback_id: int) -> Callback | None:
        return self._rows.get(callback_id)

    def answer(self, callback_id: str | None, request: Request, *, scopes: Sequence[str]) -> Response:
        """The work itself; sign-in and account are settled by now. Raises Refusal."""
        match (request.method, callback_id):
            case ("GET", None):
                return self._list(request)
            case ("POST", None):
                return self._registered(_sent(request), scopes)
            case ("GET", str(row_id)):
                return _result(_shown(self._row(row_id)))
            case ("PUT", str(row_id)):
                return self._changed(self._row(row_id), _sent(request))
            case ("DELETE", str(row_id)):
                return self._removed(self._row(row_id))
        raise not_found("resource", field="", value=request.path)

    def switch_off(self, callback_id: int) -> None:
        """A callback that failed too often is not believed any more."""
        self._rows[callback_id] = replace(self._rows[callback_id], verified=False)

    def forget(self, callback_id: int) -> None:
        """It is gone, and nobody was told."""
        self._rows.pop(callback_id, None)

    def snapshot(self) -> dict[str, Any]:
        names = Callback.__dataclass_fields__
        rows = [{name: getattr(row, name) for name in names} for row in self._rows.values()]
        return {"next_id": self._next_id, "rows": rows, "handshakes": list(self.handshakes)}

    def restore(self, kept: dict[str, Any]) -> None:
        self._next_id = kept["next_id"]
        self._rows = {row["id"]: Callback(**row) for row in kept["rows"]}
        self.handshakes = list(kept["handshakes"])

    def _list(self, request: Request) -> Response:
        query = read_query(request.query)
        wanted = query.search.get("event")
        rows = [_shown(row) for row in self._rows.values() if wanted is None or row.event in wanted]
        page, numbers = cut(rows, query, hidden=0)
        return answer(200, {"response": {"result": {"callbacks": page, **numbers}}})

    def _registered(self, sent: Fields, scopes: Sequence[str]) -> Response:
        event, uri = sent.get("event"), sent.get("uri")
        problems = [*_event_problems(event), *self._uri_problems(uri)]
        if problems:
            raise Refusal(422, *problems)
        needed = f"user:{scope_of(str(event))}:read"
        if needed not in scopes:
            message = f"The token has the scopes {', '.join(scopes)}; this call needs {needed}."
            raise Refusal(403, Problem(errno=ACCESS_DENIED, message=message))
        row = Callback(
            id=self._next_id, event=str(event), uri=str(uri), verifier=self._verifier(), updated_at=self._now()
        )
        self._next_id += 1
        return _result(_shown(self._put(row, handshake=True)))

    def _changed(self, row: Callback, sent: Fields) -> Response:
        if sent.get("resend") is True:
            if self._books.switches.resend_renews_verifier:
                row = replace(row, verifier=self._verifier())
            return _result(_shown(self._put(row, handshake=True)))
        if sent.get("verifier") == row.verifier:
            return _result(_shown(self._put(replace(row, verified=True))))
        if self._books.switches.wrong_verifier_refused:
            raise Refusal(422, Problem(errno=422, message="Value error, Verifier does not match.", field="verifier"))
        return _result(_shown(row))

    def _removed(self, row: Callback) -> Response:
        del self._rows[row.id]
        return Response(status=204)

    def _put(self, row: Callback, *, handshake: bool = False) -> Callback:
        row = replace(row, updated_at=self._now())
        self._rows[row.id] = row
        if handshake:
            self.handshakes.append(row.id)
        return row

    def _row(self, callback_id: str) -> Callback:
        row = self._rows.get(int(callback_id)) if callback_id.isdecimal() else None
        if row is None:
            raise not_found("callback", value=callback_id)
        return row

    def _uri_problems(self, uri: Any) -> list[Problem]:
        parts = urlsplit(uri) if isinstance(uri, str) else None
        allowed = ("https",) if self._books.switches.callback_https_only else ("https", "http")
        if parts is None or parts.scheme not in allowed or not parts.hostname:
            return [Problem(errno=422, message="Value error, Invalid URI.", field="uri")]
        return []

    def _verifier(self) -> str:
        return f"{self._chance.getrandbits(160):040x}"

    def _now(self) -> str:
        return self._books.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def events_error(refusal: Refusal, *, old: bool) -> Response:
    """Shape E, or the older deployment's google.rpc `BadRequest`."""
    problem = refusal.problems[0]
    if refusal.status == 401:
        return answer(401, {"errno": 401, "message": f"invalid_token: {refusal}"})
    if problem.errno == NOT_FOUND:
        return answer(404, {"errno": 404, "message": "Requested resource could not be found."})
    if old:
        fields = [{"field": each.field, "description": each.message} for each in refusal.problems]
        detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}
        return answer(400, {"code": 3, "message": "Bad request.", "details": [detail]})
    details = [f"{each.field}: {each.message}" if each.field else each.message for each in refusal.problems]
    message = "The request was well-formed but could not be followed due to semantic errors."
    return answer(refusal.status, {"errno": refusal.status, "message": message, "details": details})


def _event_problems(event: Any) -> list[Problem]:
    if isinstance(event, str) and re.fullmatch(r"\w+(\.\w+)?", event) and scope_of(event) is not None:
        return []
    return [Problem(errno=422, message="Value error, Unrecognized event.", field="event")]


def _shown(row: Callback) -> Fields:
    """Never the verifier: that goes to the URI alone."""
    shown: Fields = {name: getattr(row, name) for name in ("event", "uri", "verified", "updated_at")}
    return {"callbackid": row.id, "id": row.id, **shown}


def _result(shown: Fields) -> Response:
    return answer(200, {"response": {"result": {"callback": shown}}})


def _sent(request: Request) -> Fields:
    try:
        sent = request.json()
    except ValueError:
        sent = None
    inner = sent.get("callback") if isinstance(sent, dict) else None
    if not isinstance(inner, dict):
        raise Refusal(422, Problem(errno=422, message="Field required.", field="callback"))
    return inner
