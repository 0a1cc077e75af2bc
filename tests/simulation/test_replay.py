"""P12: stored versions planned anew on a person's word. What stands as it should is left alone, ten times over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.records.bill import BillStatus, BillType
from ml_connector.pipeline.correcting.aside import set_aside
from ml_connector.pipeline.correcting.replay import Replay, Replayed
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from ml_connector.pipeline.correcting.selection import Selection
from ml_connector.pipeline.planning.plan_file import Act
from tests.builders import a_bill, an_invoice_world
from tests.fakes import system
from tests.invoices import InvoiceWorld
from tests.simulation.correcting import a_month_posted, roll_back, usd


def test_ten_replays_of_what_is_posted_change_nothing() -> None:
    world = a_month_posted()
    rows, trails = dict(world.fakes.ledger.rows), [world.trail(str(n)) for n in (1, 2, 3)]

    for _ in range(10):
        replay(world)
        send_all_again(world)

    assert world.actions == ["create"] * 3
    assert (world.fakes.ledger.rows, [world.trail(str(n)) for n in (1, 2, 3)]) == (rows, trails)


def test_ten_replays_of_what_was_rolled_back_bring_it_back_once() -> None:
    world = a_month_posted()
    roll_back(world)

    for _ in range(10):
        replay(world)

    assert world.numbers == ["INV-1", "INV-2", "INV-3"]
    assert world.actions == ["create"] * 3 + ["void"] * 3 + ["create"] * 3


def test_a_plan_shows_what_a_replay_would_do_and_does_nothing() -> None:
    world = a_month_posted()
    roll_back(world, Selection(records=(world.record("2"),)))
    rows, sent = dict(world.fakes.ledger.rows), len(world.actions)

    [plan] = planned(world)

    assert {entry.external_id: entry.act for entry in plan.entries} == {"1": Act.NONE, "2": Act.CREATE, "3": Act.NONE}
    assert (world.fakes.ledger.rows, len(world.actions), world.fakes.notices.bodies) == (rows, sent, [])


def test_only_the_named_record_is_replayed() -> None:
    world = a_month_posted()
    roll_back(world)

    replay(world, Selection(records=(world.record("2"),)))

    assert world.numbers == ["INV-2"]


def test_a_replay_needs_nothing_of_the_source() -> None:
    world = a_month_posted(1)
    roll_back(world)
    world.source.shelf.records.clear()

    replay(world)

    assert (world.state(), world.numbers) == (State.POSTED, ["INV-1"])


def test_a_replay_that_changes_something_is_audited_with_the_person() -> None:
    world = a_month_posted(1)
    roll_back(world)

    replay(world)

    [asked] = [entry.event for entry in world.trail() if entry.event.step is Step.REPLAYED]
    assert asked.actor == "ann"


def test_what_a_person_kept_in_the_target_is_written_over_only_where_it_is_named() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], total=usd("111")))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    services = world.world.services
    Resolving(services.ports, services.systems).resolve(world.record(), Side.TARGET, actor="ann")

    [plan] = planned(world)
    replay(world)
    left = world.bills
    replay(world, Selection(records=(world.record(),)))

    assert (plan.kept, plan.going) == ((world.record(),), [])
    assert left == [("INV-1", usd("111"))]
    assert world.bills == [("INV-1", usd("120"))]


def test_a_hold_that_still_holds_stays_as_it_is() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()
    trail = world.trail()

    replay(world)

    assert (world.state(), world.trail()) == (State.HELD, trail)


def test_a_version_that_is_not_stored_any_more_is_told_of() -> None:
    world = a_month_posted(1)
    world.fakes.payloads.stored.clear()

    [plan] = planned(world)

    assert (plan.not_stored, plan.going) == ((world.record(),), [])


def test_what_was_put_aside_is_taken_up_only_where_it_is_named() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(account="7000"))
    world.poll()
    set_aside(world.world.services.ports, world.record(), actor="ann", reason="keyed by hand")

    [whole] = planned(world)
    replay(world, Selection(records=(world.record(),)))

    assert (whole.set_aside, whole.going) == ((world.record(),), [])
    assert world.reasons() == ["account_missing"]


def test_a_payment_since_keeps_a_replay_from_touching_the_bill() -> None:
    world = a_month_posted(1)
    world.target_has(replace(world.standing[0], status=BillStatus.PAID))

    replay(world)

    assert (world.state(), world.actions) == (State.POSTED, ["create"])


def planned(world: InvoiceWorld, chosen: Selection | None = None) -> list[Replayed]:
    return replay_of(world).plan(chosen or Selection(flows=(world.invoices,)))


def replay(world: InvoiceWorld, chosen: Selection | None = None) -> None:
    replay_of(world).carry_out(planned(world, chosen), world.world.services.releaser, actor="ann")
    world.settle()


def replay_of(world: InvoiceWorld) -> Replay:
    services = world.world.services
    return Replay(services.ports, services.catalog, services.systems)


def send_all_again(world: InvoiceWorld) -> None:
    """Every record, whether the plan sees anything to do or not."""
    records = list(world.fakes.ledger.rows)
    world.world.services.releaser.plan_again(records, cause=NoticeCause.REPLAYED, run_id="again", actor="ann")
    world.settle()


def test_only_the_documents_of_the_month_are_replayed() -> None:
    world = a_month_posted(1)
    world.source_has(a_bill("2", issued_on=date(2026, 2, 10)))
    world.poll()
    roll_back(world)

    replay(world, Selection(flows=(world.invoices,), month="2026-02"))

    assert world.numbers == ["INV-2"]


def test_of_ten_replays_the_first_asks_again_for_what_was_refused_and_the_others_change_nothing() -> None:
    """Posted, updated, held, refused by the vendor, cancelled, put aside."""
    world = every_kind_of_end()
    before, sent = states(world), list(world.actions)
    replay(world)
    rows, bills = states(world), world.bills
    assert {record for record in rows if rows[record] is not before[record]} == {world.record("3")}
    assert (world.state("3"), world.actions) == (State.POSTED, [*sent, "create"])

    for _ in range(9):
        replay(world)

    assert (states(world), world.bills, world.actions) == (rows, bills, [*sent, "create"])


def every_kind_of_end() -> InvoiceWorld:
    world = a_month_posted(2)
    world.source_has(a_bill("2", total="250.00"))
    world.poll()
    world.target.will(system.Act.REJECT)
    world.source_has(a_bill("3"))
    world.poll()
    world.source_has(
        a_bill("4", account="no such"),
        a_bill("5", status=BillStatus.CANCELLED),
        a_bill("6", type=BillType.CREDIT),
    )
    world.poll()
    set_aside(world.fakes.ports, world.record("6"), actor="ann", reason="entered by hand")
    world.settle()
    assert set(states(world).values()) == {State.POSTED, State.REJECTED, State.HELD, State.SKIPPED}
    return world


def states(world: InvoiceWorld) -> dict[RecordId, State]:
    return {record: row.state for record, row in world.fakes.ledger.rows.items()}
