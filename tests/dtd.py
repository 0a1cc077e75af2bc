"""Is a document valid by a DTD? Expat reads the declarations of a file of ours; the judging is done here.

Checks what a DTD says of structure: which elements, in which order, with which attributes and values of enumerations.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.parsers.expat import model

_XML = "{http://www.w3.org/XML/1998/namespace}"
_TIMES = {
    model.XML_CQUANT_NONE: "",
    model.XML_CQUANT_OPT: "?",
    model.XML_CQUANT_REP: "*",
    model.XML_CQUANT_PLUS: "+",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    choices: frozenset[str]
    required: bool


@dataclass
class Dtd:
    elements: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, dict[str, Attribute]] = field(default_factory=lambda: defaultdict(dict))

    def faults(self, document: bytes) -> list[str]:
        """What is wrong with it; nothing where it is valid."""
        return [fault for element in ET.fromstring(document).iter() for fault in self._faults_of(element)]

    def _faults_of(self, element: ET.Element) -> list[str]:
        content = self.elements.get(element.tag)
        if content is None:
            return [f"{element.tag} is not declared"]
        children = "".join(f"{child.tag};" for child in element)
        faults = [] if _fits(content, element, children) else [f"{element.tag} may not hold [{children}]"]
        known = self.attributes[element.tag]
        given = {name.replace(_XML, "xml:"): value for name, value in element.attrib.items()}
        faults += [f"{element.tag} has no @{name}" for name in given if name not in known]
        faults += [f"{element.tag} lacks @{name}" for name, one in known.items() if one.required and name not in given]
        return faults + [
            f"{element.tag}@{name} may not be {value}"
            for name, value in given.items()
            if name in known and known[name].choices and value not in known[name].choices
        ]


def read_dtd(path: Path) -> Dtd:
    dtd = Dtd()
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)

    def element(name: str, content: Any) -> None:
        dtd.elements[name] = content

    def attribute(element: str, name: str, kind: str, default: str | None, required: int) -> None:
        choices = frozenset(kind.strip("()").split("|")) if kind.startswith("(") else frozenset()
        dtd.attributes[element].setdefault(name, Attribute(choices, bool(required) and default is None))

    def external(context: str, base: Any, system: Any, public: Any) -> int:
        inner = parser.ExternalEntityParserCreate(context)
        inner.Parse(path.read_bytes(), True)
        return 1

    parser.ElementDeclHandler = element
    parser.AttlistDeclHandler = attribute
    parser.ExternalEntityRefHandler = external
    parser.Parse('<!DOCTYPE cXML SYSTEM "the-file"><cXML/>', True)
    return dtd


def _fits(content: Any, element: ET.Element, children: str) -> bool:
    kind = content[0]
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if kind == model.XML_CTYPE_EMPTY:
        return not children and not text.strip()
    if kind == model.XML_CTYPE_ANY:
        return True
    if kind == model.XML_CTYPE_MIXED:
        names = {part[2] for part in content[3]}
        return all(child.tag in names for child in element)
    return not text.strip() and re.fullmatch(_pattern(content), children) is not None


def _pattern(content: Any) -> str:
    kind, quantifier, name, parts = content
    if kind == model.XML_CTYPE_NAME:
        inner = re.escape(f"{name};")
    elif kind == model.XML_CTYPE_CHOICE:
        inner = "|".join(map(_pattern, parts))
    else:
        inner = "".join(map(_pattern, parts))
    return f"(?:{inner}){_TIMES[quantifier]}"
