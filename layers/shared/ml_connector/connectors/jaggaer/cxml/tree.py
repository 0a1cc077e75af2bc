"""XML from strangers as a small tree, and back: no DTD is read, no entity is known, nothing is fetched.

The encoding is settled before the parser runs: byte-order mark, `charset` and declaration must not contradict each
other, and only what is named here is read at all. Expat is then given UTF-8, whatever the document said.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

LARGEST = 1024 * 1024
DEEPEST = 40
MOST_ELEMENTS = 20_000
MOST_ATTRIBUTES = 40

_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}
_MARKS = ((b"\xef\xbb\xbf", "utf-8", "utf-8-sig"), (b"\xff\xfe", "utf-16", "utf-16"), (b"\xfe\xff", "utf-16", "utf-16"))
_DECLARATION = re.compile(r"<\?xml(\s[^?<>]*)\?>")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]{1,40})", re.IGNORECASE)
_ENCODING = re.compile(r"\sencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,39})[\"']")


class NotXmlError(ValueError):
    """Why it is not read, in our words."""


@dataclass(slots=True)
class Element:
    """`text` is all character data directly inside, without blanks at its ends."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)

    def first(self, *path: str) -> Element | None:
        """The first child of each name, one below the other."""
        found: Element | None = self
        for name in path:
            found = next(found.all(name), None) if found is not None else None
        return found

    def get(self, attribute: str) -> str:
        """Without blanks around it; empty where it is absent."""
        return self.attributes.get(attribute, "").strip()


def inflated(raw: bytes, content_encoding: str) -> bytes:
    """No more than the limit is ever unpacked. Raises: NotXmlError."""
    if content_encoding in ("", "identity"):
        return raw
    if content_encoding not in ("gzip", "x-gzip"):
        raise NotXmlError("its content encoding is not known here")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(raw, LARGEST + 1)
    except zlib.error as error:
        raise NotXmlError("it is not gzip") from error
    if not unpacker.eof or unpacker.unused_data:
        raise NotXmlError("it is too large, cut off, or has something behind it")
    return found


def parsed(raw: bytes, *, content_type: str) -> Element:
    """Raises: NotXmlError."""
    if len(raw) > LARGEST:
        raise NotXmlError("it is too large")
    return _Reader().read(_text(raw, content_type))


def _text(raw: bytes, content_type: str) -> str:
    sent = _CHARSET.search(content_type)
    mark, codec = next(((name, codec) for start, name, codec in _MARKS if raw.startswith(start)), (None, None))
    told = _codec(sent[1]) if sent else None
    declared = _declared(raw.decode(codec or "latin-1", errors="replace"))
    names = {name for name in (mark and _codec(mark), told, declared and _codec(declared)) if name}
    if len(names) > 1:
        raise NotXmlError("its encoding is named in two ways")
    name = next(iter(names), "utf-8")
    if name == "utf-16" and mark is None:
        raise NotXmlError("UTF-16 needs its byte-order mark")
    try:
        text = raw.decode(codec or name)
    except UnicodeDecodeError as error:
        raise NotXmlError("it is not in the encoding that it names") from error
    return _DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text


def _codec(name: str) -> str:
    try:
        return _CODECS[name.strip().lower()]
    except KeyError as error:
        raise NotXmlError("its encoding is not read here") from error


def _declared(text: str) -> str | None:
    declaration = _DECLARATION.match(text.removeprefix("\ufeff"))
    found = _ENCODING.search(declaration[1]) if declaration else None
    return found[1] if found else None


class _Reader:
    def __init__(self) -> None:
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._root: Element | None = None
        self._count = 0

    def read(self, text: str) -> Element:
        parser = expat.ParserCreate("utf-8")
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _doctype
        parser.EntityDeclHandler = _entity
        parser.ExternalEntityRefHandler = _entity
        parser.SkippedEntityHandler = _entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(text.encode(), True)
        except (expat.ExpatError, UnicodeEncodeError) as error:
            raise NotXmlError("it is not well-formed XML") from error
        if self._root is None:
            raise NotXmlError("it is empty")
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise NotXmlError("it has too many elements, or too deep ones")
        element = Element(name, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)
        self._texts.append([])

    def _end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def _characters(self, data: str) -> None:
        self._texts[-1].append(data)


def _doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
    """What it names is not looked at; what it brings along is refused."""
    if has_internal_subset:
        raise NotXmlError("it brings declarations of its own")


def _entity(*_args: object) -> int:
    raise NotXmlError("it names an entity")
