"""The doors that stand open, knocked at as API Gateway does it; what may be sent there; and a picture of all we keep.

Only what a process is built of is replaced: the handler is the function's own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.fakes.world import FakeWorld

_NOT_KEPT = {"clock", "ids", "metrics", "log", "hooks", "deadline", "ports"}
_PLAIN = (str, bytes, int, float, bool, Decimal, datetime, date, timedelta, Enum, type(None))


def picture(thing: Any) -> Any:
    """Everything in it, as values that can be compared: a copy, so that what changes later does not change it."""
    match thing:
        case _ if isinstance(thing, _PLAIN):
            return thing
        case Mapping():
            return {key: picture(value) for key, value in thing.items()}
        case set() | frozenset():
            return frozenset(thing)
        case _ if hasattr(thing, "__iter__"):
            return [picture(each) for each in thing]
        case _:
            return {name: picture(value) for name, value in _parts(thing) if not callable(value)}


def all_kept(world: FakeWorld, *others: Any) -> Any:
    """A picture of every store and queue of the world, and of others beside them."""
    stores = [getattr(world, each.name) for each in fields(world) if each.name not in _NOT_KEPT]
    return picture([*stores, *others])


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """Clocks are no part of a store: time passes for everybody."""
    names = [each.name for each in fields(thing)] if is_dataclass(thing) else list(vars(thing))
    return ((name, getattr(thing, name)) for name in names if "clock" not in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What API Gateway would send on."""

    status: int
    headers: dict[str, str]
    body: str


def sane(given: Any) -> Answer:
    """An answer that Lambda can hand over and that blames the sender at most: never 5xx, no header of two lines."""
    json.dumps(given)
    assert 200 <= given["statusCode"] < 500
    headers = given.get("headers", {})
    for text in (*headers, *headers.values(), *given.get("cookies", [])):
        assert text.isprintable(), text
    assert isinstance(given["body"], str)
    return Answer(status=given["statusCode"], headers=headers, body=given["body"])


def examples(most: int) -> settings:
    """So many, however slow the machine is."""
    return settings(max_examples=most, suppress_health_check=[HealthCheck.too_slow])


# what may be sent

ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=80),
    st.sampled_from(["\ud800", "\u00e9", "\x00", "\r\nset-cookie: a=b", "%ed%a0%80", "None", "../..", "9" * 300]),
)
"""Unpaired surrogates too: JSON can carry them."""

HEADERS = st.sampled_from(
    ["content-type", "Content-Type", "content-encoding", "cookie", "x-freshbooks-hmac-sha256", "authorization", "host"]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "text/xml",
            "application/json",
            "gzip",
            "__Host-consent=" + "c" * 64,
        ]
    ),
    ANY_TEXT,
)
BODIES = st.one_of(
    st.none(),
    ANY_TEXT,
    st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()),
    st.sampled_from(["name=a&object_id=1", "ticket=acme.1&business=2", "<cXML/>", "a" * 1_500_000, "&a" * 4_000]),
)
QUERIES = st.one_of(st.sampled_from(["", "invite=acme.1", "state=acme.1&code=c", "state=acme.1&error=%ff"]), ANY_TEXT)


@st.composite
def events(draw: st.DrawFn, paths: list[str], places: Mapping[str, list[str]]) -> dict[str, Any]:
    """Anything in the form that API Gateway gives it; `places` are path parameters and what may stand in them."""
    method, path = draw(st.sampled_from(["GET", "POST", "PUT", ""])), draw(st.one_of(st.sampled_from(paths), ANY_TEXT))
    inside = {name: st.one_of(st.sampled_from(known), ANY_TEXT) for name, known in places.items()}
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": draw(QUERIES),
        "cookies": draw(st.one_of(st.none(), st.lists(VALUES, max_size=3))),
        "headers": draw(st.one_of(st.none(), st.dictionaries(st.one_of(HEADERS, ANY_TEXT), VALUES, max_size=4))),
        "pathParameters": draw(st.one_of(st.none(), st.fixed_dictionaries({}, optional=inside))),
        "body": draw(BODIES),
        "isBase64Encoded": draw(st.booleans()),
    }
    gone = draw(st.sets(st.sampled_from(sorted(event)), max_size=3))
    kept = {name: value for name, value in event.items() if name not in gone}
    return {**kept, "requestContext": {"http": {"method": method, "path": path}}}


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """The text with some of it cut, doubled, replaced or turned round; or as it is."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        cut = text[start:end]
        middle = draw(st.one_of(st.sampled_from(["", cut * 2, cut[::-1], cut.swapcase(), "%00", "&", "="]), ANY_TEXT))
        text = text[:start] + middle + text[end:]
    return text
