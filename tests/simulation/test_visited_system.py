"""A system that visits us: what is handed over waits without a lease, and questions are answered at the next visit."""

from __future__ import annotations

from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import OutcomeUnknownError, RejectedError
from ml_connector.domain.posting import NotSent, Outcome, WriteError, Written
from ml_connector.domain.records.kinds import ReferenceKind
from tests.builders import a_bill, an_account
from tests.fakes.system import FakeVisitedSystem
from tests.invoices import InvoiceWorld


def test_a_bill_is_handed_over_and_waits_for_the_visit_however_long_it_takes() -> None:
    world = a_visited_world()
    world.source_has(a_bill())

    world.poll()
    world.later(days=5)
    world.settle()

    assert world.state() is State.HANDED_OVER
    assert len(world.target.outbox) == 1


def test_the_visit_settles_what_was_handed_over() -> None:
    world = a_visited_world()
    world.source_has(a_bill())
    world.poll()

    visit(world)

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_an_answer_for_another_write_moves_nothing() -> None:
    world = a_visited_world()
    world.source_has(a_bill())
    world.poll()

    moved = answer(world, Written("V1"), posting="another")

    assert (moved, world.state()) == (False, State.HANDED_OVER)


def test_an_answer_that_comes_twice_counts_once() -> None:
    world = a_visited_world()
    world.source_has(a_bill())
    world.poll()
    posting = world.row().in_flight
    assert posting is not None
    visit(world)
    before = world.row()

    moved = answer(world, Written("V1"), posting=posting.posting_id)

    assert (moved, world.row()) == (False, before)


def test_a_newer_version_replaces_what_was_not_sent_yet() -> None:
    world = a_visited_world()
    world.source_has(a_bill(total="100.00"))
    world.poll()
    world.source_has(a_bill(total="120.00"))
    world.poll()
    world.target.outbox.clear()

    answer(world, NotSent("a newer version is wanted"))
    world.run()
    visit(world)

    assert [str(total) for _, total in world.bills] == ["120.00 USD"]
    assert [write.action for write in world.target.shelf.log] == ["create"]


def test_a_newer_version_follows_what_was_sent_already() -> None:
    world = a_visited_world()
    world.source_has(a_bill(total="100.00"))
    world.poll()
    world.source_has(a_bill(total="120.00"))
    world.poll()

    visit(world)
    world.run()
    visit(world)

    assert [str(total) for _, total in world.bills] == ["120.00 USD"]
    assert [write.action for write in world.target.shelf.log] == ["create", "update"]


def test_a_refusal_at_the_visit_is_final() -> None:
    world = a_visited_world()
    world.source_has(a_bill())
    world.poll()
    world.target.outbox.clear()

    answer(world, WriteError(RejectedError("no such vendor")))
    world.settle()

    assert (world.state(), world.target.outbox) == (State.REJECTED, {})


def test_a_visit_that_broke_off_leaves_a_doubt_that_the_next_visit_answers() -> None:
    world = a_visited_world()
    world.source_has(a_bill())
    world.poll()
    [write] = world.target.outbox.values()
    world.target.shelf.apply(write)
    world.target.outbox.clear()
    answer(world, WriteError(OutcomeUnknownError("the session broke off")))

    world.later(minutes=5)
    world.world.look_after()
    world.world.step()
    world.target.visit()
    world.later(hours=2)
    world.settle()

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])
    assert len(world.target.shelf.log) == 1


def a_visited_world() -> InvoiceWorld:
    """The ledger is one that calls us."""
    world = InvoiceWorld.made(seed=0, settings={}, target=lambda clock: FakeVisitedSystem(clock=clock))
    world.target.references[ReferenceKind.ACCOUNT] = [an_account()]
    world.know_vendor("0007", "Acme Paper Inc")
    return world


def visit(world: InvoiceWorld) -> None:
    """The system takes what waits and says what it made of it."""
    given = dict(world.target.outbox)
    world.target.visit()
    for posting, write in given.items():
        target_id = write.target_id or f"V{world.target.shelf.given_ids}"
        held = world.target.shelf.records[(write.record.kind, target_id)]
        answer(world, Written(target_id, held), posting=posting)
    world.run()


def answer(world: InvoiceWorld, outcome: Outcome, *, posting: str | None = None) -> bool:
    flight = world.row().in_flight
    named = posting or (flight.posting_id if flight else "")
    poster = world.world.services.poster
    return poster.settle_handed_over(world.record(), named, outcome, world.world.deadline())  # type: ignore[arg-type]
