"""What a stack costs while nothing happens, and what a thousand documents add: counted calls times list prices."""

from __future__ import annotations

import pytest

from tests.benchmarks import costs, prices
from tests.benchmarks.costs import Line
from tests.benchmarks.counted import counted, idle
from tests.benchmarks.report import Table

pytestmark = pytest.mark.benchmark


def test_cost_of_an_idle_month() -> None:
    table = _table("cost_idle", "One stack, two connections, two flows, no documents: US dollars a month")
    found = idle()
    _fill(table, costs.idle_month(found))
    upkeep, poll = found.upkeep.calls.total(), found.poll.calls.total()
    table.note(f"AWS calls counted: {upkeep} for each run of upkeep, {poll} for each poll that finds nothing")
    table.note(f"a seal of the audit trail, each hour and each day: {found.seal.calls.total()} AWS calls")
    table.note(
        f"assumed: polls every {costs.POLL_EVERY_MINUTES} min, {costs.AWS_CALL_SECONDS * 1000:.0f} ms an AWS call"
    )
    table.note("not in it: API Gateway, KMS calls for log groups and the topic, data transfer, taxes")
    table.show()


def test_cost_of_a_thousand_documents() -> None:
    table = _table("cost_documents", "A thousand documents, clean path: US dollars")
    _fill(table, costs.thousand_documents(counted(1000)))
    table.note(
        f"assumed: {costs.VENDOR_READ_SECONDS} s a vendor read, {costs.VENDOR_WRITE_SECONDS} s a write, "
        f"{costs.SENDS_AT_ONCE} at once, full batches; storage is kept for a year"
    )
    table.show()


def _table(name: str, title: str) -> Table:
    table = Table(name=name, title=title, columns=("what", "count", "unit", "price", "dollars"))
    table.note(f"list prices of {prices.REGION}, without free tiers, to be checked before use (prices.py)")
    return table


def _fill(table: Table, lines: list[Line]) -> None:
    for line in lines:
        price = f"{line.price.usd:g} / {line.price.per:,.0f}"
        table.add(line.price.name, line.count, line.price.unit, price, f"{line.usd:.4f}")
    table.add("sum", "", "", "", f"{sum(line.usd for line in lines):.4f}")
