"""A connection's settings: what may be said, checked, with the addresses worked out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.connectors.jaggaer.cxml.rules import CxmlRules, read_rules
from ml_connector.connectors.jaggaer.profile import DEFAULT, load_profile
from ml_connector.connectors.jaggaer.rules import Profile
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.transport.urls import checked_url, host_of

SYSTEM = "jaggaer"
RESOURCES: Mapping[RecordKind, str] = {
    RecordKind.BILL: "invoice",
    RecordKind.VENDOR: "supplier",
    RecordKind.PURCHASE_ORDER: "purchase_order",
    RecordKind.CONTRACT: "contract",
}
_KNOWN = ("base_url", "confirmed", "cxml", "instance", "profile", "token_url")
_INSTANCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    base_url: str
    token_url: str
    profile: Profile
    confirmed: frozenset[str]

    @property
    def described(self) -> Mapping[RecordKind, str]:
        """The resources that the profile tells how to read: nothing is known in public of contracts."""
        return described_by(self.profile)

    cxml: CxmlRules | None = None


def check_settings(settings: Mapping[str, Any], *, local: bool) -> Mapping[str, Any]:
    """The settings as they are kept: plain values, both addresses in full. Checking them again changes nothing.

    Raises: SettingsError.
    """
    read = read_settings(settings, local=local)
    kept = {name: settings[name] for name in ("cxml", "instance", "profile") if settings.get(name)}
    return {**kept, "base_url": read.base_url, "token_url": read.token_url, "confirmed": sorted(read.confirmed)}


def read_settings(settings: Mapping[str, Any], *, local: bool) -> Settings:
    """Raises: SettingsError."""
    for name in settings:
        if name not in _KNOWN:
            raise SettingsError(
                f"is not a setting of JAGGAER; the settings are: {', '.join(_KNOWN)}", setting=str(name)
            )
    chosen = settings.get("profile") or DEFAULT
    if not isinstance(chosen, str | Mapping):
        raise SettingsError("must be a profile's name, or a mapping laid over the default one", setting="profile")
    profile = load_profile(chosen)
    base_url = _base_url(settings, profile, local=local)
    token_url = settings.get("token_url") or _filled(
        profile.connection.token_url, "profile.connection.token_url", settings, base_url=base_url
    )
    return Settings(
        base_url=base_url,
        token_url=checked_url(token_url, setting="token_url", local=local),
        profile=profile,
        confirmed=_confirmed(settings.get("confirmed"), profile),
        cxml=read_rules(settings.get("cxml"), local=local),
    )


def described_by(profile: Profile) -> Mapping[RecordKind, str]:
    return {kind: name for kind, name in RESOURCES.items() if getattr(profile.resources, name) is not None}


def host(settings: Mapping[str, Any]) -> str:
    """What the vendor counts requests by, as far as we know: the host. The client is added by whoever asks."""
    return host_of(str(settings["base_url"]))


def _base_url(settings: Mapping[str, Any], profile: Profile, *, local: bool) -> str:
    base_url = settings.get("base_url") or _filled(
        profile.connection.base_url, "profile.connection.base_url", settings, base_url=None
    )
    if not isinstance(base_url, str) or "?" in base_url:
        raise SettingsError("must be a URL without a query, such as https://acme.jaggaer.com", setting="base_url")
    return checked_url(base_url, setting="base_url", local=local).rstrip("/")


def _filled(template: str, setting: str, settings: Mapping[str, Any], *, base_url: str | None) -> str:
    """The address that a profile writes with {instance} and {base_url}."""
    if base_url is not None:
        template = template.replace("{base_url}", base_url)
    if "{instance}" in template:
        instance = settings.get("instance")
        if not isinstance(instance, str) or not _INSTANCE.fullmatch(instance):
            raise SettingsError(
                "give the first part of the JAGGAER address (acme for https://acme.jaggaer.com), or the whole address "
                "as `base_url`",
                setting="instance",
            )
        template = template.replace("{instance}", instance)
    if "{" in template:
        raise SettingsError("may hold {instance} and, for the token URL, {base_url}; nothing else", setting=setting)
    return template


def _confirmed(given: Any, profile: Profile) -> frozenset[str]:
    """What the connection confirms, with what its profile does."""
    names = tuple(described_by(profile).values())
    if given is not None and (isinstance(given, str) or not isinstance(given, list | tuple)):
        raise SettingsError(f"must be a list of resources, such as [{', '.join(names)}]", setting="confirmed")
    for name in given or ():
        if name not in names:
            why = f"has no profile.resources.{name} yet" if name in RESOURCES.values() else "is not a resource"
            raise SettingsError(f"{name!r} {why}; there are: {', '.join(names)}", setting="confirmed")
    in_profile = (name for name in names if getattr(profile.resources, name).confirmed)
    return frozenset([*(given or ()), *in_profile])
