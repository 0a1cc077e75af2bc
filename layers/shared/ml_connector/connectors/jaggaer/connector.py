"""JAGGAER, read only: invoices, suppliers and purchase orders over J1P, as an endpoint profile describes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ml_connector.connectors.jaggaer import auth
from ml_connector.connectors.jaggaer.client import JaggaerClient
from ml_connector.connectors.jaggaer.cxml import rules as cxml_rules
from ml_connector.connectors.jaggaer.cxml.sender import CxmlStatusUpdates
from ml_connector.connectors.jaggaer.reader import JaggaerSystem
from ml_connector.connectors.jaggaer.settings import RESOURCES, SYSTEM, Settings, check_settings, host, read_settings
from ml_connector.domain.posting import Limits
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.documents import LONGEST_TELLING
from ml_connector.pipeline.system import Connector, Grant, Opening, Reach

__all__ = ["CONNECTOR"]


def _open(opening: Opening) -> JaggaerSystem:
    """Raises: SettingsError."""
    settings = read_settings(opening.settings, local=opening.local)
    client = JaggaerClient(
        settings=settings, http=opening.http, tokens=opening.tokens, budget=opening.budget, now=opening.now
    )
    return JaggaerSystem(
        settings=settings,
        client=client,
        tokens=opening.tokens,
        limits=_limits_of(settings),
        status_updates=_status_updates(settings, opening),
    )


def _status_updates(settings: Settings, opening: Opening) -> CxmlStatusUpdates | None:
    secret = opening.secret.get(cxml_rules.SECRET_TO_SEND)
    if settings.cxml is None or settings.cxml.updates is None or not secret:
        return None
    return CxmlStatusUpdates(
        http=opening.http,
        rules=settings.cxml.updates,
        identity=settings.cxml.door.identity,
        secret=secret,
        timeout=min(timedelta(seconds=settings.profile.connection.timeout_seconds), LONGEST_TELLING),
        system=SYSTEM,
    )


def _limits(settings: Mapping[str, Any]) -> Limits:
    """For settings that `check_settings` has passed."""
    return _limits_of(read_settings(settings, local=True))


def _limits_of(settings: Settings) -> Limits:
    rules = settings.profile.connection
    per_minute = int(rules.max_requests_per_second * 60)
    return Limits(
        parallel=max(1, min(4, per_minute // 60)),
        requests_per_minute=max(1, per_minute),
        settle=timedelta(0),  # nothing is written, so nothing is ever in doubt
        request_timeout=timedelta(seconds=rules.timeout_seconds),
    )


def _addresses(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """For settings that `check_settings` has passed."""
    read = read_settings(settings, local=True)
    return (read.token_url, read.base_url)


CONNECTOR = Connector(
    system=SYSTEM,
    title="JAGGAER",
    reach=Reach.CALLED,
    grant=Grant.CLIENT_CREDENTIALS,
    reads=frozenset(RESOURCES),
    writes=frozenset(),
    references=frozenset({ReferenceKind.VENDOR}),
    secret_fields=auth.SECRET_FIELDS,
    optional_secret_fields=cxml_rules.SECRET_FIELDS,
    check_settings=check_settings,
    oauth=auth.endpoints,
    open=_open,
    account_of=host,
    limits=_limits,
    addresses=_addresses,
)
