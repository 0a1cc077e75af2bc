"""FJ3, FJ5: what a person changes of a vendor in FreshBooks is put back or kept, as the flow says, and never hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.audit import AuditEntry, Step
from ml_connector.domain.crossreference import CrossReference, State
from tests.pushing import Pushed
from tests.simulators.jaggaer import invented_suppliers as suppliers

COURIER = suppliers.COURIER
JAGGAERS, THEIRS, ANOTHER = "555-0101", "555-0199", "555-0150"


def a_vendor_world(**settings: Any) -> Pushed:
    """Every supplier is a vendor, the courier with JAGGAER's phone; the events are listened to."""
    world = Pushed()
    supplier = replace(world.fakes.connections.flow(world.pair.suppliers), settings=settings)
    world.fakes.connections.save_flow(supplier)
    world.pair.jaggaer.edit_supplier(COURIER, bizPhone=JAGGAERS)
    world.later(hours=3)
    cycle(world)
    world.registered()
    cycles(world, 1)
    return world


def cycle(world: Pushed) -> None:
    world.world.poll(world.pair.suppliers)
    world.world.run_until_settled()


def cycles(world: Pushed, times: int) -> None:
    for _ in range(times):
        world.later(minutes=15)
        cycle(world)


def vendor(world: Pushed, number: str = COURIER) -> dict[str, Any]:
    return next(one for one in world.freshbooks.vendors if one["account_number"] == number)


def person_edits(world: Pushed, **fields: Any) -> None:
    world.later(minutes=1)
    world.freshbooks.edit_vendor(vendor(world)["id"], **(fields or {"phone": THEIRS}))


def row(world: Pushed) -> CrossReference:
    rows = world.fakes.ledger.rows.values()
    return next(one for one in rows if one.record.flow == world.pair.suppliers and one.number == COURIER)


def conflicts(world: Pushed) -> list[AuditEntry]:
    return [entry for entry in world.fakes.ledger.trail(row(world).record) if entry.event.step is Step.CONFLICT]


def by_event(world: Pushed) -> None:
    world.send()


def by_the_next_reading(world: Pushed) -> None:
    """The event is lost on its way."""
    world.freshbooks.turn(lost_events=frozenset({"bill_vendor.update", "bill_vendor.delete"}))
    world.freshbooks.send_events()
    cycles(world, 1)


NOTICED = pytest.mark.parametrize("noticed", [by_event, by_the_next_reading])


@NOTICED
def test_jaggaer_wins_by_default_and_both_values_are_in_the_audit_trail(noticed: Any) -> None:
    world = a_vendor_world()
    person_edits(world)

    noticed(world)

    (conflict,) = conflicts(world)
    assert (vendor(world)["phone"], row(world).state) == (JAGGAERS, State.POSTED)
    assert (conflict.event.detail["found"]["phone"], conflict.event.detail["writes"]["phone"]) == (THEIRS, JAGGAERS)


@NOTICED
def test_where_the_target_wins_the_change_stays_and_both_values_are_in_the_audit_trail(noticed: Any) -> None:
    world = a_vendor_world(on_conflict="target_wins")
    person_edits(world)

    noticed(world)

    (conflict,) = conflicts(world)
    assert (vendor(world)["phone"], row(world).state) == (THEIRS, State.POSTED)
    assert (conflict.event.detail["found"]["phone"], conflict.event.detail["posted"]["phone"]) == (THEIRS, JAGGAERS)


@NOTICED
def test_where_a_person_shall_choose_it_is_held_with_both_values(noticed: Any) -> None:
    world = a_vendor_world(on_conflict="hold")
    person_edits(world)

    noticed(world)

    held = world.fakes.ledger.trail(row(world).record)[-1].event
    assert (vendor(world)["phone"], [reason.code for reason in row(world).reasons]) == (THEIRS, ["target_conflict"])
    assert (held.detail["found"]["phone"], held.detail["writes"]["phone"]) == (THEIRS, JAGGAERS)


def test_a_held_conflict_is_over_when_the_person_takes_the_change_back() -> None:
    world = a_vendor_world(on_conflict="hold")
    person_edits(world)
    world.send()

    writes = written(world)
    person_edits(world, phone=JAGGAERS)
    world.send()

    assert (row(world).state, vendor(world)["phone"]) == (State.POSTED, JAGGAERS)
    assert written(world) == writes  # the person's own hand did it


def test_what_is_kept_survives_jaggaers_next_change_and_the_rest_of_it_is_carried() -> None:
    world = a_vendor_world(on_conflict="target_wins")
    person_edits(world)
    world.send()

    world.pair.jaggaer.edit_supplier(COURIER, bizPhone=ANOTHER, city="Harrowby")
    cycles(world, 1)

    assert (vendor(world)["phone"], vendor(world)["city"]) == (THEIRS, "Harrowby")
    assert len(conflicts(world)) == 1


