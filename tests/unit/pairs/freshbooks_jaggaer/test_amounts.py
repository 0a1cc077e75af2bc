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
taken_back = st.decimals(min_value=-(10**5), max_value=10**5, places=3)
quantities = st.decimals(min_value="0.1", max_value=100, places=1)
COIN = Decimal("0.015")
"""One, and the half that the total's own rounding may take."""
SPLIT = (("1", "1000.00"), ("2", "-990.00"))
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
def invoices(draw: st.DrawFn, prices: st.SearchStrategy[Decimal] = prices) -> Bill:
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


@given(invoice=invoices(prices=taken_back))
def test_a_line_differs_from_its_own_amount_by_its_share_of_the_charges_and_a_coin(invoice: Bill) -> None:
    assert invoice.total is not None
    lines, parts = lines_of(invoice), parts_of(invoice)
    size = sum((abs(part.net) for part in parts), Decimal(0))
    charged = sum((charge.amount for charge in invoice.charges), Decimal(0))

    differs = [abs(line.amount - part.net) for line, part in zip(lines, parts, strict=True)]

    assert sum((line.amount for line in lines), Decimal(0)) == invoice.total.amount
    shares = [charged * abs(part.net) / size if size else charged for part in parts]
    assert all(differs <= share + COIN for differs, share in zip(differs, shares, strict=True))


@pytest.mark.parametrize(
    ("prices", "charged", "total", "amounts"),
    [
        (("1000.00", "-990.00"), "20.00", "30.00", ["1010.05", "-980.05"]),
        (("1000.005", "-995.00"), "0", "5.01", ["1000.01", "-995.00"]),
        (("10.00", "-10.00"), "3.00", "3.00", ["11.50", "-8.50"]),
    ],
    ids=["a fee", "rounding", "all taken back"],
)
def test_a_line_that_takes_back_turns_nobody_elses_around(
    prices: tuple[str, ...], charged: str, total: str, amounts: list[str]
) -> None:
    fee = (Charge(kind=ChargeKind.OTHER, amount=Decimal(charged)),)

    posted = lines_of(a_bill(total=total, lines=tuple(a_line(price) for price in prices), charges=fee))

    assert [str(line.amount) for line in posted] == amounts


def test_a_split_that_takes_back_weighs_by_its_size_within_its_line() -> None:
    fee = (Charge(kind=ChargeKind.OTHER, amount=Decimal("19.90")),)
    split = [Split(account=AccountRef(code=code), share=Decimal(n), by=SplitBy.AMOUNT) for code, n in SPLIT]

    posted = lines_of(a_bill(total="29.90", lines=(a_line("10.00", splits=tuple(split), charges=fee),), charges=fee))

    assert [line.amount for line in posted] == [Decimal("1010.00"), Decimal("-980.10")]


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
