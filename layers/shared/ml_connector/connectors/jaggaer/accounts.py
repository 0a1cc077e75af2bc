"""Account segments to splits: which group counts, what its rows are worth, and what does not add up."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.connectors.jaggaer.models import WireSegment, WireSplit, WireSplitGroup
from ml_connector.connectors.jaggaer.resource_rules import Splits
from ml_connector.domain.records.bill import AccountRef, Split, SplitBy

_WHOLE = Decimal(100)
_PERCENT_SLACK = Decimal("0.1")  # thirds are written 33.33
_AMOUNT_SLACK = Decimal("0.01")


def splits_of(
    groups: tuple[WireSplitGroup, ...], rules: Splits | None, *, amount: Decimal, sign: Decimal, inherited: bool
) -> tuple[tuple[Split, ...], list[str]]:
    """The splits of one line and the doubts about them. No segments at all gives no split and no doubt."""
    if rules is None or not groups:
        return (), []
    doubts = _about_groups(groups, rules)
    group = groups[0]
    doubts += _about_codes(group)
    single = len(group.rows) == 1
    by = SplitBy.AMOUNT if group.by == "amount" else SplitBy.PERCENT
    if not single:
        doubts += _about_shares(group, amount=amount * sign, inherited=inherited)
    return tuple(
        Split(
            account=_account(row, rules),
            department=_joined(row.department, rules.account_separator),
            by=SplitBy.PERCENT if single else by,
            share=None if single or row.share is None else row.share * (sign if by is SplitBy.AMOUNT else 1),
        )
        for row in group.rows
    ), doubts


def _account(row: WireSplit, rules: Splits) -> AccountRef | None:
    code = _joined(row.account, rules.account_separator)
    if code is None:
        return None
    named = next((part for part in row.account if part.name == rules.keep_groups_with), row.account[-1])
    return AccountRef(code=code, name=named.description)


def _joined(segments: tuple[WireSegment, ...], separator: str) -> str | None:
    """The code, if every segment has its value: a code with a hole would be another account."""
    values = [part.value for part in segments if part.value is not None]
    return separator.join(values) if values and len(values) == len(segments) else None


def _about_groups(groups: tuple[WireSplitGroup, ...], rules: Splits) -> list[str]:
    if all(group.rows == groups[0].rows for group in groups[1:]):
        return []
    return [f"{len(groups)} sets of segments name an {rules.keep_groups_with}, and differ"]


def _about_codes(group: WireSplitGroup) -> list[str]:
    holes = {part.name for row in group.rows for part in row.account if part.value is None}
    return [f"the account segment {name} is empty" for name in sorted(holes)]


def _about_shares(group: WireSplitGroup, *, amount: Decimal, inherited: bool) -> list[str]:
    """`amount` as the document writes it. Amounts of the header's own splits are of the whole, not of this line."""
    shares = [row.share for row in group.rows if row.share is not None]
    if len(shares) != len(group.rows):
        return ["it is split, and a share is missing"]
    if group.by is None:
        return [f"it is split by {group.by_text or 'nothing that is named'}, which is neither percent nor amount"]
    made = sum(shares, Decimal(0))
    if group.by == "percent":
        return [] if abs(made - _WHOLE) <= _PERCENT_SLACK else [f"its splits make {made} percent"]
    if inherited:
        return ["it takes the header's splits, which are by amount and not the line's"]
    return [] if abs(made - amount) <= _AMOUNT_SLACK else [f"its splits make {made:,.2f}, the line {amount:,.2f}"]
