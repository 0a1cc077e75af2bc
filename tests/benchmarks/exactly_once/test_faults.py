"""The lots at the target's door: as many as asked, the same for the same seed, before or after the work as they say."""

from __future__ import annotations

import json
from collections import Counter as Counted

import pytest

from tests.benchmarks.exactly_once.clock import Counter
from tests.benchmarks.exactly_once.faults import SHARES, FaultyTarget, SeededFaults, Shares
from tests.simulators.faults import Fault
from tests.simulators.serving import AnswerLost, Request, Response

MANY = 10_000
NEVER = Shares(lost=0, refused=0, broken=0)


def test_each_fault_has_the_share_that_was_asked() -> None:
    drawn = Counted(lots(seed=1))

    shares = {fault: 100 * count / MANY for fault, count in drawn.items()}

    assert shares[Fault.LOSE_ANSWER] == pytest.approx(2, abs=0.3)
    assert shares[Fault.REFUSE] == pytest.approx(5, abs=0.5)
    assert shares[Fault.BREAK] == pytest.approx(1, abs=0.25)
    assert shares[Fault.BREAK_AFTER] == pytest.approx(1, abs=0.25)
    assert drawn.keys() == {Fault.NONE, Fault.LOSE_ANSWER, Fault.REFUSE, Fault.BREAK, Fault.BREAK_AFTER}


def test_a_seed_draws_the_same_lots_and_another_seed_others() -> None:
    assert lots(seed=7) == lots(seed=7)
    assert lots(seed=7) != lots(seed=8)


def test_the_order_in_which_documents_are_sent_changes_no_lot() -> None:
    numbers = [f"INV-{place}" for place in range(500)]
    forwards, backwards = SeededFaults(1, SHARES), SeededFaults(1, SHARES)

    found = {number: forwards.next(a_bill(number)) for number in numbers}

    assert found == {number: backwards.next(a_bill(number)) for number in reversed(numbers)}


def test_each_try_of_one_document_draws_anew() -> None:
    faults = SeededFaults(1, Shares(lost=50, refused=0, broken=0))

    assert {faults.next(a_bill("INV-1")) for _ in range(50)} == {Fault.NONE, Fault.LOSE_ANSWER}


def test_a_lost_answer_comes_after_the_work() -> None:
    target = Target(Shares(lost=100, refused=0, broken=0))

    with pytest.raises(AnswerLost):
        target.door.handle(a_bill("INV-1"))

    assert target.worked == 1


def test_a_429_comes_before_the_work_and_says_how_long_to_wait() -> None:
    target = Target(Shares(lost=0, refused=100, broken=0))

    answer = target.door.handle(a_bill("INV-1"))

    assert (answer.status, answer.headers["retry-after"], target.worked) == (429, "2", 0)


def test_half_of_what_breaks_has_done_the_work_and_the_answers_are_alike() -> None:
    target = Target(Shares(lost=0, refused=0, broken=100))

    answers = [target.door.handle(a_bill(f"INV-{place}")) for place in range(1000)]

    assert {(answer.status, answer.body) for answer in answers} == {(500, answers[0].body)}
    assert target.worked == pytest.approx(500, abs=60)


def test_signing_in_meets_no_trouble_and_is_counted() -> None:
    target = Target(Shares(lost=100, refused=0, broken=0))

    answer = target.door.handle(Request(method="POST", path="/auth/oauth/token", body=b"grant_type=refresh_token"))

    assert (answer.status, target.calls.value) == (200, 1)


def test_without_any_share_nothing_happens() -> None:
    target = Target(NEVER)

    answers = [target.door.handle(a_bill(f"INV-{place}")) for place in range(100)]

    assert ({answer.status for answer in answers}, target.worked) == ({200}, 100)


class Target:
    """A door with nothing behind it but a count of the work that was done."""

    def __init__(self, shares: Shares) -> None:
        self.worked = 0
        self.calls = Counter()
        self.door = FaultyTarget(self, SeededFaults(1, shares), self.calls)

    def handle(self, request: Request) -> Response:
        self.worked += 1
        return Response(status=200)


def lots(*, seed: int) -> list[Fault]:
    faults = SeededFaults(seed, SHARES)
    return [faults.next(a_bill(f"INV-{place}")) for place in range(MANY)]


def a_bill(number: str) -> Request:
    body = json.dumps({"bill": {"bill_number": number}}).encode()
    return Request(method="POST", path="/accounting/account/6BApk/bills/bills", body=body)
