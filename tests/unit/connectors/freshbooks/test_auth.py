"""Who the token speaks for, and what is asked of a person who authorises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ml_connector.connectors.freshbooks.auth import businesses_of, oauth, role_in, scopes
from ml_connector.connectors.freshbooks.models import WireMe
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind


def me(*memberships: dict[str, Any], roles: tuple[tuple[str, str], ...] = ()) -> WireMe:
    return WireMe.model_validate(
        {
            "identity_id": 12345,
            "business_memberships": [{"role": "owner", "business": business} for business in memberships],
            "roles": [{"accountid": account, "role": role} for account, role in roles],
        }
    )


def test_a_refresh_carries_the_redirect_uri_and_the_clients_secret() -> None:
    endpoints = oauth({"redirect_uri": "https://ml.example/callback"})

    assert endpoints.token_url == "https://api.freshbooks.com/auth/oauth/token"
    assert endpoints.form == {"redirect_uri": "https://ml.example/callback"}
    assert endpoints.client_auth == "body"


def test_only_the_scopes_of_the_flows_are_asked_for() -> None:
    asked = scopes(writes=[RecordKind.BILL], references=[ReferenceKind.VENDOR])

    assert asked == ("user:profile:read", "user:bill_vendors:read", "user:bills:read", "user:bills:write")


def test_every_business_of_a_person_is_offered() -> None:
    found = businesses_of(
        me({"id": 1, "account_id": "A1", "name": "Mill"}, {"id": "2", "account_id": "B2"}, roles=(("B2", "client"),))
    )

    assert [(business.account_id, business.business_id, business.role) for business in found] == [
        ("A1", "1", "owner"),
        ("B2", "2", "client"),
    ]


@pytest.mark.parametrize(
    ("business", "roles", "account"),
    [
        ({"id": 1, "account_id": None}, (("A1", "admin"),), "A1"),
        ({"id": 1, "account_id": None, "business_clients": [{"account_id": "C3"}]}, (("A1", "admin"),), "C3"),
        ({"id": 1, "account_id": None}, (("A1", "admin"), ("B2", "admin")), None),
    ],
    ids=["by role", "by business client", "no telling"],
)
def test_a_missing_account_id_is_looked_up_elsewhere(
    business: dict[str, Any], roles: tuple[tuple[str, str], ...], account: str | None
) -> None:
    assert businesses_of(me(business, roles=roles))[0].account_id == account


def test_a_role_is_known_by_its_account() -> None:
    assert role_in(me(roles=(("A1", "client"),)), "A1") == "client"
    assert role_in(me(), "A1") is None


def test_a_batch_begins_with_a_token_that_outlasts_it() -> None:
    longest_function = timedelta(minutes=15)

    assert longest_function < oauth({}).early < timedelta(hours=12) / 3
