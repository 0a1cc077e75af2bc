"""The sign-in family: consent page, token endpoint, and the sites that a token opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from tests.simulators.jira.answers import Fields, answer, gateway
from tests.simulators.jira.people import ALL_SCOPES, OFFLINE, Application, Place, User
from tests.simulators.jira.switches import Switches
from tests.simulators.jira.tokens import Tokens
from tests.simulators.serving import Request, Response

AUTHORISE, TOKEN, RESOURCES = "/authorize", "/oauth/token", "/oauth/token/accessible-resources"
AUDIENCE = "api.atlassian.com"


class OAuth:
    """Answers for one application. Who is signed in at the consent page, and what they say, is a matter of switches."""

    def __init__(
        self,
        *,
        application: Application,
        place: Place,
        users: Callable[[], dict[str, User]],
        tokens: Tokens,
        switches: Callable[[], Switches],
    ) -> None:
        self.application = application
        self.other_places: list[Place] = []
        self._place = place
        self._users = users
        self._tokens = tokens
        self._switches = switches

    def register(self, redirect_uri: str) -> Application:
        """What the developer console does: the application's callback is another from now on."""
        self.application = replace(self.application, redirect_uri=redirect_uri)
        return self.application

    def answer(self, request: Request) -> Response | None:
        """None for a path that is none of the family's."""
        match (request.method, request.path.rstrip("/")):
            case ("GET", path) if path == AUTHORISE:
                return self._authorise(dict(request.query))
            case ("POST", path) if path == TOKEN:
                return self._token(request)
            case ("GET", path) if path == RESOURCES:
                return self._resources(request)
        return None

    def _authorise(self, asked: dict[str, str]) -> Response:
        application, switches = self.application, self._switches()
        known = (asked.get("client_id"), asked.get("redirect_uri")) == (application.client_id, application.redirect_uri)
        if not known or asked.get("audience") != AUDIENCE or asked.get("response_type") != "code":
            return _refused(400, "invalid_request", "client_id, redirect_uri, audience or response_type is wrong.")
        scopes = asked.get("scope", "").split()
        if not scopes or set(scopes) - set(ALL_SCOPES):
            return self._back({"error": "invalid_scope"}, asked)
        if not switches.says_yes:
            return self._back({"error": "access_denied"}, asked)
        given = [scope for scope in scopes if scope not in switches.withheld_scopes]
        who = switches.signed_in or next(iter(self._users()))
        return self._back({"code": self._tokens.code(account_id=who, scopes=given)}, asked)

    def _back(self, found: dict[str, str], asked: dict[str, str]) -> Response:
        query = urlencode({**found, **({"state": asked["state"]} if "state" in asked else {})})
        return Response(status=302, headers={"location": f"{self.application.redirect_uri}?{query}"})

    def _token(self, request: Request) -> Response:
        """The body is JSON; a form is not understood."""
        sent, application = _sent(request), self.application
        if sent.get("grant_type") not in ("authorization_code", "refresh_token"):
            return _refused(400, "invalid_request", "grant_type must be authorization_code or refresh_token.")
        if (sent.get("client_id"), sent.get("client_secret")) != (application.client_id, application.client_secret):
            return _refused(401, "access_denied", "Unauthorized")
        if sent["grant_type"] == "refresh_token":
            pair = self._tokens.refresh(str(sent.get("refresh_token", "")))
            return (
                _refused(403, self._switches().dead_refresh, "refresh_token is invalid") if pair is None else _ok(pair)
            )
        right = sent.get("redirect_uri") == application.redirect_uri
        pair = self._tokens.exchange(str(sent.get("code", ""))) if right else None
        return _refused(403, "invalid_grant", "Invalid authorization code") if pair is None else _ok(pair)

    def _resources(self, request: Request) -> Response:
        grant = self._tokens.access(bearer(request) or "")
        if grant is None:
            return gateway(401, "Unauthorized")
        scopes = [scope for scope in grant.scopes if scope != OFFLINE]
        return answer(200, [_resource(place, scopes) for place in (self._place, *self.other_places)])


def bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _resource(place: Place, scopes: list[str]) -> Fields:
    avatar = "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/site.png"
    return {"id": place.cloud_id, "url": place.url, "name": place.name, "scopes": scopes, "avatarUrl": avatar}


def _sent(request: Request) -> Fields:
    if "json" not in request.headers.get("content-type", ""):
        return {}
    try:
        sent = request.json()
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _ok(pair: Fields) -> Response:
    return answer(200, pair, headers={"cache-control": "no-store"})


def _refused(status: int, error: str, description: str) -> Response:
    return answer(status, {"error": error, "error_description": description})
