"""The receiver's memory: what is verified is not read again, a guess costs nothing, and what waits is always asked."""

from __future__ import annotations

from collections import Counter

import pytest

from ml_connector.pipeline.webhook import Delivery
from tests.pushing import FORM, Pushed

A_GUESS = "f" * 32


def calls(world: Pushed) -> Counter[str]:
    """What the receiver called since the last time."""
    hooks = world.fakes.hooks
    made = Counter(hooks.calls)
    hooks.calls.clear()
    return Counter({name: made[name] for name in made if not name.startswith(("log.", "metrics."))})


def a_verified_world() -> Pushed:
    world = Pushed()
    world.registered()
    world.start()
    calls(world)
    return world


def deliver(world: Pushed) -> int:
    one = world.one("bill.update")
    key = next(row.verifier for row in world.freshbooks.callbacks.all() if row.uri == one.uri)
    return world.push(one, world.form(), key=key)


def test_the_first_delivery_reads_registration_and_key_and_the_next_ones_send_and_no_more() -> None:
    world = a_verified_world()

    deliver(world)
    first = calls(world)
    deliver(world)

    assert first == {"registrations.find": 1, "secrets.read": 1, "pushes.send": 1}
    assert calls(world) == {"pushes.send": 1}


def test_after_five_minutes_both_are_read_again() -> None:
    world = a_verified_world()
    deliver(world)
    calls(world)

    world.later(minutes=5)
    deliver(world)

    assert calls(world) == {"registrations.find": 1, "secrets.read": 1, "pushes.send": 1}


def test_a_guess_is_looked_up_once_and_then_remembered_as_nobodys() -> None:
    world = a_verified_world()

    answers = [world.post(f"https://x/in/freshbooks/{A_GUESS}", {"content-type": FORM}, b"a=1") for _ in range(3)]

    assert answers == [404, 404, 404]
    assert calls(world) == {"registrations.find": 1}


@pytest.mark.parametrize("path", ["x", "F" * 32, "0" * 31, "0" * 5000], ids=["short", "case", "31", "long"])
def test_what_cannot_be_an_id_is_not_even_looked_up(path: str) -> None:
    world = a_verified_world()

    assert world.post(f"https://x/in/freshbooks/{path}", {"content-type": FORM}, b"a=1") == 404
    assert calls(world) == {}


def test_guesses_do_not_fill_the_memory() -> None:
    world = a_verified_world()

    for number in range(1500):
        world.post(f"https://x/in/freshbooks/{number:032x}", {"content-type": FORM}, b"a=1")

    assert len(world.receiver._kept) == 1000


def test_a_forgery_against_a_known_registration_costs_no_call() -> None:
    world = a_verified_world()
    deliver(world)
    calls(world)

    assert world.push(world.one("bill.update"), world.form(), key="guess") == 401
    assert calls(world) == {}


def test_what_waits_for_its_handshake_is_read_each_time_so_that_its_key_counts_at_once() -> None:
    world = Pushed()
    world.tend()
    before = deliver(world)

    world.send()

    assert (before, deliver(world)) == (401, 200)


def test_an_ended_registration_is_nobodys() -> None:
    world = a_verified_world()
    one = world.one("bill.update")
    world.doors.registrations.remove(one)

    assert world.push(one, world.form(), key="any") == 404


def test_the_log_never_has_the_whole_id() -> None:
    world = a_verified_world()
    one = world.one("bill.update")

    world.push(one, world.form(), key="guess")

    assert one.id not in repr(world.fakes.log.lines)


def test_a_body_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(Delivery(raw=b"secret", headers={"x": "secret"}))
