"""The administrator's webhooks: the whole catalogue of events, no end, and a secret that is never shown again."""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.jira import jql
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import HOOKS, Call, Route
from tests.simulators.jira.site import Site
from tests.simulators.jira.webhooks import DYNAMIC, Webhook, Webhooks, is_address
from tests.simulators.serving import Response

PATH = "/rest/webhooks/1.0/webhook"
EVENTS = (*DYNAMIC, "worklog_created", "worklog_updated", "worklog_deleted")
SECTION = "issue-related-events-section"


class AdminWebhooks:
    def __init__(self, site: Site, webhooks: Webhooks) -> None:
        self._site = site
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        calls = [
            ("GET", PATH, self._list),
            ("POST", PATH, self._add),
            ("GET", f"{PATH}/{{id}}", self._get),
            ("PUT", f"{PATH}/{{id}}", self._edit),
            ("DELETE", f"{PATH}/{{id}}", self._delete),
        ]
        return [Route(method=method, path=path, work=work, scopes=(HOOKS,)) for method, path, work in calls]

    def _list(self, call: Call) -> Response:
        _administrator(call)
        return answer(200, [self._shown(row) for row in self._webhooks.rows.values() if row.owner is None])

    def _add(self, call: Call) -> Response:
        _administrator(call)
        row = _read(Webhook(id=self._site.take("webhook"), url="", events=(), jql=""), call.sent())
        self._webhooks.rows[row.id] = row
        return answer(201, self._shown(row))

    def _get(self, call: Call) -> Response:
        return answer(200, self._shown(self._row(call)))

    def _edit(self, call: Call) -> Response:
        row = _read(self._row(call), call.sent())
        self._webhooks.rows[row.id] = row
        return answer(200, self._shown(row))

    def _delete(self, call: Call) -> Response:
        del self._webhooks.rows[self._row(call).id]
        return answer(204)

    def _row(self, call: Call) -> Webhook:
        _administrator(call)
        row = self._webhooks.rows.get(int(call.args["id"])) if call.args["id"].isdecimal() else None
        if row is None or row.owner is not None:
            raise Refusal(404, f"No webhook with id {call.args['id']} exists.")
        return row

    def _shown(self, row: Webhook) -> Fields:
        """Never the secret: only that there is one."""
        return {
            "self": f"{self._site.base_url}/rest/webhooks/1.0/webhook/{row.id}",
            "name": row.name,
            "url": row.url,
            "events": list(row.events),
            "filters": {SECTION: row.jql},
            "enabled": row.enabled,
            "isSigned": row.secret is not None,
        }


def _administrator(call: Call) -> None:
    if not call.caller.user.administrator or call.caller.is_app:
        raise Refusal(403, "Administrator privileges are required.")


def _read(row: Webhook, sent: Fields) -> Webhook:
    read = replace(
        row,
        name=str(sent.get("name", row.name)),
        url=sent.get("url", row.url),
        events=tuple(sent.get("events", row.events)),
        jql=(sent.get("filters") or {}).get(SECTION, row.jql),
        secret=sent.get("secret", row.secret),
        enabled=bool(sent.get("enabled", row.enabled)),
    )
    unknown = [each for each in read.events if each not in EVENTS]
    if not is_address(read.url) or not read.name or not read.events or unknown:
        raise Refusal(400, "A name, a url and known events must be given.")
    jql.parse(read.jql)
    return read
