"""The FreshBooks connector's callbacks against the simulator: what we say to it, and how its answers are told apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml_connector.domain.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
)
from ml_connector.pipeline.webhook import Callback, Callbacks, Pushing
from tests.contract.connectors.freshbooks_world import World
from tests.simulators.faults import Fault
from tests.simulators.freshbooks import Switches

URI = "https://connector.example/in/freshbooks/1"


def callbacks(world: World) -> Callbacks:
    assert isinstance(world.system, Pushing)
    return world.system.callbacks


def register(world: World, event: str = "bill.update", uri: str = URI) -> Callback:
    return callbacks(world).register(event=event, uri=uri)


def verifier(world: World, one: Callback) -> str:
    found = world.freshbooks.callbacks.find(int(one.id))
    assert found is not None
    return found.verifier


def test_a_registered_callback_is_listed_unverified() -> None:
    world = World()

    made = register(world)

    assert (made.event, made.uri, made.verified) == ("bill.update", URI, False)
    assert callbacks(world).all() == [made]


def test_the_right_code_verifies_it() -> None:
    world = World()
    made = register(world)

    confirmed = callbacks(world).confirm(made.id, verifier(world, made))

    assert (confirmed.id, confirmed.verified) == (made.id, True)


@pytest.mark.parametrize("old", [False, True], ids=["shape E", "older shape"])
def test_a_wrong_code_is_refused(old: bool) -> None:
    world = World(switches=Switches(events_errors_old=old))
    made = register(world)

    with pytest.raises(RejectedError):
        callbacks(world).confirm(made.id, "guess")


def test_a_wrong_code_may_also_leave_it_unverified_without_a_word() -> None:
    world = World(switches=Switches(wrong_verifier_refused=False))
    made = register(world)

    assert callbacks(world).confirm(made.id, "guess").verified is False


def test_the_handshake_is_asked_for_again() -> None:
    world = World()
    made = register(world)

    callbacks(world).send_again(made.id)

    assert world.freshbooks.callbacks.handshakes == [int(made.id)] * 2


def test_what_was_removed_is_gone_and_says_so() -> None:
    world = World()
    made = register(world)
    callbacks(world).remove(made.id)

    assert callbacks(world).all() == []
    with pytest.raises(NotFoundError):
        callbacks(world).remove(made.id)
    with pytest.raises(NotFoundError):
        callbacks(world).confirm(made.id, "guess")


def test_every_page_is_listed() -> None:
    world = World(requests_per_minute=6000)
    for number in range(103):
        register(world, uri=f"https://connector.example/in/freshbooks/{number}")

    assert len({one.uri for one in callbacks(world).all() or ()}) == 103


def test_a_missing_scope_is_told_in_freshbooks_words() -> None:
    world = World()
    world.scopes = ("user:profile:read", "user:bills:read")

    register(world, "bill.update")
    with pytest.raises(RejectedError, match="user:bill_vendors:read"):
        register(world, "bill_vendor.update")


def test_an_event_that_freshbooks_does_not_know_is_refused_in_its_words() -> None:
    with pytest.raises(RejectedError, match="Unrecognized event"):
        register(World(), "bill_payment.create")


ACTS: dict[str, Callable[[World, Callback], object]] = {
    "register": lambda world, made: register(world),
    "confirm": lambda world, made: callbacks(world).confirm(made.id, "x"),
    "send again": lambda world, made: callbacks(world).send_again(made.id),
    "remove": lambda world, made: callbacks(world).remove(made.id),
}


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.LOSE_ANSWER, OutcomeUnknownError), (Fault.REFUSE, RateLimitedError), (Fault.BREAK, OutcomeUnknownError)],
    ids=["lost answer", "429", "503"],
)
def test_a_trouble_is_told_by_what_it_leaves_open(act: str, fault: Fault, error: type[ConnectorError]) -> None:
    world = World(faults=[Fault.NONE, fault])
    made = register(world)

    with pytest.raises(error):
        ACTS[act](world, made)
