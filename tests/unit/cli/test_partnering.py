"""What partners sent, as the engineer sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.connectors.jaggaer.cxml.door import DOOR
from ml_connector.domain.document import Document, DocumentKind, DocumentState
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.records.kinds import RecordKind
from tests.fakes.clock import START
from tests.unit.cli.desk import Desk

PLACE = ConnectionId(tenant="acme", name="jaggaer")


def a_document(**changes: Any) -> Document:
    whole: dict[str, Any] = {
        "connection": PLACE,
        "id": "abcdef" + "0" * 26,
        "kind": DocumentKind.INVOICE,
        "sender": "networkid:HUB",
        "payload_id": "1@hub",
        "body_hash": "0" * 64,
        "received_at": START,
        "code": 201,
        "about": RecordKind.BILL,
        "numbers": ("INV-1",),
        "why": "nothing with the number INV-1 has been read yet",
    }
    return Document(**{**whole, **changes})


@pytest.fixture
def waiting(desk: Desk) -> Document:
    desk.services.catalog = replace(desk.services.catalog, doors={"jaggaer": DOOR})
    done = a_document(id="1" * 32, numbers=("INV-2",), state=DocumentState.ATTACHED, why=None)
    for one in (a_document(), done):
        assert desk.services.documents.put(one, expected=None)
    return a_document()


def test_where_nobody_sends_anything_it_says_so(desk: Desk) -> None:
    assert desk.run("documents").out == "No partner's document is here.\n"


def test_each_document_is_shown_with_what_became_of_it(desk: Desk, waiting: Document) -> None:
    out = desk.run("documents").out

    assert "INV-1" in out
    assert "nothing with the number INV-1 has been read yet" in out
    assert "attached" in out


def test_only_what_waits_is_shown_on_demand(desk: Desk, waiting: Document) -> None:
    shown = desk.run("documents", "--waiting", "--json").data["documents"]

    assert [(one["id"], one["state"]) for one in shown] == [(waiting.id, "waiting")]


def test_a_person_may_set_one_aside(desk: Desk, waiting: Document) -> None:
    out = desk.run("documents", "--set-aside", waiting.id[:6]).out

    assert "waits no longer" in out
    kept = desk.services.documents.find(PLACE, waiting.id)
    assert kept is not None
    assert (kept.state, kept.is_open) == (DocumentState.KEPT, False)


@pytest.mark.parametrize("given", ["abc", "ffffff", "111111"], ids=["too short", "nobody's", "does not wait"])
def test_what_cannot_be_set_aside_is_told(desk: Desk, waiting: Document, given: str) -> None:
    ran = desk.run("documents", "--set-aside", given)

    assert ran.code != 0
    assert "id" in ran.err
    assert desk.services.documents.find(PLACE, waiting.id) == waiting
