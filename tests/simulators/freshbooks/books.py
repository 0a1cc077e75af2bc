"""The books of one business: its tables, its clock, its switches, and a record of what happened in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulators.freshbooks.switches import Switches
from tests.simulators.freshbooks.table import Row, Table

EASTERN = ZoneInfo("America/New_York")
UTC = ZoneInfo("UTC")
STAMP = "%Y-%m-%d %H:%M:%S"


class Books:
    def __init__(self, *, clock: Callable[[], datetime], switches: Switches) -> None:
        self._clock = clock
        self.switches = switches
        self.events: list[tuple[str, str]] = []  # (`bill.create`, id): where webhooks would begin
        self.bills = Table(first_id=1_001)
        self.lines = Table(first_id=210_001)
        self.vendors = Table(first_id=501)
        self.payments = Table(first_id=30_001)
        self.categories = Table(first_id=65_701)
        self.taxes = Table(first_id=8_101)
        self.expenses = Table(first_id=910_001)
        self.ledger = Table(first_id=1)
        self.time_entries = Table(first_id=4_400_001)
        self.projects = Table(first_id=77_001)
        self.clients = Table(first_id=310_001)
        self.invoices = Table(first_id=2_500_001)
        self.invoice_payments = Table(first_id=1_700_001)
        self.tasks = Table(first_id=55_001)

    def now(self) -> datetime:
        return self._clock()

    def today(self) -> date:
        return self.now().astimezone(EASTERN).date()

    def stamp(self, *, utc: bool) -> str:
        """Accounting's timestamp: no zone in the text, US Eastern unless the field is one of the UTC ones."""
        return self.now().astimezone(UTC if utc else EASTERN).strftime(STAMP)

    def record(self, event: str, row_id: object) -> None:
        self.events.append((event, str(row_id)))

    def listed(self, row: Row) -> bool:
        """Whether lists have caught up with a new row."""
        return self.now() >= row.born + timedelta(seconds=self.switches.search_lag_seconds)

    def snapshot(self) -> dict[str, Any]:
        return {name: table.snapshot() for name, table in self._tables().items()}

    def restore(self, kept: dict[str, Any]) -> None:
        for name, table in self._tables().items():
            if name in kept:  # a state of before this table was
                table.restore(kept[name])

    def _tables(self) -> dict[str, Table]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}
