"""P15: a plan says what a run does to each record, writes nothing, and is carried out as it stands or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import BillStatus
from ml_connector.pipeline.planning.applying import Applied, apply_plan
from ml_connector.pipeline.planning.dry_run import Planning
from ml_connector.pipeline.planning.plan_file import Act, Plan, plan_text, read_plan
from tests.builders import a_bill, an_invoice_world
from tests.invoices import InvoiceWorld
from tests.mixed import BECOMES, a_mixed_world, keyed_by_hand

DOCUMENTS = 500


def planning(world: InvoiceWorld) -> Planning:
    services = world.world.services
    return Planning(services.ports, services.catalog, services.systems, pause=world.fakes.clock.advance)


def planned(world: InvoiceWorld) -> Plan:
    """As the file has it."""
    return read_plan(plan_text(planning(world).dry_run(world.invoices).plan))


def applied(world: InvoiceWorld, plan: Plan) -> Applied:
    done = apply_plan(world.world.services.ports, planning(world), plan, actor="ann")
    world.settle()
    return done


def acts(plan: Plan) -> dict[str, Act]:
    return {entry.external_id: entry.act for entry in plan.entries}


@pytest.fixture
def one() -> InvoiceWorld:
    """One invoice that nobody has read yet."""
    world = an_invoice_world(look_first=True)
    world.source_has(a_bill("1", number="INV-1"))
    return world


def test_a_plan_writes_nothing_anywhere(one: InvoiceWorld) -> None:
    kept = (dict(one.fakes.ledger.rows), dict(one.fakes.payloads.stored), dict(one.fakes.references.lists))

    plan = planned(one)

    assert acts(plan) == {"1": Act.CREATE}
    assert (one.actions, one.bills) == ([], [])
    assert (one.fakes.ledger.rows, one.fakes.payloads.stored, one.fakes.references.lists) == kept
    assert (list(one.fakes.notices.bodies), list(one.fakes.postings.bodies)) == ([], [])


def test_the_exact_payload_stands_in_the_plan(one: InvoiceWorld) -> None:
    (entry,) = planned(one).entries

    one.poll()
    one.settle()

    assert entry.payload["marker"] == one.target.sent[0].marker
    assert entry.payload["record"]["number"] == one.target.sent[0].record.number
    assert entry.digest == one.row().confirmed.digest  # type: ignore[union-attr]


def test_of_many_mixed_documents_each_becomes_what_was_predicted() -> None:
    world = a_mixed_world(DOCUMENTS)
    plan = planned(world)

    world.poll(full=True)
    world.settle()

    wrong = {
        entry.external_id: (entry.act, world.state(entry.external_id))
        for entry in plan.entries
        if entry.act is not Act.NONE and BECOMES[entry.act] is not world.state(entry.external_id)
    }
    assert wrong == {}
    assert len(plan.entries) == DOCUMENTS
    assert set(plan.totals) == {"create", "update", "void", "link", "hold", "skip", "none"}


def test_a_plan_carried_out_does_what_it_says() -> None:
    world = a_mixed_world(100)
    plan = planned(world)

    done = applied(world, plan)

    wrong = {
        entry.external_id: (entry.act, world.state(entry.external_id))
        for entry in plan.entries
        if entry.act is not Act.NONE and BECOMES[entry.act] is not world.state(entry.external_id)
    }
    assert (wrong, done.refused) == ({}, ())
    assert done.sent == sum(entry.is_new for entry in plan.entries)


def test_after_it_was_carried_out_there_is_nothing_left_to_do(one: InvoiceWorld) -> None:
    applied(one, planned(one))

    again = planned(one)

    assert acts(again) == {"1": Act.NONE}
    assert applied(one, again).sent == 0
    assert one.actions == ["create"]


def test_a_plan_carried_out_twice_creates_nothing_twice(one: InvoiceWorld) -> None:
    plan = planned(one)

    applied(one, plan)
    done = applied(one, plan)

    assert (done.sent, [refused.external_id for refused in done.refused]) == (0, ["1"])
    assert one.numbers == ["INV-1"]


def test_a_bill_keyed_by_hand_is_linked_not_made_again(one: InvoiceWorld) -> None:
    keyed_by_hand(one, "1")

    plan = planned(one)
    applied(one, plan)

    assert acts(plan) == {"1": Act.LINK}
    assert (one.state(), one.actions, one.numbers) == (State.LINKED, [], ["INV-1"])
    assert one.row().confirmed.origin is Origin.ADOPTED  # type: ignore[union-attr]


def test_without_looking_first_a_bill_that_is_there_is_warned_of_and_refused() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="INV-1"))
    keyed_by_hand(world, "1")

    plan = planned(world)
    done = applied(world, plan)

    (entry,) = plan.warnings
    assert "set look_first" in (entry.warning or "")
    assert ([refused.external_id for refused in done.refused], world.numbers) == (["1"], ["INV-1"])


def test_looking_first_waits_until_it_is_surely_absent(one: InvoiceWorld) -> None:
    began = one.fakes.clock.now()

    one.poll()

    assert (one.actions, one.state()) == (["create"], State.POSTED)
    assert one.fakes.clock.now() - began >= one.target.limits.settle
    assert one.target.finds >= 2


def changed_at_source(world: InvoiceWorld) -> None:
    world.source_has(a_bill("1", number="INV-1", total="120.00"))


def keyed_meanwhile(world: InvoiceWorld) -> None:
    keyed_by_hand(world, "1")


def withdrawn(world: InvoiceWorld) -> None:
    world.source_has(a_bill("1", number="INV-1", status=BillStatus.NOT_APPROVED))


def posted_meanwhile(world: InvoiceWorld) -> None:
    world.poll()
    world.settle()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed_at_source, "it changed at the source"),
        (withdrawn, "it changed at the source"),
        (keyed_meanwhile, "it would now be link, not create"),
        (posted_meanwhile, "it would now be none, not create"),
    ],
    ids=["changed", "withdrawn", "keyed by hand", "posted"],
)
def test_what_changed_since_is_refused_and_listed(one: InvoiceWorld, change: Any, why: str) -> None:
    plan = planned(one)
    change(one)
    sent = list(one.actions)

    done = applied(one, plan)

    assert [(refused.external_id, refused.why) for refused in done.refused] == [("1", why)]
    assert (done.sent, one.actions) == (0, sent)


def test_a_bill_that_a_person_changes_meanwhile_is_not_overwritten() -> None:
    world = an_invoice_world(on_conflict="source_wins")
    world.source_has(a_bill("1", number="INV-1"))
    world.poll()
    world.settle()
    world.source_has(a_bill("1", number="INV-1", total="120.00"))
    plan = planned(world)
    world.target_has(replace(world.standing[0], total=Money(Decimal("7.00"), "USD")))

    done = applied(world, plan)

    assert acts(plan) == {"1": Act.UPDATE}
    assert [refused.why for refused in done.refused] == ["the target holds something else by now"]
    assert [str(total) for _, total in world.bills] == ["7.00 USD"]


def test_one_record_that_changed_holds_up_no_other() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="INV-1"), a_bill("2", number="INV-2"))
    plan = planned(world)
    world.source_has(a_bill("1", number="INV-1", total="120.00"))

    done = applied(world, plan)

    assert ([refused.external_id for refused in done.refused], world.numbers) == (["1"], ["INV-2"])


def test_a_hold_that_is_cured_by_now_is_planned_and_carried_out() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_bill("1", number="INV-1"))
    world.poll()
    world.know_vendor("0007", "Acme Paper Inc")
    world.later(minutes=20)

    plan = planned(world)
    done = applied(world, plan)

    assert acts(plan) == {"1": Act.CREATE}
    assert (done.sent, world.state()) == (1, State.POSTED)


def test_a_write_in_doubt_is_left_to_itself() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="INV-1"))
    world.world.poll(world.invoices)
    world.ingest_beside()

    assert acts(planned(world)) == {"1": Act.UNDER_WAY}


def test_a_plan_of_tables_that_were_restored_since_is_refused(one: InvoiceWorld) -> None:
    plan = planned(one)
    one.fakes.epochs.raise_epoch()

    with pytest.raises(SettingsError, match="restored since"):
        applied(one, plan)


def test_something_else_is_no_plan() -> None:
    with pytest.raises(SettingsError, match="not a plan"):
        read_plan('{"plan": 1, "flow": "x"}')
    with pytest.raises(SettingsError, match="version 7"):
        read_plan('{"plan": 7}')


def test_a_plan_survives_being_written_and_read() -> None:
    world = a_mixed_world(40)

    made = planning(world).dry_run(world.invoices).plan

    assert read_plan(plan_text(made)) == made
