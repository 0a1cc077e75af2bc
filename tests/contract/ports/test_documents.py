"""Partners' documents, over the fake and over the real adapter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.aws.documents import DynamoDocuments
from ml_connector.domain.document import DocumentState, Standing
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.ports_documents import Documents
from tests.contract.ports.builders import ACME, GLOBEX
from tests.contract.ports.emulated import Emulated
from tests.fakes.clock import START
from tests.fakes.documents import FakeDocuments
from tests.unit.cli.test_partnering import a_document

PLACE, SAME_NAME_ELSEWHERE = ACME.source_connection, GLOBEX.source_connection
ONE = a_document(connection=PLACE)


@pytest.fixture(params=["fake", "aws"])
def documents(request: pytest.FixtureRequest) -> Documents:
    if request.param == "fake":
        return FakeDocuments()
    aws: Emulated = request.getfixturevalue("aws")
    return DynamoDocuments(aws.dynamodb, aws.resources())


def test_a_document_is_found_as_it_was_put(documents: Documents) -> None:
    whole = replace(
        ONE,
        records=(RecordId(flow=ACME, external_id="1/2"),),
        orders=("PO-1",),
        reused_at=START,
        told=Standing.HELD,
        tells=True,
        tries=3,
    )

    assert documents.put(whole, expected=None)

    assert documents.find(PLACE, ONE.id) == whole
    assert documents.find(PLACE, "f" * 32) is None


def test_tenants_are_apart(documents: Documents) -> None:
    theirs = replace(ONE, connection=SAME_NAME_ELSEWHERE, numbers=("INV-2",))

    documents.put(ONE, expected=None)
    documents.put(theirs, expected=None)

    assert (documents.all(PLACE), documents.open(SAME_NAME_ELSEWHERE)) == ([ONE], [theirs])


def test_only_the_one_that_was_read_is_replaced_and_twice_is_harmless(documents: Documents) -> None:
    second, third = replace(ONE, why="x"), replace(ONE, why="y")
    documents.put(ONE, expected=None)

    assert documents.put(second, expected=ONE)
    assert documents.put(second, expected=ONE)
    assert not documents.put(third, expected=ONE)
    assert not documents.put(third, expected=None)
    assert documents.all(PLACE) == documents.open(PLACE) == [second]


def test_what_is_done_is_not_in_the_list_of_open_ones_and_comes_back_when_it_is_open_again(
    documents: Documents,
) -> None:
    done = replace(ONE, state=DocumentState.ATTACHED)
    reused = replace(done, reused_at=START)
    documents.put(ONE, expected=None)

    documents.put(done, expected=ONE)
    assert (documents.open(PLACE), documents.all(PLACE)) == ([], [done])

    documents.put(reused, expected=done)
    assert documents.open(PLACE) == [reused]
