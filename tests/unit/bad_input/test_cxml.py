"""Whatever is posted to the cXML door: a cXML answer, no exception, and no change without the secret."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cxml import Doored, a_letterhead
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import enveloped, written

CODES = {"400", "401", "403", "406", "409", "450", "477"}
REQUESTS = (
    cxml.invoice("INV-1", orders=["PO-1"]),
    cxml.order("PO-1"),
    cxml.confirmation("PO-1"),
    cxml.ship_notice("PO-1"),
    cxml.status_update(number="INV-1"),
)
FORGED = [written(enveloped(one, "1@hub", a_letterhead(secret="x")), a_letterhead()) for one in REQUESTS]
GENUINE = [written(enveloped(one, "1@hub", a_letterhead()), a_letterhead()) for one in REQUESTS]

TYPES = st.sampled_from(
    ["text/xml", "application/xml; charset=utf-8", "text/xml; charset=utf-16", "TEXT/XML;charset=", "text/xml;\x00", ""]
)
TAGS = st.sampled_from(
    ["cXML", "Header", "Sender", "Credential", "Identity", "SharedSecret", "To", "Request", "InvoiceDetailRequest", "x"]
)
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


@pytest.fixture(scope="module")
def world() -> Doored:
    return Doored()


def code_of(answer: str) -> str:
    status = ET.fromstring(answer.encode()).find("Response/Status")
    assert status is not None
    return status.attrib["code"]


def an_event(body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "pathParameters": {"tenant": "acme", "connection": "jaggaer"},
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


@st.composite
def mutated(draw: st.DrawFn, bodies: list[bytes]) -> bytes:
    """A document with some of its bytes cut, doubled or replaced."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 40)))
        middle = draw(st.one_of(st.binary(max_size=8), st.just(body[start:end] * 2), st.sampled_from(_BITS)))
        body = body[:start] + middle + body[end:]
    return body


_BITS = [
    b"<!ENTITY x 'y'>",
    b"&x;",
    b"]]>",
    b"<![CDATA[",
    b"<?xml?>",
    b"\xff\xfe",
    b"encoding='UTF-7'",
    b"&#0;",
    b"<a>",
]


@st.composite
def trees(draw: st.DrawFn) -> bytes:
    """Well-formed, in the words of cXML, and senseless."""

    def element(depth: int) -> ET.Element:
        made = ET.Element(draw(TAGS), draw(st.dictionaries(st.sampled_from(["payloadID", "domain", "a"]), XML_TEXT)))
        made.text = draw(XML_TEXT)
        for _ in range(draw(st.integers(0, 3)) if depth < 4 else 0):
            made.append(element(depth + 1))
        return made

    root = element(0)
    root.tag = draw(st.sampled_from(["cXML", "cXML", "cxml"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]))
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' + ET.tostring(root, encoding="unicode")
    return declared.encode(encoding, errors="xmlcharrefreplace")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=300), mutated(FORGED), trees()), kind=TYPES)
def test_without_the_secret_nothing_changes_and_every_answer_is_cxml(world: Doored, body: bytes, kind: str) -> None:
    before = world.stored()

    answer = world.answer(an_event(body, {"content-type": kind}))

    assert code_of(answer) in CODES
    assert world.stored() == before


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=mutated(GENUINE), kind=TYPES)
def test_with_the_secret_a_broken_document_is_refused_or_kept_and_never_an_accident(
    world: Doored, body: bytes, kind: str
) -> None:
    assert code_of(world.answer(an_event(body, {"content-type": kind}))) in CODES | {"201"}

    world.attend()

    assert world.fakes.metrics.counts["DocumentsFailed"] == 0
    assert world.fakes.metrics.counts["DocumentsNotAttended"] == 0
    assert world.fakes.ledger.rows == {}
