"""A tenant at a glance, and what a person should look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.reporting.overview import overview
from ml_connector.pipeline.reporting.work import flow_work, tenant_work
from tests.fakes.clock import START
from tests.unit.pipeline.reporting.office import CATALOG, Office


def test_a_stopped_connection_says_why_and_so_do_its_flows() -> None:
    office = Office()
    freshbooks = office.world.connections.get(office.connection("freshbooks"))
    office.world.connections.save(replace(freshbooks, state=ConnectionState.STOPPED, state_why="the secret expired"))

    seen = overview(office.ports, CATALOG, "acme")

    assert [(one.id.name, one.state, one.why) for one in seen.connections] == [
        ("freshbooks", ConnectionState.STOPPED, "the secret expired"),
        ("jaggaer", ConnectionState.ACTIVE, None),
    ]
    assert seen.flows[0].stands_still == "connection freshbooks is stopped: the secret expired"


def test_a_flow_shows_its_cadence_its_last_run_and_its_settings_with_choices() -> None:
    office = Office()
    office.world.polls.progress[office.flow] = PollProgress(last_finished=START)

    (flow,) = overview(office.ports, CATALOG, "acme").flows

    assert (flow.title, flow.cadence, flow.last_finished) == (
        "JAGGAER invoices to FreshBooks bills",
        "rate(15 minutes)",
        START,
    )
    assert (flow.settings[0].name, flow.settings[0].value) == ("on_changed", "update")
    assert (flow.reading, flow.stands_still) == (None, None)


def test_a_pass_under_way_shows_how_far_it_is() -> None:
    office = Office()
    office.world.polls.progress[office.flow] = PollProgress(pass_began=START, pages=2, seen=100, passed_on=7)

    reading = overview(office.ports, CATALOG, "acme").flows[0].reading

    assert reading is not None
    assert (reading.pages, reading.seen, reading.passed_on) == (2, 100, 7)


def test_a_paused_flow_says_that_it_is_paused() -> None:
    office = Office()
    settings = office.world.connections.flow(office.flow)
    office.world.connections.save_flow(replace(settings, paused=True))

    assert overview(office.ports, CATALOG, "acme").flows[0].stands_still == "the flow is paused"


def test_work_lists_what_is_in_doubt_given_up_and_refused() -> None:
    office = Office()
    soon = START + timedelta(hours=1)
    office.record("1", State.IN_DOUBT, reasons=[Reason(code="in_doubt", text="not answered")], due_at=soon)
    office.record("2", State.DEAD, reasons=[Reason(code="attempts_used_up", text="given up")], attempts=8)
    office.record("3", State.REJECTED, reasons=[Reason(code="rejected", text="the vendor says no")])
    office.record("4", State.POSTED)

    work = tenant_work(office.ports, "acme")

    assert [(one.number, one.next_look) for one in work.in_doubt] == [("INV-1", soon)]
    assert [(one.number, one.attempts) for one in work.dead] == [("INV-2", 8)]
    assert [(one.number, one.codes, one.why) for one in work.rejected] == [
        ("INV-3", ("rejected",), "the vendor says no")
    ]


def test_a_record_the_index_still_shows_where_it_was_is_not_listed_there() -> None:
    office = Office()
    row = office.record("1", State.DEAD)
    office.world.ledger.rows[row.record] = replace(row, state=State.POSTED)

    assert flow_work(office.ports, office.flow).is_empty


def test_one_tenant_does_not_see_anothers_work() -> None:
    acme = Office()
    other = Office(tenant="globex", world=acme.world)
    other.record("1", State.DEAD)

    assert tenant_work(acme.ports, "acme").is_empty
