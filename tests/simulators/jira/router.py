"""Which address a call came to, who is asking, and whether they may: then the family that the path names does the work.

One process plays three hosts, told apart by the path: the site's own (`/rest/...`), the gateway
(`/ex/jira/{cloudId}/rest/...`) and the sign-in host (`/authorize`, `/oauth/token`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

from tests.simulators.jira.answers import Refusal, answer, gateway, refused, unauthenticated
from tests.simulators.jira.calls import Call, Route
from tests.simulators.jira.oauth import OAuth, bearer
from tests.simulators.jira.people import ApiToken, Caller, basic
from tests.simulators.jira.site import Site
from tests.simulators.jira.tokens import Tokens
from tests.simulators.serving import Request, Response

GATEWAY = re.compile(r"/ex/jira/([^/]+)(/.*)")
TENANT = "/_edge/tenant_info"


class Router:
    def __init__(
        self, *, site: Site, tokens: Tokens, oauth: OAuth, api_tokens: dict[str, ApiToken], routes: Sequence[Route]
    ) -> None:
        self._site = site
        self._tokens = tokens
        self._oauth = oauth
        self._api_tokens = api_tokens
        self._routes = [(each, each.pattern) for each in routes]

    def answer(self, request: Request) -> Response:
        request = replace(request, path=request.path.rstrip("/"))
        if (signing := self._oauth.answer(request)) is not None:
            return signing
        if request.path == TENANT:
            return answer(200, {"cloudId": self._site.place.cloud_id})
        if match := GATEWAY.fullmatch(request.path):
            return self._at_gateway(match[1], replace(request, path=match[2]))
        return self._at_site(request)

    def is_app(self, request: Request) -> bool:
        return self._tokens.access(bearer(request) or "") is not None

    def _at_site(self, request: Request) -> Response:
        """A classic API token, and nothing else: an OAuth token is refused here."""
        caller = self._by_basic(request, scoped=False)
        return unauthenticated() if caller is None else self._worked(caller, request)

    def _at_gateway(self, cloud_id: str, request: Request) -> Response:
        caller = self._by_basic(request, scoped=True) or self._by_grant(request)
        if caller is None:
            return gateway(401, "Unauthorized")
        if cloud_id != self._site.place.cloud_id:
            return gateway(404, "No message available")
        return self._worked(caller, request)

    def _by_basic(self, request: Request, *, scoped: bool) -> Caller | None:
        pair = basic(request.headers.get("authorization", ""))
        token = self._api_tokens.get(pair[1]) if pair else None
        if pair is None or token is None or token.scoped is not scoped or self._site.moment() >= token.ends_at:
            return None
        user = self._site.users[token.account_id]
        return Caller(user=user) if user.active and user.email.lower() == pair[0].lower() else None

    def _by_grant(self, request: Request) -> Caller | None:
        grant = self._tokens.access(bearer(request) or "")
        if grant is None or not self._site.users[grant.account_id].active:
            return None
        return Caller(user=self._site.users[grant.account_id], scopes=grant.scopes)

    def _worked(self, caller: Caller, request: Request) -> Response:
        found = self._found(request)
        if found is None:
            return refused(Refusal(404, "null for uri: " + request.path))
        route, args = found
        if caller.scopes is not None and set(route.scopes) - set(caller.scopes):
            return gateway(401, "Unauthorized; scope does not match")
        try:
            response = route.work(Call(caller=caller, args=args, request=request))
        except Refusal as refusal:
            response = refused(refusal)
        return replace(response, headers={**response.headers, "x-aaccountid": caller.user.account_id})

    def _found(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The first that fits: what is named in full stands before what has a place for an id."""
        for route, pattern in self._routes:
            if route.method == request.method and (match := pattern.fullmatch(request.path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None
