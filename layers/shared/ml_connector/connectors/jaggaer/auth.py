"""Client credentials, in Keycloak's shape. The token itself is kept by whoever opens the connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ml_connector.connectors.jaggaer.settings import read_settings
from ml_connector.pipeline.system import OAuthEndpoints

SECRET_FIELDS = ("client_id", "client_secret")


def endpoints(settings: Mapping[str, Any], *, local: bool = True) -> OAuthEndpoints:
    """For settings that `check_settings` has passed; `local` is theirs to refuse, not ours again."""
    read = read_settings(settings, local=local)
    rules = read.profile.connection
    asked = {"scope": rules.grant.scope, "audience": rules.grant.audience}
    return OAuthEndpoints(
        token_url=read.token_url,
        form={name: value for name, value in asked.items() if value},
        client_auth=rules.grant.client_auth,
        access_field=rules.token.access,
        lifetime_field=rules.token.lifetime,
        lifetime_unit=rules.token.lifetime_unit,
        early=timedelta(seconds=rules.token.refresh_early_seconds),
        unauthorized_statuses=rules.unauthorized_statuses,
    )
