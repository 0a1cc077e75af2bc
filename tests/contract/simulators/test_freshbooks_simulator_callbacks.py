"""FreshBooks' callbacks as its pages tell them: registered, proved by a handshake, then posted to with a signature."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.simulators.freshbooks import FieldOrder
from tests.simulators.freshbooks.caller import Caller, body_of
from tests.simulators.freshbooks.deliveries import SIGNATURE, signature
from tests.simulators.serving import Response

URI = "https://connector.example/in/freshbooks/abc"
EXAMPLE = (
    ("name", "bill.create"),
    ("object_id", "1001"),
    ("account_id", "aB3xY"),
    ("business_id", "77213"),
    ("identity_id", "501"),
    ("user_id", "1"),
)


class Ear:
    """What was posted to us, and what we say to it."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def __call__(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        self.heard.append(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        self.headers.append(headers)
        return self.statuses.pop(0) if self.statuses else 200

    @property
    def names(self) -> list[str]:
        return [form["name"] for form in self.heard]


def events(caller: Caller, method: str, place: str = "", **more: Any) -> Response:
    return caller.call(method, f"/events/account/{caller.simulator.account_id}/events/callbacks{place}", **more)


def register(caller: Caller, event: str = "bill.create", uri: str = URI) -> Response:
    return events(caller, "POST", body={"callback": {"event": event, "uri": uri}})


def a_callback(caller: Caller, event: str = "bill.create") -> dict[str, Any]:
    """Registered and proved."""
    shown: dict[str, Any] = body_of(register(caller, event))["response"]["result"]["callback"]
    caller.simulator.send_events()
    verifier = caller.simulator.deliveries.sent[-1].form["verifier"]
    events(caller, "PUT", f"/{shown['callbackid']}", body={"callback": {"verifier": verifier}})
    return shown


def listening(event: str = "bill.create", *statuses: int, **switches: Any) -> tuple[Caller, Ear]:
    caller = Caller(**switches)
    ear = caller.simulator.deliveries.post = Ear()
    a_callback(caller, event)
    ear.heard.clear()
    ear.headers.clear()
    ear.statuses = list(statuses)
    caller.simulator.send_events()  # what happened before nobody was told
    ear.heard.clear()
    return caller, ear


def test_the_signature_is_over_the_json_text_of_the_form() -> None:
    assert signature(EXAMPLE, "x7Qd2LmVerifierExample0001") == "+/a4qKcQQnc81Fr6hCAZFtDDH4sTc94QSKbtQTySjc8="


def test_a_new_callback_is_not_verified_and_its_verifier_goes_to_the_uri_alone() -> None:
    caller = Caller()
    ear = caller.simulator.deliveries.post = Ear()

    answer = register(caller)
    caller.simulator.send_events()

    shown = body_of(answer)["response"]["result"]["callback"]
    assert (answer.status, shown["verified"], "verifier" in shown) == (200, False, False)
    assert ear.heard[0]["name"] == "callback.verify"
    assert ear.heard[0]["object_id"] == str(shown["callbackid"])
    assert SIGNATURE not in ear.headers[0]


def test_the_right_verifier_verifies_and_a_wrong_one_is_refused() -> None:
    caller = Caller()
    ear = caller.simulator.deliveries.post = Ear()
    place = f"/{body_of(register(caller))['response']['result']['callback']['id']}"
    caller.simulator.send_events()

    wrong = events(caller, "PUT", place, body={"callback": {"verifier": "x"}})
    right = events(caller, "PUT", place, body={"callback": {"verifier": ear.heard[0]["verifier"]}})

    assert wrong.status == 422
    assert body_of(right)["response"]["result"]["callback"]["verified"] is True


def test_resending_brings_the_handshake_again() -> None:
    caller = Caller()
    ear = caller.simulator.deliveries.post = Ear()
    place = f"/{body_of(register(caller))['response']['result']['callback']['id']}"
    caller.simulator.send_events()

    events(caller, "PUT", place, body={"callback": {"resend": True}})
    caller.simulator.send_events()

    assert ear.names == ["callback.verify"] * 2


