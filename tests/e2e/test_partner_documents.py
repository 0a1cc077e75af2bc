"""FJ8, P13: a partner's cXML at the deployed door: known, kept once, attached to its invoice; the alarms about it."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest

from local.lab import onboarding_document
from local.stack import Stack
from ml_connector.domain.document import Document, DocumentState
from ml_connector.domain.identity import ConnectionId
from tests.cxml import CXML, SECRET
from tests.e2e.alarming import Alarms, misled
from tests.e2e.conftest import INVOICES, SUPPLIERS, Installation, wait
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import Letterhead
from tests.simulators.jaggaer.cxml_partner import CxmlPartner

pytestmark = pytest.mark.engine

TENANT = "partner-documents"
DOOR = ConnectionId(tenant=TENANT, name="jaggaer")
HOLD_AGE = timedelta(days=5, hours=1)


@pytest.fixture
def alarms(deployed: Stack) -> Alarms:
    return Alarms(stack=deployed)


@pytest.fixture(scope="module")
def tenant(installation: Installation) -> Installation:
    """JAGGAER's connection takes documents of one partner."""
    jaggaer = onboarding_document(installation.lab)["connections"]["jaggaer"]
    settings, secret = {**jaggaer["settings"], "cxml": CXML}, {**jaggaer["secret"], "cxml_secret": SECRET}
    changed = {"jaggaer": {**jaggaer, "settings": settings, "secret": secret}}
    installation.lab.cli("onboard", str(installation.lab.onboarding(connections=changed, flows=[], mappings={})))
    installation.run(SUPPLIERS)
    return installation


@pytest.fixture(scope="module")
def partner(tenant: Installation) -> CxmlPartner:
    return CxmlPartner(post=lambda headers, body: posted(tenant.lab.stack, headers, body))


def posted(stack: Stack, headers: dict[str, str], body: bytes) -> bytes:
    request = urllib.request.Request(f"{stack.base_url}/cxml/{TENANT}/jaggaer", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        return bytes(answer.read())


def test_a_partners_invoice_is_kept_once_and_attached_to_the_approved_one(
    tenant: Installation, partner: CxmlPartner
) -> None:
    tenant.add_invoice("CXML-1")
    tenant.run(INVOICES)

    answers = [partner.send(cxml.invoice("CXML-1", total="120.00"), payload_id="1@hub.example") for _ in range(2)]
    wait(lambda: attended(tenant, "CXML-1"))

    assert [answer.code for answer in answers] == ["201", "201"]
    assert any("invoice received from networkid:SUPPLIER-HUB" in text for text in told(tenant, "CXML-1"))
    assert len(tenant.bills("CXML-1")) == 1


def test_a_forged_one_is_refused_and_kept_nowhere(tenant: Installation, partner: CxmlPartner) -> None:
    answer = partner.send(cxml.invoice("CXML-2"), head=replace(Letterhead(), secret="guessed"))

    assert (answer.code, kept(tenant, "CXML-2")) == ("401", [])


def test_a_document_that_waits_for_longer_than_it_may_is_an_alarm_until_its_record_is_there(
    deployed: Stack, tenant: Installation, partner: CxmlPartner, alarms: Alarms
) -> None:
    partner.send(cxml.invoice("CXML-3", total="120.00"))
    tenant.upkeep()
    early = alarms.state("OldDocuments")
    (waiting,) = kept(tenant, "CXML-3")
    aged = replace(waiting, received_at=waiting.received_at - HOLD_AGE)
    assert tenant.services.documents.put(aged, expected=waiting)

    tenant.upkeep()
    risen = alarms.state("OldDocuments")
    tenant.add_invoice("CXML-3")
    tenant.run(INVOICES)
    with misled(deployed, "Upkeep", STARTED="anew"):  # else it looks at a document again after five minutes
        wait(lambda: attended(tenant, "CXML-3"))
        alarms.a_minute_on("OldDocuments")
        tenant.upkeep()

    assert (early, risen, alarms.state("OldDocuments")) == ("OK", "ALARM", "OK")


def test_a_document_that_cannot_be_kept_is_told_to_come_again_and_is_an_alarm_until_one_is_kept(
    deployed: Stack, tenant: Installation, partner: CxmlPartner, alarms: Alarms
) -> None:
    with misled(deployed, "CxmlReceiver", CONNECTION_TABLE="not-there"):
        answer = partner.send(cxml.invoice("CXML-4"), payload_id="4@hub.example")
        risen = wait(lambda: alarms.state("DocumentsFailed") == "ALARM", seconds=20)
    again = partner.send(cxml.invoice("CXML-4"), payload_id="4@hub.example")

    assert (answer.code, risen, again.code) == ("500", True, "201")
    assert (len(kept(tenant, "CXML-4")), alarms.a_minute_on("DocumentsFailed")) == (1, "OK")


def attended(tenant: Installation, number: str) -> bool:
    """Upkeep's minute has come, and it has found the document's record."""
    tenant.upkeep()
    return [one.state for one in kept(tenant, number)] == [DocumentState.ATTACHED]


def kept(tenant: Installation, number: str) -> list[Document]:
    return [one for one in tenant.services.documents.all(DOOR) if number in one.numbers]


def told(tenant: Installation, number: str) -> list[str]:
    return [str(moment["text"]) for moment in tenant.record(number)["moments"]]
