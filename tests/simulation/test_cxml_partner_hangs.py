"""A partner whose server does not answer has its own updates wait, and nobody else's work (FJ8, P1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.document import DocumentState
from ml_connector.pipeline.documents import LONGEST_TELLING
from ml_connector.pipeline.upkeep import Upkeep, UpkeepReport
from tests.cxml import CXML, SECRET, UPDATES, Doored
from tests.fakes.clock import FakeDeadline
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_partner import CxmlPartner
from tests.simulators.serving import AnswerLost

TELLING: dict[str, Any] = {
    "cxml": {**CXML, "status_updates": UPDATES},
    "secrets": {"cxml_secret": SECRET, "cxml_secret_to_send": "partner-secret"},
}
LIMIT = timedelta(minutes=5)


def to_be_told(count: int = 8) -> Doored:
    """So many invoices are in the books, and their sender is to be told of each."""
    world = Doored(**TELLING)
    for n in range(count):
        world.partner.send(cxml.invoice(f"INV-{n}"))
        world.posted(f"INV-{n}")
    world.attend()
    return world


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> tuple[Doored, list[str]]:
    """Each call to the partner takes all the time that it may, and is noted."""
    world, calls = to_be_told(), list[str]()

    def hang(_: CxmlPartner, request: Any) -> Any:
        calls.append(request.path)
        world.fakes.clock.advance(LONGEST_TELLING)
        raise AnswerLost

    monkeypatch.setattr(CxmlPartner, "handle", hang)
    return world, calls


def upkeep(world: Doored, limit: timedelta = LIMIT) -> tuple[UpkeepReport, timedelta]:
    """One run, some minutes later; and what was left of its time."""
    world.fakes.clock.advance(timedelta(minutes=6))
    services, clock = world.world.services, world.fakes.clock
    deadline = FakeDeadline(clock, ends=clock.now() + limit)
    made = Upkeep(services.ports, world.world.catalog, services.releaser, hold_age=timedelta(days=5), desk=world.desk)
    return made.run(deadline), deadline.remaining()


def test_a_partner_that_does_not_answer_is_left_alone_for_a_while(hanging: tuple[Doored, list[str]]) -> None:
    world, calls = hanging

    report, left = upkeep(world)
    world.desk.attend(world.fakes.connections.get(world.connection))

    assert (report.finished, left, len(calls)) == (True, LIMIT - LONGEST_TELLING, 1)


def test_no_call_is_begun_that_upkeeps_time_might_not_see_the_end_of(hanging: tuple[Doored, list[str]]) -> None:
    world, calls = hanging

    _, left = upkeep(world, limit=LONGEST_TELLING)

    assert (left, calls) == (LONGEST_TELLING, [])


def test_those_that_had_to_wait_are_told_as_soon_as_the_partner_answers_again() -> None:
    world = to_be_told()
    world.partner.answers = ["lost"]

    world.attend()
    world.attend()
    world.attend()

    assert sorted(number for number, _, _ in world.partner.told) == [f"INV-{n}" for n in range(8)]


def test_what_waits_to_be_told_keeps_nothing_that_comes_in_from_its_record() -> None:
    world = to_be_told()
    world.partner.answers = ["lost"]
    world.attend()
    world.partner.send(cxml.invoice("INV-9"))
    world.posted("INV-9")

    world.desk.attend(world.fakes.connections.get(world.connection))

    assert world.kept[-1].state is DocumentState.ATTACHED
    assert len(world.partner.deliveries) == 1
