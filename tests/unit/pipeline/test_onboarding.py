"""Onboarding: all problems at once and nothing written, or all written; again is an update that says what changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.connection import ConnectionState, GrantState
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.connections.onboarding import Onboarded
from tests.unit.pipeline.newcomer import FILE, an_onboarding, onboard
from tests.unit.pipeline.office import BILLS, BOOKS, BUYING, TENANT, VENDORS, Office


def test_a_tenant_is_set_up_from_one_file() -> None:
    office = Office()

    onboard(office)

    world = office.world
    assert world.connections.get(BUYING).account == "jaggaer-x"
    assert world.connections.get(BOOKS).grant == "freshbooks"
    assert world.secrets.read("connections/acme/jaggaer") == {"client_id": "buyer", "client_secret": "sesame"}
    assert world.grants.load(TENANT, "freshbooks").state is GrantState.LIVE
    assert world.connections.flow(BILLS).settings == {"on_changed": "hold", "overlap_minutes": 30}


def test_settings_are_stored_with_their_defaults() -> None:
    office = Office()

    onboard(office)

    assert office.world.connections.get(BOOKS).settings == {"page_size": 50, "site": "y"}


def test_each_flow_is_scheduled_with_its_cadence_or_the_flows_own() -> None:
    office = Office()

    onboard(office)

    entries = office.world.schedules.entries
    assert (entries[VENDORS].cadence, entries[VENDORS].time_zone) == ("rate(15 minutes)", "UTC")
    assert (entries[BILLS].cadence, entries[BILLS].time_zone) == ("cron(0 6 ? * MON-FRI *)", "Europe/Berlin")


@pytest.mark.parametrize("off", [False, "off"], ids=["as YAML reads it", "in quotation marks"])
def test_a_flow_whose_cadence_is_off_runs_only_by_hand_though_it_had_a_schedule(off: object) -> None:
    office = Office()
    onboard(office)

    onboard(office, {"flows.1.cadence": off})

    assert office.world.connections.flow(BILLS).cadence is None
    assert BILLS not in office.world.schedules.entries


def test_a_mapping_is_found_by_id_then_external_id_then_name() -> None:
    office = Office()

    onboard(office)

    codes = ["600", "601", "602"]
    mapped = office.world.mappings.get_many(BOOKS, [(ReferenceKind.ACCOUNT, code) for code in codes])
    assert [(one.code, one.target_id) for some in mapped.values() for one in some] == [(code, "10") for code in codes]


def test_lists_are_read_with_credentials_that_are_not_stored_yet() -> None:
    office, seen = Office(), list[dict[str, str]]()

    onboard(office, seen=seen)

    assert seen == [{"client_id": "us", "client_secret": "hush"}]


def test_onboarding_again_changes_nothing() -> None:
    office = Office()
    onboard(office)

    assert onboard(office) == Onboarded(tenant=TENANT, changes=())


def test_onboarding_again_does_not_set_refreshed_tokens_back() -> None:
    office = Office()
    onboard(office)
    row = office.world.grants.load(TENANT, "freshbooks")

    onboard(office)

    assert office.world.grants.load(TENANT, "freshbooks") == row


def test_an_update_says_what_changed_and_repeats_no_secret() -> None:
    office = Office()
    onboard(office)

    done = onboard(
        office,
        {
            "connections.freshbooks.settings.page_size": 99,
            "connections.jaggaer.secret.client_secret": "open barley",
            "flows.1.cadence": "rate(1 hour)",
        },
    )

    assert done.changes == (
        "secret of jaggaer: replaced (client_secret)",
        "connection freshbooks: page_size 50 -> 99",
        "flow jaggaer_invoice_to_freshbooks_bill (jaggaer to freshbooks): "
        "cadence cron(0 6 ? * MON-FRI *) -> rate(1 hour)",
    )


def test_blackouts_are_taken_from_the_file_and_stay_where_it_names_none() -> None:
    office = Office()
    onboard(office, {"flows.1.blackouts": ["day 28..3"]})

    assert onboard(office).changes == ()
    assert office.world.connections.flow(BILLS).blackouts == ("day 28..3",)


def test_who_onboarded_what_stands_in_the_journal() -> None:
    office = Office()
    onboard(office)
    before = len(office.world.journal.entries(TENANT))

    onboard(office, {"flows.1.cadence": "rate(1 hour)", "connections.jaggaer.secret.client_secret": "open barley"})

    told = [(one.actor, one.step, one.subject, one.text) for one in office.world.journal.entries(TENANT)]
    assert told[before:] == [
        ("ann", "secret_replaced", str(BUYING), "by onboarding: client_secret"),
        ("ann", "onboarded", str(BILLS), "cadence cron(0 6 ? * MON-FRI *) -> rate(1 hour)"),
    ]
    assert {subject for _, _, subject, _ in told[:before]} == {str(BUYING), str(BOOKS), str(BILLS), str(VENDORS)}


def test_an_update_may_leave_out_what_stays() -> None:
    office = Office()
    onboard(office)

    done = an_onboarding(office).onboard(
        {"tenant": TENANT, "connections": {"jaggaer": {"settings": {"site": "z"}}}}, actor="ann"
    )

    assert done.changes == ("connection jaggaer: site 'x' -> 'z'",)


def test_an_update_leaves_a_persons_pause_alone() -> None:
    office = Office()
    onboard(office)
    _set_state(office, BOOKS, ConnectionState.PAUSED)

    onboard(office, {"connections.freshbooks.settings.site": "z"})

    assert office.world.connections.get(BOOKS).state is ConnectionState.PAUSED


def test_a_connection_that_was_stopped_runs_again_with_a_mended_secret() -> None:
    office = Office()
    onboard(office)
    _set_state(office, BOOKS, ConnectionState.STOPPED)
    office.row("1", due_at=office.world.clock.now())

    done = onboard(office, {"connections.freshbooks.secret.client_secret": "better"})

    assert office.world.connections.get(BOOKS).is_running
    assert done.fed == 1


def test_a_connection_that_was_stopped_stays_so_when_nothing_was_mended() -> None:
    office = Office()
    onboard(office)
    _set_state(office, BOOKS, ConnectionState.STOPPED)

    onboard(office)

    assert office.world.connections.get(BOOKS).state is ConnectionState.STOPPED


def test_a_connection_without_its_authorisation_is_set_up_and_stands_still() -> None:
    office = Office()

    onboard(office, {"connections.freshbooks.grant": None, "mappings": None})

    connection = office.world.connections.get(BOOKS)
    assert connection.state is ConnectionState.STOPPED
    assert connection.state_why == "not authorised yet: ml-connector authorise freshbooks"


def test_two_connections_of_one_person_share_one_grant() -> None:
    office = Office()
    second = {**FILE["connections"]["freshbooks"], "grant": {"same_as": "freshbooks"}}

    onboard(office, {"connections.second": second})

    assert office.world.connections.get(ConnectionId(tenant=TENANT, name="second")).grant == "freshbooks"
    assert list(office.world.grants.rows) == [(TENANT, "freshbooks")]


def test_tokens_without_a_time_count_as_expired() -> None:
    office = Office()

    onboard(office, {"connections.freshbooks.grant": {"access_token": "at", "refresh_token": "rt"}})

    expires_at = office.world.grants.load(TENANT, "freshbooks").expires_at
    assert expires_at is not None
    assert expires_at < office.world.clock.now()


def _set_state(office: Office, connection: ConnectionId, state: ConnectionState) -> None:
    office.world.connections.save(replace(office.world.connections.get(connection), state=state))
