"""The cXML door: every delivery gets a cXML answer of the right code, and only a valid secret changes anything."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ml_connector.domain.document import DocumentState
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.ingest.document_receiver import KEPT_FOR
from tests.cxml import CXML, SECRET, Doored, a_letterhead
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import enveloped, written

INVOICE = cxml.invoice("INV-1", orders=["PO-1"])


def a_body(**changes: Any) -> bytes:
    head = a_letterhead(**changes)
    return written(enveloped(INVOICE, "1@hub", head), head)


def renamed(tag: str) -> ET.Element:
    return ET.Element(tag)


REFUSED: dict[str, tuple[str, Callable[[Doored], Any]]] = {
    "a wrong secret": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(secret="open-sesamf"))),
    "no secret": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(secret=None))),
    "an empty secret": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(secret=""))),
    "an unknown sender": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(sender="SOMEBODY"))),
    "a sender in another case": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(sender="supplier-hub"))),
    "another domain": ("401", lambda it: it.partner.send(INVOICE, head=a_letterhead(domain="DUNS"))),
    "a signature": ("477", lambda it: it.partner.send(INVOICE, head=a_letterhead(proof="DigitalSignature"))),
    "a MAC": ("477", lambda it: it.partner.send(INVOICE, head=a_letterhead(proof="CredentialMac"))),
    "for somebody else": ("403", lambda it: it.partner.send(INVOICE, head=a_letterhead(to="OTHER"))),
    "an unknown request": ("450", lambda it: it.partner.send(renamed("ProfileRequest"))),
    "no number": ("400", lambda it: it.partner.send(cxml.invoice(""))),
    "a number that is none": ("400", lambda it: it.partner.send(cxml.invoice("1" * 101))),
    "no order": ("400", lambda it: it.partner.send(cxml.order(""))),
    "no header": ("400", lambda it: it.partner.send(renamed("OrderRequest"))),
    "an update of nothing": ("400", lambda it: it.partner.send(cxml.status_update(of=""))),
    "no id": ("400", lambda it: it.partner.send(INVOICE, payload_id="  ")),
    "an id that is none": ("400", lambda it: it.partner.send(INVOICE, payload_id="1" * 401)),
    "not XML": ("406", lambda it: it.partner.send_bytes(b"no")),
    "not cXML": ("406", lambda it: it.partner.send_bytes(b"<invoice/>")),
    "a message": ("450", lambda it: it.partner.send_bytes(b"<cXML><Header/><Message/></cXML>")),
    "no header at all": ("406", lambda it: it.partner.send_bytes(b"<cXML><Request/></cXML>")),
    "a response": ("406", lambda it: it.partner.send_bytes(b"<cXML><Response/></cXML>")),
    "an entity": (
        "406",
        lambda it: it.partner.send_bytes(b"<!DOCTYPE cXML [<!ENTITY a 'b'>]>" + a_body(doctype=False)),
    ),
    "JSON by its type": ("406", lambda it: it.partner.send(INVOICE, headers={"content-type": "application/json"})),
    "no type": ("406", lambda it: it.partner.send(INVOICE, headers={})),
    "another charset": (
        "406",
        lambda it: it.partner.send(INVOICE, headers={"content-type": "text/xml;charset=utf-16"}),
    ),
    "larger than a document": ("406", lambda it: it.partner.send_bytes(a_body() + b" " * 1024 * 1024)),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_refused_gets_its_code_a_metric_and_changes_nothing(case: str) -> None:
    code, send = REFUSED[case]
    world = Doored()
    before = world.stored()

    answer = send(world)

    assert answer.code == code
    assert world.stored() == before
    assert world.fakes.metrics.counts["DocumentsRefused"] == 1
    assert b"INV-1" not in answer.raw


def test_a_document_that_is_taken_is_stored_before_it_is_answered() -> None:
    world = Doored()

    answer = world.partner.send(INVOICE)

    assert (answer.code, answer.text) == ("201", "Accepted")
    (kept,) = world.kept
    assert (kept.state, kept.numbers, kept.orders) == (DocumentState.WAITING, ("INV-1",), ("PO-1",))
    assert any(key.external_id == kept.id for key in world.fakes.payloads.stored)


def test_a_partner_that_insists_on_200_gets_it() -> None:
    assert Doored(cxml={**CXML, "accepted": 200}).partner.send(INVOICE).code == "200"


def test_the_secret_is_nowhere_in_what_is_kept_logged_or_answered() -> None:
    world = Doored()

    answer = world.partner.send(INVOICE)
    world.partner.send(INVOICE, head=a_letterhead(secret="another-secret"))

    everything = repr((world.stored(), world.fakes.log.__dict__, answer.raw))
    assert SECRET not in everything
    assert "another-secret" not in everything


def test_the_same_document_again_gets_the_first_answer_to_the_byte() -> None:
    world = Doored()
    first = world.partner.send(INVOICE, payload_id="1")
    world.fakes.clock.advance(KEPT_FOR * 3)
    before = world.stored()

    again = world.partner.send(INVOICE, payload_id="1")

    assert again.raw == first.raw
    assert world.stored() == before


def test_another_document_under_a_used_id_is_refused_and_the_first_one_stands() -> None:
    world = Doored()
    world.partner.send(INVOICE, payload_id="1")
    (first,) = world.kept

    answer = world.partner.send(cxml.invoice("INV-2"), payload_id="1")

    assert answer.code == "409"
    assert world.kept == [replace(first, reused_at=world.fakes.clock.now())]


def test_where_ids_are_unreliable_the_content_tells_documents_apart() -> None:
    world = Doored(cxml={**CXML, "payload_ids": "unreliable"})

    codes = [world.partner.send(cxml.invoice(number), payload_id="NA").code for number in ("A", "B", "A")]

    assert codes == ["201", "201", "201"]
    assert sorted(one.numbers for one in world.kept) == [("A",), ("B",)]


def test_a_kind_that_is_not_switched_on_is_not_taken() -> None:
    world = Doored(cxml={**CXML, "requests": ["order"]})

    assert world.partner.send(INVOICE).code == "450"
    assert world.partner.send(cxml.order("PO-1")).code == "201"


def test_two_secrets_count_while_one_takes_the_others_place() -> None:
    world = Doored(secrets={"cxml_secret": "new", "cxml_secret_before": SECRET})

    codes = [world.partner.send(INVOICE, head=a_letterhead(secret=secret)).code for secret in ("new", SECRET, "x")]

    assert codes == ["201", "201", "401"]


@pytest.mark.parametrize("cxml_settings", [None, {**CXML, "enabled": False}], ids=["no setting", "switched off"])
def test_without_a_door_nobody_gets_in(cxml_settings: dict[str, Any] | None) -> None:
    world = Doored(cxml=cxml_settings)

    assert world.partner.send(INVOICE).code == "401"
    assert world.kept == []


def test_without_a_secret_nobody_gets_in_not_even_with_none() -> None:
    world = Doored(secrets={})

    heads = [a_letterhead(), a_letterhead(secret=""), a_letterhead(secret=None)]
    assert {world.partner.send(INVOICE, head=head).code for head in heads} == {"401"}


@pytest.mark.parametrize("place", [("acme", "nobody"), ("nobody", "jaggaer"), ("../x", "#"), ("acme", "freshbooks")])
def test_an_address_that_is_nobodys_is_answered_as_a_wrong_secret_is(place: tuple[str, str]) -> None:
    world = Doored()

    answer = world.post({"content-type": "text/xml"}, a_body(), at=place)

    assert b'code="401"' in answer
    assert world.kept == []


def test_one_tenants_secret_opens_no_other_tenants_door() -> None:
    world = Doored()
    theirs = ConnectionId(tenant="globex", name=world.connection.name)
    mine = world.fakes.connections.get(world.connection)
    world.fakes.connections.save(replace(mine, id=theirs, secret="connections/globex/jaggaer"))
    world.fakes.secrets.write("connections/globex/jaggaer", {"cxml_secret": "theirs"}, token="1")
    assert world.partner.send(INVOICE, payload_id="mine").code == "201"
    before = world.stored()

    refused = world.post({"content-type": "text/xml"}, a_body(), at=("globex", "jaggaer"))

    assert b'code="401"' in refused
    assert world.stored() == before
    assert b'code="201"' in world.post({"content-type": "text/xml"}, a_body(secret="theirs"), at=("globex", "jaggaer"))
    assert [one.payload_id for one in world.kept] == ["mine"]
    assert [one.payload_id for one in world.documents.all(theirs)] == ["1@hub"]


def test_a_test_document_is_kept_and_goes_no_further() -> None:
    world = Doored()

    assert world.partner.send(INVOICE, head=a_letterhead(mode="test")).code == "201"

    (kept,) = world.kept
    assert (kept.state, kept.why, kept.is_open) == (DocumentState.KEPT, "it is marked as a test", False)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "UTF-16"])
def test_an_encoding_that_is_declared_is_read(encoding: str) -> None:
    world = Doored()

    assert world.partner.send(cxml.invoice("Zoë-1"), encoding=encoding).code == "201"
    assert world.kept[0].numbers == ("Zoë-1",)


def test_gzip_is_unpacked() -> None:
    world = Doored()
    headers = {"content-type": "text/xml", "content-encoding": "gzip"}

    assert world.partner.send_bytes(gzip.compress(a_body()), headers=headers).code == "201"


def test_a_document_that_is_packed_anew_for_its_second_sending_gets_the_first_answer() -> None:
    world, body = Doored(), a_body()
    headers = {"content-type": "text/xml", "content-encoding": "gzip"}
    first = world.partner.send_bytes(gzip.compress(body, mtime=1), headers=headers)

    again = [
        world.partner.send_bytes(gzip.compress(body, mtime=2), headers=headers),
        world.partner.send_bytes(body),
    ]

    assert [answer.raw for answer in again] == [first.raw] * 2
    assert [one.reused_at for one in world.kept] == [None]


def test_a_new_secret_counts_within_five_minutes() -> None:
    world = Doored()
    world.partner.send(INVOICE)
    world.set_up(world.connection, world.cxml, {"cxml_secret": "new"})
    world.fakes.clock.advance(KEPT_FOR)

    assert world.partner.send(INVOICE).code == "401"
    assert world.partner.send(INVOICE, head=a_letterhead(secret="new")).code == "201"
