"""P15: what a plan shows as held stays out of FreshBooks, and a plan hides no change that a person made there (FJ3)."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.identity import FlowId
from ml_connector.pipeline.planning.applying import Applied, apply_plan
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Plan
from tests.jaggaer_freshbooks import Pair, a_pair


@pytest.fixture
def pair() -> Pair:
    """One supplier, whose vendor is there."""
    made = a_pair(load=lambda jaggaer: None)
    made.jaggaer.add_supplier(number="A001", name="Acme Tooling", bizPhone="555-1")
    made.run()
    made.later(minutes=30)
    return made


def lines(price: str) -> list[dict[str, Any]]:
    return [{"description": "Goods", "quantity": "1", "unitPrice": price, "account": "600100"}]


def add(pair: Pair, number: str) -> str:
    made = pair.jaggaer.add_invoice(number=number, supplier="A001", lines=lines("100.00"))
    return str(made["header"]["invoiceId"])


def planning(pair: Pair) -> Planning:
    services = pair.world.services
    return Planning(services.ports, services.catalog, services.systems, pause=pair.world.fakes.clock.advance)


def planned(pair: Pair, flow: FlowId) -> Plan:
    return planning(pair).dry_run(flow).plan


def applied(pair: Pair, plan: Plan) -> Applied:
    done = apply_plan(pair.world.services.ports, planning(pair), plan, actor="ann")
    pair.world.run_until_settled()
    return done


def of_act(plan: Plan, act: str) -> list[str]:
    return [entry.external_id for entry in plan.entries if entry.act == act]


def test_what_a_plan_holds_is_not_created_when_its_twin_is_refused(pair: Pair) -> None:
    add(pair, "A-1"), add(pair, "A-1"), add(pair, "A-2")
    plan = planned(pair, pair.invoices)
    first, *_ = of_act(plan, "create")
    pair.later(minutes=5)
    pair.jaggaer.edit_invoice(int(first), lines=lines("120.00"))

    done = applied(pair, plan)

    assert [one.external_id for one in done.refused] == [first, *of_act(plan, "hold")]
    assert [bill["bill_number"] for bill in pair.freshbooks.bills] == ["A-2"]


def test_what_a_plan_holds_is_not_created_beside_a_bill_that_a_person_keyed(pair: Pair) -> None:
    vendor = pair.freshbooks.vendors[0]["id"]
    pair.freshbooks.add_bill(vendorid=vendor, amount="100.00", bill_number="A-1")
    add(pair, "A-1"), add(pair, "A-1")
    plan = planned(pair, pair.invoices)

    done = applied(pair, plan)

    assert (len(of_act(plan, "create")), len(of_act(plan, "hold")), len(done.refused)) == (1, 1, 2)
    assert len(pair.freshbooks.bills) == 1


def test_a_persons_change_of_a_vendor_is_noticed_although_a_plan_was_applied(pair: Pair) -> None:
    pair.run()
    pair.later(minutes=30)
    pair.freshbooks.edit_vendor(pair.freshbooks.vendors[0]["id"], phone="999-9")

    applied(pair, planned(pair, pair.suppliers))
    pair.later(minutes=30)
    pair.run()

    assert pair.freshbooks.vendors[0]["phone"] == "555-1"
