"""One refresh token, many processes, death at every step: one refresh, and never a grant that lies about its state."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, RLock

import pytest

from ml_connector.domain.connection import GrantState
from ml_connector.domain.errors import AuthError, TransientError
from tests.fakes.hooks import Crash, CrashAt, Hooks
from tests.unit.pipeline.granting import Granting, authorised

WORKERS = 50


def _steps() -> list[str]:
    """Every port call of one refresh, in order."""
    granting, hooks = _expired(), Hooks()
    granting.process(hooks).token()
    return hooks.calls


def _expired() -> Granting:
    granting = authorised()
    granting.expire()
    return granting


STEPS = _steps()
STORING = STEPS.index("secrets.write") + 1
PLACES = range(1, len(STEPS) + 1)
_NAMES = [f"{number}-{step}" for number, step in enumerate(STEPS, start=1)]


@pytest.mark.parametrize("step", sorted(set(STEPS)))
def test_fifty_workers_that_overtake_each_other_at_one_step_refresh_once(step: str) -> None:
    granting, got = _expired(), list[str]()

    _stacked(granting, step, WORKERS, got)()

    assert granting.endpoint.calls == ["refresh-1"]
    assert set(got) <= {"access-2", "wait"}
    assert granting.process().token() == "access-2"


def test_fifty_threads_refresh_once() -> None:
    granting, barrier, store = _expired(), Barrier(WORKERS), RLock()
    hooks = Hooks(before=lambda call: _ignore(store.acquire()), after=lambda call: store.release())

    def work(_: int) -> str:
        tokens = granting.process(hooks)
        barrier.wait()
        return _token_or_wait(tokens.token)

    with ThreadPoolExecutor(WORKERS) as pool:
        got = list(pool.map(work, range(WORKERS)))

    assert granting.endpoint.calls == ["refresh-1"]
    assert set(got) <= {"access-2", "wait"}


def test_fifty_threads_of_one_process_refresh_once_and_all_get_the_new_token() -> None:
    granting, barrier = _expired(), Barrier(WORKERS)
    tokens = granting.process()

    def work(_: int) -> str:
        barrier.wait()
        return tokens.token()

    with ThreadPoolExecutor(WORKERS) as pool:
        got = list(pool.map(work, range(WORKERS)))

    assert got == ["access-2"] * WORKERS
    assert granting.endpoint.calls == ["refresh-1"]


@pytest.mark.parametrize("place", PLACES, ids=_NAMES)
def test_a_crash_before_a_step_leaves_a_usable_grant_or_a_plainly_dead_one(place: int) -> None:
    granting = _expired()
    _crash(granting, Hooks(before=CrashAt(place)))

    ended = _in_the_end(granting)

    assert ended == ("dead" if place == STORING else "usable")
    assert len(granting.endpoint.calls) == (2 if place == STORING else 1)


@pytest.mark.parametrize("place", PLACES, ids=_NAMES)
def test_a_crash_after_a_step_loses_nothing(place: int) -> None:
    granting = _expired()
    _crash(granting, Hooks(after=CrashAt(place)))

    assert _in_the_end(granting) == "usable"
    assert len(granting.endpoint.calls) == 1


@pytest.mark.parametrize("place", PLACES, ids=_NAMES)
def test_a_second_crash_at_the_same_step_costs_nothing_more(place: int) -> None:
    granting = _expired()
    _crash(granting, Hooks(after=CrashAt(place)))
    granting.pass_time(seconds=61)
    with suppress(Crash):  # the second goes a shorter way where the first got far
        granting.process(Hooks(after=CrashAt(place))).token()

    assert _in_the_end(granting) == "usable"
    assert len(granting.endpoint.calls) == 1


@pytest.mark.parametrize("place", PLACES, ids=_NAMES)
def test_a_lost_answer_of_our_own_store_does_not_spend_a_token_twice(place: int) -> None:
    granting = _expired()
    tokens = granting.process(Hooks(after=_loses_answer(place)))
    with pytest.raises(ConnectionError):
        tokens.token()

    granting.pass_time(seconds=61)

    assert tokens.token() == "access-2"
    assert granting.endpoint.calls == ["refresh-1"]


def test_a_refresher_that_slept_through_its_lease_still_brings_its_pair_home() -> None:
    granting = _expired()
    granting.endpoint.during = lambda: _overslept(granting)

    assert granting.process().token() == "access-2"
    assert granting.row.state is GrantState.LIVE
    assert granting.process().token() == "access-2"


def test_a_person_who_authorises_during_a_refresh_wins() -> None:
    granting = _expired()
    granting.endpoint.during = lambda: _authorise_once(granting)

    granting.process().token()

    assert granting.process().token() == granting.endpoint.live_access


@pytest.mark.parametrize("place", PLACES, ids=_NAMES)
def test_a_dead_grant_that_is_authorised_again_is_usable_even_if_that_crashes_halfway(place: int) -> None:
    granting = _expired()
    _crash(granting, Hooks(before=CrashAt(STORING)))
    _in_the_end(granting)
    granting.authorise()
    granting.expire()

    _crash(granting, Hooks(after=CrashAt(place)))

    assert _in_the_end(granting) == "usable"


def _stacked(granting: Granting, step: str, left: int, got: list[str]) -> Callable[[], None]:
    """A worker that at its first `step` is overtaken by the next one, and that by the next, down to the last."""

    def run() -> None:
        behind = [] if left <= 1 else [_stacked(granting, step, left - 1, got)]
        hooks = Hooks(before=lambda call: behind.pop()() if behind and call == step else None)
        got.append(_token_or_wait(granting.process(hooks).token))

    return run


def _token_or_wait(token: Callable[[], str]) -> str:
    try:
        return token()
    except TransientError:
        return "wait"


def _crash(granting: Granting, hooks: Hooks) -> None:
    with pytest.raises(Crash):
        granting.process(hooks).token()


def _in_the_end(granting: Granting) -> str:
    """What other processes find, each a lease later than the one before."""
    for _ in range(4):
        granting.pass_time(seconds=61)
        try:
            return "usable" if granting.endpoint.lets_in(granting.process().token()) else "lies"
        except TransientError:
            continue
        except AuthError:
            return "dead" if granting.row.state is GrantState.DEAD else "lies"
    return "stuck"


def _loses_answer(place: int) -> Callable[[str], None]:
    crash = CrashAt(place)

    def hook(call: str) -> None:
        try:
            crash(call)
        except Crash as error:
            raise ConnectionError(call) from error

    return hook


def _overslept(granting: Granting) -> None:
    """While the first waits for the answer, others find its lease over and try, and one calls the grant suspect."""
    granting.endpoint.during = lambda: None
    granting.pass_time(seconds=61)
    _token_or_wait(granting.process().token)
    assert granting.row.state is GrantState.SUSPECT


def _authorise_once(granting: Granting) -> None:
    granting.endpoint.during = lambda: None
    granting.authorise()


def _ignore(_: object) -> None:
    return None