def test_callbacks_are_listed_filtered_and_removed() -> None:
    caller, _ = listening()
    register(caller, "bill.update")

    listed = body_of(events(caller, "GET", query=(("search[event]", "bill.create"),)))["response"]["result"]
    removed = events(caller, "DELETE", f"/{listed['callbacks'][0]['id']}")

    assert [row["event"] for row in listed["callbacks"]] == ["bill.create"]
    assert removed.status == 204
    assert events(caller, "GET", f"/{listed['callbacks'][0]['id']}").status == 404


@pytest.mark.parametrize(
    ("old", "status", "said"),
    [(False, 422, "event: Value error, Unrecognized event."), (True, 400, "fieldViolations")],
    ids=["E", "older"],
)
def test_an_event_that_nobody_knows_is_refused_in_the_familys_own_shape(old: bool, status: int, said: str) -> None:
    answer = register(Caller(events_errors_old=old), "bill_payment.create")

    assert answer.status == status
    assert said in answer.body.decode()


def test_listening_takes_the_scope_of_the_resource() -> None:
    caller = Caller()
    caller.pair = caller.simulator.grant(scopes=("user:profile:read", "user:bills:read"))

    assert register(caller, "bill.create").status == 200
    assert register(caller, "bill_vendor.create").status == 403


def test_a_token_that_nobody_knows_is_a_401_in_the_familys_own_shape() -> None:
    answer = events(Caller(), "GET", headers={"authorization": "Bearer nonsense"})

    assert (answer.status, body_of(answer)["errno"]) == (401, 401)


@pytest.mark.parametrize("order", list(FieldOrder))
def test_an_event_is_signed_in_the_order_in_which_it_is_sent(order: FieldOrder) -> None:
    caller, ear = listening(field_order=order)

    caller.created()
    (sent,) = caller.simulator.send_events()

    pairs = parse_qsl(sent.body.decode(), keep_blank_values=True)
    (key,) = [row.verifier for row in caller.simulator.callbacks.all()]
    assert sent.headers[SIGNATURE] == signature(pairs, key)
    assert ear.heard[0]["object_id"] == "1001"


def test_nothing_is_told_to_a_callback_that_is_not_verified() -> None:
    caller = Caller()
    ear = caller.simulator.deliveries.post = Ear()
    register(caller)

    caller.created()
    caller.simulator.send_events()

    assert ear.names == ["callback.verify"]


def test_a_bare_noun_hears_all_its_verbs() -> None:
    caller, ear = listening("bill")

    bill = caller.created()
    caller.edit(bill["id"], vis_state=1)
    caller.simulator.send_events()

    assert ear.names == ["bill.create", "bill.delete"]


def test_events_come_twice_late_out_of_order_or_never_as_switched() -> None:
    caller, ear = listening("bill", event_copies=2, newest_event_first=True, event_delay_seconds=90)
    caller.simulator.turn(lost_events=frozenset({"bill.update"}))

    bill = caller.created()
    caller.edit(bill["id"], bill_number="INV-2")
    caller.edit(bill["id"], vis_state=1)
    at_once = caller.simulator.send_events()
    caller.clock.pass_time(seconds=90)
    caller.simulator.send_events()

    assert at_once == []
    assert ear.names == ["bill.delete", "bill.delete", "bill.create", "bill.create"]


def test_what_is_not_taken_is_posted_again_by_the_table() -> None:
    caller, ear = listening("bill.create", 500, 404, event_retry_seconds=(60, 600))

    caller.created()
    for wait in (0, 59, 1, 600, 3_600):
        caller.clock.pass_time(seconds=wait)
        caller.simulator.send_events()

    assert ear.names == ["bill.create"] * 3


def test_a_callback_that_fails_too_often_may_be_switched_off() -> None:
    caller, ear = listening("bill.create", 500, 500, event_retry_seconds=(60,), callback_off_after=2)

    caller.created()
    caller.simulator.send_events()
    caller.clock.pass_time(seconds=60)
    caller.simulator.send_events()

    assert len(ear.heard) == 2
    assert [row.verified for row in caller.simulator.callbacks.all()] == [False]


def test_callbacks_are_kept_between_two_lives() -> None:
    caller, _ = listening()
    other = Caller().simulator

    other.restore(caller.simulator.snapshot())

    assert other.callbacks.all() == caller.simulator.callbacks.all()
