"""Whatever is sent to the cXML door as API Gateway hands it on: a cXML answer, and nothing is kept without the secret.

What is wrong inside a document is in `test_cxml.py`; here it is all that is around it.
"""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.runtime import document_door
from tests.cxml import SECRET, Doored, a_letterhead
from tests.functions import Context, handler
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import enveloped, written
from tests.unit.bad_input.doors import ANY_TEXT, all_kept, events, examples, mutated, sane

RECEIVE = handler("cxml_receiver")
PLACES = {"tenant": ["acme", "globex"], "connection": ["jaggaer", "freshbooks"]}
REFUSALS = {"400", "401", "403", "406", "409", "450", "477"}
"""Each blames the sender; 500 and 560 would blame us."""


class Knocked:
    def __init__(self) -> None:
        self.world = Doored()

    def knock(self, event: Any) -> str:
        """The code of the answer; whatever is refused is refused on purpose."""
        world, ports = self.world, self.world.world.services.ports
        log = SimpleNamespace(begin=lambda **_: None, warning=ports.log.warning, error=ports.log.error)
        made: Any = SimpleNamespace(receiver=world.receiver, metrics=ports.metrics, log=log)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(document_door, "doorway", lambda: made)
            answer = sane(RECEIVE(event, Context()))
        assert answer.status == 200
        assert world.fakes.metrics.counts["DocumentsFailed"] == 0
        status = ET.fromstring(answer.body.encode()).find("Response/Status")
        assert status is not None
        return status.attrib["code"]

    def kept(self) -> Any:
        pair = self.world.pair
        return all_kept(self.world.fakes, self.world.documents, pair.jaggaer.calls, pair.freshbooks.calls)


@pytest.fixture(scope="module")
def door() -> Knocked:
    return Knocked()


def a_document(name: str, secret: str = SECRET) -> str:
    head = a_letterhead(secret=secret)
    return written(enveloped(cxml.invoice("INV-1", orders=["PO-1"]), name, head), head).decode()


def an_event(body: str, *, encoded: bool = False) -> dict[str, Any]:
    return {
        "pathParameters": {"tenant": "acme", "connection": "jaggaer"},
        "headers": {"content-type": "text/xml"},
        "body": base64.b64encode(body.encode(errors="replace")).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }


@pytest.mark.parametrize("encoded", [True, False], ids=["binary", "text"])
def test_a_partners_document_is_kept_so_the_pictures_below_can_differ(door: Knocked, encoded: bool) -> None:
    before = door.kept()

    code = door.knock(an_event(a_document(f"{encoded}@hub"), encoded=encoded))

    assert (code, door.kept() != before) == ("201", True)


@examples(200)
@given(event=events(["/cxml/acme/jaggaer"], PLACES))
def test_anything_at_all_is_refused_and_changes_nothing(door: Knocked, event: dict[str, Any]) -> None:
    before = door.kept()

    assert door.knock(event) in REFUSALS

    assert door.kept() == before


@examples(150)
@given(body=mutated(a_document("1@hub")), encoded=st.booleans())
def test_a_genuine_document_that_was_tampered_with_is_kept_with_the_secret_or_not_at_all(
    door: Knocked, body: str, encoded: bool
) -> None:
    before = door.kept()

    code = door.knock(an_event(body, encoded=encoded))

    if code not in {"201", "409"}:
        assert door.kept() == before
    assert door.kept() == before or f">{SECRET}<" in body


@examples(100)
@given(secret=mutated(SECRET).filter(lambda text: text != SECRET and text.isprintable()))
def test_no_other_secret_than_the_right_one_is_taken(door: Knocked, secret: str) -> None:
    before = door.kept()

    assert door.knock(an_event(a_document("2@hub", secret), encoded=True)) == "401"

    assert door.kept() == before


@examples(100)
@given(place=st.fixed_dictionaries({"tenant": ANY_TEXT, "connection": st.one_of(st.just("jaggaer"), ANY_TEXT)}))
def test_the_right_secret_at_another_address_opens_nothing(door: Knocked, place: dict[str, str]) -> None:
    before = door.kept()

    assert door.knock(an_event(a_document("3@hub")) | {"pathParameters": place}) == "401"

    assert door.kept() == before
