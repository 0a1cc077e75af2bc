"""Rule 12: doubt has a name. A row in doubt says so, counts as such, and its trail tells when it began and ended."""

from __future__ import annotations

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from tests.builders import a_bill, an_invoice_world
from tests.fakes.system import Act


def test_a_write_without_an_answer_is_in_doubt_and_says_since_when() -> None:
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()

    world.post_beside()

    assert (world.state(), world.reasons()) == (State.IN_DOUBT, ["in_doubt"])
    assert world.world.states(world.invoices) == {State.IN_DOUBT: 1}
    assert world.fakes.metrics.by_dimensions[("Records", (("flow", world.invoices.flow), ("state", "in_doubt")))] == 1


def test_the_trail_tells_of_the_doubt_and_of_its_end() -> None:
    world = an_invoice_world()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill())

    world.poll()

    assert world.steps() == [Step.RECEIVED, Step.PLANNED, Step.IN_DOUBT, Step.RECOVERED]


def test_a_row_stays_in_doubt_while_it_is_looked_up() -> None:
    world = an_invoice_world()
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside()

    world.later(seconds=10)
    world.post_beside()

    assert (world.state(), world.reasons()) == (State.IN_DOUBT, ["in_doubt"])
