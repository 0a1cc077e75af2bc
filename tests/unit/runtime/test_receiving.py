"""The webhook's door: size, type and address are judged before anything is looked up."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from ml_connector.domain.registration import door_mark
from ml_connector.pipeline.ingest.receiver import Verdict
from ml_connector.runtime.receiving import LARGEST_BODY, STATUSES, answer_push
from tests.pushing import FORM, Pushed

ID = "0" * 32


def an_event(body: str = "a=1", *, encoded: bool = False, system: str = "freshbooks") -> dict[str, Any]:
    """As API Gateway gives it."""
    return {
        "pathParameters": {"system": system, "registration": ID},
        "headers": {"Content-Type": FORM},
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }


def status(event: dict[str, Any], world: Pushed | None = None) -> int:
    world = world or Pushed()
    door: Any = SimpleNamespace(receiver=world.receiver, metrics=world.world.services.ports.metrics, stack="ours")
    answer = answer_push(event, door)
    assert answer["body"] == ""
    return int(answer["statusCode"])


BAD = {
    "nobody's registration": (an_event(), 404),
    "a system that pushes nothing": (an_event(system="jaggaer"), 404),
    "no system": (an_event(system="../x"), 404),
    "json": (an_event('{"a": 1}') | {"headers": {"content-type": "application/json"}}, 415),
    "no type": (an_event() | {"headers": {}}, 415),
    "no headers": (an_event() | {"headers": None}, 415),
    "1 MB": (an_event("a" * 1024 * 1024), 413),
    "1 MB, encoded": (an_event("a" * 1024 * 1024, encoded=True), 413),
    "one byte too many": (an_event("a" * (LARGEST_BODY + 1)), 413),
    "one byte too many, encoded": (an_event("a" * (LARGEST_BODY + 1), encoded=True), 413),
    "not what it says": (an_event() | {"body": "%%%", "isBase64Encoded": True}, 400),
    "not what it says, nor ASCII": (an_event() | {"body": "YT0xé", "isBase64Encoded": True}, 400),
    "no text": (an_event("\ud800"), 400),
    "an address that is no text": (an_event() | {"pathParameters": {"registration": "\ud800"}}, 404),
    "no path": ({"headers": {"content-type": FORM}}, 404),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_gets_its_status_a_metric_and_nothing_else(case: str) -> None:
    event, expected = BAD[case]
    world = Pushed()

    answered = status(event, world)

    assert answered == expected
    assert world.fakes.metrics.counts["PushesRefused"] == 1
    assert (world.doors.pushes.bodies, world.freshbooks.calls) == ([], [])


def test_an_unknown_systems_name_becomes_no_dimension() -> None:
    world = Pushed()

    status(an_event(system="x" * 200), world)

    assert world.refused("unknown registration", system="unknown") == 1


def test_the_largest_body_is_read() -> None:
    assert status(an_event("a" * LARGEST_BODY)) == 404


@pytest.mark.parametrize("kind", [f"{FORM}; charset=utf-8", FORM.upper()], ids=["charset", "case"])
def test_a_type_is_told_by_its_name_alone(kind: str) -> None:
    assert status(an_event() | {"headers": {"content-type": kind}}) == 404


def test_every_verdict_has_its_status() -> None:
    assert set(STATUSES) == set(Verdict)


def test_the_door_says_whose_it_is_for_this_very_knock() -> None:
    world = Pushed()
    door: Any = SimpleNamespace(receiver=world.receiver, metrics=world.world.services.ports.metrics, stack="ours")

    answer = answer_push(an_event(), door)

    assert (answer["statusCode"], answer["headers"]["x-door"]) == (404, door_mark("ours", ID))
