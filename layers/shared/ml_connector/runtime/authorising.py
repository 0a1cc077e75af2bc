"""The consent's three addresses: where it starts, where the vendor sends the browser back, where a business is chosen.

Nobody signs in here: what lets a browser in is the invite of its link, and then the cookie that it got at the start.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from ml_connector.console.consent import authorised_page, choice_page, refusal_page
from ml_connector.pipeline.connections.consent import Authorised, Choice, ConsentError
from ml_connector.pipeline.connections.consent_tickets import STATE_LIVES
from ml_connector.runtime.wiring import Services

_LONGEST = 8192
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_NOWHERE = "There is nothing at this address. Open the link that you were given as it is, in full."


class _NotThereError(Exception):
    """No such address."""


def answer_consent(event: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """GET /oauth/<system>/start, GET /oauth/<system>/callback, POST /oauth/<system>/choose."""
    method = event["requestContext"]["http"]["method"]
    path = [part for part in str(event.get("rawPath", "")).split("/") if part]
    browser = _cookie(event, _cookie_name(services))
    try:
        return _answered(method, path[-3:], event, services, browser)
    except _NotThereError:
        return _page(404, refusal_page(_NOWHERE))
    except ConsentError as error:
        services.ports.log.info("consent refused", why=error.code or "")
        return _page(400, refusal_page(error.detail))


def _answered(
    method: str, path: Sequence[str], event: Mapping[str, Any], services: Services, browser: str | None
) -> dict[str, Any]:
    match (method, path):
        case ("GET", ["oauth", system, "start"]):
            departure = services.consent.start(system, invite=_query(event).get("invite", ""), browser=browser)
            headers = {**_HEADERS, "location": departure.url}
            cookie = _set_cookie(services, departure.browser)
            return {"statusCode": 302, "headers": headers, "cookies": [cookie], "body": ""}
        case ("GET", ["oauth", system, "callback"]):
            sent = _query(event)
            state, code, error = sent.get("state", ""), sent.get("code"), sent.get("error")
            return _shown(
                services,
                system,
                services.consent.callback(system, state=state, browser=browser, code=code, error=error),
            )
        case ("POST", ["oauth", system, "choose"]):
            sent = _form(event)
            ticket, business = sent.get("ticket", ""), sent.get("business", "")
            return _shown(
                services, system, services.consent.choose(system, ticket=ticket, browser=browser, business=business)
            )
        case _:
            raise _NotThereError


def _shown(services: Services, system: str, done: Authorised | Choice) -> dict[str, Any]:
    title = services.catalog.connector(system).title
    if isinstance(done, Choice):
        return _page(200, choice_page(done, system=title, action="choose"))
    return _page(200, authorised_page(done, system=title))


def _page(status: int, html: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {**_HEADERS, "content-type": "text/html; charset=utf-8"}, "body": html}


def _query(event: Mapping[str, Any]) -> dict[str, str]:
    return _fields(str(event.get("rawQueryString") or ""))


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded") and len(body) <= 2 * _LONGEST:
        try:
            body = base64.b64decode(body).decode(errors="replace")
        except ValueError:
            body = ""
    return _fields(body)


def _fields(text: str) -> dict[str, str]:
    """A field that is there twice counts as not there: of two states, neither is to be believed."""
    sound = text.encode(errors="replace").decode()  # half a surrogate pair is nothing that can be sent on
    given = parse_qsl(sound, keep_blank_values=True) if len(text) <= _LONGEST else []
    times = Counter(name for name, _ in given)
    return {name: value for name, value in given if times[name] == 1}


def _cookie_name(services: Services) -> str:
    """With `__Host-` no other host can set it; the laptop's plain http cannot have that."""
    return "consent" if services.settings.is_local else "__Host-consent"


def _set_cookie(services: Services, value: str) -> str:
    kept = (
        f"{_cookie_name(services)}={value}; Path=/; Max-Age={int(STATE_LIVES.total_seconds())}; HttpOnly; SameSite=Lax"
    )
    return kept if services.settings.is_local else f"{kept}; Secure"


def _cookie(event: Mapping[str, Any], name: str) -> str | None:
    for pair in _cookies(event):
        given, _, value = pair.strip().partition("=")
        if given == name:
            return value
    return None


def _cookies(event: Mapping[str, Any]) -> Iterator[str]:
    """API Gateway gives them in `cookies`; the embedded engine leaves them in their header."""
    yield from event.get("cookies") or ()
    for header, value in (event.get("headers") or {}).items():
        if header.lower() == "cookie":
            yield from str(value).split(";")
