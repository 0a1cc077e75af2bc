"""Mappings of every kind, by a document's own date: each change frees exactly the holds that it cures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.connectors.freshbooks.written import MAPPED_AMONG, WRITTEN
from ml_connector.domain.crossreference import State
from ml_connector.domain.money import Money
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, Charge, ChargeKind, Split
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.mapping_book import Changes, MappingBook
from ml_connector.pipeline.connections.reference_data import ReferenceData
from tests.builders import a_bill, a_line, an_account, an_invoice_world
from tests.invoices import InvoiceWorld

ACCOUNT, DEPARTMENT, TERMS = ReferenceKind.ACCOUNT, ReferenceKind.DEPARTMENT, ReferenceKind.TERMS
JANUARY, JULY = date(2026, 1, 15), date(2026, 7, 15)


def dated(external_id: str, day: date, **changes: Any) -> Bill:
    return a_bill(external_id, issued_on=day, due_on=day, **changes)


def of_department(name: str, external_id: str = "1") -> Bill:
    split = Split(account=AccountRef(code="6000", name="Supplies"), department=name)
    return a_bill(external_id, lines=(a_line(splits=(split,)),))


def with_tax(tax: str = "8.00") -> Bill:
    return a_bill(
        total="108.00", lines=(a_line("100.00"),), charges=(Charge(kind=ChargeKind.TAX, amount=Decimal(tax)),)
    )


# by the document's date


def test_a_document_is_posted_by_the_mapping_that_is_valid_on_its_own_date() -> None:
    world = an_invoice_world()
    world.target.references[ACCOUNT].append(an_account("6500", "Travel"))
    map_code(world, ACCOUNT, "7000", "6000")
    map_code(world, ACCOUNT, "7000", "6500", valid_from=date(2026, 7, 1))
    world.source_has(dated("1", JANUARY, account="7000"), dated("2", JULY, account="7000"))

    world.poll()

    assert {bill.number: bill.lines[0].account for bill in world.standing} == {"INV-1": "6000", "INV-2": "6500"}


def test_a_mapping_frees_the_documents_of_its_days_and_no_others() -> None:
    world = an_invoice_world()
    world.source_has(dated("1", JANUARY, account="7000"), dated("2", JULY, account="7000"))
    world.poll()

    done = map_code(world, ACCOUNT, "7000", "6000", valid_from=date(2026, 7, 1))
    world.run()

    assert done.released == 1
    assert (world.state("1"), world.state("2")) == (State.HELD, State.POSTED)


def test_a_cycle_frees_by_date_as_well_and_leaves_the_others_alone() -> None:
    world = an_invoice_world()
    world.source_has(dated("1", JANUARY, account="7000"), dated("2", JULY, account="7000"))
    world.poll()
    map_code(world, ACCOUNT, "7000", "6000", valid_from=date(2026, 7, 1))
    world.fakes.notices.messages.clear()  # the message is lost
    before = world.row("1")

    report = world.poll()

    assert (report.released, world.state("2")) == (1, State.POSTED)
    assert world.row("1") == before


# the kinds that FreshBooks has no list of


def test_a_department_that_must_be_mapped_holds_its_invoice_until_it_is() -> None:
    world = an_invoice_world(departments="mapped")
    world.source_has(of_department("4711"), of_department("4712", "2"))
    world.poll()
    assert (world.reasons("1"), world.reasons("2")) == (["department_missing"], ["department_missing"])

    done = map_code(world, DEPARTMENT, "4711", "Biology")
    world.run()

    assert (done.released, world.state("1"), world.state("2")) == (1, State.POSTED, State.HELD)
    assert only_line(world).department == "Biology"


@pytest.mark.parametrize(("choice", "told"), [("leave_out", None), ("text", "4711")])
def test_a_department_stands_in_the_line_only_where_it_is_wanted(choice: str, told: str | None) -> None:
    world = an_invoice_world(departments=choice)
    world.source_has(of_department("4711"))

    world.poll()

    assert only_line(world).department == told


def test_terms_without_days_hold_their_invoice_until_they_are_mapped() -> None:
    world = an_invoice_world(on_unknown_terms="hold")
    world.source_has(a_bill(due_on=None, terms="N45"), a_bill("2", due_on=None, terms="N60"))
    world.poll()
    assert world.reasons() == ["terms_missing"]

    done = map_code(world, TERMS, "N45", "45")
    world.run()

    assert (done.released, world.state("2")) == (1, State.HELD)
    assert [bill.due_on for bill in world.standing] == [date(2026, 3, 1)]


def test_the_invoices_own_due_date_is_not_overruled_by_its_terms() -> None:
    world = an_invoice_world()
    map_code(world, TERMS, "N45", "45")
    world.source_has(a_bill(terms="N45"))

    world.poll()

    assert world.standing[0].due_on == date(2026, 2, 14)


def test_a_currency_that_is_none_holds_its_invoice_until_it_is_mapped() -> None:
    world = an_invoice_world()
    world.source_has(a_bill(currency="RMB"))
    world.poll()
    assert world.reasons() == ["currency_missing"]

    done = map_code(world, ReferenceKind.CURRENCY, "RMB", "cny")
    world.run()

    assert done.released == 1
    assert world.standing[0].total == Money(Decimal("100.00"), "CNY")


def test_a_real_currency_is_never_renamed() -> None:
    world = an_invoice_world()
    map_code(world, ReferenceKind.CURRENCY, "USD", "EUR")
    world.source_has(a_bill())

    world.poll()

    assert world.standing[0].total == Money(Decimal("100.00"), "USD")


def test_tax_goes_with_its_lines_unless_it_is_mapped() -> None:
    world = an_invoice_world()
    world.source_has(with_tax())

    world.poll()

    assert [(line.account, line.amount) for line in world.standing[0].lines] == [("6000", Decimal("108.00"))]


def test_tax_that_is_mapped_has_a_line_of_its_own() -> None:
    world = an_invoice_world()
    world.target.references[ACCOUNT].append(an_account("6900", "Recoverable tax"))
    map_code(world, ReferenceKind.TAX, "tax", "Recoverable tax")
    world.source_has(with_tax())

    world.poll()

    lines = [(line.account, line.amount) for line in world.standing[0].lines]
    assert lines == [("6000", Decimal("100.00")), ("6900", Decimal("8.00"))]
    assert world.standing[0].total == Money(Decimal("108.00"), "USD")


def test_tax_mapped_to_a_category_that_is_gone_holds_until_it_is_mapped_anew() -> None:
    world = an_invoice_world()
    world.target.references[ACCOUNT].append(an_account("6900", "Recoverable tax"))
    map_code(world, ReferenceKind.TAX, "tax", "6900")
    world.target.references[ACCOUNT] = [an_account()]
    world.later(hours=1)
    world.source_has(with_tax())
    world.poll()
    assert world.reasons() == ["tax_ambiguous"]

    map_code(world, ReferenceKind.TAX, "tax", "6000")
    world.run()

    assert world.state() is State.POSTED


# what a change touches


def test_a_dry_run_names_the_open_documents_and_changes_nothing() -> None:
    world = an_invoice_world()
    world.source_has(dated("1", JANUARY, account="7000"), a_bill("2", account="8000"), a_bill("3"))
    world.poll()
    before = world.row("1")

    done = map_code(world, ACCOUNT, "7000", "6000", dry_run=True)
    world.run()

    assert [(one.number, one.state, one.codes, one.waits) for one in done.touched] == [
        ("INV-1", State.HELD, ("account 7000",), True)
    ]
    assert (done.changed, done.released, world.row("1")) == (1, 0, before)
    assert world.fakes.mappings.list(world.freshbooks) == []


def test_a_document_that_waits_for_something_else_is_touched_and_not_freed() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_bill())
    world.poll()

    done = map_code(world, ACCOUNT, "6000", "6000")

    assert [(one.number, one.waits) for one in done.touched] == [("INV-1", False)]
    assert done.released == 0


def test_a_document_of_other_days_is_not_touched() -> None:
    world = an_invoice_world()
    world.source_has(dated("1", JANUARY, account="7000"))
    world.poll()

    assert map_code(world, ACCOUNT, "7000", "6000", valid_from=date(2026, 7, 1)).touched == ()


def test_a_document_that_was_not_sent_yet_goes_out_by_the_newest_mapping() -> None:
    world = an_invoice_world()
    world.target.references[ACCOUNT].append(an_account("6500", "Travel"))
    map_code(world, ACCOUNT, "7000", "6000")
    world.source_has(a_bill(account="7000"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    assert world.state() is State.PLANNED

    done = map_code(world, ACCOUNT, "7000", "6500")
    world.fakes.postings.messages.clear()
    world.run()

    assert [one.state for one in done.touched] == [State.PLANNED]
    assert only_line(world).account == "6500"


def map_code(world: InvoiceWorld, kind: ReferenceKind, code: str, target: str, **how: Any) -> Changes:
    """As the command does it; FreshBooks' own rules say what may be written where it has no list."""
    services = world.world.services
    ledger = services.catalog.connector("freshbooks")
    connectors = {
        **services.catalog.connectors,
        "freshbooks": replace(ledger, mapped_among=MAPPED_AMONG, mapped_as_written=WRITTEN),
    }
    catalog = Catalog(flows=services.catalog.flows, connectors=connectors)
    book = MappingBook(services.ports, ReferenceData(services.ports, catalog, services.systems), services.releaser)
    return book.set_mapping(world.freshbooks, kind, code, target, actor="ann", **how)


def only_line(world: InvoiceWorld) -> BillLine:
    lines: Sequence[BillLine] = [line for bill in world.standing for line in bill.lines]
    assert len(lines) == 1
    return lines[0]
