"""When Jira lets nobody in any more: consents that end whatever is refreshed, API tokens that live a year at most."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ml_connector.domain.connection import Connection, GrantRow, GrantState
from ml_connector.domain.errors import AuthError, TransientError
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.onboarding import Onboarding
from ml_connector.pipeline.connections.switches import Switches
from ml_connector.pipeline.reporting.expiries import Expiry, expiries
from ml_connector.runtime.systems import OpenSystems
from tests.freshbooks_jira import Customer, a_customer

DAY = timedelta(days=1)


def consented() -> Customer:
    """A person's consent, exchanged by our own code for Jira's tokens."""
    customer = a_customer(oauth=True)
    code = customer.jira.authorisation_code()
    pair = systems(customer).exchange(site(customer), code=code, verifier=None)
    shelf = GrantShelf(customer.world.services.ports, tenant=customer.tenant, grant="jira")
    shelf.authorise(pair, now=customer.world.fakes.clock.now())
    return customer


def systems(customer: Customer) -> OpenSystems:
    opened = customer.world.services.systems
    assert isinstance(opened, OpenSystems)
    return opened


def site(customer: Customer) -> Connection:
    return customer.world.fakes.connections.get(customer.site)


def grant(customer: Customer) -> GrantRow:
    return customer.world.fakes.grants.load(customer.tenant, "jira")


def refresh(customer: Customer) -> bool:
    return systems(customer).renew_grant(site(customer))


def refresh_for(customer: Customer, days: int, *, every: int) -> None:
    for _ in range(days // every):
        customer.later(days=every)
        assert refresh(customer)


def of_jira(customer: Customer) -> Expiry:
    found = expiries(customer.world.services.ports, customer.tenant)
    return next(one for one in found if one.connections == ("jira",))


def test_a_consent_that_is_used_ends_ninety_days_after_its_last_use() -> None:
    customer = consented()
    refresh_for(customer, 60, every=20)

    assert of_jira(customer).at == customer.world.fakes.clock.now() + 90 * DAY
    assert of_jira(customer).mend == "ml-connector authorise jira"


def test_a_consent_ends_a_year_after_it_was_given_however_often_it_is_used() -> None:
    customer = consented()
    began = customer.world.fakes.clock.now()
    refresh_for(customer, 360, every=20)

    assert of_jira(customer).at == began + 365 * DAY


@pytest.mark.parametrize("used_for", [0, 340], ids=["never used", "used all the time"])
def test_the_calendar_names_the_very_moment_from_which_jira_refuses(used_for: int) -> None:
    customer = consented()
    refresh_for(customer, used_for, every=20)
    known = of_jira(customer).at

    customer.world.fakes.clock.advance(known - customer.world.fakes.clock.now())

    with pytest.raises(TransientError):
        refresh(customer)  # perhaps somebody else was quicker: it is asked once more before it counts as dead
    customer.later(minutes=2)
    with pytest.raises(AuthError):
        refresh(customer)
    assert grant(customer).state is GrantState.DEAD


def test_a_new_consent_begins_a_new_year() -> None:
    customer = consented()
    refresh_for(customer, 340, every=20)

    pair = systems(customer).exchange(site(customer), code=customer.jira.authorisation_code(), verifier=None)
    now = customer.world.fakes.clock.now()
    GrantShelf(customer.world.services.ports, tenant=customer.tenant, grant="jira").authorise(pair, now=now)
    refresh_for(customer, 60, every=20)

    assert of_jira(customer).at == customer.world.fakes.clock.now() + 90 * DAY


def test_tokens_that_a_person_brought_end_a_year_after_we_first_used_them_at_the_latest() -> None:
    customer = a_customer(oauth=True)
    customer.later(hours=2)
    refresh(customer)
    first = customer.world.fakes.clock.now()
    refresh_for(customer, 340, every=20)

    assert of_jira(customer).at == first + 365 * DAY


def replaced(customer: Customer, *, expires_on: date | None = None) -> date | None:
    switches = Switches(customer.world.services.ports, customer.world.catalog, lambda connection: 0)
    _, token = customer.jira.api_token()
    switches.replace_secret(customer.site, {"api_token": token}, actor="ann", expires_on=expires_on)
    return site(customer).secret_expires_on


def test_an_api_token_without_a_day_ends_a_year_after_it_was_brought() -> None:
    customer = a_customer()

    day = replaced(customer)

    assert day == (customer.world.fakes.clock.now() + 365 * DAY).date()
    assert day is not None
    assert of_jira(customer).at == datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
    assert of_jira(customer).mend == "ml-connector replace-secret jira"


def test_so_does_one_that_came_with_the_onboarding_file() -> None:
    customer = a_customer()
    services, (email, token) = customer.world.services, customer.jira.api_token()
    book = MappingBook(services.ports, services.references, services.releaser)
    onboarding = Onboarding(
        services.ports, customer.world.catalog, customer.world.open_systems, book, lambda connection: 0, local=True
    )
    given = {
        "system": "jira",
        "settings": {"site_url": customer.jira.site.base_url, "projects": ["FIN"]},
        "secret": {"email": email, "api_token": token},
    }

    onboarding.onboard({"tenant": customer.tenant, "connections": {"jira": given}}, actor="ann")

    assert site(customer).secret_expires_on == (customer.world.fakes.clock.now() + 365 * DAY).date()


def test_the_day_that_a_person_gives_of_an_api_token_counts() -> None:
    assert replaced(a_customer(), expires_on=date(2026, 9, 30)) == date(2026, 9, 30)


def test_an_oauth_applications_secret_has_no_end_of_its_own() -> None:
    customer = a_customer(oauth=True)
    switches = Switches(customer.world.services.ports, customer.world.catalog, lambda connection: 0)

    switches.replace_secret(customer.site, {"client_secret": "another"}, actor="ann")

    assert site(customer).secret_expires_on is None
