"""A long read: its first call fails as any does; in its middle it waits rather than begin anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.errors import BudgetSpentError, RateLimitedError, TransientError
from tests.unit.transport.doubles import Counter, Script, answer, api


class Sparing(Counter):
    """Grants what `left` says, and one request for each wait."""

    def __init__(self, left: int, *, waits: int) -> None:
        super().__init__()
        self.left, self.waits = left, waits
        self.errors: list[RateLimitedError] = []

    def take(self) -> None:
        if self.left == 0:
            raise BudgetSpentError("used up", retry_after=timedelta(seconds=1))
        self.left -= 1

    def wait(self, error: RateLimitedError) -> bool:
        self.errors.append(error)
        self.waits, self.left = self.waits - 1, 1
        return self.waits >= 0


def test_a_read_in_its_middle_waits_as_often_as_it_must() -> None:
    script, budget = Script([answer()] * 4), Sparing(2, waits=9)
    patient = api(script, budget=budget).patient()

    for _ in range(4):
        patient.get("/things", operation="list things")

    assert (len(script.requests), len(budget.errors)) == (4, 2)


def test_the_first_call_of_a_read_waits_for_nothing() -> None:
    budget = Sparing(0, waits=9)

    with pytest.raises(BudgetSpentError):
        api(Script([answer()]), budget=budget).patient().get("/things", operation="list things")

    assert budget.errors == []


def test_where_nobody_may_wait_the_error_is_told() -> None:
    patient = api(Script([answer()]), budget=Sparing(1, waits=0)).patient()
    patient.get("/things", operation="list things")

    with pytest.raises(BudgetSpentError):
        patient.get("/things", operation="list things")


def test_a_429_in_the_middle_is_waited_out_too() -> None:
    script, budget = Script([answer(), answer(429, retry_after="7"), answer()]), Sparing(9, waits=9)
    patient = api(script, budget=budget).patient()

    for _ in range(2):
        patient.ask("/search", operation="search", json={})

    assert [error.retry_after for error in budget.errors] == [timedelta(seconds=7)]


def test_another_failure_is_told_at_once() -> None:
    patient = api(Script([answer(), answer(503)]), budget=Sparing(9, waits=9)).patient()
    patient.get("/things", operation="list things")

    with pytest.raises(TransientError):
        patient.get("/things", operation="list things")


def test_a_client_that_is_not_patient_waits_for_nothing() -> None:
    budget = Sparing(1, waits=9)
    client = api(Script([answer()]), budget=budget)
    client.patient()
    client.get("/things", operation="list things")

    with pytest.raises(BudgetSpentError):
        client.get("/things", operation="list things")
    assert budget.errors == []
