"""OAuth calls. Client credentials with a token kept in this process; authorization codes as bare calls.

Who may refresh a rotating grant, and when, is decided elsewhere (the lease); a failed refresh says here whether the
refresh token may have been used up.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from threading import Lock
from typing import Any
from urllib.parse import quote

import httpx

from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RateLimitedError, TransientError
from ml_connector.pipeline.system import OAuthEndpoints
from ml_connector.transport import classify
from ml_connector.transport.answer import Answer, GarbledError, encoded
from ml_connector.transport.client import received
from ml_connector.transport.redaction import short

_TIMEOUT = timedelta(seconds=15)
_LIFE_IF_UNSAID = timedelta(minutes=5)  # Keycloak's own default, and short enough for anybody's
_LONGEST_LIFE = timedelta(days=30)
_UNITS = {"seconds": Decimal(1), "milliseconds": Decimal(1000)}  # how many make a second
_MAX_BODY = 256 * 1024

_FIXES = {
    "invalid_client": "the client id or the client secret is not accepted: check `client_id` and `client_secret`, "
    "and whether the secret has expired",
    "unauthorized_client": "this client may not use this grant: have it enabled for the client at the vendor",
    "unsupported_grant_type": "the token URL does not offer this grant: check `token_url`",
    "invalid_scope": "a scope that was asked for is not allowed to this client: check the scopes of the application",
    "invalid_grant": "the authorization is used up, expired or withdrawn: authorise the connection again",
    "access_denied": "access was denied: authorise the connection again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """`refresh` is the one that counts from now on; None where the grant has none."""

    access: str
    refresh: str | None
    expires_at: datetime
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The application as the vendor knows it."""

    id: str
    secret: str


