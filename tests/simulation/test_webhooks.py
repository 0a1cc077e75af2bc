"""What FreshBooks pushes: registered and verified by us, believed only when signed, and never needed to be complete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.connection import FlowSettings
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.registration import RegistrationState
from ml_connector.pipeline.webhook import Pushing
from tests.pushing import SOURCE_EVENTS, TARGET_EVENTS, Pushed
from tests.simulators.faults import FaultPlan
from tests.simulators.freshbooks import FieldOrder
from tests.simulators.serving import Response

PENDING, VERIFIED, RESEND = RegistrationState.PENDING, RegistrationState.VERIFIED, RegistrationState.RESEND


def a_copying_world() -> Pushed:
    """All that is wanted is registered and verified, and FreshBooks has told what was there before."""
    world = Pushed()
    world.copy_bills()
    world.registered()
    return world


def a_bill(world: Pushed, number: str = "N-1") -> int:
    """A person enters a bill in FreshBooks."""
    vendor = world.freshbooks.add_vendor(name=f"Timberyard {number}")
    return int(world.freshbooks.add_bill(vendorid=vendor["id"], bill_number=number)["id"])


# registering


def test_what_the_flows_into_freshbooks_need_is_registered_and_verified() -> None:
    world = Pushed()

    live = world.registered()

    assert [one.event for one in live] == TARGET_EVENTS
    assert world.states == {VERIFIED}
    assert [row.verified for row in world.freshbooks.callbacks.all()] == [True] * 4
    assert {row.uri for row in world.freshbooks.callbacks.all()} == {one.uri for one in live}


def test_a_flow_that_reads_freshbooks_needs_new_bills_too() -> None:
    world = Pushed()
    world.end_all_flows()

    world.copy_bills()

    assert [one.event for one in world.registered()] == SOURCE_EVENTS


def test_a_registration_is_stored_before_freshbooks_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Pushed()
    stored: list[int] = []
    answer = world.freshbooks.callbacks.answer

    def watched(*given: Any, **more: Any) -> Response:
        stored.append(len(world.live))
        return answer(*given, **more)

    monkeypatch.setattr(world.freshbooks.callbacks, "answer", watched)
    world.tend()

    assert stored == [0, 1, 2, 3, 4]  # the list first, then each callback with its registration there already


def test_every_key_is_a_secret_of_its_own_and_in_no_registration() -> None:
    world = Pushed()

    keys = [world.key(one) for one in world.registered()]

    assert sorted(keys) == sorted(row.verifier for row in world.freshbooks.callbacks.all())
    assert not [key for key in keys if key in repr(world.doors.registrations.rows)]
    assert not [key for key in keys if key in repr(world.fakes.log.lines)]


def test_once_verified_nothing_is_asked_again_within_the_day() -> None:
    world = Pushed()
    world.registered()
    asked = len(world.freshbooks.calls)

    world.later(hours=23)
    world.tend()

    assert len(world.freshbooks.calls) == asked


def test_a_handshake_that_overtakes_the_answer_waits_for_the_callbacks_id() -> None:
    world = Pushed()
    world.tend()
    whole = world.one("bill.update")
    world.doors.registrations.rows[whole.id] = replace(whole, callback_id=None)

    world.send()
    early = world.one("bill.update").state
    world.doors.registrations.rows[whole.id] = whole
    world.later(seconds=30)
    world.work()

    assert (early, world.one("bill.update").state) == (PENDING, VERIFIED)


# forgeries


def test_a_forged_handshake_changes_nothing_while_one_is_awaited() -> None:
    world = Pushed()
    world.tend()
    one = world.one("bill.update")
    forged = world.form(name="callback.verify", object_id=str(one.callback_id), verifier="mine")

    assert world.push(one, forged) == 200  # nobody can tell yet; FreshBooks is asked
    world.work()

    assert (world.one("bill.update").state, world.key(one)) == (PENDING, "")
    assert world.push(one, world.form(), key="mine") == 401
    world.send()
    assert world.states == {VERIFIED}


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "answered as unverified"])
def test_a_wrong_code_is_not_kept_however_freshbooks_says_so(refused: bool) -> None:
    world = Pushed()
    world.freshbooks.turn(wrong_verifier_refused=refused)
    world.tend()
    one = world.one("bill.update")

    world.push(one, world.form(name="callback.verify", object_id=str(one.callback_id), verifier="mine"))
    world.work()

    assert (world.one("bill.update").state, world.key(one)) == (PENDING, "")


def test_a_forged_handshake_never_replaces_a_verified_key() -> None:
    world = Pushed()
    world.registered()
    one = world.one("bill.update")
    key = world.key(one)

    status = world.push(one, world.form(name="callback.verify", object_id=str(one.callback_id), verifier="mine"))

    assert (status, world.key(one), world.refused("forged")) == (401, key, 1)
    assert world.doors.pushes.bodies == []


def test_a_handshake_for_another_callback_or_another_account_is_refused_at_the_door() -> None:
    world = Pushed()
    world.tend()
    one, other = world.one("bill.update"), world.one("bill.delete")
    handshake = {"name": "callback.verify", "verifier": "mine"}

    for_another = world.push(one, world.form(object_id=str(other.callback_id), **handshake))
    elsewhere = world.push(one, world.form(object_id=str(one.callback_id), account_id="other1", **handshake))

    assert (for_another, elsewhere) == (401, 403)
    assert world.doors.pushes.bodies == []


BAD = {
    "no signature": (None, {}, 401, "forged"),
    "a signature by another key": ("guess", {}, 401, "forged"),
    "another account": ("right", {"account_id": "other1"}, 403, "another account"),
    "another business": ("right", {"business_id": "1"}, 403, "another account"),
    "no event": ("right", {"name": ""}, 400, "unreadable"),
    "no object": ("right", {"object_id": ""}, 400, "unreadable"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_delivery_is_refused_counted_and_leads_to_nothing(case: str) -> None:
    key, changes, status, why = BAD[case]
    world = Pushed()
    world.registered()
    one, calls = world.one("bill.update"), len(world.freshbooks.calls)

    answered = world.push(one, world.form(**changes), key=world.key(one) if key == "right" else key)

    assert (answered, world.refused(why)) == (status, 1)
    assert (world.doors.pushes.bodies, world.fakes.notices.bodies) == ([], [])
    assert len(world.freshbooks.calls) == calls


def test_a_signature_of_one_registration_opens_no_other() -> None:
    world = Pushed()
    world.registered()

    status = world.push(world.one("bill.update"), world.form(), key=world.key(world.one("bill.delete")))

    assert status == 401


# events


@pytest.mark.parametrize("order", list(FieldOrder))
def test_a_new_bill_arrives_by_its_event_alone_in_any_order_of_fields(order: FieldOrder) -> None:
    world = a_copying_world()
    world.freshbooks.turn(field_order=order)

    a_bill(world, "N-1")
    world.send()

    assert world.copied == ["N-1"]
    assert set(world.answers) == {200}


def test_a_delivery_is_answered_without_a_call_to_anybody() -> None:
    world = a_copying_world()
    a_bill(world)
    calls = len(world.freshbooks.calls)

    sent = world.freshbooks.send_events()

    assert [one.status for one in sent] == [200]
    assert len(world.freshbooks.calls) == calls


def test_duplicates_and_a_wrong_order_change_nothing() -> None:
    world = a_copying_world()
    world.freshbooks.turn(event_copies=3, newest_event_first=True)

    bill = a_bill(world, "N-1")
    world.freshbooks.edit_bill(bill, bill_number="N-2")
    world.send()

    assert world.copied == ["N-2"]
    assert [write.action.value for write in world.copy.sent] == ["create"]


def test_a_replayed_delivery_changes_nothing() -> None:
    world = a_copying_world()
    a_bill(world, "N-1")
    (sent,) = world.send()

    world.later(days=3)
    again = world.post(sent.uri, sent.headers, sent.body)
    world.work()

    assert again == 200
    assert (world.copied, len(world.copy.sent)) == (["N-1"], 1)


def test_an_old_event_that_comes_late_brings_the_newest_version() -> None:
    world = a_copying_world()
    world.freshbooks.turn(event_delay_seconds=600)
    bill = a_bill(world, "N-1")
    world.send()
    world.freshbooks.turn(event_delay_seconds=0)
    world.freshbooks.edit_bill(bill, bill_number="N-2")
    world.send()

    world.later(minutes=11)
    world.send()

    assert world.copied == ["N-2"]


def test_a_missed_event_is_found_by_the_reconciling_read() -> None:
    world = a_copying_world()
    world.freshbooks.turn(lost_events=frozenset({"bill.create"}))
    a_bill(world, "N-1")
    world.send()
    assert world.copied == []

    world.world.poll(world.copies, full=True)
    world.world.run_until_settled()

    assert world.copied == ["N-1"]


def test_a_persons_change_to_a_bill_of_ours_has_its_invoice_looked_at_again() -> None:
    world = Pushed()
    world.pair.run()
    world.registered()
    bill = str(world.freshbooks.bills[0]["id"])
    owner = next(row.record for row in world.fakes.ledger.rows.values() if _holds(row, world, bill))

    world.freshbooks.edit_bill(int(bill), bill_number="by hand")
    world.freshbooks.send_events()
    (notice,) = world.hand_over()

    assert (notice.flow, notice.cause) == (owner.flow, NoticeCause.PUSHED)
    assert [noticed.external_id for noticed in notice.records] == [owner.external_id]


def test_looking_again_writes_nothing_as_long_as_the_source_is_the_same() -> None:
    world = Pushed()
    world.pair.run()
    world.registered()
    bill = world.freshbooks.bills[0]["id"]
    world.freshbooks.edit_bill(bill, bill_number="by hand")
    written = list(world.freshbooks.writes)

    world.send()

    assert world.freshbooks.writes == written


def _holds(row: CrossReference, world: Pushed, bill: str) -> bool:
    return row.record.flow == world.pair.invoices and row.confirmed is not None and row.confirmed.target_id == bill


def test_a_change_to_a_bill_that_is_nobodys_is_counted_and_no_more() -> None:
    world = Pushed()
    bill = a_bill(world)
    world.registered()

    world.freshbooks.edit_bill(bill, bill_number="N-2")
    world.send()

    assert world.fakes.metrics.counts["PushesUnowned"] == 1
    assert world.fakes.ledger.rows == {}


def test_our_own_new_bills_do_not_come_back_to_us() -> None:
    world = Pushed()
    world.registered()

    world.pair.run()
    world.send()

    assert [one.form["name"] for one in world.freshbooks.deliveries.sent if one.form["name"] == "bill.create"] == []


# repair


def test_a_handshake_that_never_came_is_asked_for_again() -> None:
    world = Pushed()
    world.freshbooks.turn(handshakes_lost=True)
    world.registered()
    world.freshbooks.turn(handshakes_lost=False)

    world.later(minutes=5)
    assert world.tend().changed == 0
    world.later(minutes=6)
    assert world.tend().asked_again == 4
    assert world.states == {RESEND}
    world.send()

    assert world.states == {VERIFIED}


@pytest.mark.parametrize("switch", ["resend_renews_verifier", "handshake_signed"])
def test_what_is_not_known_of_the_handshake_makes_no_difference(switch: str) -> None:
    world = Pushed()
    world.freshbooks.turn(**{switch: True})
    world.tend()

    world.freshbooks.send_events()  # taken at the door, and not worked on before the next one is asked for
    world.later(minutes=11)
    world.tend()
    world.send()

    assert world.states == {VERIFIED}
    assert sorted(map(world.key, world.live)) == sorted(row.verifier for row in world.freshbooks.callbacks.all())


@pytest.mark.parametrize("lost", ["forget", "switch_off"])
def test_a_callback_that_freshbooks_lost_is_registered_anew_within_the_day(lost: str) -> None:
    world = Pushed()
    world.registered()
    before = world.one("bill.update")
    getattr(world.freshbooks.callbacks, lost)(int(str(before.callback_id)))

    world.later(hours=25)
    world.tend()
    world.send()

    after = world.one("bill.update")
    assert (after.state, after.id != before.id, world.key(before)) == (VERIFIED, True, "")
    assert len(world.freshbooks.callbacks.all()) == 4
    assert world.push(before, world.form()) in (401, 404)


def test_a_lost_answer_leaves_one_callback_and_one_registration() -> None:
    world = Pushed()
    world.freshbooks.faults = _faults("lose the answer", path="/events/callbacks", method="POST")
    assert world.tend().problems

    world.later(minutes=11)
    world.tend()
    world.send()

    assert world.states == {VERIFIED}
    assert len(world.freshbooks.callbacks.all()) == len(world.live) == 4


def test_a_refusal_keeps_nothing_else_from_being_registered_and_is_told() -> None:
    world = Pushed()
    world.freshbooks.faults = _faults("refuse", path="/events/callbacks", method="POST")

    done = world.tend()

    assert (done.registered, len(done.problems)) == (3, 1)
    assert [one.why is None for one in world.live].count(False) == 1


def test_a_key_that_was_lost_is_replaced_by_another_registration() -> None:
    world = Pushed()
    world.registered()
    before = world.one("bill.update")
    world.fakes.secrets.delete(f"signing-keys/{before.connection.tenant}/{before.connection.name}/{before.id}")

    world.later(hours=25)
    world.tend()
    world.send()

    assert world.one("bill.update").id != before.id
    assert world.states == {VERIFIED}


def test_what_was_left_behind_below_our_address_is_swept_and_what_is_others_stays() -> None:
    world = Pushed()
    world.registered()
    stray, kept = world.one("bill.delete"), world.one("bill.update")
    world.doors.registrations.remove(stray)
    _register(world, "https://somebody.example/in/freshbooks/1")

    world.later(hours=25)
    world.tend()

    uris = {row.uri for row in world.freshbooks.callbacks.all()}
    assert stray.uri not in uris
    assert {kept.uri, "https://somebody.example/in/freshbooks/1"} <= uris


def test_another_address_registers_everything_anew_and_takes_the_old_back() -> None:
    world = Pushed()
    world.registered()

    world.api_url = "https://new.example"
    world.start()
    world.registered()

    assert {row.uri.split("/in/")[0] for row in world.freshbooks.callbacks.all()} == {"https://new.example"}
    assert world.states == {VERIFIED}


# the end


def test_when_a_flow_ends_its_registrations_end_with_it() -> None:
    world = a_copying_world()
    assert len(world.live) == 5

    world.copy_bills(enabled=False)
    world.tend()

    assert [one.event for one in world.live] == TARGET_EVENTS
    assert sorted(row.event for row in world.freshbooks.callbacks.all()) == TARGET_EVENTS


def test_when_all_flows_have_ended_nothing_is_left_anywhere() -> None:
    world = Pushed()
    before = world.registered()

    world.end_all_flows()
    world.tend()

    assert (world.live, world.freshbooks.callbacks.all()) == ([], [])
    assert {world.key(one) for one in before} == {""}


def test_what_freshbooks_does_not_let_go_is_taken_back_later() -> None:
    world = Pushed()
    world.registered()
    world.end_all_flows()
    world.freshbooks.faults = _faults("break", "break", path="/events/callbacks", method="DELETE")

    world.tend()
    assert {one.state for one in world.live} == {RegistrationState.ENDED}
    assert world.push(world.live[0], world.form()) == 404
    world.later(hours=2)
    world.tend()

    assert (world.live, world.freshbooks.callbacks.all()) == ([], [])


def test_a_paused_flow_keeps_its_registrations_and_gets_no_notices() -> None:
    world = a_copying_world()
    world.fakes.connections.save_flow(FlowSettings(id=world.copies, paused=True))
    a_bill(world)
    world.tend()
    world.send()

    assert (len(world.live), world.copied) == (5, [])
    assert world.fakes.metrics.counts["PushesUnowned"] == 1


def _faults(*faults: str, path: str, method: str) -> FaultPlan:
    return FaultPlan(faults, only=lambda request: path in request.path and request.method == method)


def _register(world: Pushed, uri: str) -> None:
    system = world.world.services.systems.open(world.fakes.connections.get(world.books))
    assert isinstance(system, Pushing)
    system.callbacks.register(event="bill.create", uri=uri)
