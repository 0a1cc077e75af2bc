"""JAGGAER's answers as HTTP: envelopes, bare documents, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulators.jaggaer import exact_json
from tests.simulators.serving import Response

_JSON = {"content-type": "application/json;charset=UTF-8"}
_HTML = {"content-type": "text/html;charset=UTF-8"}
_PAGE = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body>Please try again later.</body></html>"


def document(body: Mapping[str, Any], *, status: int = 200) -> Response:
    return Response(status=status, headers=_JSON, body=exact_json.dumps(body))


def garbage() -> Response:
    return Response(status=200, headers=_HTML, body=_PAGE)


def unauthorized(*, odd: bool) -> Response:
    """The odd one is what an older gateway sends: nothing to challenge with, and a content type without a type."""
    if odd:
        return Response(status=401, headers={"content-type": "; charset=UTF-8"}, body=b"Unauthorized")
    headers = {**_JSON, "www-authenticate": 'Bearer realm="J1p-integrations", error="invalid_token"'}
    return Response(status=401, headers=headers, body=exact_json.dumps({"error": "invalid_token"}))


def forbidden(message: str) -> Response:
    return document({"error": "access_denied", "error_description": message}, status=403)


def not_found(message: str) -> Response:
    return document({"error": "not_found", "error_description": message}, status=404)


def too_many(*, retry_after_seconds: int | None) -> Response:
    headers = dict(_HTML) if retry_after_seconds is None else {**_HTML, "retry-after": str(retry_after_seconds)}
    return Response(status=429, headers=headers, body=b"Too Many Requests")


def broken(status: int) -> Response:
    return Response(status=status, headers=_HTML, body=_PAGE)
