"""What a FreshBooks connection is told: which business, and the choices that FreshBooks' documents leave open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector.connectors.freshbooks.webhook import DOCUMENTED_RULE, RULES
from ml_connector.domain.errors import SettingsError
from ml_connector.transport.given import one_of, whole, yes_or_no
from ml_connector.transport.urls import checked_url

BASE_URL = "https://api.freshbooks.com"
NUMBER_FIELDS = ("account_number", "note")
ZONES = ("utc", "eastern")

SETTLE_SECONDS = 150
"""An assumption: 30 s until our request times out, and two minutes for FreshBooks to finish and to list it."""

_ACCOUNT = re.compile(r"[A-Za-z0-9]{1,20}")
_ACCOUNT_FORM = "the short id in FreshBooks' URLs, such as 6BApk"
_BUSINESS = re.compile(r"[0-9]{1,18}")
_UUID = re.compile(r"[0-9A-Fa-f-]{32,36}")
_LANGUAGE = re.compile(r"[A-Za-z]{2}([_-][A-Za-z]{2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshBooksSettings:
    """`account_id` is empty until a person has authorised the connection and chosen the business.

    `timestamps` gives the zone of accounting's zoneless times: {"bill": "utc", "vendor": "eastern"}.

    `currency` is for a vendor that comes without one. `description_length` is where a line's description is cut.
    `callback_base_url` goes before the stack's own address where FreshBooks is told where to push.
    `settle_seconds` is how long a write without an answer may still take effect: longer is slower, and safer.
    """

    account_id: str = ""
    business_id: str = ""
    business_uuid: str = ""
    base_url: str = BASE_URL
    redirect_uri: str = ""
    requests_per_minute: int = 60
    parallel: int = 4
    settle_seconds: int = SETTLE_SECONDS
    vendor_number_field: str = "account_number"
    timestamps: Mapping[str, str]
    language: str = "en"
    list_rows_have_lines: bool = True
    description_length: int = 1000
    currency: str | None = None
    callback_base_url: str = ""
    webhook_rules: tuple[str, ...] = (DOCUMENTED_RULE,)

    @property
    def bill_zone(self) -> tzinfo:
        return _zone(self.timestamps["bill"])

    @property
    def vendor_zone(self) -> tzinfo:
        return _zone(self.timestamps["vendor"])


def check_settings(settings: Mapping[str, Any], *, local: bool = False) -> Mapping[str, Any]:
    """The settings with every default filled in. `local` lets a simulator on this machine stand in.

    Raises: SettingsError that names the setting and the fix.
    """
    return asdict(read_settings(settings, local=local))


def read_settings(settings: Mapping[str, Any], *, local: bool = False) -> FreshBooksSettings:
    known = [field.name for field in fields(FreshBooksSettings)]
    for name in settings:
        if name not in known:
            raise SettingsError(f"is not a setting of FreshBooks; the settings are: {', '.join(known)}", setting=name)
    return FreshBooksSettings(
        account_id=_matching(settings, "account_id", _ACCOUNT, _ACCOUNT_FORM, default=""),
        business_id=_matching(settings, "business_id", _BUSINESS, "a number, from users/me", default=""),
        business_uuid=_matching(settings, "business_uuid", _UUID, "the business' UUID, from users/me", default=""),
        base_url=checked_url(settings.get("base_url") or BASE_URL, setting="base_url", local=local).rstrip("/"),
        redirect_uri=_redirect_uri(settings.get("redirect_uri") or "", local=local),
        requests_per_minute=whole(settings, "requests_per_minute", default=60, least=1, most=6000),
        parallel=whole(settings, "parallel", default=4, least=1, most=16),
        settle_seconds=whole(
            settings, "settle_seconds", default=SETTLE_SECONDS, least=1 if local else SETTLE_SECONDS, most=3600
        ),
        vendor_number_field=one_of(settings, "vendor_number_field", NUMBER_FIELDS),
        timestamps=_timestamps(settings.get("timestamps") or {}),
        language=_matching(settings, "language", _LANGUAGE, "a language such as en", default="en"),
        list_rows_have_lines=yes_or_no(settings, "list_rows_have_lines", default=True),
        description_length=whole(settings, "description_length", default=1000, least=80, most=10_000),
        currency=_matching(settings, "currency", _CURRENCY, "an ISO 4217 code such as USD", default="") or None,
        callback_base_url=_callback_base_url(settings.get("callback_base_url") or "", local=local),
        webhook_rules=_webhook_rules(settings.get("webhook_rules") or (DOCUMENTED_RULE,)),
    )


def _matching(
    settings: Mapping[str, Any], name: str, pattern: re.Pattern[str], form: str, *, default: str | None = None
) -> str:
    given = settings.get(name)
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if given in (None, "") and default is not None:
        return default
    if not pattern.fullmatch(text):
        raise SettingsError(f"must be {form}", setting=name)
    return text


def _redirect_uri(text: str, *, local: bool) -> str:
    """FreshBooks takes no query string in it, and wants it again with every refresh."""
    if not text:
        return ""
    if "?" in text:
        raise SettingsError("must not have a query string", setting="redirect_uri")
    return checked_url(text, setting="redirect_uri", local=local)


def _callback_base_url(text: str, *, local: bool) -> str:
    if not text:
        return ""
    if "?" in text:
        raise SettingsError("must not have a query string", setting="callback_base_url")
    return checked_url(text, setting="callback_base_url", local=local).rstrip("/")


def _webhook_rules(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not given or not all(name in RULES for name in given):
        raise SettingsError(f"must be a list of {', '.join(RULES)}", setting="webhook_rules")
    return tuple(given)


def _timestamps(given: Any) -> dict[str, str]:
    if (
        not isinstance(given, Mapping)
        or set(given) - {"bill", "vendor"}
        or not all(zone in ZONES for zone in given.values())
    ):
        raise SettingsError(f"must name bill and vendor, each one of {', '.join(ZONES)}", setting="timestamps")
    return {"bill": "utc", "vendor": "utc", **given}


def _zone(name: str) -> tzinfo:
    return UTC if name == "utc" else ZoneInfo("America/New_York")
