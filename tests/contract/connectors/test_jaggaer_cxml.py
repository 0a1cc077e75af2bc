"""What we send is valid by the published DTDs, and so is what the simulator sends us; the published shapes are read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ml_connector.connectors.jaggaer.cxml.door import DOOR
from ml_connector.connectors.jaggaer.cxml.writing import TEXTS, response, status_update
from ml_connector.domain.document import DocumentKind, Standing
from ml_connector.pipeline.documents import DocumentRefusedError, StatusUpdate
from ml_connector.pipeline.webhook import Delivery
from tests.dtd import Dtd, read_dtd
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import Letterhead

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[4] / "shared"))
CONTRACTS = SHARED / "contracts/cxml"
AT = datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
OURS = ["1.2.014/cXML", "1.2.020/cXML", "1.2.050/cXML", "1.2.063/cXML"]

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the published DTDs are not here")


@cache
def dtd(name: str) -> Dtd:
    return read_dtd(CONTRACTS / f"{name}.dtd")


def an_update(standing: Standing = Standing.POSTED, **changes: str) -> StatusUpdate:
    words = {"payload_id": "1@ml-connector", "refers_to": "2@hub.example", "invoice": "INV-1", **changes}
    return StatusUpdate(at=AT, standing=standing, **words)


@pytest.mark.parametrize("version", OURS)
@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_answer_is_valid(code: int, version: str) -> None:
    assert dtd(version).faults(response(code, payload_id="1@ml-connector", at=AT)) == []


@pytest.mark.parametrize("version", OURS)
@pytest.mark.parametrize("standing", Standing)
def test_every_status_update_is_valid(standing: Standing, version: str) -> None:
    body = status_update(an_update(standing), sender="NetworkID:BUYER", recipient="NetworkID:HUB", secret="s")

    assert dtd(version).faults(body) == []


def test_what_a_partner_named_cannot_break_what_we_send() -> None:
    update = an_update(refers_to='"><x/>&y;', invoice="<INV>\x00\ufffe&'\"")

    body = status_update(update, sender='Network"ID:BU&YER', recipient="a:b", secret="<&>]]>")

    assert dtd(OURS[-1]).faults(body) == []
    assert ET.fromstring(body).findtext("Header/Sender/Credential/SharedSecret") == "<&>]]>"


SENT = {
    "invoice": (cxml.invoice("INV-1", orders=["PO-1", "PO-2"]), "1.2.037/InvoiceDetail"),
    "order": (cxml.order("PO-1"), "1.2.063/cXML"),
    "confirmation": (cxml.confirmation("PO-1"), "1.2.063/Fulfill"),
    "ship_notice": (cxml.ship_notice("PO-1", "PO-2"), "1.2.063/Fulfill"),
    "status_update": (cxml.status_update(number="INV-1"), "1.2.063/cXML"),
}


@pytest.mark.parametrize("kind", list(SENT))
def test_what_the_simulator_sends_is_valid_and_read_as_what_it_is(kind: str) -> None:
    request, version = SENT[kind]
    body = cxml.written(cxml.enveloped(request, "1@hub", Letterhead()), Letterhead())

    assert dtd(version).faults(body) == []
    assert DOOR.read(DOOR.open(Delivery(raw=body, headers={"content-type": "text/xml"}))).kind == kind


EXAMPLES = {
    "invoice-minimal": (DocumentKind.INVOICE, ("INV-1001",), ("PO-77",)),
    "invoice-credit-memo-line": (DocumentKind.INVOICE, None, None),
    "invoice-tax-freight-splits": (DocumentKind.INVOICE, None, None),
    "order-request": (DocumentKind.ORDER, ("PO-77",), ()),
    "confirmation-request": (DocumentKind.CONFIRMATION, ("PO-77",), ()),
    "ship-notice-request": (DocumentKind.SHIP_NOTICE, ("PO-77",), ()),
    "status-update-invoice": (DocumentKind.STATUS_UPDATE, ("INV-1001",), ()),
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_an_example_is_read(name: str) -> None:
    kind, numbers, orders = EXAMPLES[name]
    raw = (CONTRACTS / f"examples/{name}.xml").read_bytes()

    arrived = DOOR.read(DOOR.open(Delivery(raw=raw, headers={"content-type": "text/xml; charset=utf-8"})))

    assert arrived.kind == kind
    assert (numbers or arrived.numbers, orders if orders is not None else arrived.orders) == (
        arrived.numbers,
        arrived.orders,
    )
    assert b"example-secret" not in arrived.clean


def test_a_remittance_is_not_for_us() -> None:
    raw = (CONTRACTS / "examples/payment-remittance-request.xml").read_bytes()
    envelope = DOOR.open(Delivery(raw=raw, headers={"content-type": "text/xml"}))

    with pytest.raises(DocumentRefusedError, match="450"):
        DOOR.read(envelope)


@pytest.mark.parametrize(
    "wrong",
    [
        '<cXML payloadID="1"><Response><Status code="200" text="OK"/></Response></cXML>',
        '<cXML payloadID="1" timestamp="t"><Response/></cXML>',
        '<cXML payloadID="1" timestamp="t" colour="red"><Response><Status code="1" text="x"/></Response></cXML>',
        '<cXML payloadID="1" timestamp="t"><Response><Status code="1" text="x"/><Nonsense/></Response></cXML>',
    ],
    ids=["no timestamp", "no status", "unknown attribute", "unknown element"],
)
def test_the_judge_of_validity_finds_what_is_not_valid(wrong: str) -> None:
    assert dtd(OURS[-1]).faults(wrong.encode()) != []