def test_jaggaer_has_its_say_again_once_the_tenant_changes_the_policy() -> None:
    world = a_vendor_world(on_conflict="target_wins")
    person_edits(world)
    world.send()
    supplier = replace(world.fakes.connections.flow(world.pair.suppliers), settings={"on_conflict": "source_wins"})
    world.fakes.connections.save_flow(supplier)

    world.world.poll(world.pair.suppliers, full=True)
    world.world.run_until_settled()

    assert vendor(world)["phone"] == JAGGAERS


def test_a_vendor_deleted_in_freshbooks_is_held_and_not_made_again() -> None:
    world = a_vendor_world()
    vendors = len(world.freshbooks.vendors)
    world.freshbooks.edit_vendor(vendor(world)["id"], vis_state=1)

    by_the_next_reading(world)

    assert [reason.code for reason in row(world).reasons] == ["target_gone"]
    assert len([one for one in world.freshbooks.vendors if one["vis_state"] == 0]) == vendors - 1


def test_our_own_writes_come_back_without_a_trace() -> None:
    world = a_vendor_world()
    world.pair.jaggaer.edit_supplier(COURIER, bizPhone=ANOTHER)
    cycles(world, 1)
    entries, writes = row(world).audit_sequence, written(world)

    world.send()
    cycles(world, 1)

    assert (row(world).audit_sequence, written(world)) == (entries, writes)


def test_the_stamp_of_our_own_write_is_known_without_asking() -> None:
    world = a_vendor_world()
    world.freshbooks.turn(lost_events=frozenset({"bill_vendor.update"}))
    world.pair.jaggaer.edit_supplier(COURIER, bizPhone=ANOTHER)
    cycles(world, 1)
    asked = single_reads(world)

    cycles(world, 1)

    assert single_reads(world) == asked


def test_what_is_new_and_waits_for_its_turn_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector.pipeline.connections.watching.MOST_AT_ONCE", 1)
    world = a_vendor_world()
    world.freshbooks.turn(lost_events=frozenset({"bill_vendor.update"}))
    waiting = world.freshbooks.vendors[5]["account_number"]
    name = vendor(world, waiting)["vendor_name"]
    world.later(minutes=1)
    world.freshbooks.edit_vendor(vendor(world, waiting)["id"], vendor_name=f"{name} (edited)")

    cycles(world, 20)

    assert vendor(world, waiting)["vendor_name"] == name


def test_a_reading_in_which_nothing_moved_asks_for_no_vendor() -> None:
    world = a_vendor_world()
    asked = single_reads(world)

    cycles(world, 1)

    assert single_reads(world) == asked


def test_many_changes_at_once_are_followed_up_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector.pipeline.connections.watching.MOST_AT_ONCE", 2)
    world = a_vendor_world()
    cycles(world, 10)  # all that is new has had its turn
    numbers = [suppliers.COURIER, suppliers.LAB, suppliers.OFFICE]
    names = {number: vendor(world, number)["vendor_name"] for number in numbers}
    world.freshbooks.turn(lost_events=frozenset({"bill_vendor.update"}))
    world.later(minutes=1)
    for number in numbers:
        world.freshbooks.edit_vendor(vendor(world, number)["id"], vendor_name=f"{names[number]} (edited)")

    cycles(world, 1)
    edited = [number for number in numbers if vendor(world, number)["vendor_name"] != names[number]]
    cycles(world, 2)

    assert len(edited) == 1
    assert {number: vendor(world, number)["vendor_name"] for number in numbers} == names


@pytest.mark.parametrize("policy", ["source_wins", "target_wins", "hold"])
def test_nothing_of_accounting_ever_goes_to_jaggaer(policy: str) -> None:
    """Every call but reads, over a whole life: suppliers, invoices, edits on both sides, events, payments."""
    world = a_vendor_world(on_conflict=policy)
    world.pair.run()
    person_edits(world)
    bill = world.freshbooks.bills[0]
    world.freshbooks.edit_bill(bill["id"], bill_number="by hand")
    world.freshbooks.pay_bill(world.freshbooks.bills[1]["id"], "1.00")
    world.freshbooks.add_vendor(name="Known to FreshBooks alone")
    world.send()
    world.later(hours=1)

    world.pair.run(full=True)

    assert world.pair.jaggaer.writes == []
    assert {call for call in world.pair.jaggaer.calls if call[0] != "GET"} == {("POST", TOKEN_PATH)}


TOKEN_PATH = "/auth/realms/J1p-integrations/protocol/openid-connect/token"


def single_reads(world: Pushed) -> int:
    return len([path for method, path in calls(world) if method == "GET" and "/bill_vendors/bill_vendors/" in path])


def written(world: Pushed) -> int:
    return len([path for method, path in calls(world) if method != "GET" and "/bill_vendors/" in path])


def calls(world: Pushed) -> list[tuple[str, str]]:
    return [(call[0], call[1]) for call in world.freshbooks.calls]
