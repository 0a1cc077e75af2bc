"""Registrations of webhooks, who hears of what, and the calls for dynamic ones: an OAuth app's, over after 30 days."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.jira import jql
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import HOOKS, READ, Call, Route, bean, route
from tests.simulators.jira.jql import Clause
from tests.simulators.jira.matching import Matching
from tests.simulators.jira.site import Event, Site, stamp
from tests.simulators.jira.switches import Expiration
from tests.simulators.serving import Response

LIFE_DAYS, SHOWN_DAYS, MOST = 30, 90, 5
ISSUES = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
COMMENTS = ("comment_created", "comment_updated", "comment_deleted")
PROPERTIES = ("issue_property_set", "issue_property_deleted")
DYNAMIC = (*ISSUES, *COMMENTS, *PROPERTIES)
FILTERED = ("project", "issuetype", "status", "assignee", "reporter", "issuekey", "issue.property")
FILTERS = ("=", "!=", "IN", "NOT IN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A dynamic one has an owner and an end; an admin one has a name and may have a secret."""

    id: int
    url: str
    events: tuple[str, ...]
    jql: str
    owner: str | None = None
    ends_at: float | None = None
    field_ids: tuple[str, ...] = ()
    property_keys: tuple[str, ...] = ()
    name: str = ""
    secret: str | None = None
    enabled: bool = True

    def over(self, moment: float) -> bool:
        return self.ends_at is not None and moment >= self.ends_at


