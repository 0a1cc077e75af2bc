"""A person's corrections through the API: the plan first, done on "yes", and never more than one's own."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.bill import BillType
from ml_connector.runtime import correcting
from ml_connector.runtime.api import answer_api
from tests.builders import a_bill
from tests.invoices import INVOICES, InvoiceWorld
from tests.simulation.correcting import MARCH_RUN, a_month_posted

ANN = "arn:aws:iam::1:user/ann"


@pytest.fixture
def world() -> InvoiceWorld:
    return a_month_posted(2)


def post(world: InvoiceWorld, what: str, body: Any, *, tenant: str = "acme") -> tuple[int, Any]:
    services: Any = world.world.services
    given: Any = SimpleNamespace(
        ports=services.ports, catalog=services.catalog, systems=services.systems, releaser=services.releaser
    )
    event = {
        "rawPath": f"/api/{tenant}/{what}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": ANN}}},
    }
    answer = answer_api(event, given)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_rollback_is_shown_first_without_a_call_of_the_target(world: InvoiceWorld) -> None:
    status, body = post(world, "rollbacks", {"run": MARCH_RUN})

    assert (status, [entry["undo"] for entry in body["entries"]]) == (200, ["void", "void"])
    assert (world.actions, world.target.fetched) == (["create", "create"], [])


def test_a_rollback_is_begun_on_yes_under_the_callers_name(world: InvoiceWorld) -> None:
    status, _ = post(world, "rollbacks", {"record": "INV-1", "reason": "entered twice", "yes": True})
    world.settle()

    assert (status, world.state("1"), world.numbers) == (202, State.REVERSED, ["INV-2"])
    assert ANN in {entry.event.actor for entry in world.trail("1")}


def test_a_replay_is_shown_and_done(world: InvoiceWorld) -> None:
    post(world, "rollbacks", {"record": "INV-1", "reason": "entered twice", "yes": True})
    world.settle()

    _, shown = post(world, "replays", {"flow": INVOICES})
    status, done = post(world, "replays", {"flow": INVOICES, "yes": True})
    world.settle()

    assert [entry["act"] for entry in shown["flows"][0]["entries"]] == ["create", "none"]
    assert (status, done["sent"], sorted(world.numbers)) == (202, 1, ["INV-1", "INV-2"])


def test_a_hold_is_put_aside(world: InvoiceWorld) -> None:
    world.source_has(a_bill("3", type=BillType.CREDIT))
    world.poll()

    status, body = post(world, "set-asides", {"record": "INV-3", "reason": "entered by hand"})

    assert (status, body["state"], world.state("3")) == (200, "skipped", State.SKIPPED)


@pytest.mark.parametrize(
    ("what", "body", "said"),
    [
        ("rollbacks", {}, "name a record, a flow"),
        ("rollbacks", {"flow": "another"}, "name a record, a flow"),
        ("rollbacks", {"record": "INV-1", "yes": True}, "reason"),
        ("rollbacks", {"record": "INV-1", "yes": True, "reason": " "}, "reason"),
        ("rollbacks", {"record": ["INV-1"]}, "record"),
        ("rollbacks", [], "not a JSON object"),
        ("rollbacks", "{", "not JSON"),
        ("replays", {"record": "INV-77"}, "0 records of acme"),
        ("set-asides", {"record": "INV-1", "reason": "x"}, "it is posted"),
        ("resolutions", {"record": "INV-1", "take": "target"}, "--take target"),
        ("resolutions", {"record": "INV-1", "take": "source"}, "target_conflict"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    world: InvoiceWorld, what: str, body: Any, said: str
) -> None:
    rows = dict(world.fakes.ledger.rows)

    status, answer = post(world, what, body)

    assert (status, said in answer["error"]) == (400, True)
    assert world.fakes.ledger.rows == rows


def test_another_tenants_records_are_not_there(world: InvoiceWorld) -> None:
    status, _ = post(world, "rollbacks", {"record": "INV-1", "reason": "x", "yes": True}, tenant="globex")

    assert (status, world.numbers) == (404, ["INV-1", "INV-2"])


def test_more_than_one_request_can_do_is_for_the_command_line(
    world: InvoiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correcting, "MOST_AT_ONCE", 1)

    status, answer = post(world, "rollbacks", {"flow": INVOICES})

    assert (status, "command line" in answer["error"]) == (400, True)
