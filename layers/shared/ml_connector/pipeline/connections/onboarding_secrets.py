"""Read credentials and tokens as a person brings them. What is wrong is told by name; no value is ever repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ml_connector.domain.errors import SettingsError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.system import Connector

_GRANT = ("access_token", "refresh_token", "expires_in", "created_at", "expires_at", "scope", "token_type")
_GRANT_IGNORED = ("direct_buy_tokens", "id_token")  # a token endpoint's answer may be put in as it came
_EXPIRED = timedelta(seconds=1)


def read_secret(
    connector: Connector, given: Mapping[str, Any], problems: Problems, place: str
) -> Mapping[str, str] | None:
    """All fields that the system asks for, each a text, and what else it takes. None where one is wrong."""
    before = len(problems.found)
    problems.only(given, (*connector.secret_fields, *connector.optional_secret_fields), place)
    fields = (*connector.secret_fields, *(one for one in connector.optional_secret_fields if one in given))
    for field in fields:
        value = given.get(field)
        if not isinstance(value, str) or not value.strip():
            problems.add(f"{place}.{field}", f"{connector.title} needs it: give it as text")
        elif value != value.strip():
            problems.add(f"{place}.{field}", "it begins or ends with a blank: take that out")
    if len(problems.found) > before:
        return None
    return {field: given[field] for field in fields}


def check_kept(connector: Connector, stored: Mapping[str, str], problems: Problems, place: str) -> None:
    """What stays stored must have all that the settings ask for by now: they may ask for more than they did."""
    for field in connector.secret_fields:
        if not stored.get(field, "").strip():
            problems.add(
                f"{place}.{field}", f"{connector.title} needs it, and what is stored has none: give the whole secret"
            )


def read_day(given: Any, *, setting: str) -> date | None:
    """2026-09-30, as text or as YAML reads it. Raises: SettingsError."""
    if given in (None, ""):
        return None
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError as error:
        raise SettingsError("write a day such as 2026-09-30", setting=setting) from error


def last_day(connector: Connector, given: date | None, *, now: datetime) -> date | None:
    """Of new credentials: the day that a person gives, else the last one on which the vendor takes them at all."""
    return given or ((now + connector.secret_lives).date() if connector.secret_lives else None)


def read_grant(given: Mapping[str, Any], problems: Problems, place: str, *, now: datetime) -> TokenPair | None:
    """As the vendor's token URL answered. Without a time the access token counts as expired: it is refreshed first."""
    before = len(problems.found)
    problems.only(given, (*_GRANT, *_GRANT_IGNORED), place)
    for field in ("access_token", "refresh_token"):
        if not isinstance(given.get(field), str) or not given[field].strip():
            problems.add(f"{place}.{field}", "needed, as the authorisation gave it")
    try:
        expires_at = _expires_at(given, now)
    except (TypeError, ValueError, OverflowError):
        problems.add(
            place, "give expires_at as an instant such as 2026-03-01T12:00:00Z, or created_at and expires_in in seconds"
        )
    if len(problems.found) > before:
        return None
    scope = given.get("scope")
    return TokenPair(
        access=given["access_token"].strip(),
        refresh=given["refresh_token"].strip(),
        expires_at=expires_at,
        scope=str(scope) if scope else None,
    )


def _expires_at(given: Mapping[str, Any], now: datetime) -> datetime:
    if given.get("expires_at") is not None:
        return _instant(given["expires_at"])
    if given.get("expires_in") is None or given.get("created_at") is None:
        return now - _EXPIRED
    return _instant(given["created_at"]) + timedelta(seconds=int(given["expires_in"]))


def _instant(value: Any) -> datetime:
    """Seconds since 1970, or ISO 8601 with its zone."""
    if isinstance(value, bool):
        raise TypeError("a truth value is no instant")
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return moment.astimezone(UTC)
