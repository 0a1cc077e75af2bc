"""What the rest may know of Jira: how a connection is opened, what it writes, and how each sign-in differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ml_connector.connectors.jira.auth import WHOLE_LIFE, oauth
from ml_connector.connectors.jira.consent import JiraConsent
from ml_connector.connectors.jira.settings import check_settings, read_settings
from ml_connector.connectors.jira.system import limits_of, open_system
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import Connector, Grant, Reach

__all__ = ["CONNECTOR"]


def _account(settings: Mapping[str, Any]) -> str:
    return str(settings.get("cloud_id") or urlsplit(str(settings.get("site_url") or "")).netloc)


def _addresses(settings: Mapping[str, Any]) -> tuple[str, ...]:
    read = read_settings(settings, local=True)
    return (read.base_url, *((read.auth_url,) if read.is_oauth else ()))


def _variant(settings: Mapping[str, Any]) -> Connector:
    if settings.get("sign_in") == "oauth":
        consent = JiraConsent(webhooks=settings.get("webhooks") == "dynamic")
        return replace(
            CONNECTOR,
            grant=Grant.AUTHORIZATION_CODE,
            secret_fields=("client_id", "client_secret"),
            secret_lives=None,
            oauth=oauth,
            consent=consent,
        )
    if settings.get("webhooks") == "admin":
        return replace(CONNECTOR, secret_fields=("email", "api_token", "webhook_secret"))
    return CONNECTOR


CONNECTOR = Connector(
    system="jira",
    title="Jira",
    reach=Reach.CALLED,
    grant=Grant.BASIC,
    reads=frozenset(),
    writes=frozenset({RecordKind.ISSUE, RecordKind.WORKLOG}),
    references=frozenset({ReferenceKind.PERSON, ReferenceKind.COMPONENT, ReferenceKind.ISSUE}),
    secret_fields=("email", "api_token"),
    secret_lives=WHOLE_LIFE,
    check_settings=check_settings,
    oauth=None,
    open=open_system,
    account_of=_account,
    limits=lambda settings: limits_of(read_settings(settings, local=True)),
    variant=_variant,
    addresses=_addresses,
)
