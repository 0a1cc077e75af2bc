"""The token endpoint, in Keycloak's shape: client credentials in, a bearer token with a short life out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from tests.simulators.jaggaer import answers
from tests.simulators.jaggaer.switches import Switches
from tests.simulators.serving import Request, Response

CLIENT_ID = "ml-connector-jaggaer"
CLIENT_SECRET = "invented-client-secret"
_REALMS = "/auth/realms/"
TOKEN_PATH = f"{_REALMS}J1p-integrations/protocol/openid-connect/token"


def is_token_call(request: Request) -> bool:
    return request.path.startswith(_REALMS)


class TokenDesk:
    """Issues tokens and knows which are still good. A token holds for the life it was issued with."""

    def __init__(self) -> None:
        self._good_until: dict[str, datetime] = {}
        self._issued = 0

    def answer(self, request: Request, *, switches: Switches, now: datetime) -> Response:
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        refusal = _refusal(request, form, switches)
        return refusal if refusal is not None else self._issue(switches, now)

    def accepts(self, authorization: str, *, now: datetime) -> bool:
        scheme, _, token = authorization.partition(" ")
        good_until = self._good_until.get(token)
        return scheme.lower() == "bearer" and good_until is not None and now < good_until

    def revoke_all(self) -> None:
        self._good_until.clear()

    def _issue(self, switches: Switches, now: datetime) -> Response:
        self._issued += 1
        token = _opaque(f"token {self._issued}")
        self._good_until[token] = now + timedelta(seconds=switches.token_lifetime_seconds)
        return answers.document(
            {
                "access_token": token,
                "expires_in": switches.token_lifetime_seconds,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": "profile email",
            }
        )


def _refusal(request: Request, form: Mapping[str, str], switches: Switches) -> Response | None:
    """Keycloak's order: the realm, the method, the client, then what the client asks for."""
    if request.path != TOKEN_PATH:
        return _error(404, "Realm does not exist", None)
    if request.method != "POST":
        return _error(405, "HTTP 405 Method Not Allowed", None)
    if "grant_type" not in form:
        return _error(400, "invalid_request", "Missing form parameter: grant_type")
    if _credentials(request, form) != (CLIENT_ID, CLIENT_SECRET):
        return _error(401, "invalid_client", "Invalid client or Invalid client credentials")
    if form["grant_type"] != "client_credentials":
        return _error(400, "unsupported_grant_type", "Unsupported grant_type")
    if switches.service_account_off:
        return _error(400, "unauthorized_client", "Client not enabled to retrieve service account")
    return None


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """From the form, or from a Basic header: Keycloak takes either."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _error(status: int, error: str, description: str | None) -> Response:
    body = {"error": error} if description is None else {"error": error, "error_description": description}
    return answers.document(body, status=status)


def _opaque(text: str) -> str:
    """Three parts like a JWT, and nothing inside worth reading."""
    parts = (base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ("simulated", text, "unsigned"))
    return ".".join(parts)
