"""Our process dies at any step of a consent: the same person, with a link, still gets the connection to run."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ml_connector.pipeline.probe import steps_of
from tests.consenting import Scene
from tests.fakes.hooks import Crash, CrashAt, Hooks


def _steps() -> list[str]:
    """Every port call of a callback, in order."""
    scene = Scene().fresh()
    browser = scene.browser()
    back = browser.begin(scene.link())
    hooks = Hooks()
    scene.restart(hooks)
    browser.fetch(back)
    return hooks.calls


STEPS = _steps()
PLACES = range(1, len(STEPS) + 1)
NAMES = [f"{number}-{step}" for number, step in enumerate(STEPS, start=1)]


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
def test_a_consent_that_crashed_can_be_given_again(place: int) -> None:
    scene = Scene().fresh()
    browser, link = scene.browser(), scene.link()
    back = browser.begin(link)
    scene.restart(Hooks(before=CrashAt(place)))
    with pytest.raises(Crash):
        browser.fetch(back)
    scene.restart()

    page = browser.open(link)
    page = browser.open(scene.link()) if page.status != 200 else page  # the crash came after the link was used up

    assert page.status == 200
    assert scene.connection().is_running
    assert all(step.ok for step in steps_of(scene.desk.systems.open(scene.connection()).probe()))


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
def test_a_second_consent_that_crashed_leaves_the_first_usable_or_plainly_dead(place: int) -> None:
    scene = Scene().fresh()
    scene.consent()
    browser = scene.browser()
    back = browser.begin(scene.link())
    scene.restart(Hooks(before=CrashAt(place)))
    with suppress(Crash):  # the second way is shorter than the first one was
        browser.fetch(back)

    assert _in_the_end(scene) in ("usable", "dead")


def _in_the_end(scene: Scene) -> str:
    """What upkeep makes of it within minutes, after the token that was there has run out."""
    scene.pair.later(hours=12)
    for _ in range(4):
        scene.restart().upkeep.run(scene.pair.world.deadline())
        scene.pair.later(minutes=2)
    if not scene.connection().is_running:
        return "dead" if "authorise again" in (scene.connection().state_why or "") else "stuck"
    steps = steps_of(scene.desk.systems.open(scene.connection()).probe())
    return "usable" if all(step.ok for step in steps) else "lies"
