"""A person's consent at Atlassian: which scopes are asked for, who consented, and the sites that they may connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ml_connector.connectors.jira import auth
from ml_connector.connectors.jira.client import SYSTEM, JiraClient, sites_of
from ml_connector.connectors.jira.errors import refine
from ml_connector.connectors.jira.models import WireSite
from ml_connector.connectors.jira.settings import GATEWAY_URL
from ml_connector.domain.errors import RejectedError
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import Business, Identity
from ml_connector.transport.client import ApiClient
from ml_connector.transport.single_call import GivenToken, Uncounted

_TIMEOUT = timedelta(seconds=8)
"""A person waits at the browser, and the API's gateway for half a minute at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraConsent:
    """`webhooks`: whether the connection registers dynamic ones, which takes a scope of its own."""

    webhooks: bool = False
    fills: tuple[str, ...] = ("cloud_id", "site_url")

    def scopes(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], references: Iterable[ReferenceKind]
    ) -> tuple[str, ...]:
        return auth.scopes(reads=reads, writes=writes, references=references, webhooks=self.webhooks)

    def identity(self, settings: Mapping[str, Any], *, http: Any, token: str) -> Identity:
        """The sites come without a user: who it is, any one of them says, and all of them alike."""
        base = str(settings.get("gateway_url") or GATEWAY_URL).rstrip("/")
        sites = sites_of(_api(http, base, token))
        if not sites:
            text = "this consent opens no Jira site: choose one on Atlassian's page"
            raise RejectedError(text, system=SYSTEM, operation="list sites")
        api = _api(http, f"{base}/ex/jira/{sites[0].id}", token)
        me = JiraClient(api, property_key="", notify=False).myself()
        return Identity(id=me.id, name=me.email or me.name or me.id, businesses=tuple(map(_business, sites)))


def _business(site: WireSite) -> Business:
    usable = any(scope.endswith(":jira-work") or ":jira" in scope for scope in site.scopes) or not site.scopes
    return Business(
        id=site.id,
        name=site.name or site.url or site.id,
        settings={"cloud_id": site.id, "site_url": site.url},
        unusable=None if usable else "it has no Jira, or the consent does not cover it",
    )


def _api(http: Any, base_url: str, token: str) -> ApiClient:
    return ApiClient(
        http=http,
        system=SYSTEM,
        base_url=base_url,
        tokens=GivenToken(token),
        budget=Uncounted(),
        refine=refine,
        timeout=_TIMEOUT,
    )
