"""The connector's consent over FreshBooks' simulator: who it was, which businesses, and no more scopes than needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.domain.errors import AuthError, SettingsError, TransientError
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import Identity
from tests.contract.connectors.freshbooks_world import World
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import Business, Switches
from tests.simulators.serving import transport

MILL = Business(
    account_id="Mill01", business_id=4711, business_uuid="11111111-2222-4333-8444-555555555555", name="Mill"
)


def test_a_person_is_known_by_their_identity_with_every_business_of_theirs() -> None:
    world = World()
    world.freshbooks.own_another(MILL)

    identity = _identity(world)

    assert (identity.id, identity.name) == (str(world.freshbooks.owner_id), "owner@hillside.example")
    assert [(one.name, one.unusable) for one in identity.businesses] == [("Hillside Joinery", None), ("Mill", None)]
    assert identity.businesses[1].settings == {
        "account_id": "Mill01",
        "business_id": "4711",
        "business_uuid": MILL.business_uuid,
    }


def test_the_settings_that_a_business_brings_are_those_that_the_connector_says_it_fills() -> None:
    world = World()
    consent = CONNECTOR.consent
    assert consent is not None

    (business,) = _identity(world).businesses

    assert tuple(business.settings) == consent.fills
    assert CONNECTOR.check_settings(business.settings)["account_id"] == world.freshbooks.account_id


def test_a_business_that_would_refuse_every_write_is_not_offered() -> None:
    (business,) = _identity(World(switches=Switches(owner_role="client"))).businesses

    assert business.unusable is not None
    assert "only a client" in business.unusable


def test_an_account_that_only_the_roles_give_away_is_found() -> None:
    world = World(switches=Switches(account_id_shown=False))

    (business,) = _identity(world).businesses

    assert business.settings["account_id"] == world.freshbooks.account_id


def test_a_token_that_is_refused_says_so() -> None:
    with pytest.raises(AuthError):
        _identity(World(), token="nobody's")


def test_an_answer_that_does_not_come_may_be_asked_for_again() -> None:
    world = World()
    token = world.freshbooks.grant()["access_token"]
    world.freshbooks.faults = FaultPlan([Fault.LOSE_REQUEST])

    with pytest.raises(TransientError):
        _identity(world, token=token)


@pytest.mark.parametrize(
    ("needs", "scopes"),
    [
        ({}, set()),
        ({"reads": [RecordKind.BILL]}, {"user:bills:read"}),
        ({"writes": [RecordKind.VENDOR]}, {"user:bill_vendors:read", "user:bill_vendors:write"}),
        ({"references": [ReferenceKind.ACCOUNT]}, {"user:expenses:read", "user:journal_entries:read"}),
    ],
    ids=["nothing", "read", "write", "reference"],
)
def test_no_more_is_asked_for_than_is_needed(needs: Mapping[str, Any], scopes: set[str]) -> None:
    consent = CONNECTOR.consent
    assert consent is not None

    asked = consent.scopes(**{"reads": [], "writes": [], "references": [], **needs})

    assert set(asked) == {"user:profile:read", *scopes}


def test_a_connection_without_its_business_cannot_be_opened_and_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match="authorise the connection"):
        World(account_id="")


def test_a_person_is_sent_to_freshbooks_own_page_and_a_simulators_to_its_own() -> None:
    assert CONNECTOR.oauth is not None

    assert CONNECTOR.oauth({}).authorize_url == "https://auth.freshbooks.com/oauth/authorize/"
    assert CONNECTOR.oauth({"base_url": "http://127.0.0.1:1/"}).authorize_url == "http://127.0.0.1:1/oauth/authorize/"


def _identity(world: World, *, token: str | None = None) -> Identity:
    assert CONNECTOR.consent is not None
    token = token or str(world.freshbooks.grant()["access_token"])
    return CONNECTOR.consent.identity({}, http=httpx.Client(transport=transport(world.freshbooks)), token=token)
