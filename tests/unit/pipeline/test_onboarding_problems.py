"""What is wrong with a file is told all at once, each with its setting and the fix, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.errors import AuthError
from ml_connector.pipeline.connections.onboarding import OnboardingError
from tests.unit.pipeline.newcomer import onboard
from tests.unit.pipeline.office import BILLS, Office


@pytest.mark.parametrize(
    ("where", "value", "problem"),
    [
        ("tenant", "Acme Inc", "tenant: tenant 'Acme Inc': use up to 40 lower-case letters"),
        ("colour", "red", "colour: not known here; known are: tenant, connections, flows, mappings"),
        ("connections.Books!", {"system": "freshbooks"}, "connections.Books!: connection 'Books!': use up to 40"),
        ("connections.jaggaer.system", "sap", "connections.jaggaer.system: there is no system 'sap'; the systems are:"),
        ("connections.jaggaer.url", "x", "connections.jaggaer.url: not known here"),
        ("connections.jaggaer.settings.site", "", "connections.jaggaer.settings.site: must name the site"),
        ("connections.jaggaer.secret.client_id", None, "connections.jaggaer.secret.client_id: Jaggaer needs it"),
        ("connections.jaggaer.secret.client_id", " a", "connections.jaggaer.secret.client_id: it begins or ends with"),
        ("connections.jaggaer.secret.key", "k", "connections.jaggaer.secret.key: not known here"),
        ("connections.jaggaer.grant", {"access_token": "a"}, "connections.jaggaer.grant: Jaggaer takes no tokens"),
        ("connections.freshbooks.grant.refresh_token", "", "connections.freshbooks.grant.refresh_token: needed"),
        ("connections.freshbooks.grant.expires_at", "noon", "connections.freshbooks.grant: give expires_at as an"),
        ("connections.freshbooks.grant", {"same_as": "jaggaer"}, "connections.freshbooks.grant.same_as: 'jaggaer' is"),
        ("flows", {"a": 1}, "flows: write them as a list"),
        ("flows.0.flow", "no_such", "flows[1].flow: there is no flow 'no_such'; the flows are:"),
        ("flows.0.source", "oracle", "flows[1].source: there is no connection 'oracle'; there are: freshbooks, jagg"),
        ("flows.0.source", "freshbooks", "flows[1].source: freshbooks is a connection to freshbooks; the flow needs"),
        ("flows.0.cadence", "hourly", "flows[1].cadence: 'hourly' is no cadence: write rate(15 minutes) or cron("),
        ("flows.0.cadence", "rate(1 hours)", "flows[1].cadence: write it as rate(1 hour)"),
        ("flows.0.cadence", "rate(0 minutes)", "flows[1].cadence: 'rate(0 minutes)' is no cadence"),
        ("flows.0.cadence", "cron(0 6 * * *)", "flows[1].cadence: a cron has six fields"),
        ("flows.0.cadence", "cron(0 24 ? * * *)", "flows[1].cadence: '24' is no hours of a cron (0 to 23)"),
        ("flows.0.cadence", "cron(0 6 * * * *)", "flows[1].cadence: in a cron, exactly one of day of the month"),
        ("flows.0.blackouts", ["month end"], "flows[1].blackouts: 'month end' is no blackout: write 2026-12-30"),
        ("flows.0.blackouts", "SAT..SUN", "flows[1].blackouts: write them as a list"),
        ("flows.0.time_zone", "Berlin", "flows[1].time_zone: 'Berlin' is no time zone"),
        ("flows.0.enabled", "yes", "flows[1].enabled: write true or false"),
        (
            "flows.0.settings",
            {"on_conflict": "shrug"},
            "flows[1].settings.on_conflict: 'shrug' is no choice; the choic",
        ),
        ("flows.0.settings", {"speed": 1}, "flows[1].settings.speed: not known here"),
        ("flows.0.settings", {"full_read_hours": 0}, "flows[1].settings.full_read_hours: write a number greater"),
        ("flows.0.when", "now", "flows[1].when: not known here"),
        (
            "flows.0.flow",
            BILLS.flow,
            "flows[2]: acme/jaggaer_invoice_to_freshbooks_bill/jaggaer/freshbooks is there tw",
        ),
        ("mappings.oracle", {}, "mappings.oracle: there is no connection 'oracle'"),
        ("mappings.freshbooks.tax", {"V": "1"}, "mappings.freshbooks.tax: freshbooks has no such list"),
        ("mappings.freshbooks.account.600", None, "mappings.freshbooks.account.600: name the entry of the target"),
        ("mappings.freshbooks.account.600", "Gifts", "mappings.freshbooks.account.600: 'Gifts' is not in the target"),
        ("mappings.freshbooks.account.600", "Office supply", "'Office supply' is not in the target; near it: 10 (Off"),
        ("mappings.freshbooks.account.600", "Travel", "'Travel' could be any of 11 (Travel), 12 (Travel): write its"),
        ("mappings.freshbooks.account.600", "Loans", "Loans (13) cannot be used: it is a liability account"),
    ],
)
def test_a_problem_names_the_setting_and_the_fix(where: str, value: Any, problem: str) -> None:
    with pytest.raises(OnboardingError) as caught:
        onboard(Office(), {where: value})

    assert problem in str(caught.value)
    assert len(caught.value.problems) == 1


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(OnboardingError) as caught:
        onboard(
            Office(),
            {
                "connections.jaggaer.settings.site": "",
                "connections.jaggaer.secret.client_id": "",
                "connections.freshbooks.secret": None,
                "flows.0.cadence": "hourly",
                "flows.1.settings": {"on_changed": "shrug"},
            },
        )

    assert [problem.setting for problem in caught.value.problems] == [
        "connections.jaggaer.secret.client_id",
        "connections.jaggaer.settings.site",
        "connections.freshbooks.secret.client_id",
        "connections.freshbooks.secret.client_secret",
        "flows[1].cadence",
        "flows[2].settings.on_changed",
    ]


def test_a_file_with_a_problem_writes_nothing_at_all() -> None:
    office = Office()

    with pytest.raises(OnboardingError):
        onboard(office, {"flows.1.cadence": "hourly"})

    writes = ("save", "save_flow", "write", "put", "replace")
    assert [call for call in office.world.hooks.calls if call.split(".")[1] in writes] == []


def test_a_mapping_that_does_not_fit_leaves_only_the_tokens_behind() -> None:
    office = Office()

    with pytest.raises(OnboardingError):
        onboard(office, {"mappings.freshbooks.account.600": "Gifts"})

    assert office.world.connections.connections == {}
    assert list(office.world.secrets.versions) == ["grants/acme/freshbooks"]
    assert office.world.schedules.entries == {}


def test_lists_that_cannot_be_read_are_a_problem_in_plain_words() -> None:
    office = Office()
    office.books.read_errors.append(AuthError("authorise again"))

    with pytest.raises(OnboardingError, match="the account list of freshbooks could not be read: authorise again"):
        onboard(office)


def test_a_connection_keeps_its_system() -> None:
    office = Office()
    onboard(office)

    with pytest.raises(OnboardingError, match="it is a connection to jaggaer: give the one to freshbooks a name"):
        onboard(office, {"connections.jaggaer.system": "freshbooks"})


def test_no_problem_repeats_a_secret() -> None:
    with pytest.raises(OnboardingError) as caught:
        onboard(Office(), {"connections.jaggaer.secret.client_secret": " sesame "})

    assert "sesame" not in str(caught.value)
