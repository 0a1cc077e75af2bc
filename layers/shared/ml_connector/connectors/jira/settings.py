"""What a Jira connection is told: which site, how it signs in, the projects it may touch, and where our marker goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from ml_connector.domain.errors import SettingsError
from ml_connector.transport.given import one_of, whole, yes_or_no
from ml_connector.transport.urls import checked_url

GATEWAY_URL = "https://api.atlassian.com"
AUTH_URL = "https://auth.atlassian.com"
SIGN_INS = ("basic", "oauth")
WEBHOOKS = ("off", "dynamic", "admin")
ON_VOID = ("delete", "comment", "transition")
SETTLE_SECONDS = 300
"""An assumption: 30 s until our request times out, then over four minutes for Jira to end it and its search to show."""

_CLOUD_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
_MOST_PROJECTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraSettings:
    """`sign_in`: "basic" is an e-mail address with an API token, "oauth" a person's consent, which fills `cloud_id`.

    With `cloud_id`, calls go through Atlassian's gateway, else to the site. `projects` are the only ones written to.
    `marker_prefix` begins our label: another one for each environment that shares a site. `marker_field` is a
    single-line text field, by name, that takes the marker where labels are not on the create screen.
    `issues_jql` says which issues time may be logged on; empty: those of `projects` that changed in half a year.
    """

    sign_in: str = "basic"
    site_url: str = ""
    cloud_id: str = ""
    projects: tuple[str, ...] = ()
    gateway_url: str = GATEWAY_URL
    auth_url: str = AUTH_URL
    redirect_uri: str = ""
    requests_per_minute: int = 300
    parallel: int = 4
    settle_seconds: int = SETTLE_SECONDS
    marker_prefix: str = "ml"
    marker_field: str = ""
    property_key: str = "ml-connector"
    issues_jql: str = ""
    notify: bool = False
    on_void: str = "delete"
    void_fallback: str = "comment"
    void_transition: str = ""
    webhooks: str = "off"
    callback_base_url: str = ""

    @property
    def is_oauth(self) -> bool:
        return self.sign_in == "oauth"

    @property
    def base_url(self) -> str:
        return f"{self.gateway_url}/ex/jira/{self.cloud_id}" if self.cloud_id else self.site_url

    @property
    def loggable_jql(self) -> str:
        listed = ", ".join(f'"{key}"' for key in self.projects)
        return self.issues_jql or f"project in ({listed}) AND updated >= -180d"

    def label(self, marker: str) -> str:
        return f"{self.marker_prefix}-{marker}"


def check_settings(settings: Mapping[str, Any], *, local: bool = False) -> Mapping[str, Any]:
    """The settings with every default filled in. `local` lets a simulator on this machine stand in.

    Raises: SettingsError that names the setting and the fix.
    """
    return asdict(read_settings(settings, local=local))


def read_settings(settings: Mapping[str, Any], *, local: bool = False) -> JiraSettings:
    known = [field.name for field in fields(JiraSettings)]
    for name in settings:
        if name not in known:
            raise SettingsError(f"is not a setting of Jira; the settings are: {', '.join(known)}", setting=name)
    read = JiraSettings(
        sign_in=one_of(settings, "sign_in", SIGN_INS),
        site_url=_url(settings, "site_url", "", local=local),
        cloud_id=_matching(settings, "cloud_id", _CLOUD_ID, "the site's cloud id", default=""),
        projects=_projects(settings.get("projects")),
        gateway_url=_url(settings, "gateway_url", GATEWAY_URL, local=local),
        auth_url=_url(settings, "auth_url", AUTH_URL, local=local),
        redirect_uri=_url(settings, "redirect_uri", "", local=local),
        requests_per_minute=whole(settings, "requests_per_minute", default=300, least=1, most=6000),
        parallel=whole(settings, "parallel", default=4, least=1, most=16),
        settle_seconds=whole(
            settings, "settle_seconds", default=SETTLE_SECONDS, least=1 if local else SETTLE_SECONDS, most=7200
        ),
        marker_prefix=_matching(settings, "marker_prefix", _PREFIX, "lower-case letters, digits and -", default="ml"),
        marker_field=_text(settings, "marker_field"),
        property_key=_matching(settings, "property_key", _PREFIX, "lower-case letters and -", default="ml-connector"),
        issues_jql=_text(settings, "issues_jql"),
        notify=yes_or_no(settings, "notify", default=False),
        on_void=one_of(settings, "on_void", ON_VOID),
        void_fallback=one_of(settings, "void_fallback", ON_VOID[1:]),
        void_transition=_text(settings, "void_transition"),
        webhooks=one_of(settings, "webhooks", WEBHOOKS),
        callback_base_url=_url(settings, "callback_base_url", "", local=local),
    )
    _check_together(read)
    return read


def _check_together(read: JiraSettings) -> None:
    if not read.is_oauth and not read.site_url:
        raise SettingsError("must be the site's address, such as https://acme.atlassian.net", setting="site_url")
    if read.is_oauth and read.webhooks == "admin":
        raise SettingsError("must be off or dynamic with sign_in oauth", setting="webhooks")
    if not read.is_oauth and read.webhooks == "dynamic":
        text = "must be off or admin with sign_in basic: Jira registers dynamic webhooks for OAuth alone"
        raise SettingsError(text, setting="webhooks")
    if "transition" in (read.on_void, read.void_fallback) and not read.void_transition:
        raise SettingsError("must name the transition, such as Cancelled", setting="void_transition")


def _projects(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [key.strip() for key in given.split(",")]
    keys = tuple(given) if isinstance(given, list | tuple) else ()
    if not 1 <= len(keys) <= _MOST_PROJECTS or not all(
        isinstance(key, str) and _PROJECT.fullmatch(key) for key in keys
    ):
        raise SettingsError('must be a list of project keys, such as ["FIN"]', setting="projects")
    return keys


def _matching(settings: Mapping[str, Any], name: str, pattern: re.Pattern[str], form: str, *, default: str) -> str:
    given = settings.get(name)
    if given in (None, ""):
        return default
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise SettingsError(f"must be {form}", setting=name)
    return given


def _text(settings: Mapping[str, Any], name: str) -> str:
    given = settings.get(name) or ""
    if not isinstance(given, str) or "\n" in given or len(given) > 1000:
        raise SettingsError("must be one line of text", setting=name)
    return given.strip()


def _url(settings: Mapping[str, Any], name: str, default: str, *, local: bool) -> str:
    text = settings.get(name) or default
    if not text:
        return ""
    if urlsplit(str(text)).query:
        raise SettingsError("must not have a query string", setting=name)
    return checked_url(text, setting=name, local=local).rstrip("/")
