"""Notices and postings: small messages of ids, none lost, none alike mixed up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.aws.queues import notice_from_message, record_from_message
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from tests.contract.ports.builders import ACME, THREE_FLOWS, a_record
from tests.contract.ports.harness import Harness


def a_notice(*external_ids: str, flow: FlowId = ACME) -> Notice:
    records = tuple(NoticedRecord(external_id=external_id, stamp="s", stored="v") for external_id in external_ids)
    return Notice(flow=flow, cause=NoticeCause.REPLAYED, records=records, run_id="r1", actor="ann")


def test_a_notice_arrives_as_it_was_sent(harness: Harness) -> None:
    harness.ports.notices.send([a_notice("1", "é/#2")])

    assert harness.take_notices() == [a_notice("1", "é/#2")]


def test_a_notice_may_name_no_record(harness: Harness) -> None:
    harness.ports.notices.send([a_notice()])

    assert harness.take_notices() == [a_notice()]


def test_notices_with_equal_ids_keep_their_flows(harness: Harness) -> None:
    harness.ports.notices.send([a_notice("1", flow=flow) for flow in THREE_FLOWS])

    assert sorted(notice.flow for notice in harness.take_notices()) == sorted(THREE_FLOWS)


def test_a_long_notice_is_split_into_hundreds(harness: Harness) -> None:
    external_ids = [f"{number:04d}" for number in range(1234)]
    harness.ports.notices.send([a_notice(*external_ids)])

    parts = harness.take_notices()

    assert sorted(record.external_id for part in parts for record in part.records) == external_ids
    assert max(len(part.records) for part in parts) == 100
    assert {(part.cause, part.run_id, part.actor) for part in parts} == {(NoticeCause.REPLAYED, "r1", "ann")}


def test_a_heavy_notice_is_split_too(harness: Harness) -> None:
    external_ids = [f"{number:03d}" + "x" * 5000 for number in range(99)]
    harness.ports.notices.send([a_notice(*external_ids)])

    parts = harness.take_notices()

    assert sorted(record.external_id for part in parts for record in part.records) == external_ids


def test_postings_arrive_once_each(harness: Harness) -> None:
    records = [a_record(str(number), flow) for number in range(12) for flow in THREE_FLOWS]
    harness.ports.postings.send([*records, records[0]])

    assert sorted(harness.take_postings()) == sorted(records)


def test_a_delayed_posting_is_not_there_yet(harness: Harness) -> None:
    harness.ports.postings.send([a_record()], delay=timedelta(hours=3))

    assert harness.take_postings() == []


def test_sending_nothing_sends_nothing(harness: Harness) -> None:
    harness.ports.notices.send([])
    harness.ports.postings.send([])

    assert harness.take_notices() == []
    assert harness.take_postings() == []


GARBAGE = ["", "{", "[]", "7", "null", "{}", '{"flow": "x"}', '{"record": null}', '{"record": "a/b"}']


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_neither_notice_nor_posting(body: str) -> None:
    with pytest.raises(ValueError, match="not a notice"):
        notice_from_message(body)
    with pytest.raises(ValueError, match="not a posting"):
        record_from_message(body)


@pytest.mark.parametrize("flow", ["a#b/c/d/e", "A/b/c/d", "a/b/c/d#e"])
def test_a_record_of_an_impossible_flow_is_refused(flow: str) -> None:
    with pytest.raises(ValueError, match="not a posting"):
        record_from_message(f'{{"record": "{flow}/1"}}')


def test_a_wait_of_less_than_a_second_is_still_a_wait(harness: Harness) -> None:
    harness.ports.postings.send([a_record()], delay=timedelta(milliseconds=400))

    assert harness.take_postings() == []
