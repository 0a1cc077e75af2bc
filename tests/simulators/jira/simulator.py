"""The simulator: one Jira Cloud site, reached as its API is, and touched as its people touch it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jira import people, trouble
from tests.simulators.jira.admin_webhooks import AdminWebhooks
from tests.simulators.jira.answers import Fields
from tests.simulators.jira.calls import Route
from tests.simulators.jira.comments import Comments
from tests.simulators.jira.deliveries import Deliveries, Sent
from tests.simulators.jira.desk import Desk
from tests.simulators.jira.issues import Issues
from tests.simulators.jira.links import RemoteLinks
from tests.simulators.jira.oauth import OAuth
from tests.simulators.jira.office import Office
from tests.simulators.jira.people import ALL_SCOPES, ApiToken, Application, Place
from tests.simulators.jira.projects import Projects
from tests.simulators.jira.properties import Properties
from tests.simulators.jira.router import Router
from tests.simulators.jira.search import Search
from tests.simulators.jira.site import Site
from tests.simulators.jira.switches import Switches
from tests.simulators.jira.throttle import Throttle
from tests.simulators.jira.tokens import Tokens
from tests.simulators.jira.webhooks import Webhooks
from tests.simulators.jira.workflow import Workflow
from tests.simulators.jira.worklogs import Worklogs
from tests.simulators.serving import Request, RequestLost, Response

type Call = tuple[str, str]
TOKEN_DAYS = 365
READS_BY_POST = ("/search/jql", "/search/approximate-count", "/worklog/list", "/search")
SIGNING_IN = ("/oauth/", "/authorize")


def utc_now() -> datetime:
    return datetime.now(UTC)


class JiraSimulator:
    """One seed, one site: ids, secrets and tokens follow from the seed, so a failing run can be played again."""

    def __init__(
        self,
        *,
        faults: FaultPlan | None = None,
        switches: Switches | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        seed: str = "hillside",
    ) -> None:
        chance = random.Random(f"{seed} jira")
        self.faults = faults or FaultPlan()
        self.calls: list[Call] = []
        self.writes: list[Call] = []
        self._sleep = sleep
        self._chance = chance
        place = people.a_place(chance, seed)
        self.site = Site(place=place, clock=clock, switches=switches or Switches(), chance=chance)
        self._tokens = Tokens(clock=clock, chance=chance, switches=lambda: self.switches)
        self._api_tokens: dict[str, ApiToken] = {}
        self._throttle = Throttle()
        self.webhooks = Webhooks(site=self.site)
        self.deliveries = Deliveries(site=self.site, webhooks=self.webhooks, application=lambda: self.application)
        self._issues = Issues(self.site)
        self.desk = Desk(self.site, self._issues)
        self._oauth = self._signing_in(place)
        self._router = self._routed()
        self.desk.open_site()

    def _signing_in(self, place: Place) -> OAuth:
        return OAuth(
            application=people.an_application(self._chance),
            place=place,
            users=lambda: self.site.users,
            tokens=self._tokens,
            switches=lambda: self.switches,
        )

    def _routed(self) -> Router:
        site = self.site
        families: list[list[Route]] = [
            Projects(site).routes(),
            self._issues.routes(),
            Workflow(site, self._issues).routes(),
            Comments(site).routes(),
            Properties(site).routes(),
            RemoteLinks(site).routes(),
            Worklogs(site).routes(),
            Search(site).routes(),
            Office(site).routes(),
            self.webhooks.routes(),
            AdminWebhooks(site, self.webhooks).routes(),
        ]
        routes = [each for family in families for each in family]
        return Router(site=site, tokens=self._tokens, oauth=self._oauth, api_tokens=self._api_tokens, routes=routes)

    # the API

    def handle(self, request: Request) -> Response:
        fault = self.faults.next(request)
        if fault is Fault.LOSE_REQUEST:
            raise RequestLost
        self.calls.append((request.method, request.path))
        now, form = self.site.now(), self.switches.too_many
        refused = trouble.instead(fault, form, now) or self._too_many(request)
        try:
            return refused or trouble.after(fault, lambda: self._work(request), form, now)
        finally:
            if self.switches.answer_delay_seconds:
                self._sleep(self.switches.answer_delay_seconds)

    def _work(self, request: Request) -> Response:
        response = self._router.answer(request)
        reads = request.method == "GET" or request.path.endswith(READS_BY_POST) or request.path.startswith(SIGNING_IN)
        if not reads and response.status < 300:
            self.writes.append((request.method, request.path))
        return response

    def send_events(self) -> list[Sent]:
        """Post to the webhooks what is due by now; answers what was posted."""
        return self.deliveries.send()

    def _too_many(self, request: Request) -> Response | None:
        """Signing in is not counted."""
        if request.path.startswith(SIGNING_IN):
            return None
        is_app = self._router.is_app(request)
        return self._throttle.refusal(request, self.switches, self.site.now(), is_app=is_app)

    @property
    def call_counts(self) -> Counter[Call]:
        return Counter(self.calls)

    # credentials

    @property
    def application(self) -> Application:
        return self._oauth.application

    @property
    def cloud_id(self) -> str:
        return self.site.place.cloud_id

    @property
    def gateway_path(self) -> str:
        """What comes before `/rest/...` for OAuth, and for API tokens with scopes."""
        return f"/ex/jira/{self.cloud_id}"

    def api_token(
        self, *, administrator: bool = False, scoped: bool = False, days: float = TOKEN_DAYS
    ) -> tuple[str, str]:
        """The e-mail address and a new API token of the integration's user, or of the administrator."""
        fit = (user for user in self.site.users.values() if user.administrator is administrator)
        user = next(fit)
        ends_at = (self.site.now() + timedelta(days=days)).timestamp()
        secret = f"ATATT3{people.token(self._chance, 180)}"
        self._api_tokens[secret] = ApiToken(account_id=user.account_id, ends_at=ends_at, scoped=scoped)
        return user.email, secret

    def register(self, redirect_uri: str) -> None:
        """Registers another callback for the application."""
        self._oauth.register(redirect_uri)

    def own_another(self, place: Place) -> None:
        """A token opens this site too, as far as accessible-resources says; nothing is behind it."""
        self._oauth.other_places.append(place)

    def grant(self, *, account_id: str | None = None, scopes: Sequence[str] = ALL_SCOPES) -> Fields:
        """What the token endpoint answers after a consent."""
        who = account_id or self.site.integration.account_id
        return self._tokens.issue(account_id=who, scopes=tuple(scopes))

    def authorisation_code(self, *, account_id: str | None = None, scopes: Sequence[str] = ALL_SCOPES) -> str:
        who = account_id or self.site.integration.account_id
        return self._tokens.code(account_id=who, scopes=tuple(scopes))

    def disconnect(self) -> None:
        """The person takes the application's access away: every token of OAuth dies."""
        self._tokens.kill_all()

    # switches, and the whole state

    @property
    def switches(self) -> Switches:
        return self.site.switches

    def turn(self, **changes: Any) -> None:
        """Turns switches while it runs: `turn(search_lag_seconds=60)`."""
        self.site.switches = replace(self.site.switches, **changes)

    def snapshot(self) -> Fields:
        """Everything but switches and faults, as JSON can hold it. Restore it into a simulator of the same seed."""
        return {
            "site": self.site.snapshot(),
            "tokens": self._tokens.snapshot(),
            "api_tokens": {secret: asdict(token) for secret, token in self._api_tokens.items()},
            "webhooks": self.webhooks.snapshot(),
            "told": self.deliveries.read,
        }

    def restore(self, kept: Fields) -> None:
        self.site.restore(kept["site"])
        self._tokens.restore(kept["tokens"])
        self._api_tokens.clear()
        self._api_tokens |= {secret: ApiToken(**token) for secret, token in kept["api_tokens"].items()}
        self.webhooks.restore(kept["webhooks"])
        self.deliveries.read = kept["told"]

    # what there is

    @property
    def issues(self) -> list[Fields]:
        """All that are not deleted, with what hangs on them."""
        return [self.desk.seen(issue) for issue in self.site.live_issues()]

    def field_id(self, name: str) -> str:
        """The id of a field by its name: custom ids are another site's business."""
        return next(field.id for field in self.site.fields.values() if field.name == name)
