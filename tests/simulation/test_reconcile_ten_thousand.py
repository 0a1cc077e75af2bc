"""Ten thousand documents: no false alarm, every seeded discrepancy, and a number of reads that grows with the pages.

The rows are laid down as the pipeline leaves them; how they come about is other tests' subject.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from ml_connector.domain.crossreference import Confirmed, CrossReference, Guard, GuardKind, Origin, State, Wanted
from ml_connector.domain.identity import RecordId
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import Bill, BillLine, BillStatus
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import digest, dump
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.pipeline.planning.planner import source_payload_key, target_payload_key
from ml_connector.pipeline.ports import Change
from ml_connector.pipeline.reporting.differences import Kind
from ml_connector.pipeline.reporting.reconcile import Reconciler, Reconciliation
from tests.fakes.clock import START
from tests.invoices import InvoiceWorld

DOCUMENTS = 10_000
PAGE = 100
BUDGET_SECONDS = 60
_STATES = (
    *[State.POSTED] * 14,
    State.LINKED,
    State.HELD,
    State.HELD,
    State.SKIPPED,
    State.REJECTED,
    State.IN_DOUBT,
)


@dataclass
class Books:
    world: InvoiceWorld
    posted: list[str]

    @classmethod
    def made(cls, documents: int) -> Books:
        world = InvoiceWorld.made(seed=0, settings={})
        world.source.page_size = world.target.page_size = PAGE
        world.target.lists_whole_records = True
        books = cls(world, [])
        for number in range(documents):
            books._lay_down(number)
        world.fakes.hooks.counts.clear()
        return books

    def reconciled(self) -> Reconciliation:
        services = self.world.world.services
        reconciler = Reconciler(
            services.ports, services.catalog, services.systems, pause=self.world.fakes.clock.advance
        )
        return reconciler.reconcile(self.world.invoices)

    def change(self, external_id: str, **changes: Any) -> None:
        """A person changes the bill of a document."""
        shelf, target_id = self.world.target.shelf, f"F{external_id}"
        shelf.put(replace(shelf.records[(RecordKind.BILL, target_id)], **changes))

    def bill(self, external_id: str) -> Bill:
        found = self.world.target.shelf.records[(RecordKind.BILL, f"F{external_id}")]
        assert isinstance(found, Bill)
        return found

    def _lay_down(self, number: int) -> None:
        state = _STATES[number % len(_STATES)]
        external_id, day = str(number), date(2026, 1 + number % 3, 1 + number % 28)
        source = Bill(
            external_id=external_id,
            number=f"INV-{number}",
            vendor=VendorRef(number=f"{number % 50}", name="Vendor"),
            status=BillStatus.NOT_APPROVED if state is State.SKIPPED else BillStatus.APPROVED,
            issued_on=day,
            due_on=day + timedelta(days=30),
            currency="USD" if number % 5 else "EUR",
            total=Money(Decimal(number) / 4, "USD" if number % 5 else "EUR"),
        )
        self.world.source.shelf.records[(RecordKind.BILL, external_id)] = replace(source, modified_at=START)
        row = self._row(source, state)
        self.world.fakes.payloads.stored[source_payload_key(row, digest(source))] = dump(source)
        if state in (State.POSTED, State.LINKED):
            row = self._in_target(row, source)
        take = (self._ownership(row),) if row.confirmed else ()
        self.world.fakes.ledger.commit(Change(before=None, after=row, events=(), take=take))

    def _row(self, source: Bill, state: State) -> CrossReference:
        return CrossReference(
            record=RecordId(flow=self.world.invoices, external_id=source.external_id),
            kind=RecordKind.BILL,
            source_kind=RecordKind.BILL,
            state=state,
            write_id=f"laid-down-{source.external_id}",
            number=source.number,
            amount=source.total,
            month=f"{source.issued_on:%Y-%m}",
            first_seen_at=START,
            stamp=START.isoformat(),
            wanted=Wanted(digest=digest(source), fetched_at=START, stamp=START.isoformat()),
        )

    def _in_target(self, row: CrossReference, source: Bill) -> CrossReference:
        total = source.total
        assert total is not None
        meant = Bill(
            number=source.number,
            vendor=VendorRef(internal_id=f"V{source.vendor.number}"),
            issued_on=source.issued_on,
            due_on=source.due_on,
            currency=total.currency,
            lines=(BillLine(description="Goods", amount=total.amount, account="7001"),),
            total=total,
            marker=row.record.marker,
        )
        target_id = f"F{source.external_id}"
        held = replace(meant, external_id=target_id, modified_at=START)
        self.world.target.shelf.records[(RecordKind.BILL, target_id)] = held
        self.world.fakes.payloads.stored[target_payload_key(row, digest(meant))] = dump(meant)
        self.posted.append(source.external_id)
        origin = Origin.CREATED if row.state is State.POSTED else Origin.ADOPTED
        sure = Confirmed(
            n=1,
            target_id=target_id,
            digest=digest(meant),
            source_digest=digest(source),
            origin=origin,
            at=START,
        )
        return replace(row, confirmed=sure)

    def _ownership(self, row: CrossReference) -> Guard:
        assert row.confirmed is not None
        return Guard(
            connection=self.world.freshbooks,
            kind=GuardKind.OWNERSHIP,
            record_kind=RecordKind.BILL,
            key=row.confirmed.target_id,
            owner=str(row.record),
        )


@pytest.fixture(scope="module")
def books() -> Books:
    return Books.made(DOCUMENTS)


def test_ten_thousand_documents_raise_no_false_alarm_within_a_minute(books: Books) -> None:
    began = perf_counter()
    report = books.reconciled()
    took = perf_counter() - began

    assert report.differences == ()
    assert report.matches(strict=True)
    assert sum(line.source.records for line in report.lines) == DOCUMENTS
    assert sum(line.in_target.records for line in report.lines) == len(books.posted)
    assert took < BUDGET_SECONDS


def test_reads_grow_with_pages_not_with_documents(books: Books) -> None:
    books.world.fakes.hooks.counts.clear()
    books.world.source.fetched.clear()
    books.world.target.fetched.clear()

    books.reconciled()

    counts: Counter[str] = Counter(books.world.fakes.hooks.counts)
    pages = {call: counts[call] for call in ("system.changed_since", "ledger.get_many", "payloads.get_many")}
    assert pages == {
        "system.changed_since": DOCUMENTS // PAGE + -(-len(books.posted) // PAGE),
        "ledger.get_many": DOCUMENTS // PAGE,
        "payloads.get_many": DOCUMENTS // PAGE + -(-len(books.posted) // PAGE),
    }
    assert (books.world.source.fetched, books.world.target.fetched) == ([], [])


def test_among_ten_thousand_each_seeded_discrepancy_is_found_once() -> None:
    books = Books.made(DOCUMENTS)
    missing, amount, vendor, account, currency, period, deleted = books.posted[1000:8000:1000][:7]
    del books.world.target.shelf.records[(RecordKind.BILL, f"F{missing}")]
    books.change(amount, total=Money(Decimal("0.01"), books.bill(amount).currency or ""))
    books.change(vendor, vendor=VendorRef(internal_id="V-other"))
    books.change(account, lines=(replace(books.bill(account).lines[0], account="7002"),))
    euros = books.bill(currency).total
    assert euros is not None
    books.change(currency, total=Money(euros.amount, "CAD"), currency="CAD")
    books.change(period, issued_on=date(2026, 7, 7))
    books.change(deleted, status=BillStatus.DELETED)
    extra = replace(books.bill(books.posted[0]), external_id="BY-HAND", number="BY-HAND", marker=None)
    books.world.target_has(extra)

    report = books.reconciled()

    assert report.kinds == {
        Kind.ONLY_IN_SOURCE: 1,
        Kind.ONLY_IN_TARGET: 1,
        Kind.AMOUNT: 1,
        Kind.VENDOR: 1,
        Kind.ACCOUNT: 1,
        Kind.CURRENCY: 1,
        Kind.PERIOD: 1,
        Kind.DELETED_IN_TARGET: 1,
    }
    found = {one.record.external_id for one in report.differences if one.record}
    assert found == {missing, amount, vendor, account, currency, period, deleted}
    assert not report.matches()
