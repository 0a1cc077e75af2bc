from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.identity import BadNameError, ConnectionId, FlowId, RecordId, posting_id
from tests.rows import FLOW, RECORD


@pytest.mark.parametrize("external_id", ["1", "inv/1#a", "ä / ö", "a" * 200])
def test_a_record_id_reads_back_as_it_was_written(external_id: str) -> None:
    record = RecordId(flow=FLOW, external_id=external_id)

    assert RecordId.parse(str(record)) == record


@pytest.mark.parametrize("name", ["", "Acme", "1acme", "a/b", "a b", "a" * 41, "acme\n"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(BadNameError):
        ConnectionId(tenant=name, name="books")


@pytest.mark.parametrize("text", ["a/b/c", "a/b/c/d/e", ""])
def test_a_flow_id_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadNameError):
        FlowId.parse(text)


@pytest.mark.parametrize("text", ["a/b/c/d", "a/b/c/d/"])
def test_a_record_id_without_an_external_id_is_refused(text: str) -> None:
    with pytest.raises(BadNameError):
        RecordId.parse(text)


def test_every_intended_write_has_an_id_of_its_own() -> None:
    other = RecordId(flow=replace(FLOW, tenant="globex"), external_id="1")
    ids = [posting_id(RECORD, n=1, epoch=1), posting_id(RECORD, n=2, epoch=1), posting_id(RECORD, n=1, epoch=2)]

    assert len({*ids, posting_id(other, n=1, epoch=1)}) == 4
    assert posting_id(RECORD, n=1, epoch=1) == ids[0]


def test_a_marker_is_short_and_belongs_to_one_record() -> None:
    other = RecordId(flow=replace(FLOW, target="ledger"), external_id="1")

    assert len(RECORD.marker) == 12
    assert RECORD.marker != other.marker
