"""The sign-in family: consent, token, revoke, users/me."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.simulators.freshbooks.answers import answer, nowhere, unauthenticated
from tests.simulators.freshbooks.people import ALL_SCOPES, Application, Business, Identity, me
from tests.simulators.freshbooks.switches import Switches
from tests.simulators.freshbooks.tokens import Grant, Tokens
from tests.simulators.serving import Request, Response

TOKEN_PATHS = ("/auth/oauth/token", "/service/auth/oauth/token")
REVOKE_PATHS = ("/auth/oauth/revoke", "/service/auth/oauth/revoke")
AUTHORISE_PATHS = ("/oauth/authorize", "/service/auth/oauth/authorize")
ME_PATH = "/auth/api/v1/users/me"


def bearer(request: Request, tokens: Tokens) -> Grant | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return tokens.access(token.strip()) if scheme.lower() == "bearer" else None


class OAuth:
    """Answers for one application. Who is signed in at the consent page, and what they say, is a matter of switches."""

    def __init__(
        self,
        *,
        application: Application,
        business: Business,
        identities: dict[int, Identity],
        tokens: Tokens,
        switches: Callable[[], Switches],
    ) -> None:
        self._application = application
        self.other_businesses: dict[int, list[Business]] = {}
        self._business = business
        self._identities = identities
        self._tokens = tokens
        self._switches = switches

    def register(self, redirect_uri: str) -> Application:
        """What the developer page does: the application's redirect URI is another from now on."""
        self._application = replace(self._application, redirect_uri=redirect_uri)
        return self._application

    def answer(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if request.method == "POST" and path in TOKEN_PATHS:
            return self._token(_sent(request))
        if request.method == "POST" and path in REVOKE_PATHS:
            return self._revoke(_sent(request))
        if request.method == "GET" and path == ME_PATH:
            return self._me(request)
        if request.method == "GET" and path in AUTHORISE_PATHS:
            return self._authorise(dict(request.query))
        return nowhere()

    def _token(self, sent: dict[str, Any]) -> Response:
        if not self._is_application(sent):
            return _refused(401, "invalid_client", "The client credentials are wrong.")
        if sent.get("grant_type") not in ("authorization_code", "refresh_token"):
            return _refused(400, "unsupported_grant_type", "Only authorization_code and refresh_token are served.")
        if not sent.get("redirect_uri"):
            return _refused(400, "invalid_request", "redirect_uri is missing.")
        pair = self._pair(sent) if sent["redirect_uri"] == self._application.redirect_uri else None
        if pair is None:
            return _refused(400, "invalid_grant", "The grant is spent, expired, revoked, or another redirect_uri's.")
        return answer(200, pair)

    def _pair(self, sent: dict[str, Any]) -> dict[str, Any] | None:
        if sent["grant_type"] == "refresh_token":
            return self._tokens.refresh(str(sent.get("refresh_token", "")))
        return self._tokens.exchange(str(sent.get("code", "")), verifier=sent.get("code_verifier"))

    def _revoke(self, sent: dict[str, Any]) -> Response:
        if not self._is_application(sent):
            return _refused(401, "invalid_client", "The client credentials are wrong.")
        self._tokens.revoke(str(sent.get("token", "")))
        return answer(200, {})

    def _me(self, request: Request) -> Response:
        grant = bearer(request, self._tokens)
        if grant is None:
            return unauthenticated()
        identity = self._identities[grant.identity_id]
        shown = self._switches().account_id_shown
        others = self.other_businesses.get(identity.identity_id, ())
        return answer(200, {"response": me(identity, self._business, account_id_shown=shown, others=others)})

    def _authorise(self, asked: dict[str, str]) -> Response:
        application, switches = self._application, self._switches()
        if asked.get("client_id") != application.client_id or asked.get("redirect_uri") != application.redirect_uri:
            return _refused(400, "invalid_request", "The application or its redirect_uri is not known.")
        scopes = asked.get("scope", "").split() or list(ALL_SCOPES)
        if set(scopes) - set(ALL_SCOPES):
            return self._back({"error": "invalid_scope"}, asked)
        if not switches.says_yes:
            return self._back({"error": "access_denied"}, asked)
        given = [scope for scope in scopes if scope not in switches.withheld_scopes]
        who = self._identities[min(self._identities) if switches.signed_in is None else switches.signed_in]
        challenge = asked.get("code_challenge") if asked.get("code_challenge_method") == "S256" else None
        code = self._tokens.code(identity_id=who.identity_id, scopes=given, challenge=challenge)
        return self._back({"code": code}, asked)

    def _back(self, found: dict[str, str], asked: dict[str, str]) -> Response:
        query = urlencode({**found, **({"state": asked["state"]} if "state" in asked else {})})
        return Response(status=302, headers={"location": f"{self._application.redirect_uri}?{query}"})

    def _is_application(self, sent: dict[str, Any]) -> bool:
        application = self._application
        return (sent.get("client_id"), sent.get("client_secret")) == (application.client_id, application.client_secret)


def _sent(request: Request) -> dict[str, Any]:
    """The body as a form or as JSON; anything else counts as empty."""
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    try:
        sent = request.json()
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _refused(status: int, error: str, description: str) -> Response:
    return answer(status, {"error": error, "error_description": description})
