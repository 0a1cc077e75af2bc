"""cXML through the deployed functions' own code on an emulated AWS: received, stored sealed, attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.document import DocumentState
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.ingest.document_receiver import payload_key
from tests.functions import TENANT, Functions, event, functions_on_moto, record_of
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import Letterhead, enveloped, written

PLACE = ConnectionId(tenant=TENANT, name="jaggaer")
FLOW = "jaggaer_invoice_to_freshbooks_bill"


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The tenant of the lab, with a door for cXML; invoice 2026/4039 is known."""
    with functions_on_moto(tmp_path_factory.mktemp("functions")) as made:
        services = made.services
        stored = services.ports.connections.get(PLACE)
        given = {
            "system": "jaggaer",
            "settings": {**stored.settings, "cxml": {"identity": "NetworkID:BUYER", "senders": ["NetworkID:HUB"]}},
            "secret": {**services.ports.secrets.read(stored.secret), "cxml_secret": "open-sesame"},
        }
        services.onboarding.onboard({"tenant": TENANT, "connections": {"jaggaer": given}}, actor="ann")
        made.call("poller", event("poller/schedule"))
        made.call("ingest_worker", event("ingest_worker/one_of_two_unreadable"))
        yield made


def posted(functions: Functions, number: str, *, secret: str = "open-sesame") -> str:
    head = Letterhead(sender="HUB", secret=secret)
    body = written(enveloped(cxml.invoice(number, total="1.00"), f"{number}@hub", head), head)
    sent: dict[str, Any] = event("cxml_receiver/invoice_with_a_wrong_secret")
    return str(functions.call("cxml_receiver", {**sent, "body": body.decode()})["body"])


def test_what_was_received_waits_sealed_until_upkeep_finds_its_record(functions: Functions) -> None:
    assert 'code="201"' in posted(functions, "2026/4039")
    (document,) = functions.services.documents.open(PLACE)
    table = functions.services.ports.payloads

    assert document.state is DocumentState.WAITING
    assert b"InvoiceDetailRequest" in table.get(payload_key(document))
    assert b"open-sesame" not in table.get(payload_key(document))

    functions.call("upkeep", event("upkeep/schedule"))
    (looked_at,) = functions.services.documents.all(PLACE)
    assert looked_at.why == "the record with the number 2026/4039 is of another order or has another total"


def test_a_wrong_secret_stores_nothing(functions: Functions) -> None:
    before = functions.services.documents.all(PLACE)

    assert 'code="401"' in posted(functions, "2026/1", secret="x")

    assert functions.services.documents.all(PLACE) == before


def test_a_document_that_fits_is_in_the_history_of_its_record(functions: Functions) -> None:
    (found,) = functions.services.ports.ledger.by_number(TENANT, "2026/4039")
    row = functions.services.ports.ledger.get(found)
    assert row is not None
    assert row.amount is not None
    assert found == record_of(FLOW, found.external_id)
    head = Letterhead(sender="HUB")
    amount, currency = str(row.amount.amount), row.amount.currency
    body = written(enveloped(cxml.invoice("2026/4039", total=amount, currency=currency), "2@hub", head), head)
    sent: dict[str, Any] = event("cxml_receiver/invoice_with_a_wrong_secret")

    functions.call("cxml_receiver", {**sent, "body": body.decode()})
    answer = functions.call("upkeep", event("upkeep/schedule"))

    assert answer["documents"] >= 1
    steps = [entry.event.step for entry in functions.services.ports.ledger.trail(found)]
    assert steps.count(Step.ATTACHED) == 1
