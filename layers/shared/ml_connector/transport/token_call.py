"""One call to a token URL, and what its answer means: a pair of tokens, or an error that names what to mend."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

import httpx

from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RateLimitedError, TransientError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.system import OAuthEndpoints
from ml_connector.transport import classify
from ml_connector.transport.answer import Answer, GarbledError, encoded
from ml_connector.transport.client import received
from ml_connector.transport.redaction import short

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
class Client:
    """The application as the vendor knows it."""

    id: str
    secret: str


def granted(
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
        refusal = _refusal(answer, now=now, is_write=is_write, dead_codes=endpoints.dead_codes)
        raise _placed(refusal, answer, system, operation)
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


def _refusal(answer: Answer, *, now: datetime, is_write: bool, dead_codes: tuple[str, ...]) -> ConnectorError:
    error, description = _oauth_error(answer)
    if answer.status == 429:
        wait = classify.retry_after(answer.headers, now=now)
        return RateLimitedError("the token URL asks us to wait (HTTP 429)", retry_after=wait)
    if answer.status >= 500 or answer.status in (408, 425):
        detail = f"the token URL answered HTTP {answer.status}"
        return OutcomeUnknownError(detail) if is_write else TransientError(detail)
    if error is not None:
        code = "invalid_grant" if error in dead_codes else error
        fix = _FIXES.get(code, "the token URL refused: check `token_url`, `client_id` and `client_secret`")
        said = f" ({error}: {description})" if description else f" ({error})"
        return AuthError(fix + said, code=code)
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
        ends_at=now + endpoints.grant_lives if endpoints.grant_lives else None,
        ends_at_latest=now + endpoints.grant_ends if endpoints.grant_ends else None,
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
