"""From an invoice's lines, splits and charges to bill lines that make the total again, to the smallest coin.

JAGGAER spreads header charges over the lines by weight, so tax, freight and fees land on the lines' own accounts;
a discount reduces them in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.allocation import share_out
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, Charge, ChargeKind, SplitBy

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One share of one line: what becomes a bill line. `net` is exact and without charges."""

    line: BillLine
    account: AccountRef
    department: str | None
    net: Decimal


class UnsplitError(ValueError):
    """A line that cannot be shared out, and why, in words for a person."""


def parts_of(bill: Bill) -> tuple[Part, ...]:
    """Every line's splits as parts. Raises UnsplitError where a line has no account or shares that do not add up."""
    return tuple(part for line in bill.lines for part in _parts_of_line(line))


def posted_lines(bill: Bill, parts: Sequence[Part], total: Money, accounts: Sequence[str]) -> tuple[BillLine, ...]:
    """One bill line for each part, on the target's account, amounts final and adding up to `total`."""
    charged = _with_charges(bill, parts)
    amounts = _rounded(charged, total)
    return tuple(_posted(part, account, amount) for part, account, amount in zip(parts, accounts, amounts, strict=True))


def signed(charge: Charge, bill_total: Decimal) -> Decimal:
    """A discount always moves the total towards zero; every other charge counts as it is given."""
    if charge.kind is not ChargeKind.DISCOUNT:
        return charge.amount
    return abs(charge.amount) if bill_total < 0 else -abs(charge.amount)


def _parts_of_line(line: BillLine) -> list[Part]:
    where = f"line {line.number}" if line.number else "a line"
    if not line.splits:
        raise UnsplitError(f"{where} names no account")
    shares = _shares(line, where)
    parts = []
    for split, share in zip(line.splits, shares, strict=True):
        if split.account is None:
            raise UnsplitError(f"{where} names no account")
        parts.append(Part(line=line, account=split.account, department=split.department, net=share))
    return parts


def _shares(line: BillLine, where: str) -> list[Decimal]:
    splits = line.splits
    if len(splits) == 1:
        return [line.amount]
    given = [split.share for split in splits]
    known = [share for share in given if share is not None]
    if len(known) != len(splits):
        raise UnsplitError(f"{where} is split {len(splits)} ways without saying how much goes where")
    if splits[0].by is SplitBy.AMOUNT:
        return _by_amount(line, known, where)
    if abs(sum(known, Decimal(0)) - _HUNDRED) > Decimal("0.1"):
        raise UnsplitError(f"{where} is split into {sum(known, Decimal(0))} percent, not 100")
    whole = sum(known, Decimal(0))
    return [line.amount * share / whole for share in known]


def _by_amount(line: BillLine, shares: list[Decimal], where: str) -> list[Decimal]:
    whole = sum(shares, Decimal(0))
    if abs(whole - line.amount) > Decimal("0.01"):
        raise UnsplitError(f"{where} is split into {whole} in all, but comes to {line.amount}")
    return shares


def _with_charges(bill: Bill, parts: Sequence[Part]) -> list[Decimal]:
    """Exact amounts with charges. The lines' own shares are used where they make the header's charge, else weight."""
    total = bill.total.amount if bill.total else Decimal(0)
    amounts = [part.net for part in parts]
    for kind in ChargeKind:
        whole = sum((signed(charge, total) for charge in bill.charges if charge.kind is kind), Decimal(0))
        if whole == 0:
            continue
        shares = _own_shares(parts, kind, total, whole) or _by_weight(parts, whole)
        amounts = [amount + share for amount, share in zip(amounts, shares, strict=True)]
    return amounts


def _own_shares(parts: Sequence[Part], kind: ChargeKind, total: Decimal, whole: Decimal) -> list[Decimal] | None:
    shares = []
    sizes: dict[int, Decimal] = defaultdict(Decimal)
    for part in parts:
        sizes[id(part.line)] += abs(part.net)
    for part in parts:
        line_charge = sum((signed(charge, total) for charge in part.line.charges if charge.kind is kind), Decimal(0))
        size = sizes[id(part.line)]
        weight = abs(part.net) / size if size else Decimal(1) / len(part.line.splits)
        shares.append(line_charge * weight)
    return shares if abs(sum(shares, Decimal(0)) - whole) <= Decimal("0.005") else None


def _by_weight(parts: Sequence[Part], whole: Decimal) -> list[Decimal]:
    """By size: a line that takes something back carries its share too, and turns nobody else's around."""
    size = sum((abs(part.net) for part in parts), Decimal(0))
    if size == 0:
        return [whole, *(Decimal(0) for _ in parts[1:])]
    return [whole * abs(part.net) / size for part in parts]


def _rounded(amounts: Sequence[Decimal], total: Money) -> list[Decimal]:
    """Each to its coin, and together the total: what rounding leaves goes where it is felt least.

    The exact amounts make the total but for the tolerance; the rest is spread by size.
    """
    return [share.amount for share in share_out(total, list(amounts))]


def _posted(part: Part, account: str, amount: Decimal) -> BillLine:
    line = part.line
    whole_line = part.net == line.amount and amount == line.quantity * line.unit_price
    quantity, price = (line.quantity, line.unit_price) if whole_line else (Decimal(1), amount)
    told = line.description if whole_line else _told(line)
    return replace(
        line,
        description=told,
        quantity=quantity,
        unit_price=price,
        amount=amount,
        account=account,
        department=None,
        splits=(),
        charges=(),
    )


def _told(line: BillLine) -> str:
    """A line that carries charges or is split says what was bought, in its own quantity and price."""
    if line.quantity == 1:
        return line.description
    unit = f" {line.unit}" if line.unit else ""
    return f"{line.description} ({line.quantity.normalize():f}{unit} x {line.unit_price.normalize():f})"
