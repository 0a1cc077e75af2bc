"""Where Jira's webhooks have no key, nobody gets in: an empty key is one that everybody knows (FI7, P6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_connector.domain.registration import RegistrationState
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.onboarding import Onboarding, OnboardingError
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.transport.signatures import hmac_sha256_hex
from tests.freshbooks_jira import Customer, a_customer
from tests.jira_pushing import PushingJira


def switched_on(secret: dict[str, str] | None = None) -> PushingJira:
    """Onboarded with webhooks off, and later once more with `webhooks: admin`, with another secret or none."""
    pushing = PushingJira(without_key(a_customer()))
    world, site = pushing.customer.world, pushing.customer.site
    services: Any = world.services
    book = MappingBook(
        services.ports, ReferenceData(services.ports, world.catalog, services.systems), services.releaser
    )
    onboarding = Onboarding(
        services.ports, world.catalog, lambda ports: services.systems, book, lambda connection: 0, local=True
    )
    wanted = {"settings": {**world.fakes.connections.get(site).settings, "webhooks": "admin"}}
    onboarding.onboard(
        {"tenant": site.tenant, "connections": {site.name: wanted if secret is None else {**wanted, "secret": secret}}},
        actor="ops",
    )
    return pushing


def without_key(customer: Customer) -> Customer:
    fakes = customer.world.fakes
    held = fakes.connections.get(customer.site)
    stored = {name: value for name, value in fakes.secrets.read(held.secret).items() if name != "webhook_secret"}
    fakes.secrets.write(held.secret, stored, token="without")
    return customer


def forged(pushing: PushingJira, key: str = "") -> int:
    """What Jira says of a deleted issue, signed by somebody who knows no more than that the key is empty."""
    (one,) = pushing.registrations
    issue = pushing.customer.issue_of(pushing.bills, pushing.bill)
    link = f"{pushing.jira.site.base_url}/rest/api/2/issue/{issue['id']}"
    body = json.dumps({"webhookEvent": "jira:issue_deleted", "issue": {"id": issue["id"], "self": link}}).encode()
    headers = {"content-type": "application/json", "x-hub-signature": f"sha256={hmac_sha256_hex(key, body)}"}
    return pushing.door.post(one.uri, headers, body)


def test_onboarding_asks_for_the_secret_that_new_settings_need_and_the_stored_one_lacks() -> None:
    with pytest.raises(OnboardingError, match=r"secret\.webhook_secret: Jira needs it, and what is stored has none"):
        switched_on()


def test_a_secret_that_is_complete_switches_them_on() -> None:
    pushing = switched_on({"email": "a@example.com", "api_token": "t", "webhook_secret": "an administrator's own"})

    pushing.tend()

    assert [one.state for one in pushing.registrations] == [RegistrationState.VERIFIED]
    assert forged(pushing, "an administrator's own") == 200


def test_without_a_key_nothing_is_registered_and_nobody_gets_in() -> None:
    pushing = PushingJira(without_key(a_customer(webhooks="admin")))

    done = pushing.tend()

    assert "has no webhook_secret" in done.problems[0]
    assert [one.state for one in pushing.registrations] == [RegistrationState.PENDING]
    assert forged(pushing) == 401
    assert pushing.door.doors.pushes.bodies == []


def test_an_empty_key_that_was_once_kept_lets_nobody_in() -> None:
    pushing = PushingJira(a_customer(webhooks="admin"))
    pushing.tend()
    (one,) = pushing.registrations
    secrets = pushing.customer.world.fakes.secrets
    name = f"signing-keys/{one.connection.tenant}/{one.connection.name}/{one.id}"
    secrets.write(name, {"key": ""}, token="emptied")

    assert forged(pushing) == 401
    assert SigningKeys(secrets).find(one) is None


def test_an_empty_key_is_not_kept() -> None:
    pushing = PushingJira(a_customer(webhooks="admin"))
    pushing.tend()
    (one,) = pushing.registrations

    with pytest.raises(ValueError, match="empty key"):
        SigningKeys(pushing.customer.world.fakes.secrets).keep(one, "")
