"""Jira's two sign-ins: who consented, which scopes and secrets they take, and the settings that go with them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ml_connector.connectors.jira import CONNECTOR
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.posting import Action, Written
from ml_connector.domain.records.kinds import RecordKind
from tests.contract.connectors.jira_world import a_jira_world, an_issue
from tests.simulators.jira import JiraSimulator, Place
from tests.simulators.serving import transport


def identity(simulator: JiraSimulator) -> Any:
    consent = CONNECTOR.with_settings({"sign_in": "oauth"}).consent
    assert consent is not None
    token = str(simulator.grant()["access_token"])
    return consent.identity({}, http=httpx.Client(transport=transport(simulator)), token=token)


def test_a_person_is_known_with_every_site_of_theirs() -> None:
    simulator = JiraSimulator()
    simulator.own_another(Place(cloud_id="00000000-1111-4222-8333-444444444444", name="mill"))

    found = identity(simulator)

    assert found.id == simulator.site.integration.account_id
    assert [one.settings["site_url"] for one in found.businesses] == [
        simulator.site.base_url,
        "https://mill.atlassian.net",
    ]
    assert found.businesses[0].settings["cloud_id"] == simulator.cloud_id


@pytest.mark.parametrize(("by_gateway", "works"), [(True, True), (False, False)], ids=["gateway", "site"])
def test_an_api_token_with_scopes_works_through_the_gateway_alone(by_gateway: bool, works: bool) -> None:
    cloud_id = JiraSimulator().cloud_id if by_gateway else ""
    world = a_jira_world(scoped=True, cloud_id=cloud_id)

    outcome = world.write(Action.CREATE, an_issue())

    assert isinstance(outcome, Written) is works
    assert len(world.simulator.issues) == works


def test_a_token_asks_for_no_more_scopes_than_the_flows_need() -> None:
    plainly, pushed = (
        CONNECTOR.with_settings({"sign_in": "oauth", "webhooks": webhooks}).consent for webhooks in ("off", "dynamic")
    )
    assert plainly is not None
    assert pushed is not None
    asked: dict[str, Any] = {"reads": [], "writes": [RecordKind.ISSUE], "references": []}

    assert set(plainly.scopes(**asked)) == {"read:jira-work", "write:jira-work", "read:jira-user", "offline_access"}
    assert "manage:jira-webhook" in pushed.scopes(**asked)
    assert plainly.scopes(reads=[], writes=[], references=[]) == ()


def test_each_sign_in_asks_for_its_own_secret() -> None:
    forms = [{}, {"webhooks": "admin"}, {"sign_in": "oauth"}]

    assert [CONNECTOR.with_settings(form).secret_fields for form in forms] == [
        ("email", "api_token"),
        ("email", "api_token", "webhook_secret"),
        ("client_id", "client_secret"),
    ]


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"site_url": ""}, "site_url"),
        ({"projects": []}, "projects"),
        ({"webhooks": "dynamic"}, "webhooks"),
        ({"sign_in": "oauth", "webhooks": "admin"}, "webhooks"),
        ({"on_void": "transition"}, "void_transition"),
        ({"settle_seconds": 10}, "settle_seconds"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, Any], setting: str) -> None:
    given = {"site_url": "https://acme.atlassian.net", "projects": ["FIN"], **settings}

    with pytest.raises(SettingsError) as refused:
        CONNECTOR.check_settings(given)

    assert refused.value.setting == setting
