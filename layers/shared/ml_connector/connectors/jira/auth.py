"""Jira's two sign-ins: an e-mail address with an API token, or OAuth 2.0 (3LO) with rotating refresh tokens.

A refresh token ends after 90 days without use, and 365 days after the consent in any case; one that was used already is
forgiven for ten minutes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ml_connector.connectors.jira.settings import AUTH_URL
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import OAuthEndpoints

UNUSED_LIFE = timedelta(days=90)
WHOLE_LIFE = timedelta(days=365)
"""Of a consent, and of an API token at most."""

EARLY = timedelta(minutes=20)
"""Longer than any of our functions runs. Jira's access tokens live an hour."""

READ, WRITE, PEOPLE, WEBHOOKS, OFFLINE = (
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-webhook",
    "offline_access",
)


def oauth(settings: Mapping[str, Any]) -> OAuthEndpoints:
    base = str(settings.get("auth_url") or AUTH_URL).rstrip("/")
    return OAuthEndpoints(
        token_url=f"{base}/oauth/token",
        authorize_url=f"{base}/authorize",
        authorize_extra={"audience": "api.atlassian.com", "prompt": "consent"},
        redirect_uri=str(settings.get("redirect_uri") or ""),
        client_auth="json",
        grant_lives=UNUSED_LIFE,
        grant_ends=WHOLE_LIFE,
        dead_codes=("invalid_grant", "unauthorized_client"),
        early=EARLY,
    )


def scopes(
    *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], references: Iterable[ReferenceKind], webhooks: bool
) -> tuple[str, ...]:
    """The scopes for what the flows do, no more. `read:jira-user` is needed to know who consented."""
    written = list(writes)
    if not written and not any(True for _ in reads) and not any(True for _ in references):
        return ()
    wanted = [READ, PEOPLE, OFFLINE]
    wanted += [WRITE] if written else []
    wanted += [WEBHOOKS] if webhooks else []
    return tuple(sorted(wanted))


def basic(email: str, token: str) -> dict[str, str]:
    """The header of the first sign-in."""
    pair = base64.b64encode(f"{email}:{token}".encode()).decode()
    return {"authorization": f"Basic {pair}"}
