"""Search: JQL against the site as it was a while ago, in pages by token; the old search is gone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from tests.simulators.jira import jql, shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import READ, Call, Route, route
from tests.simulators.jira.issues import chosen
from tests.simulators.jira.matching import Matching
from tests.simulators.jira.site import Site
from tests.simulators.serving import Response

MOST_IDS, MOST_FULL, DEFAULT = 5_000, 100, 50
MOST_PROPERTIES, MOST_RECONCILED = 5, 50
TOKEN_DAYS = 7
LISTS = {"fields", "properties", "reconcileIssues"}
KNOWN = LISTS | {"jql", "maxResults", "expand", "nextPageToken", "fieldsByKeys"}
GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
    " A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    jql: str
    size: int
    fields: list[str]
    properties: list[str]
    expand: list[str]
    reconcile: tuple[str, ...]
    token: str | None


class Search:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            route("GET", "search", self._removed),
            route("POST", "search", self._removed, READ),
            route("GET", "search/jql", lambda call: self._search(call, _from_query(call))),
            route("POST", "search/jql", lambda call: self._search(call, _from_body(call)), READ),
            route("POST", "search/approximate-count", self._count, READ),
        ]

    def found(self, call: Call, text: str, reconciled: tuple[str, ...] = ()) -> list[Fields]:
        """What matches, in order, as search remembers it; the reconciled ids as they are now. Raises Refusal."""
        query = jql.parse(text)
        if query.where is None:
            raise Refusal(
                400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        matching = Matching(self._site, call.caller.user)
        test = matching.test(query.where)
        rows = [kept for kept in self._remembered(call, reconciled) if test(kept)]
        rows.sort(key=lambda kept: -int(kept["id"]))
        for name, down in reversed(query.order):
            rows.sort(key=matching.key_of(name), reverse=down)
        return rows

    def _remembered(self, call: Call, reconciled: tuple[str, ...]) -> list[Fields]:
        site, seen = self._site, []
        then = site.moment() - site.switches.search_lag_seconds
        for issue in site.issues.values():
            kept = issue.as_of(site.moment() if issue.id in reconciled else then)
            if kept is None:
                continue
            if site.may(call.caller.user, "BROWSE_PROJECTS", site.projects[kept["fields"]["project"]]):
                seen.append({"id": issue.id, **kept})
        return seen

    def _search(self, call: Call, asked: Asked) -> Response:
        rows = self.found(call, asked.jql, asked.reconcile)
        start = self._start(asked)
        end = start + min(asked.size, self._site.switches.longest_page or asked.size)
        body: Fields = {"issues": [self._shown(kept, asked) for kept in rows[start:end]], "isLast": end >= len(rows)}
        if end < len(rows):
            body["nextPageToken"] = self._token(asked, end)
        if "names" in asked.expand:
            names = chosen(self._site, asked.fields)
            body["names"] = {name: self._site.fields[name].name for name in names if name in self._site.fields}
        return answer(200, body)

    def _shown(self, kept: Fields, asked: Asked) -> Fields:
        """Without a word about fields it is the id alone, not even the key."""
        if asked.fields == ["id"] and not asked.properties:
            return {"id": kept["id"]}
        return shown.issue(self._site, kept, chosen(self._site, asked.fields), properties=asked.properties)

    def _count(self, call: Call) -> Response:
        return answer(200, {"count": len(self.found(call, _jql(call.sent().get("jql"))))})

    def _removed(self, call: Call) -> Response:
        raise Refusal(410, GONE)

    def _token(self, asked: Asked, place: int) -> str:
        until = self._site.moment() + TOKEN_DAYS * 86_400
        text = json.dumps({"jql": asked.jql, "reconcile": asked.reconcile, "place": place, "until": until})
        return base64.urlsafe_b64encode(text.encode()).decode()

    def _start(self, asked: Asked) -> int:
        if asked.token is None:
            return 0
        try:
            kept = json.loads(base64.urlsafe_b64decode(asked.token))
            same = (kept["jql"], tuple(kept["reconcile"])) == (asked.jql, asked.reconcile)
            place, alive = int(kept["place"]), kept["until"] > self._site.moment()
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(400, "The nextPageToken is invalid.") from error
        if not same or not alive:
            raise Refusal(400, "The nextPageToken is expired, or belongs to another search.")
        return place


def _from_query(call: Call) -> Asked:
    query = call.query
    return _asked(
        {
            "jql": query.get("jql"),
            "maxResults": call.number("maxResults", DEFAULT),
            "fields": call.several("fields"),
            "properties": call.several("properties"),
            "expand": query.get("expand"),
            "reconcileIssues": [int(each) for each in call.several("reconcileIssues") if each.isdecimal()],
            "nextPageToken": query.get("nextPageToken"),
        }
    )


def _from_body(call: Call) -> Asked:
    sent = call.sent()
    if unknown := set(sent) - KNOWN:
        raise Refusal(400, f'Unrecognized field "{min(unknown)}"')
    return _asked(sent)


def _asked(sent: Fields) -> Asked:
    fields, properties = _texts(sent, "fields") or ["id"], _texts(sent, "properties")
    reconcile = sent.get("reconcileIssues") or []
    if len(properties) > MOST_PROPERTIES or len(reconcile) > MOST_RECONCILED:
        raise Refusal(400, "At most 5 properties and 50 issues to reconcile may be given.")
    if not all(isinstance(each, int) for each in reconcile):
        raise Refusal(400, "reconcileIssues must hold numeric ids.")
    size = sent.get("maxResults", DEFAULT)
    if not isinstance(size, int) or size < 0:
        raise Refusal(400, "maxResults must be a number.")
    most = MOST_IDS if set(fields) <= {"id", "key"} else MOST_FULL
    return Asked(
        jql=_jql(sent.get("jql")),
        size=min(max(size, 1), most),
        fields=fields,
        properties=properties,
        expand=[part.strip() for part in str(sent.get("expand") or "").split(",")],
        reconcile=tuple(str(each) for each in reconcile),
        token=sent.get("nextPageToken"),
    )


def _texts(sent: Fields, name: str) -> list[str]:
    value: Any = sent.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refusal(400, f"{name} must be a list of texts.")
    return list(value)


def _jql(value: Any) -> str:
    if not isinstance(value, str):
        raise Refusal(400, "The JQL query is missing.")
    return value