class ClientCredentials:
    """A TokenSource for the client-credentials grant. However many threads ask at once, one call is made.

    A token is renewed `endpoints.early` before it expires, but never more than a fifth of its life early: a life of
    five minutes works.
    """

    def __init__(
        self,
        *,
        endpoints: OAuthEndpoints,
        http: httpx.Client,
        client: Client,
        now: Callable[[], datetime],
        system: str,
        timeout: timedelta = _TIMEOUT,
    ) -> None:
        self._endpoints = endpoints
        self._http = http
        self._client = client
        self._now = now
        self._system = system
        self._timeout = timeout
        self._lock = Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None
        self._calls = 0
        self._failure: ConnectorError | None = None

    def token(self) -> str:
        """Raises: AuthError, RateLimitedError, TransientError."""
        calls_before = self._calls
        with self._lock:
            now = self._now()
            if self._token is not None and self._good_until is not None and now < self._good_until:
                return self._token
            if self._failure is not None and self._calls != calls_before:
                raise copy(self._failure)  # the call that we waited for failed: once is enough
            return self._renewed(now)

    def refused(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = self._good_until = None

    def _renewed(self, now: datetime) -> str:
        self._token = self._good_until = self._failure = None
        try:
            pair = _granted(
                self._endpoints,
                {"grant_type": "client_credentials"},
                http=self._http,
                client=self._client,
                now=now,
                system=self._system,
                operation="get a token",
                timeout=self._timeout,
                is_write=False,
            )
        except ConnectorError as error:
            self._failure = error
            raise
        finally:
            self._calls += 1
        self._token = pair.access
        self._good_until = pair.expires_at - min(self._endpoints.early, (pair.expires_at - now) / 5)
        return pair.access


def refresh(
    endpoints: OAuthEndpoints,
    *,
    http: httpx.Client,
    client: Client,
    refresh_token: str,
    now: datetime,
    system: str,
    timeout: timedelta = _TIMEOUT,
) -> TokenPair:
    """A new pair for a refresh token. An answer without a new refresh token leaves the old one in force.

    Raises: AuthError (`code` "invalid_grant" when the refresh token itself was refused), RateLimitedError,
    TransientError (it was not sent), OutcomeUnknownError (it may have been used up).
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    pair = _granted(
        endpoints, form, http=http, client=client, now=now, system=system, operation="refresh a token", timeout=timeout
    )
    return pair if pair.refresh else TokenPair(access=pair.access, refresh=refresh_token, expires_at=pair.expires_at)


def exchange_code(
    endpoints: OAuthEndpoints,
    *,
    http: httpx.Client,
    client: Client,
    code: str,
    redirect_uri: str,
    now: datetime,
    system: str,
    verifier: str | None = None,
    timeout: timedelta = _TIMEOUT,
) -> TokenPair:
    """The first pair, for the code that came back from the vendor's page; `verifier` where PKCE was used.

    Raises: as `refresh`.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier is not None:
        form["code_verifier"] = verifier
    return _granted(
        endpoints, form, http=http, client=client, now=now, system=system, operation="exchange a code", timeout=timeout
    )


def _granted(
    endpoints: OAuthEndpoints,
    form: Mapping[str, str],
    *,
    http: httpx.Client,
    client: Client,
    now: datetime,
    system: str,
    operation: str,
    timeout: timedelta,
    is_write: bool = True,
) -> TokenPair:
    """`is_write`: whether the call uses something up, so that an answer lost is an outcome unknown."""
    request = _request(endpoints, form, http=http, client=client, timeout=timeout)
    try:
        answer = received(http, request, max_body=_MAX_BODY)
    except (httpx.HTTPError, httpx.InvalidURL, classify.TooLargeError) as failure:
        error = classify.error_of_failure(failure, is_write=is_write)
        raise classify.located(error, system=system, operation=operation, request_id=None) from failure
    if not answer.is_success:
        raise _placed(_refusal(answer, now=now, is_write=is_write), answer, system, operation)
    try:
        body = answer.json()
    except GarbledError as garbled:
        error = classify.error_of_garbage(answer, is_write=is_write)
        raise _placed(error, answer, system, operation) from garbled
    return _pair(body, endpoints, answer, now=now, system=system, operation=operation, is_write=is_write)


def _request(
    endpoints: OAuthEndpoints, form: Mapping[str, str], *, http: httpx.Client, client: Client, timeout: timedelta
) -> httpx.Request:
    """`client_auth`: "body" (form), "json" (a JSON body), "basic" (a Basic header and a form)."""
    fields = {**endpoints.form, **form}
    headers = {"accept": "application/json"}
    seconds = httpx.Timeout(timeout.total_seconds())
    if endpoints.client_auth == "basic":
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"  # RFC 6749, 2.3.1
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        fields |= {"client_id": client.id, "client_secret": client.secret}
    if endpoints.client_auth == "json":
        headers["content-type"] = "application/json"
        return http.build_request(
            "POST", endpoints.token_url, content=encoded(fields), headers=headers, timeout=seconds
        )
    return http.build_request("POST", endpoints.token_url, data=fields, headers=headers, timeout=seconds)


def _refusal(answer: Answer, *, now: datetime, is_write: bool) -> ConnectorError:
    error, description = _oauth_error(answer)
    if answer.status == 429:
        wait = classify.retry_after(answer.headers, now=now)
        return RateLimitedError("the token URL asks us to wait (HTTP 429)", retry_after=wait)
    if answer.status >= 500 or answer.status in (408, 425):
        detail = f"the token URL answered HTTP {answer.status}"
        return OutcomeUnknownError(detail) if is_write else TransientError(detail)
    if error is not None:
        fix = _FIXES.get(error, "the token URL refused")
        said = f" ({error}: {description})" if description else f" ({error})"
        return AuthError(fix + said, code=error)
    if answer.status == 401:
        return AuthError(f"{_FIXES['invalid_client']} (HTTP 401)", code="invalid_client")
    hint = "it redirects elsewhere" if 300 <= answer.status <= 399 else "nothing gives tokens there"
    return AuthError(f"the token URL answered HTTP {answer.status}, so {hint}: check `token_url`", code="bad_token_url")


def _oauth_error(answer: Answer) -> tuple[str | None, str | None]:
    """RFC 6749's `error` and `error_description`. A sentence in `error` is not a code of the standard."""
    try:
        body = answer.json()
    except GarbledError:
        return None, None
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, str) or not error.replace("_", "").isalnum():
        return None, None
    description = body.get("error_description")
    return short(error, 60), short(description) if isinstance(description, str) else None


def _pair(
    body: Any,
    endpoints: OAuthEndpoints,
    answer: Answer,
    *,
    now: datetime,
    system: str,
    operation: str,
    is_write: bool,
) -> TokenPair:
    fields = body if isinstance(body, Mapping) else {}
    access = fields.get(endpoints.access_field)
    if not isinstance(access, str) or not access.strip():
        names = short(", ".join(sorted(str(name) for name in fields))) or "no fields"
        detail = f"the token answer has no {endpoints.access_field!r} (it has: {names}): check the token field's name"
        error = OutcomeUnknownError(detail) if is_write else AuthError(detail, code="no_token")
        raise _placed(error, answer, system, operation)
    renewed, scope = fields.get("refresh_token"), fields.get("scope")
    return TokenPair(
        access=access.strip(),
        refresh=renewed if isinstance(renewed, str) and renewed else None,
        expires_at=now + _life(fields.get(endpoints.lifetime_field), endpoints.lifetime_unit),
        scope=scope if isinstance(scope, str) else None,
    )


def _life(given: Any, unit: str) -> timedelta:
    try:
        seconds = Decimal(str(given)) / _UNITS[unit]
    except InvalidOperation:
        return _LIFE_IF_UNSAID
    if not seconds.is_finite() or seconds <= 0:
        return _LIFE_IF_UNSAID
    return min(timedelta(seconds=float(min(seconds, Decimal(10**9)))), _LONGEST_LIFE)


def _placed(error: ConnectorError, answer: Answer, system: str, operation: str) -> ConnectorError:
    return classify.located(
        error, system=system, operation=operation, request_id=classify.request_id_of(answer.headers)
    )
