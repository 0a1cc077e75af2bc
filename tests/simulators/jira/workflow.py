"""Transitions between three statuses, every one open to every other."""

from __future__ import annotations

from tests.simulators.jira import shown
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import Call, Route, issue_of, route
from tests.simulators.jira.issues import Issues
from tests.simulators.jira.screens import OFF_SCREEN
from tests.simulators.jira.site import Issue, Site
from tests.simulators.serving import Response

TRANSITIONS = {"11": ("To Do", "10000"), "21": ("Start", "10001"), "31": ("Close", "10002")}
"""id -> its own name, which need not be the status's, and the status it leads to."""


class Workflow:
    def __init__(self, site: Site, issues: Issues) -> None:
        self._site = site
        self._issues = issues

    def routes(self) -> list[Route]:
        path = "issue/{issue}/transitions"
        return [route("GET", path, self._list), route("POST", path, self._go)]

    def _list(self, call: Call) -> Response:
        """Without the permission there are none, and no refusal."""
        issue = issue_of(self._site, call)
        rows = [self._shown(each) for each in self._open(call, issue)]
        if asked := call.query.get("transitionId"):
            rows = [row for row in rows if row["id"] == asked]
        return answer(200, {"expand": "transitions", "transitions": rows})

    def _go(self, call: Call) -> Response:
        issue, sent = issue_of(self._site, call), call.sent()
        for name in {**(sent.get("fields") or {}), **(sent.get("update") or {})}:
            raise Refusal(400, errors={name: OFF_SCREEN.format(name)})
        asked = sent.get("transition")
        chosen = str(asked.get("id", "")) if isinstance(asked, dict) else ""
        if not chosen:
            raise Refusal(400, "Missing 'transition' identifier")
        if chosen not in self._open(call, issue):
            raise Refusal(400, f"The transition '{chosen}' is not valid for the issue.")
        before, after = issue.fields["status"], TRANSITIONS[chosen][1]
        issue.fields["status"] = after
        item = {"field": "status", "fieldtype": "jira", "fieldId": "status", "from": before, "to": after}
        names = {"fromString": shown.STATUSES[before][0], "toString": shown.STATUSES[after][0]}
        self._issues.changed(issue, [{**item, **names}], call.account_id, kind="issue_generic")
        return answer(204)

    def _open(self, call: Call, issue: Issue) -> list[str]:
        may = self._site.may(call.caller.user, "TRANSITION_ISSUES", self._site.project_of(issue))
        return [each for each, (_, status) in TRANSITIONS.items() if may and status != issue.fields["status"]]

    def _shown(self, transition: str) -> Fields:
        name, status = TRANSITIONS[transition]
        return {
            "id": transition,
            "name": name,
            "to": shown.status(self._site, status),
            "hasScreen": False,
            "isGlobal": True,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": False,
        }
