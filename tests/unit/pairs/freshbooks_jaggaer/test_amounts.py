from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, Charge, ChargeKind, Split, SplitBy
from ml_connector.pairs.freshbooks_jaggaer.amounts import UnsplitError, parts_of, posted_lines
from tests.builders import a_bill, a_line

prices = st.decimals(min_value="0.001", max_value=10**5, places=3)
quantities = st.decimals(min_value="0.1", max_value=100, places=1)
charges = st.lists(
    st.builds(Charge, kind=st.sampled_from(ChargeKind), amount=st.decimals(min_value=0, max_value=50, places=2)),
    max_size=3,
)


@st.composite
def splits(draw: st.DrawFn) -> tuple[Split, ...]:
    """One account, or several by whole percents that make a hundred."""
    cuts = sorted(draw(st.sets(st.integers(min_value=1, max_value=99), max_size=3)))
    shares = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    return tuple(Split(account=AccountRef(code=f"60{n}"), share=Decimal(share)) for n, share in enumerate(shares))


@st.composite
def invoices(draw: st.DrawFn) -> Bill:
    lines = tuple(
        BillLine(quantity=quantity, unit_price=price, amount=quantity * price, splits=draw(splits()))
        for quantity, price in draw(st.lists(st.tuples(quantities, prices), min_size=1, max_size=6))
    )
    beside = tuple(draw(charges))
    signed = [-charge.amount if charge.kind is ChargeKind.DISCOUNT else charge.amount for charge in beside]
    exact = sum((line.amount for line in lines), Decimal(0)) + sum(signed, Decimal(0))
    assume(exact > 0)
    return a_bill(lines=lines, charges=beside, total=str(Money(exact, "USD").rounded().amount))


@given(invoice=invoices())
def test_the_lines_always_make_the_total(invoice: Bill) -> None:
    lines = lines_of(invoice)

    assert invoice.total is not None
    assert sum((line.amount for line in lines), Decimal(0)) == invoice.total.amount
    assert all(Money(line.amount, "USD").is_exact for line in lines)


@given(invoice=invoices())
def test_quantity_times_price_is_the_amount_of_every_line(invoice: Bill) -> None:
    assert all(line.quantity * line.unit_price == line.amount for line in lines_of(invoice))


def test_a_plain_line_keeps_its_quantity_and_price() -> None:
    plain = a_line("30.00", quantity=Decimal(3), unit_price=Decimal("10.00"))

    [line] = lines_of(a_bill(total="30.00", lines=(plain,)))

    assert (line.quantity, line.unit_price, line.description) == (Decimal(3), Decimal("10.00"), "Paper")


def test_a_line_that_carries_charges_tells_what_was_bought() -> None:
    line = a_line("30.00", quantity=Decimal(3), unit_price=Decimal("10.00"), unit="box")
    tax = (Charge(kind=ChargeKind.TAX, amount=Decimal("3.00")),)

    [posted] = lines_of(a_bill(total="33.00", lines=(line,), charges=tax))

    assert (posted.quantity, posted.amount) == (Decimal(1), Decimal("33.00"))
    assert posted.description == "Paper (3 box x 10)"


def test_charges_follow_the_lines_own_shares_where_they_make_the_whole() -> None:
    share = (Charge(kind=ChargeKind.TAX, amount=Decimal("5.00")),)
    lines = (a_line("50.00", charges=share), a_line("50.00"))

    posted = lines_of(a_bill(total="105.00", lines=lines, charges=share))

    assert [line.amount for line in posted] == [Decimal("55.00"), Decimal("50.00")]


def test_charges_without_shares_follow_the_weight_of_the_lines() -> None:
    tax = (Charge(kind=ChargeKind.TAX, amount=Decimal("4.00")),)

    posted = lines_of(a_bill(total="104.00", lines=(a_line("75.00"), a_line("25.00")), charges=tax))

    assert [line.amount for line in posted] == [Decimal("78.00"), Decimal("26.00")]


def test_a_discount_reduces_the_lines() -> None:
    discount = (Charge(kind=ChargeKind.DISCOUNT, amount=Decimal("10.00")),)

    [posted] = lines_of(a_bill(total="90.00", charges=discount))

    assert posted.amount == Decimal("90.00")


@pytest.mark.parametrize(
    ("splits", "why"),
    [
        ((), "names no account"),
        ((Split(account=None),), "names no account"),
        ((Split(account=AccountRef(code="1")), Split(account=AccountRef(code="2"))), "without saying how much"),
        (tuple(Split(account=AccountRef(code="1"), share=Decimal(40)) for _ in range(2)), "80 percent"),
        (
            tuple(Split(account=AccountRef(code="1"), share=Decimal(40), by=SplitBy.AMOUNT) for _ in range(2)),
            "80 in all, but comes to 100",
        ),
    ],
    ids=["no split", "no account", "no shares", "not a hundred percent", "not the amount"],
)
def test_a_line_that_cannot_be_shared_out_says_why(splits: tuple[Split, ...], why: str) -> None:
    with pytest.raises(UnsplitError, match=why):
        parts_of(a_bill(lines=(a_line(splits=splits),)))


def lines_of(invoice: Bill) -> tuple[BillLine, ...]:
    assert invoice.total is not None
    parts = parts_of(invoice)
    return posted_lines(invoice, parts, invoice.total, [part.account.code for part in parts])
