"""Onboarding beside a person's consent: what they chose stays, and the last day of a secret is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ml_connector.domain.connection import Connection, ConnectionState
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.onboarding import Onboarding
from ml_connector.pipeline.connections.problems import OnboardingError
from ml_connector.pipeline.connections.reference_data import ReferenceData
from tests.consenting import Scene

GRANT = {"access_token": "a", "refresh_token": "r"}


@pytest.fixture
def scene() -> Scene:
    scene = Scene().fresh()
    scene.consent()
    return scene


def test_the_business_that_a_person_chose_stays_when_the_file_does_not_name_one(scene: Scene) -> None:
    chosen = scene.connection()

    _onboard(scene, settings={"base_url": chosen.settings["base_url"], "redirect_uri": chosen.settings["redirect_uri"]})

    after = scene.connection()
    assert (after.settings["account_id"], after.account, after.grant, after.state) == (
        chosen.settings["account_id"],
        chosen.account,
        chosen.grant,
        ConnectionState.ACTIVE,
    )


def test_a_file_may_say_when_the_secret_expires_and_leaves_it_where_it_says_nothing(scene: Scene) -> None:
    _onboard(scene, secret_expires_on="2026-09-30")
    _onboard(scene)

    assert scene.connection().secret_expires_on == date(2026, 9, 30)


def test_a_last_day_that_is_no_day_is_told(scene: Scene) -> None:
    with pytest.raises(OnboardingError, match="secret_expires_on: write a day such as 2026-09-30"):
        _onboard(scene, secret_expires_on="autumn")


def test_a_grant_in_a_file_needs_its_business_beside_it(scene: Scene) -> None:
    scene.set(settings={"account_id": ""})

    with pytest.raises(OnboardingError, match="with a grant, name account_id, business_id, business_uuid too"):
        _onboard(scene, grant=GRANT)


def _onboard(scene: Scene, **fields: Any) -> Connection:
    desk = scene.desk
    references = ReferenceData(desk.ports, desk.catalog, desk.systems)
    book = MappingBook(desk.ports, references, scene.pair.world.services.releaser)
    systems_of = scene.pair.world.open_systems
    onboarding = Onboarding(desk.ports, desk.catalog, systems_of, book, desk.upkeep.feed, local=True)
    onboarding.onboard(
        {"tenant": "acme", "connections": {"freshbooks": {"system": "freshbooks", **fields}}}, actor="ann"
    )
    return scene.connection()
