"""XML from strangers: what is read at all, in which encoding, and that nothing is fetched or grown."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import pytest

from ml_connector.connectors.jaggaer.cxml.tree import DEEPEST, LARGEST, MOST_ELEMENTS, NotXmlError, inflated, parsed

XML = "text/xml"


def refusal(raw: bytes, content_type: str = XML) -> str:
    with pytest.raises(NotXmlError) as refused:
        parsed(raw, content_type=content_type)
    return str(refused.value)


def text_of(raw: bytes, content_type: str = XML) -> str:
    return parsed(raw, content_type=content_type).text


BILLION = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "a file": b'<!DOCTYPE cXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><cXML>&x;</cXML>',
    "an address": b'<!DOCTYPE cXML [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><cXML>&x;</cXML>',
    "a billion laughs": f'<!DOCTYPE cXML [<!ENTITY l0 "ha">{BILLION}]><cXML>&l9;</cXML>'.encode(),
    "quadratic": b'<!DOCTYPE cXML [<!ENTITY x "' + b"a" * 50_000 + b'">]><cXML>' + b"&x;" * 50_000 + b"</cXML>",
    "a parameter entity": b'<!DOCTYPE cXML [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><cXML/>',
    "default attributes": b'<!DOCTYPE cXML [<!ATTLIST cXML payloadID CDATA "1">]><cXML/>',
    "an empty subset": b"<!DOCTYPE cXML []><cXML/>",
    "an entity of the DTD that nobody read": b'<!DOCTYPE cXML SYSTEM "http://127.0.0.1:9/x.dtd"><cXML>&x;</cXML>',
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_brings_or_names_an_entity_is_refused(name: str) -> None:
    assert refusal(HOSTILE[name]) in ("it brings declarations of its own", "it names an entity")


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_document_in_utf_16_is_refused_as_well(name: str) -> None:
    assert refusal(HOSTILE[name].decode().encode("utf-16")) in (
        "it brings declarations of its own",
        "it names an entity",
        "it is too large",
    )


def test_a_doctype_of_the_field_is_passed_over_and_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    raw = b'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.037/InvoiceDetail.dtd"><cXML>yes</cXML>'

    assert text_of(raw) == "yes"


def test_nothing_is_read_from_a_file_that_a_doctype_names(tmp_path: Path) -> None:
    path = tmp_path / "x.dtd"
    path.write_text('<!ENTITY x "taken">')

    assert refusal(f'<!DOCTYPE cXML SYSTEM "{path.as_uri()}"><cXML>&x;</cXML>'.encode()) == "it names an entity"


BROKEN = {
    "nothing": b"",
    "no XML": b"PO-1;100.00",
    "JSON": b'{"a": 1}',
    "cut off": b"<cXML><Header>",
    "text behind it": b"<cXML/>x",
    "two roots": b"<cXML/><cXML/>",
    "crossed": b"<a><b></a></b>",
    "a NUL": b"<cXML>\x00</cXML>",
    "an attribute twice": b'<cXML a="1" a="2"/>',
    "a surrogate by number": b"<cXML>&#xD800;</cXML>",
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_what_is_not_well_formed_is_refused(name: str) -> None:
    assert refusal(BROKEN[name]) == "it is not well-formed XML"


def test_depth_width_and_size_have_an_end() -> None:
    deepest = b"<a>" * DEEPEST + b"</a>" * DEEPEST

    assert parsed(deepest, content_type=XML).name == "a"
    assert "too deep" in refusal(b"<a>" + deepest + b"</a>")
    assert "too deep" in refusal(b"<a>" * 200_000)
    assert "too many" in refusal(b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>")
    assert "too many" in refusal(b"<a " + b" ".join(b'a%d="1"' % n for n in range(41)) + b"/>")
    assert refusal(b"<a>" + b" " * LARGEST + b"</a>") == "it is too large"


def declared(encoding: str, text: str = "<a>Zoë</a>") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)


READ = {
    "UTF-8, undeclared": ("<a>Zoë</a>".encode(), XML),
    "UTF-8, declared": (declared("UTF-8"), XML),
    "UTF-8, in all three": (b"\xef\xbb\xbf" + declared("utf-8"), "text/xml; charset=UTF-8"),
    "the type's charset in quotation marks": (declared("utf-8"), 'application/xml; charset="utf-8"'),
    "Latin-1, declared": (declared("ISO-8859-1"), XML),
    "Latin-1, by the type alone": ("<a>Zoë</a>".encode("latin-1"), "text/xml; charset=iso-8859-1"),
    "UTF-16 with its mark": (declared("UTF-16"), XML),
    "UTF-16, big end first": ("\ufeff<a>Zoë</a>".encode("utf-16-be"), "text/xml; charset=utf-16"),
}


@pytest.mark.parametrize("name", list(READ))
def test_an_encoding_that_is_named_once_or_alike_is_read(name: str) -> None:
    assert text_of(*READ[name]) == "Zoë"


MISDECLARED = {
    "Latin-1 that says UTF-8": (declared("ISO-8859-1").replace(b"ISO-8859-1", b"UTF-8"), XML),
    "the type says another one": (declared("UTF-8"), "text/xml; charset=iso-8859-1"),
    "the mark says another one": (b"\xef\xbb\xbf" + declared("iso-8859-1", "<a/>"), XML),
    "UTF-16 that says UTF-8": (declared("UTF-8").decode().encode("utf-16"), XML),
    "UTF-16 without a mark": ("<a/>".encode("utf-16-le"), "text/xml; charset=utf-16"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-cXML/+AD4-', XML),
    "UTF-7 by the type": (b"+ADw-cXML/+AD4-", "text/xml; charset=utf-7"),
    "UTF-32": (declared("UTF-32"), XML),
    "EBCDIC": ("<a/>".encode("cp037"), "text/xml; charset=cp037"),
    "an odd number of bytes": (declared("UTF-16") + b"x", XML),
    "overlong UTF-8": (b"<a>\xc0\xbc</a>", XML),
}


@pytest.mark.parametrize("name", list(MISDECLARED))
def test_an_encoding_that_is_not_what_it_says_is_refused(name: str) -> None:
    assert refusal(*MISDECLARED[name])


def test_gzip_is_unpacked_and_a_bomb_is_not() -> None:
    assert inflated(gzip.compress(b"<a/>"), "gzip") == b"<a/>"
    for bad in (gzip.compress(b" " * (LARGEST * 50)), gzip.compress(b"<a/>")[:-9], b"<a/>", b""):
        with pytest.raises(NotXmlError):
            inflated(bad, "gzip")
    with pytest.raises(NotXmlError, match="not known"):
        inflated(b"<a/>", "br")
