"""The states add up, per month, per currency and per tenant."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from ml_connector.pipeline.reporting.totals import flow_totals, monthly_totals, tenant_totals
from tests.unit.pipeline.reporting.office import Office, usd


def test_each_record_counts_in_exactly_one_state_and_the_states_add_up() -> None:
    office = Office()
    office.record("1", State.POSTED, amount=usd("100.00"))
    office.record("2", State.POSTED, amount=usd("20.50"))
    office.record("3", State.HELD, amount=usd("7.00"))

    totals = flow_totals(office.ports, office.flow)

    assert [(one.state, one.records, one.amounts) for one in totals.states] == [
        (State.POSTED, 2, (usd("120.50"),)),
        (State.HELD, 1, (usd("7.00"),)),
    ]
    assert (totals.records, totals.amounts, totals.adds_up) == (3, (usd("127.50"),), True)


def test_currencies_are_never_added_together() -> None:
    office = Office()
    euros = Money(Decimal("5.00"), "EUR")
    office.record("1", State.POSTED, amount=usd("1.00"))
    office.record("2", State.POSTED, amount=euros)

    assert flow_totals(office.ports, office.flow).amounts == (euros, usd("1.00"))


def test_a_record_without_an_amount_counts_and_adds_nothing() -> None:
    office = Office()
    office.record("1", State.LINKED)

    totals = flow_totals(office.ports, office.flow)

    assert (totals.records, totals.amounts, totals.adds_up) == (1, (), True)


def test_a_month_shows_only_the_documents_of_its_own() -> None:
    office = Office()
    office.record("1", State.POSTED, amount=usd("1.00"), month="2026-02")
    office.record("2", State.POSTED, amount=usd("2.00"), month="2026-03")

    assert flow_totals(office.ports, office.flow, month="2026-03").amounts == (usd("2.00"),)
    assert [one.month for one in monthly_totals(office.ports, office.flow)] == ["2026-02", "2026-03"]


def test_a_record_that_moves_while_it_is_counted_makes_the_count_say_so() -> None:
    office = Office()
    row = office.record("1", State.POSTED, amount=usd("1.00"), month="2026-02")
    summary = next(iter(office.world.ledger.summaries(office.flow, "2026-02")))
    office.world.ledger._months.add((office.flow, "2026-03"))
    office.world.ledger.summaries = lambda flow, month: iter([summary])  # type: ignore[method-assign]

    totals = flow_totals(office.ports, row.record.flow)

    assert (totals.records, totals.count(State.POSTED), totals.adds_up) == (1, 2, False)


def test_one_tenants_totals_know_nothing_of_anothers() -> None:
    acme = Office()
    other = Office(tenant="globex", world=acme.world)
    acme.record("1", State.POSTED, amount=usd("1.00"))
    other.record("1", State.POSTED, amount=usd("9.00"))

    (totals,) = tenant_totals(acme.ports, "acme")

    assert totals.amounts == (usd("1.00"),)
