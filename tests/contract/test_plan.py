"""A plan of JAGGAER's invented set against FreshBooks, both played: no write, the exact body, and what then happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.pipeline.planning.applying import Applied, apply_plan
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Act, Entry, Plan, plan_text, read_plan
from tests.jaggaer_freshbooks import Pair, a_pair, category_of
from tests.mixed import BECOMES

LAMP = 2_700_003
"""An ordinary invoice."""


@pytest.fixture
def pair() -> Pair:
    """The suppliers are there; no invoice was ever read. Bills keyed by hand are looked for."""
    made = a_pair()
    made.world.poll(made.suppliers)
    made.world.run_until_settled()
    settings = made.world.fakes.connections.flow(made.invoices)
    made.world.fakes.connections.save_flow(replace(settings, settings={"look_first": True}))
    return made


def planning(pair: Pair) -> Planning:
    services = pair.world.services
    return Planning(services.ports, services.catalog, services.systems, pause=pair.world.fakes.clock.advance)


def planned(pair: Pair) -> Plan:
    return read_plan(plan_text(planning(pair).dry_run(pair.invoices).plan))


def applied(pair: Pair, plan: Plan) -> Applied:
    done = apply_plan(pair.world.services.ports, planning(pair), plan, actor="ann")
    pair.world.run_until_settled()
    return done


def entry_of(plan: Plan, invoice_id: int) -> Entry:
    return next(entry for entry in plan.entries if entry.external_id == str(invoice_id))


def wrong(pair: Pair, plan: Plan) -> dict[str, tuple[Act, State]]:
    """Records that did not become what the plan said."""
    became = [(entry, pair.row(int(entry.external_id)).state) for entry in plan.entries if entry.is_new]
    return {entry.external_id: (entry.act, state) for entry, state in became if BECOMES[entry.act] is not state}


def as_keyed(pair: Pair, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a person would type in from the same paper: no marker of ours on it."""
    lines = [{**line, "description": "typed in"} for line in payload["lines"]]
    given = {
        name: payload[name] for name in ("vendorid", "bill_number", "issue_date", "due_offset_days", "currency_code")
    }
    return pair.freshbooks.add_bill(**{**given, "lines": lines, "amount": "0", **changes})


def test_against_the_live_target_nothing_is_written(pair: Pair) -> None:
    writes, rows = len(pair.freshbooks.writes), dict(pair.world.fakes.ledger.rows)

    plan = planned(pair)

    assert (len(pair.freshbooks.writes), pair.world.fakes.ledger.rows) == (writes, rows)
    assert pair.jaggaer.writes == []
    assert plan.totals.keys() == {"create", "hold", "skip"}


def test_each_invoice_becomes_what_was_planned(pair: Pair) -> None:
    plan = planned(pair)

    pair.world.poll(pair.invoices)
    pair.world.run_until_settled()

    assert len(plan.entries) == len(pair.jaggaer.invoices)
    assert wrong(pair, plan) == {}


def test_the_payload_is_what_freshbooks_then_gets(pair: Pair) -> None:
    payload = dict(entry_of(planned(pair), LAMP).payload)

    pair.world.poll(pair.invoices)
    pair.world.run_until_settled()

    bill = pair.bill(LAMP)
    names = ("vendorid", "bill_number", "issue_date", "due_offset_days", "currency_code", "language")
    assert {name: payload[name] for name in names} == {name: bill[name] for name in names}
    assert [(str(line["categoryid"]), line["description"], line["unit_cost"]) for line in payload["lines"]] == [
        (category_of(line), line["description"], line["unit_cost"]) for line in bill["lines"]
    ]


def test_a_plan_carried_out_posts_each_bill_once(pair: Pair) -> None:
    plan = planned(pair)

    done = applied(pair, plan)

    assert (wrong(pair, plan), done.refused) == ({}, ())
    assert len(pair.freshbooks.bills) == plan.totals["create"]


def test_at_the_first_go_live_bills_keyed_by_hand_are_linked(pair: Pair) -> None:
    keyed = as_keyed(pair, dict(entry_of(planned(pair), LAMP).payload))

    plan = planned(pair)
    applied(pair, plan)

    entry, row = entry_of(plan, LAMP), pair.row(LAMP)
    assert (entry.act, entry.target_id) == (Act.LINK, str(keyed["id"]))
    assert (row.state, row.confirmed.target_id if row.confirmed else None) == (State.LINKED, str(keyed["id"]))
    assert [bill["id"] for bill in pair.freshbooks.bills if bill["bill_number"] == keyed["bill_number"]] == [
        keyed["id"]
    ]


def test_a_bill_keyed_with_another_amount_is_for_a_person(pair: Pair) -> None:
    payload = dict(entry_of(planned(pair), LAMP).payload)
    line = payload["lines"][0]
    other = [{**line, "unit_cost": {**line["unit_cost"], "amount": "1.00"}}]
    as_keyed(pair, payload, lines=other)

    plan = planned(pair)
    applied(pair, plan)

    assert (entry_of(plan, LAMP).act, pair.row(LAMP).state) == (Act.HOLD, State.HELD)


def test_what_changed_since_is_refused(pair: Pair) -> None:
    plan = planned(pair)
    pair.later(minutes=1)
    pair.jaggaer.edit_invoice(LAMP, dueDate="2026-06-30")

    done = applied(pair, plan)

    assert [(one.external_id, one.why) for one in done.refused] == [(str(LAMP), "it changed at the source")]
    assert len(pair.freshbooks.bills) == plan.totals["create"] - 1
