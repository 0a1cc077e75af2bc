"""P5: a pass that is interrupted, in whatever way, is finished by itself and skips nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.errors import RateLimitedError, TransientError
from tests.builders import a_bill
from tests.fakes.clock import FakeDeadline
from tests.fakes.hooks import CrashAt
from tests.simulation.moments import backdated, crashed_poll, run, six_invoices


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["notices.send", "polls.save", "system.changed_since"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_pass_that_crashed_in_the_middle_is_finished_by_the_next(moment: str, call: str, nth: int) -> None:
    world = six_invoices()
    setattr(world.fakes.hooks, f"on_{moment}", CrashAt(nth, call))

    crashed_poll(world)
    world.later(minutes=10)
    world.poll()

    assert sorted(world.numbers) == [f"INV-{n}" for n in range(1, 7)]
    assert world.actions == ["create"] * 6


def test_a_pass_goes_on_after_the_last_page_that_is_queued() -> None:
    world = six_invoices()
    world.fakes.hooks.on_before = CrashAt(3, "system.changed_since")
    crashed_poll(world)
    world.later(minutes=10)

    world.poll()

    assert world.fakes.hooks.counts["system.changed_since"] == 1


def test_rows_that_shifted_between_two_halves_of_a_pass_are_not_skipped() -> None:
    world = six_invoices()
    world.fakes.hooks.on_before = CrashAt(2, "system.changed_since")
    crashed_poll(world)
    world.later(minutes=10)

    world.source_has(a_bill("1", total="120.00"))
    world.poll()

    assert sorted(world.numbers) == [f"INV-{n}" for n in range(1, 7)]


def test_a_crashed_pass_moves_the_watermark_to_its_own_beginning() -> None:
    world = six_invoices()
    began = world.fakes.clock.now()
    world.fakes.hooks.on_before = CrashAt(2, "system.changed_since")
    crashed_poll(world)
    world.later(hours=5)

    world.poll()

    assert world.fakes.polls.load(world.invoices).since == began - timedelta(hours=2)


def test_a_full_read_that_is_asked_for_does_not_finish_as_the_pass_that_was_under_way() -> None:
    world = six_invoices()
    world.poll()
    backdated(world, a_bill("7"))
    world.later(hours=3)
    world.source_has(*[a_bill(str(n), total="120.00") for n in range(1, 7)])
    world.fakes.hooks.on_before = CrashAt(2, "system.changed_since")
    crashed_poll(world)
    world.later(minutes=10)

    world.poll(full=True)

    assert "INV-7" in world.numbers


def test_nor_does_it_join_the_daily_full_one_which_plans_only_what_changed() -> None:
    world = six_invoices()
    world.poll()
    world.later(hours=25)
    world.fakes.hooks.on_before = CrashAt(2, "system.changed_since")
    crashed_poll(world)
    assert world.fakes.polls.load(world.invoices).pass_full
    world.later(minutes=10)

    report = world.poll(full=True)

    assert (report.finished, report.passed_on) == (True, 6)


def test_a_second_word_joins_the_pass_of_the_first() -> None:
    world = six_invoices()
    world.poll()
    world.fakes.hooks.on_before = CrashAt(2, "system.changed_since")
    crashed_poll(world, full=True)
    began = world.fakes.polls.load(world.invoices).pass_began
    world.later(minutes=10)

    report = world.poll(full=True)

    assert (report.finished, report.passed_on) == (True, 6)
    assert world.fakes.polls.load(world.invoices).last_full == began


def test_two_runners_of_one_flow_do_not_overlap() -> None:
    world = six_invoices()
    reports = []
    other = world.world.another_process()
    world.fakes.hooks.on_before = lambda call: reports.append(run(world, other)) if call == "ledger.get_many" else None

    world.world.poll(world.invoices)

    assert {report.text for report in reports} == {"another run of this flow is under way"}


def test_a_pass_that_lost_its_lease_stops_and_spoils_nothing() -> None:
    world = six_invoices()
    other = world.world.another_process()
    taken: list[str] = []

    def take_over(call: str) -> None:
        if call == "system.changed_since" and len(taken) == 0:
            taken.append(call)
            world.later(minutes=10)
            run(world, other)

    world.source.hooks.on_after = take_over
    report = world.poll()

    assert (report.finished, report.text) == (False, "another run of this flow took over")
    assert world.actions == ["create"] * 6


@pytest.mark.parametrize(
    "error",
    [RateLimitedError("slow down", retry_after=timedelta(minutes=2)), TransientError("try again")],
    ids=["rate limited", "transient"],
)
def test_a_pass_that_must_wait_goes_on_by_itself(error: Exception) -> None:
    world = six_invoices()
    world.source.read_errors.append(error)  # type: ignore[arg-type]

    report = world.poll()

    assert report.finished is False
    assert len(world.numbers) == 6


def test_a_pass_whose_time_is_up_goes_on_by_itself() -> None:
    world = six_invoices()

    world.poll(deadline=FakeDeadline(world.fakes.clock, default=timedelta(seconds=20)))

    assert len(world.numbers) == 6
