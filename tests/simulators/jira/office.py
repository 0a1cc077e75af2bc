"""What a caller can learn of the instance and of themselves: users, permissions, time tracking, the server."""

from __future__ import annotations

from tests.simulators.jira import people
from tests.simulators.jira.answers import Fields, Refusal, answer
from tests.simulators.jira.calls import CONFIGURATION, PEOPLE, Call, Route, issue_of, project_of, route
from tests.simulators.jira.people import User
from tests.simulators.jira.site import Project, Site, stamp
from tests.simulators.serving import Response

GLOBAL = ("ADMINISTER", "USER_PICKER", "BULK_CHANGE", "CREATE_SHARED_OBJECTS")
OF_A_PROJECT = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "DELETE_ISSUES",
    "TRANSITION_ISSUES",
    "ASSIGN_ISSUES",
    "ASSIGNABLE_USER",
    "MODIFY_REPORTER",
    "LINK_ISSUES",
    "MOVE_ISSUES",
    "ADD_COMMENTS",
    "WORK_ON_ISSUES",
    "EDIT_OWN_WORKLOGS",
    "EDIT_ALL_WORKLOGS",
    "DELETE_OWN_WORKLOGS",
    "DELETE_ALL_WORKLOGS",
    "ADMINISTER_PROJECTS",
)
PERMISSIONS = (*GLOBAL, *OF_A_PROJECT)
MOST_USERS = 1_000


class Office:
    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            route("GET", "myself", self._myself, PEOPLE),
            route("GET", "user", self._user, PEOPLE),
            route("GET", "user/search", self._users, PEOPLE),
            route("GET", "user/assignable/search", self._assignable, PEOPLE),
            route("GET", "mypermissions", self._permissions),
            route("GET", "configuration", self._configuration, PEOPLE),
            route("GET", "configuration/timetracking", self._provider, CONFIGURATION),
            route("GET", "configuration/timetracking/options", self._time_tracking, CONFIGURATION),
            route("GET", "serverInfo", self._server),
        ]

    def _myself(self, call: Call) -> Response:
        return answer(200, people.shown(call.caller.user, self._site.base_url, whole=True))

    def _user(self, call: Call) -> Response:
        found = self._site.users.get(call.query.get("accountId", ""))
        if found is None or not self._site.may(call.caller.user, "USER_PICKER"):
            raise Refusal(404, "Specified user does not exist or you do not have required permissions")
        return answer(200, people.shown(found, self._site.base_url))

    def _users(self, call: Call) -> Response:
        """Who may not browse users gets an empty list, not a refusal. A hidden e-mail address is not searched."""
        if not {"query", "accountId", "property"} & set(call.query):
            raise Refusal(400, "The query, accountId or property parameter must be provided.")
        may = self._site.may(call.caller.user, "USER_PICKER")
        return answer(200, self._page(call, [user for user in self._matching(call) if may and user.active]))

    def _assignable(self, call: Call) -> Response:
        """The users of the page asked for, less those who cannot be assigned: often fewer than asked."""
        project = self._place(call)
        if project is None:
            raise Refusal(400, "The project or issueKey parameter must be provided.")
        may = self._site.may
        if not (may(call.caller.user, "USER_PICKER") or may(call.caller.user, "ASSIGN_ISSUES", project)):
            return answer(200, [])
        fit = [user for user in self._matching(call) if user.assignable and user.active]
        return answer(200, self._page(call, [user for user in fit if may(user, "ASSIGNABLE_USER", project)]))

    def _matching(self, call: Call) -> list[User]:
        account, asked = call.query.get("accountId"), call.query.get("query", "").lower()
        if account is not None:
            return [user for user in self._site.users.values() if user.account_id == account]
        return [user for user in self._site.users.values() if _matches(user, asked)]

    def _page(self, call: Call, users: list[User]) -> list[Fields]:
        start, size = call.start_and_size(most=MOST_USERS)
        return [people.shown(user, self._site.base_url) for user in users[start : start + size]]

    def _permissions(self, call: Call) -> Response:
        asked = call.several("permissions")
        if not asked:
            raise Refusal(400, "The permissions query parameter is required.")
        if unknown := [each for each in asked if each not in PERMISSIONS]:
            raise Refusal(400, f"Unrecognized permission: {unknown[0]}.")
        project = self._place(call)
        return answer(200, {"permissions": {each: self._permission(call, each, project) for each in asked}})

    def _permission(self, call: Call, key: str, project: Project | None) -> Fields:
        """Without a project, whether the caller has it in any."""
        places = [project] if project is not None else list(self._site.projects.values())
        if key in GLOBAL:
            has = self._site.may(call.caller.user, key)
        else:
            has = any(self._site.may(call.caller.user, key, each) for each in places)
        return {
            "id": str(PERMISSIONS.index(key)),
            "key": key,
            "name": key.replace("_", " ").title(),
            "type": "GLOBAL" if key in GLOBAL else "PROJECT",
            "description": "",
            "havePermission": has,
        }

    def _place(self, call: Call) -> Project | None:
        """The project that the query names, or whose issue it names."""
        query = call.query
        for name in ("project", "projectKey", "projectId"):
            if name in query:
                return project_of(self._site, call, query[name])
        named = query.get("issueKey", query.get("issueId"))
        if named is None:
            return None
        asked = Call(caller=call.caller, args={"issue": named}, request=call.request)
        return self._site.project_of(issue_of(self._site, asked))

    def _configuration(self, call: Call) -> Response:
        on = self._site.switches.time_tracking
        body = {
            "votingEnabled": True,
            "watchingEnabled": True,
            "unassignedIssuesAllowed": True,
            "subTasksEnabled": True,
            "issueLinkingEnabled": True,
            "timeTrackingEnabled": on,
            "attachmentsEnabled": True,
        }
        return answer(200, {**body, **({"timeTrackingConfiguration": OPTIONS} if on else {})})

    def _provider(self, call: Call) -> Response:
        self._administrators(call)
        if not self._site.switches.time_tracking:
            return answer(204)
        return answer(200, {"key": "JIRA", "name": "JIRA provided time tracking"})

    def _time_tracking(self, call: Call) -> Response:
        self._administrators(call)
        return answer(200, OPTIONS)

    def _administrators(self, call: Call) -> None:
        if not call.caller.user.administrator:
            raise Refusal(403, "You are not authorized to perform this action. Administrator privileges are required.")

    def _server(self, call: Call) -> Response:
        return answer(
            200,
            {
                "baseUrl": self._site.base_url,
                "displayUrl": self._site.base_url,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100_290,
                "buildDate": stamp(self._site.moment()),
                "serverTime": stamp(self._site.moment()),
                "serverTimeZone": "Etc/UTC",
                "scmInfo": "played",
                "serverTitle": "Jira",
            },
        )


OPTIONS = {"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty", "defaultUnit": "minute"}


def _matches(user: User, asked: str) -> bool:
    """By the beginning of a word of the name, or of an e-mail address that may be seen."""
    names = [user.name.lower(), *user.name.lower().split()]
    if user.email_shown:
        names.append(user.email.lower())
    return any(name.startswith(asked) for name in names)
