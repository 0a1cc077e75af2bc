"""Partners' documents in the story of a record: evidence beside it, never the record itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.document import DocumentState
from tests.cxml import Doored
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import Letterhead

# an invoice


def test_a_cxml_invoice_alone_posts_nothing_and_waits() -> None:
    world = Doored()

    world.partner.send(cxml.invoice("INV-1"))
    world.attend()
    world.pair.run()

    (kept,) = world.kept
    assert (kept.state, kept.why) == (DocumentState.WAITING, "nothing with the number INV-1 has been read yet")
    assert "INV-1" not in {bill["bill_number"] for bill in world.pair.freshbooks.all_bills}


def test_it_is_attached_to_its_invoice_once_jaggaer_has_approved_one() -> None:
    world = Doored()
    world.partner.send(cxml.invoice("INV-1"))
    world.attend()

    row = world.posted("INV-1")
    world.attend()

    (event,) = world.events(row)
    assert event.text.startswith("invoice received from networkid:SUPPLIER-HUB (")
    assert "total 100.00 USD" in event.text
    assert (world.kept[0].state, world.kept[0].records) == (DocumentState.ATTACHED, (row.record,))
    assert len([bill for bill in world.pair.freshbooks.all_bills if bill["bill_number"] == "INV-1"]) == 1


def test_attaching_changes_nothing_about_the_record() -> None:
    world = Doored()
    row = world.posted("INV-1")

    world.partner.send(cxml.invoice("INV-1"))
    world.attend()

    after = world.fakes.ledger.get(row.record)
    assert after is not None
    assert after.audit_sequence == row.audit_sequence + 1
    changed = {"version": row.version, "write_id": row.write_id}
    noted: dict[str, Any] = {**changed, "audit_sequence": row.audit_sequence, "audit_head": row.audit_head}
    assert replace(after, **noted) == row
    assert world.pair.broken_links() == []


def test_what_the_supplier_claims_otherwise_is_in_the_history() -> None:
    world = Doored()
    row = world.posted("INV-1", order="PO-1")

    world.partner.send(cxml.invoice("INV-1", total="110.00", orders=["PO-1"]))
    world.attend()

    (event,) = world.events(row)
    assert event.text.endswith("it differs: total 110.00 USD, and 100 USD is approved")
    assert world.fakes.metrics.counts["DocumentsDiffering"] == 1


UNFIT = {
    "another order": cxml.invoice("INV-1", orders=["PO-9"]),
    "no order, another total": cxml.invoice("INV-1", total="1.00"),
    "no order, another currency": cxml.invoice("INV-1", currency="EUR"),
}


@pytest.mark.parametrize("case", list(UNFIT))
def test_a_number_alone_is_not_enough(case: str) -> None:
    world = Doored()
    row = world.posted("INV-1", order="PO-1")

    world.partner.send(UNFIT[case])
    world.attend()

    assert world.events(row) == []
    assert world.kept[0].why == "the record with the number INV-1 is of another order or has another total"


def test_two_invoices_that_both_fit_are_a_persons_choice() -> None:
    world = Doored()
    rows = [world.posted("INV-1"), world.posted("INV-1", supplierInvoiceNumber="INV-1")]

    world.partner.send(cxml.invoice("INV-1"))
    world.attend()

    assert [world.events(row) for row in rows] == [[], []]
    assert "only a person can say" in (world.kept[0].why or "")


def test_an_amount_that_could_be_two_is_not_taken_for_one() -> None:
    world = Doored()
    row = world.posted("INV-1", order="PO-1")

    world.partner.send(cxml.invoice("INV-1", total="1,018.26", orders=["PO-1"]))
    world.attend()

    (event,) = world.events(row)
    assert "total" not in event.text


def test_an_id_used_again_for_another_document_is_in_the_history_of_the_first() -> None:
    world = Doored()
    row = world.posted("INV-1")
    world.partner.send(cxml.invoice("INV-1"), payload_id="1")
    world.attend()

    world.partner.send(cxml.invoice("INV-1", total="999.00"), payload_id="1")
    world.attend()
    world.attend()

    (event,) = world.events(row, Step.CONFLICT)
    assert "another document under the same id" in event.text
    assert not world.kept[0].is_open


def test_what_waits_too_long_is_counted_for_the_alarm() -> None:
    world = Doored()
    world.posted("INV-1")
    world.partner.send(cxml.invoice("INV-1"))
    world.partner.send(cxml.invoice("INV-2"))
    world.attend()
    connection, now = world.fakes.connections.get(world.connection), world.fakes.clock.now()

    assert world.desk.old(connection, before=now) == 1
    assert world.desk.old(connection, before=now - timedelta(days=1)) == 0


def test_one_tenants_document_reaches_no_record_of_another() -> None:
    world = Doored()
    row = world.posted("INV-1")
    theirs = replace(world.connection, tenant="globex")
    for settings in world.fakes.connections.flows(world.connection.tenant):
        world.fakes.connections.save_flow(replace(settings, id=replace(settings.id, tenant="globex")))
    mine = world.fakes.connections.get(world.connection)
    world.fakes.connections.save(replace(mine, id=theirs))
    body = cxml.written(cxml.enveloped(cxml.invoice("INV-1"), "1", Letterhead()), Letterhead())

    world.post({"content-type": "text/xml"}, body, at=("globex", theirs.name))
    world.desk.attend(world.fakes.connections.get(theirs))

    assert world.events(row) == []
    assert [one.state for one in world.documents.all(theirs)] == [DocumentState.WAITING]


def test_a_document_of_one_connection_reaches_no_record_of_another_connection() -> None:
    world = Doored()
    row = world.posted("INV-1")
    other = replace(world.connection, name="jaggaer-two")
    world.fakes.connections.save(replace(world.fakes.connections.get(world.connection), id=other))
    flow = world.fakes.connections.flow(world.pair.invoices)
    world.fakes.connections.save_flow(replace(flow, id=replace(flow.id, source=other.name)))
    body = cxml.written(cxml.enveloped(cxml.invoice("INV-1"), "1", Letterhead()), Letterhead())

    world.post({"content-type": "text/xml"}, body, at=(other.tenant, other.name))
    world.desk.attend(world.fakes.connections.get(other))

    assert world.events(row) == []
    assert [one.why for one in world.documents.all(other)] == ["nothing with the number INV-1 has been read yet"]


# orders

ABOUT_ORDERS: dict[str, tuple[Callable[[], ET.Element], str]] = {
    "order": (lambda: cxml.order("PO-7", kind="update", version="2"), "type update, version 2"),
    "confirmation": (lambda: cxml.confirmation("PO-7", status="backordered"), "lines 1: backordered 1"),
    "ship notice": (lambda: cxml.ship_notice("PO-7"), "shipment SH-1"),
}


@pytest.mark.parametrize("kind", list(ABOUT_ORDERS))
def test_what_is_about_an_order_reaches_its_history(kind: str) -> None:
    make, said = ABOUT_ORDERS[kind]
    world = Doored()
    row = world.order("PO-7")

    world.partner.send(make())
    world.attend()

    (event,) = world.events(row)
    assert event.text.startswith(f"{kind} received from ")
    assert said in event.text


def test_a_ship_notice_of_two_orders_reaches_both_the_second_when_it_is_there() -> None:
    world = Doored()
    first = world.order("PO-7")
    world.partner.send(cxml.ship_notice("PO-7", "PO-8"))
    world.attend()
    assert (len(world.events(first)), world.kept[0].state) == (1, DocumentState.WAITING)

    second = world.order("PO-8")
    world.attend()

    assert (len(world.events(first)), len(world.events(second))) == (1, 1)
    assert world.kept[0].state is DocumentState.ATTACHED


def test_without_a_flow_for_orders_the_document_says_so() -> None:
    world = Doored()
    world.fakes.connections.save_flow(replace(world.fakes.connections.flow(world.orders), enabled=False))

    world.partner.send(cxml.order("PO-7"))
    world.attend()

    assert world.kept[0].why == "no flow of this connection reads purchase orders"


# status updates that come in


def test_an_update_by_number_reaches_its_invoice() -> None:
    world = Doored()
    row = world.posted("INV-1")

    world.partner.send(cxml.status_update(number="INV-1", kind="paid"))
    world.attend()

    assert [event.text.partition(" received")[0] for event in world.events(row)] == ["status update"]


def test_an_update_of_a_document_reaches_whatever_the_document_is_about() -> None:
    world = Doored()
    row = world.order("PO-7")
    world.partner.send(cxml.status_update(of="the-order"))
    world.attend()
    assert world.kept[0].why == "the document that it refers to has not come yet"

    world.partner.send(cxml.order("PO-7"), payload_id="the-order")
    world.attend()

    assert sorted(event.text.partition(" received")[0] for event in world.events(row)) == ["order", "status update"]


def test_one_document_that_cannot_be_read_spoils_no_other() -> None:
    world = Doored()
    row = world.posted("INV-1")
    world.partner.send(cxml.invoice("INV-0"))
    world.partner.send(cxml.invoice("INV-1"))
    lost = next(key for key in world.fakes.payloads.stored if key.external_id == world.kept[0].id)
    del world.fakes.payloads.stored[lost]

    world.attend()

    assert len(world.events(row)) + len([one for one in world.kept if one.state is DocumentState.WAITING]) == 2
    assert world.fakes.metrics.counts["DocumentsNotAttended"] == 1
