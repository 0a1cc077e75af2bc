"""The setting `cxml` of a connection: whether it has a door, who may come in by it, and whom we tell how far we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.document import DocumentKind, Standing
from ml_connector.domain.errors import SettingsError
from ml_connector.pipeline.documents import ACCEPTED, OK, DoorRules
from ml_connector.transport.urls import checked_url

SECRET, SECRET_BEFORE, SECRET_TO_SEND = "cxml_secret", "cxml_secret_before", "cxml_secret_to_send"
SECRET_FIELDS = (SECRET, SECRET_BEFORE, SECRET_TO_SEND)

_KNOWN = ("accepted", "enabled", "identity", "payload_ids", "requests", "senders", "status_updates")
_UPDATES = ("tell", "to", "url")
_UNIQUE = {"unique": True, "unreliable": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRules:
    url: str
    to: str
    tell: frozenset[Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class CxmlRules:
    door: DoorRules
    updates: UpdateRules | None


def read_rules(given: Any, *, local: bool) -> CxmlRules | None:
    """None where the setting is absent or switched off. Raises: SettingsError."""
    if given is None:
        return None
    _only(given, _KNOWN, "cxml")
    updates = _updates(given.get("status_updates"), local=local)
    door = DoorRules(
        identity=_identity(given.get("identity"), "cxml.identity"),
        senders=frozenset(_credential(one, "cxml.senders") for one in _list(given.get("senders"), "cxml.senders")),
        kinds=frozenset(_choices(given.get("requests") or list(DocumentKind), DocumentKind, "cxml.requests")),
        accepted=_one_of(given.get("accepted", ACCEPTED), {OK: OK, ACCEPTED: ACCEPTED}, "cxml.accepted"),
        ids_are_unique=_one_of(given.get("payload_ids", "unique"), _UNIQUE, "cxml.payload_ids"),
        tell=updates.tell if updates else frozenset(),
    )
    enabled = _one_of(given.get("enabled", True), {True: True, False: False}, "cxml.enabled")
    return CxmlRules(door=door, updates=updates) if enabled else None


def credential_of(domain: str, identity: str) -> str:
    """`NetworkId` and `NetworkID` are one domain; an identity is compared to the letter."""
    return f"{domain.strip().lower()}:{identity.strip()}"


def _updates(given: Any, *, local: bool) -> UpdateRules | None:
    """Nobody is told anything that is not named here: the default is that a bill was posted, and no more."""
    if given is None:
        return None
    _only(given, _UPDATES, "cxml.status_updates")
    return UpdateRules(
        url=checked_url(given.get("url") or "", setting="cxml.status_updates.url", local=local),
        to=_identity(given.get("to"), "cxml.status_updates.to"),
        tell=frozenset(_choices(given.get("tell") or [Standing.POSTED], Standing, "cxml.status_updates.tell")),
    )


def _only(given: Any, known: tuple[str, ...], setting: str) -> None:
    if not isinstance(given, Mapping):
        raise SettingsError(f"must be a mapping of: {', '.join(known)}", setting=setting)
    for name in given:
        if name not in known:
            raise SettingsError(f"{name!r} is no part of it; the parts are: {', '.join(known)}", setting=setting)


def _list(given: Any, setting: str) -> list[Any]:
    if not isinstance(given, list | tuple) or not given:
        raise SettingsError("must be a list with at least one entry", setting=setting)
    return list(given)


def _identity(given: Any, setting: str) -> str:
    """As it is written in what we send."""
    domain, colon, name = str(given or "").partition(":")
    if not colon or not domain.strip() or not name.strip():
        raise SettingsError("write the credential's domain and identity, such as NetworkID:ACME", setting=setting)
    return f"{domain.strip()}:{name.strip()}"


def _credential(given: Any, setting: str) -> str:
    domain, _, name = _identity(given, setting).partition(":")
    return credential_of(domain, name)


def _choices[Choice: (DocumentKind, Standing)](given: Any, kind: type[Choice], setting: str) -> list[Choice]:
    try:
        return [kind(one) for one in _list(given, setting)]
    except ValueError as error:
        raise SettingsError(f"may hold: {', '.join(kind)}", setting=setting) from error


def _one_of[Key, Value](given: Key, choices: Mapping[Key, Value], setting: str) -> Value:
    if isinstance(given, str | int) and given in choices:
        return choices[given]
    raise SettingsError(f"must be one of: {', '.join(map(str, choices))}", setting=setting)
