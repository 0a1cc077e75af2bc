from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Kept, State
from ml_connector.domain.money import Money
from ml_connector.domain.posting import Action, Write
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.posting.before_change import Cleared, Keeps, before_change, shows_it
from ml_connector.pipeline.posting.results import Ending
from tests.builders import a_bill, a_line
from tests.fakes.clock import START
from tests.rows import a_confirmation, a_planned_row

LAST = a_bill("B1", revision="7")
BY_A_PERSON = replace(LAST, total=Money(Decimal("111.00"), "USD"))
DELETED = replace(LAST, status=BillStatus.DELETED)


@pytest.mark.parametrize("action", [Action.UPDATE, Action.VOID])
def test_an_untouched_bill_may_be_changed_at_the_revision_it_was_read_at(action: Action) -> None:
    assert judged(LAST, action=action) == Cleared(revision="7")


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.PARTLY_PAID, BillStatus.CLOSED])
@pytest.mark.parametrize("policy", ["hold", "source_wins"])
def test_what_is_paid_or_closed_is_held_whatever_the_policy(status: BillStatus, policy: str) -> None:
    assert held_for(judged(replace(LAST, status=status), policy=policy)) == "target_paid"


@pytest.mark.parametrize(
    ("action", "policy", "reason"),
    [
        (Action.UPDATE, "hold", "target_conflict"),
        (Action.UPDATE, "", "target_conflict"),
        (Action.VOID, "hold", "target_conflict"),
        (Action.VOID, "source_wins", "target_conflict"),
    ],
)
def test_a_persons_change_is_held_against(action: Action, policy: str, reason: str) -> None:
    assert held_for(judged(BY_A_PERSON, action=action, policy=policy)) == reason


def test_where_the_source_wins_the_overwritten_values_are_told() -> None:
    verdict = judged(BY_A_PERSON, policy="source_wins")

    assert isinstance(verdict, Cleared)
    assert [event.step for event in verdict.events] == [Step.CONFLICT]
    assert verdict.events[0].detail["found"]["total"]["amount"] == "111"


def test_where_the_target_wins_what_a_person_entered_is_kept_and_told() -> None:
    verdict = judged(BY_A_PERSON, policy="target_wins")

    assert isinstance(verdict, Keeps)
    assert verdict.kept == (Kept(name="total", value=BY_A_PERSON.total),)  # type: ignore[arg-type]
    assert (verdict.event.detail["found"]["total"], verdict.event.detail["posted"]["total"]) == (
        {"amount": "111", "currency": "USD"},
        {"amount": "100", "currency": "USD"},
    )


def test_a_hold_tells_both_values() -> None:
    verdict = judged(BY_A_PERSON)

    assert isinstance(verdict, Ending)
    assert verdict.events[0].detail["found"]["total"]["amount"] == "111"
    assert verdict.events[0].detail["writes"]["total"]["amount"] == "120"


@pytest.mark.parametrize(
    ("last", "meant", "found", "shown"),
    [
        (LAST, LAST, LAST, True),
        (LAST, replace(LAST, terms="Net 60"), LAST, True),
        (LAST, replace(LAST, lines=(a_line(description="other"),)), LAST, False),
        (LAST, LAST, BY_A_PERSON, False),
        (None, LAST, LAST, True),
    ],
    ids=["the same", "what has no field", "another text", "another value", "never written by us"],
)
def test_an_update_is_needed_only_where_the_target_would_show_another_thing(
    last: Bill | None, meant: Bill, found: Bill, shown: bool
) -> None:
    row = a_planned_row(Action.UPDATE, confirmed=a_confirmation(digest="former"))

    assert shows_it(_Target(), row, last=last, meant=meant, found=found) is shown  # type: ignore[arg-type]


class _Target:
    """Writes number, total and the lines' texts, and compares totals."""

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        return differing_total(meant, found)

    def preview(self, write: Write) -> object:
        assert isinstance(write.record, Bill)
        return (write.record.number, write.record.total, [line.description for line in write.record.lines])


def test_a_deleted_bill_is_not_updated() -> None:
    assert held_for(judged(DELETED)) == "target_gone"


def test_the_void_of_a_deleted_bill_is_done() -> None:
    verdict = judged(DELETED, action=Action.VOID)

    assert isinstance(verdict, Ending)
    assert verdict.row.state is State.REVERSED


def test_a_linked_bill_that_we_never_wrote_counts_as_a_persons() -> None:
    assert held_for(judged(BY_A_PERSON, last=None)) == "target_conflict"


def judged(
    found: Bill, *, action: Action = Action.UPDATE, policy: str = "hold", last: Bill | None = LAST
) -> Cleared | Keeps | Ending:
    return before_change(
        a_planned_row(action),
        found,
        last=last,
        meant=a_bill("B1", total="120.00"),
        differs=differing_total,
        settings={"on_conflict": policy},
        now=START,
    )


def differing_total(meant: Record, found: Record) -> tuple[str, ...]:
    assert isinstance(meant, Bill)
    assert isinstance(found, Bill)
    return ("total",) if meant.total != found.total else ()


def held_for(verdict: Cleared | Keeps | Ending) -> str:
    assert isinstance(verdict, Ending)
    assert verdict.row.state is State.HELD
    return verdict.row.reasons[0].code
