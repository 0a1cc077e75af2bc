"""Tickets are had once and by their tenant alone; an identity belongs to one tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.aws.consents import DynamoConsents
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.ports_consent import Consents, Offer, Ticket, TicketKind
from tests.contract.ports.emulated import Emulated
from tests.fakes.clock import START
from tests.fakes.consents import FakeConsents

TICKET = Ticket(
    kind=TicketKind.CHOICE,
    connection=ConnectionId(tenant="acme", name="books"),
    made_by="ann",
    expires_at=START + timedelta(minutes=10),
    browser="b" * 64,
    grant="freshbooks-1",
    offers=(Offer(id="7", name="Hillside & Sons", settings={"account_id": "A1"}),),
)
MARK, IDENTITY = "m" * 64, "1" * 64


@pytest.fixture(params=["fake", "aws"])
def consents(request: pytest.FixtureRequest) -> Consents:
    if request.param == "fake":
        return FakeConsents()
    aws: Emulated = request.getfixturevalue("aws")
    return DynamoConsents(aws.dynamodb, aws.resources())


def test_a_ticket_is_found_as_it_was_kept(consents: Consents) -> None:
    consents.keep(MARK, TICKET)

    assert consents.look("acme", MARK) == TICKET
    assert consents.look("acme", "n" * 64) is None


def test_a_ticket_is_taken_once(consents: Consents) -> None:
    consents.keep(MARK, TICKET)

    assert consents.take("acme", MARK) == TICKET
    assert consents.take("acme", MARK) is None
    assert consents.look("acme", MARK) is None


def test_a_ticket_is_no_other_tenants(consents: Consents) -> None:
    consents.keep(MARK, TICKET)

    assert consents.take("globex", MARK) is None
    assert consents.list("globex") == []
    assert consents.list("acme") == [TICKET]


def test_what_is_left_out_of_a_ticket_comes_back_so(consents: Consents) -> None:
    bare = replace(TICKET, kind=TicketKind.INVITE, browser="", grant="", offers=())
    consents.keep(MARK, bare)

    assert consents.look("acme", MARK) == bare


def test_an_identity_is_claimed_for_one_tenant(consents: Consents) -> None:
    assert consents.claim(IDENTITY, "acme")
    assert consents.claim(IDENTITY, "acme")

    assert not consents.claim(IDENTITY, "globex")
    assert consents.claim("2" * 64, "globex")
    assert (consents.has_claim(IDENTITY, "acme"), consents.has_claim(IDENTITY, "globex")) == (True, False)


def test_only_its_own_tenant_releases_an_identity(consents: Consents) -> None:
    consents.claim(IDENTITY, "acme")

    consents.release(IDENTITY, "globex")
    assert not consents.claim(IDENTITY, "globex")
    consents.release(IDENTITY, "acme")

    assert consents.claim(IDENTITY, "globex")


def test_a_claim_in_the_table_names_no_tenant_and_a_ticket_goes_by_itself(aws: Emulated) -> None:
    resources = aws.resources()
    stored = DynamoConsents(aws.dynamodb, resources)
    stored.claim(IDENTITY, "acme")
    stored.keep(MARK, TICKET)

    claim, ticket = sorted(
        aws.dynamodb.scan(TableName=resources.connection_table)["Items"], key=lambda it: it["pk"]["S"]
    )

    assert "acme" not in str(claim)
    assert ticket["expires_at"] == {"N": str(int(TICKET.expires_at.timestamp()))}