@dataclass(kw_only=True)
class Webhooks:
    site: Site
    rows: dict[int, Webhook] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        both = (READ, HOOKS)
        return [
            route("POST", "webhook", self._register, *both),
            route("GET", "webhook", self._list, *both),
            route("PUT", "webhook/refresh", self._refresh, *both),
            route("DELETE", "webhook", self._delete, *both),
            route("GET", "webhook/failed", self._failed, *both),
        ]

    def listening(self, event: Event) -> list[Webhook]:
        """Those that are alive and hear of it."""
        rows = [row for row in self.rows.values() if row.enabled and not row.over(event.at)]
        return [row for row in rows if event.name in row.events and self._passes(row, event)]

    def snapshot(self) -> list[Fields]:
        return [asdict(row) for row in self.rows.values()]

    def restore(self, kept: list[Fields]) -> None:
        lists = ("events", "field_ids", "property_keys")
        self.rows = {row["id"]: Webhook(**row | {name: tuple(row[name]) for name in lists}) for row in kept}

    def _passes(self, row: Webhook, event: Event) -> bool:
        matching = Matching(self.site, self.site.users[row.owner] if row.owner else self.site.integration)
        try:
            if row.jql and not matching.test(jql.parse(row.jql).where)(event.issue):
                return False
        except Refusal:  # it names something that is gone
            return False
        changed = [item["fieldId"] for item in event.more.get("changelog", {}).get("items", [])]
        if row.field_ids and event.name == "jira:issue_updated" and not set(changed) & set(row.field_ids):
            return False
        key = event.more.get("property", {}).get("key")
        return not row.property_keys or event.name not in PROPERTIES or key in row.property_keys

    # dynamic

    def _register(self, call: Call) -> Response:
        """200 although an entry failed: each has its own result."""
        owner, sent = _app(call), call.sent()
        entries = sent.get("webhooks")
        if not is_address(sent.get("url")) or not isinstance(entries, list) or not entries:
            raise Refusal(400, "A url and at least one webhook must be given.")
        results = [self._registered(owner, call, str(sent["url"]), each) for each in entries]
        return answer(200, {"webhookRegistrationResult": results})

    def _registered(self, owner: str, call: Call, url: str, entry: Any) -> Fields:
        alive = [row for row in self._of(owner) if not row.over(self.site.moment())]
        errors = self._problems(call, entry if isinstance(entry, dict) else {})
        if len(alive) >= MOST:
            errors.append("The maximum number of webhooks has been reached for this app and user.")
        if used := [row.url for row in alive if row.url != url]:
            errors.append(f"Only a single URL per app is allowed to be registered via REST API. Used URL: {used[0]}")
        if errors:
            return {"errors": errors}
        row = Webhook(
            id=self.site.take("webhook"),
            url=url,
            events=tuple(entry["events"]),
            jql=entry["jqlFilter"],
            owner=owner,
            ends_at=self._end(),
            field_ids=tuple(entry.get("fieldIdsFilter") or ()),
            property_keys=tuple(entry.get("issuePropertyKeysFilter") or ()),
        )
        self.rows[row.id] = row
        return {"createdWebhookId": row.id}

    def _problems(self, call: Call, entry: Fields) -> list[str]:
        events, filter_ = entry.get("events"), entry.get("jqlFilter")
        if not isinstance(events, list) or not events:
            return ["At least one event must be given."]
        errors = [f"The event {each} is not supported." for each in events if each not in DYNAMIC]
        if not isinstance(filter_, str):
            return [*errors, "The jqlFilter is required."]
        try:
            tree = jql.parse(filter_).where
            errors += [wrong for clause in jql.clauses(tree) if (wrong := _unfit(clause))]
            if not errors:
                Matching(self.site, call.caller.user).test(tree)
        except Refusal as refusal:
            errors.append(str(refusal))
        return errors

    def _list(self, call: Call) -> Response:
        """What is over stays to be seen for three months."""
        start, size = call.start_and_size(most=100, default=100)
        last = self.site.moment() - SHOWN_DAYS * 86_400
        rows = [self._shown(row) for row in self._of(_app(call)) if not row.over(last)]
        return answer(200, bean(rows, start, size))

    def _refresh(self, call: Call) -> Response:
        """Ids that are unknown, of others, or of what is over, are passed by."""
        owner, revives = _app(call), self.site.switches.refresh_revives_expired
        for row in self._named(call, owner):
            if revives or not row.over(self.site.moment()):
                self.rows[row.id] = replace(row, ends_at=self._end())
        return answer(200, {"expirationDate": self._written(self._end())})

    def _delete(self, call: Call) -> Response:
        for row in self._named(call, _app(call)):
            del self.rows[row.id]
        return answer(202)

    def _failed(self, call: Call) -> Response:
        raise Refusal(403, "Only Connect apps can use this operation.")

    def _named(self, call: Call, owner: str) -> list[Webhook]:
        ids = call.sent().get("webhookIds")
        if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
            raise Refusal(400, "webhookIds must be a list of numbers.")
        return [row for row in self._of(owner) if row.id in ids]

    def _of(self, owner: str) -> list[Webhook]:
        return [row for row in self.rows.values() if row.owner == owner]

    def _end(self) -> float:
        return self.site.moment() + LIFE_DAYS * 86_400

    def _written(self, moment: float) -> int | str:
        return int(moment * 1000) if self.site.switches.expiration is Expiration.NUMBER else stamp(moment)

    def _shown(self, row: Webhook) -> Fields:
        seen: Fields = {"id": row.id, "url": row.url, "events": list(row.events), "jqlFilter": row.jql}
        seen["expirationDate"] = self._written(row.ends_at or 0)
        if row.field_ids:
            seen["fieldIdsFilter"] = list(row.field_ids)
        if row.property_keys:
            seen["issuePropertyKeysFilter"] = list(row.property_keys)
        return seen


def _app(call: Call) -> str:
    if not call.caller.is_app:
        raise Refusal(403, "Only Connect and OAuth 2.0 apps can use this operation.")
    return call.account_id


def _unfit(clause: Clause) -> str | None:
    field = "issue.property" if clause.field.startswith("issue.property[") else clause.field.lower()
    if field not in FILTERED or clause.operator not in FILTERS:
        return f"The clause {clause.field} is unsupported"
    return None


def is_address(url: Any) -> bool:
    parts = urlsplit(url) if isinstance(url, str) else None
    return parts is not None and parts.scheme in ("https", "http") and bool(parts.hostname)
