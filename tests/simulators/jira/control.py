"""A back door for demonstrations: look into a served simulator and play its people, under `/_control/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.simulators.faults import FaultPlan
from tests.simulators.jira.answers import Fields, Refusal, answer, refused
from tests.simulators.jira.people import Place
from tests.simulators.jira.simulator import JiraSimulator
from tests.simulators.jira.switches import RateLimit
from tests.simulators.serving import Request, Response

PREFIX = "/_control/"


class Controlled:
    """The simulator with its back door open. What comes in by it is no call: no fault, no limit, no record."""

    def __init__(self, simulator: JiraSimulator) -> None:
        self._simulator = simulator

    def handle(self, request: Request) -> Response:
        if not request.path.startswith(PREFIX):
            return self._simulator.handle(request)
        name = request.path.removeprefix(PREFIX).rstrip("/")
        try:
            if request.method == "GET" and name in self._looks:
                return _told(self._looks[name]())
            if request.method == "POST" and name in self._acts:
                return _told(self._acts[name](request.json() if request.body else {}))
        except Refusal as refusal:
            return refused(refusal)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return answer(400, {"error": f"{type(error).__name__}: {error}"})
        return refused(Refusal(404, f"There is nothing at {request.path}."))

    @property
    def _looks(self) -> dict[str, Callable[[], Any]]:
        simulator = self._simulator
        return {
            "about": self._about,
            "issues": lambda: simulator.issues,
            "projects": lambda: [asdict(each) for each in simulator.site.projects.values()],
            "users": lambda: [asdict(each) for each in simulator.site.users.values()],
            "calls": lambda: simulator.calls,
            "writes": lambda: simulator.writes,
            "events": lambda: [(each.name, each.issue["key"]) for each in simulator.site.events],
            "webhooks": simulator.webhooks.snapshot,
        }

    @property
    def _acts(self) -> dict[str, Callable[[Fields], Any]]:
        simulator, desk = self._simulator, self._simulator.desk
        return {
            "grant": lambda sent: simulator.grant(**sent),
            "api_token": self._api_token,
            "authorisation_code": lambda sent: {"code": simulator.authorisation_code(**sent)},
            "disconnect": lambda sent: simulator.disconnect(),
            "register": lambda sent: simulator.register(**sent),
            "own_another": lambda sent: simulator.own_another(Place(**sent)),
            "add_project": lambda sent: desk.add_project(**sent),
            "add_component": lambda sent: desk.add_component(**sent),
            "add_field": lambda sent: desk.add_field(**sent),
            "add_user": lambda sent: desk.add_user(**sent),
            "set_screen": lambda sent: desk.set_screen(**sent),
            "set_types": lambda sent: desk.set_types(**sent),
            "withhold": lambda sent: desk.withhold(**sent),
            "permit": lambda sent: desk.permit(**sent),
            "add_issue": lambda sent: desk.add_issue(**sent),
            "edit_issue": lambda sent: desk.edit_issue(sent.pop("issue"), **sent),
            "delete_issue": lambda sent: desk.delete_issue(**sent),
            "move_issue": lambda sent: desk.move_issue(**sent),
            "rekey_project": lambda sent: desk.rekey_project(**sent),
            "send_events": lambda sent: [{"event": one.event, "status": one.status} for one in simulator.send_events()],
            "faults": self._plan,
            "switches": self._turn,
        }

    def _about(self) -> Fields:
        """What an onboarding file needs. Where the site is reached is this server's own address."""
        simulator = self._simulator
        found = asdict(simulator.switches)
        sets = ("lost_events", "searchable_properties")
        return {
            "application": asdict(simulator.application),
            "cloud_id": simulator.cloud_id,
            "site_url": simulator.site.base_url,
            "gateway_path": simulator.gateway_path,
            "account_id": simulator.site.integration.account_id,
            "custom_fields": {each.name: each.id for each in simulator.site.fields.values() if each.custom},
            "switches": found | {name: sorted(found[name]) for name in sets},
        }

    def _api_token(self, sent: Fields) -> Fields:
        email, token = self._simulator.api_token(**sent)
        return {"email": email, "token": token}

    def _plan(self, sent: Fields) -> Fields:
        """`{"faults": [...], "method": "POST", "path": "/issue"}`: method and part of a path narrow it down."""
        method, path = sent.get("method"), sent.get("path", "")
        self._simulator.faults = FaultPlan(
            sent.get("faults", []),
            only=lambda request: method in (None, request.method) and path in request.path,
        )
        return {"left": self._simulator.faults.left}

    def _turn(self, sent: Fields) -> Fields:
        sets = {name: frozenset(sent[name]) for name in ("lost_events", "searchable_properties") if name in sent}
        lists = {name: tuple(sent[name]) for name in ("withheld_scopes", "event_retry_seconds") if name in sent}
        kinds = {name: type(getattr(self._simulator.switches, name))(sent[name]) for name in WORDS if name in sent}
        burst = {"burst": RateLimit(**sent["burst"])} if sent.get("burst") else {}
        self._simulator.turn(**sent | sets | lists | kinds | burst)
        return self._about()


WORDS = ("dead_refresh", "expiration", "webhook_description", "forged", "too_many")


def _told(found: Any) -> Response:
    return answer(200, {} if found is None else found)
