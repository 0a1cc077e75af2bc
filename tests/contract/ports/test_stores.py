"""Payloads, references and mappings."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem, ReferenceList
from ml_connector.pipeline.ports import Ports
from tests.contract.ports.builders import ACME, ACME_SECOND_TARGET, GLOBEX, THREE_FLOWS, a_payload_key
from tests.contract.ports.harness import Harness
from tests.fakes.clock import START

BOOKS = ACME.target_connection
ACCOUNT, VENDOR = ReferenceKind.ACCOUNT, ReferenceKind.VENDOR


def test_a_payload_comes_back_under_its_own_key_alone(ports: Ports) -> None:
    ports.payloads.put_many({a_payload_key(version="v1"): b"one", a_payload_key(version="v2"): b"two"})

    assert ports.payloads.get(a_payload_key(version="v1")) == b"one"
    assert ports.payloads.get(a_payload_key(version="v2")) == b"two"


def test_payloads_of_two_tenants_with_equal_ids_are_apart(ports: Ports) -> None:
    ports.payloads.put_many({a_payload_key(ACME): b"acme", a_payload_key(GLOBEX): b"globex"})

    assert ports.payloads.get(a_payload_key(ACME)) == b"acme"
    assert ports.payloads.get(a_payload_key(GLOBEX)) == b"globex"


def test_a_payload_serves_every_flow_of_its_source(ports: Ports) -> None:
    ports.payloads.put_many({a_payload_key(ACME): b"one"})

    assert ports.payloads.get(a_payload_key(ACME_SECOND_TARGET)) == b"one"


@pytest.mark.parametrize("other", [{"version": "v2"}, {"external_id": "other"}, {"flow": GLOBEX}], ids=str)
def test_a_payload_that_is_not_there_is_a_key_error(ports: Ports, other: dict[str, str]) -> None:
    ports.payloads.put_many({a_payload_key(): b"one"})

    with pytest.raises(KeyError):
        ports.payloads.get(a_payload_key(**other))  # type: ignore[arg-type]


def test_many_and_large_payloads_are_kept(ports: Ports) -> None:
    large = random.Random(1).randbytes(700_000)
    many = {a_payload_key(external_id=str(number)): b"%d" % number for number in range(60)}

    ports.payloads.put_many({**many, a_payload_key(external_id="large"): large})

    assert {key: ports.payloads.get(key) for key in many} == many
    assert ports.payloads.get(a_payload_key(external_id="large")) == large


def test_payloads_asked_for_together_are_those_that_are_there(ports: Ports) -> None:
    large = random.Random(2).randbytes(700_000)
    many = {a_payload_key(external_id=str(number)): b"%d" % number for number in range(120)}
    ports.payloads.put_many({**many, a_payload_key(external_id="large"): large, a_payload_key(GLOBEX): b"globex"})
    absent = a_payload_key(version="never")

    found = ports.payloads.get_many([*many, absent, a_payload_key(external_id="large")])

    assert found == {**many, a_payload_key(external_id="large"): large}


def a_list(*names: str, generation: str = "g1", minutes: int = 0, kind: ReferenceKind = ACCOUNT) -> ReferenceList:
    items = tuple(ReferenceItem(id=name, name=f"Account {name}", external_id="x") for name in names)
    return ReferenceList(kind=kind, generation=generation, read_at=START + timedelta(minutes=minutes), items=items)


def test_nothing_is_known_before_the_first_list(ports: Ports) -> None:
    assert ports.references.current(BOOKS, ACCOUNT) is None


def test_a_list_is_seen_as_it_was_read(harness: Harness) -> None:
    harness.ports.references.replace(BOOKS, a_list("1", "2"))

    assert harness.ports.references.current(BOOKS, ACCOUNT) == a_list("1", "2")
    assert harness.other.references.current(BOOKS, ACCOUNT) == a_list("1", "2")


def test_an_empty_list_is_a_list(ports: Ports) -> None:
    ports.references.replace(BOOKS, a_list())

    assert ports.references.current(BOOKS, ACCOUNT) == a_list()


def test_a_long_list_is_kept_whole_and_in_order(ports: Ports) -> None:
    long = a_list(*(f"{number:05d}" for number in range(8000)))

    ports.references.replace(BOOKS, long)

    assert ports.references.current(BOOKS, ACCOUNT) == long


def test_a_new_generation_replaces_the_old_for_every_worker(harness: Harness) -> None:
    harness.ports.references.replace(BOOKS, a_list("1"))
    harness.other.references.current(BOOKS, ACCOUNT)

    harness.ports.references.replace(BOOKS, a_list("1", "2", generation="g2", minutes=5))

    assert harness.other.references.current(BOOKS, ACCOUNT) == a_list("1", "2", generation="g2", minutes=5)


def test_unchanged_content_moves_only_the_time_of_reading(ports: Ports) -> None:
    ports.references.replace(BOOKS, a_list("1", "2"))

    ports.references.replace(BOOKS, a_list("2", "1", generation="g2", minutes=5))

    assert ports.references.current(BOOKS, ACCOUNT) == a_list("1", "2", generation="g1", minutes=5)


def test_a_list_that_was_read_earlier_does_not_come_back(ports: Ports) -> None:
    ports.references.replace(BOOKS, a_list("1", "2", minutes=5))

    ports.references.replace(BOOKS, a_list("1", generation="g0", minutes=1))

    assert ports.references.current(BOOKS, ACCOUNT) == a_list("1", "2", minutes=5)


def test_lists_are_apart_by_tenant_target_and_kind(ports: Ports) -> None:
    ports.references.replace(BOOKS, a_list("1"))

    assert ports.references.current(GLOBEX.target_connection, ACCOUNT) is None
    assert ports.references.current(ACME_SECOND_TARGET.target_connection, ACCOUNT) is None
    assert ports.references.current(BOOKS, VENDOR) is None


def a_mapping(code: str = "600#1", target_id: str | None = "42", flow: FlowId = ACME) -> MappingEntry:
    return MappingEntry(
        connection=flow.target_connection, kind=ACCOUNT, code=code, target_id=target_id, set_by="ann", set_at=START
    )


def targets(ports: Ports, *codes: str, kind: ReferenceKind = ACCOUNT) -> dict[str, list[str | None]]:
    found = ports.mappings.get_many(BOOKS, [(kind, code) for code in codes])
    return {code: [entry.target_id for entry in entries] for (_, code), entries in found.items()}


def test_a_mapping_is_found_by_its_code(ports: Ports) -> None:
    ports.mappings.put([a_mapping()])

    assert targets(ports, "600#1", "other") == {"600#1": ["42"]}
    assert targets(ports, "600#1", kind=VENDOR) == {}
    assert ports.mappings.get_many(BOOKS, []) == {}
    assert ports.mappings.list(BOOKS) == [replace(a_mapping(), version=1)]


def test_mappings_of_several_kinds_are_read_together(ports: Ports) -> None:
    ports.mappings.put([a_mapping(), replace(a_mapping(), kind=VENDOR)])

    found = ports.mappings.get_many(BOOKS, [(ACCOUNT, "600#1"), (VENDOR, "600#1"), (ACCOUNT, "600#1")])

    assert found.keys() == {(ACCOUNT, "600#1"), (VENDOR, "600#1")}


def test_mappings_are_apart_by_tenant_and_target(ports: Ports) -> None:
    ports.mappings.put([a_mapping(target_id=str(flow), flow=flow) for flow in THREE_FLOWS])

    assert targets(ports, "600#1") == {"600#1": [str(ACME)]}
    assert [entry.target_id for entry in ports.mappings.list(GLOBEX.target_connection)] == [str(GLOBEX)]


def test_the_newest_choice_counts_and_the_older_stay_readable(ports: Ports) -> None:
    ports.mappings.put([a_mapping(target_id="1"), a_mapping(target_id="2")])
    ports.mappings.put([a_mapping(target_id="3")])

    history = ports.mappings.history(BOOKS, ACCOUNT, "600#1")

    assert [(change.entry.version, change.entry.target_id) for change in history] == [(1, "1"), (2, "2"), (3, "3")]
    assert [[one.target_id for one in change.before] for change in history] == [[], ["1"], ["2"]]
    assert targets(ports, "600#1") == {"600#1": ["3"]}


def test_a_choice_that_was_taken_back_stays_in_the_history(ports: Ports) -> None:
    ports.mappings.put([a_mapping()])

    ports.mappings.put([a_mapping(target_id=None)])

    assert targets(ports, "600#1") == {}
    assert ports.mappings.list(BOOKS) == []
    history = ports.mappings.history(BOOKS, ACCOUNT, "600#1")
    assert [(change.entry.version, change.entry.target_id, change.after) for change in history] == [
        (1, "42", (replace(a_mapping(), version=1),)),
        (2, None, ()),
    ]


def test_a_mapping_for_some_days_stands_beside_the_others_of_its_code(ports: Ports) -> None:
    july = date(2026, 7, 1)
    ports.mappings.put([a_mapping(target_id="1")])

    ports.mappings.put([replace(a_mapping(target_id="2"), valid_from=july)])

    (entries,) = ports.mappings.get_many(BOOKS, [(ACCOUNT, "600#1")]).values()
    assert [(one.target_id, one.valid_from, one.valid_to, one.version) for one in entries] == [
        ("1", None, july - timedelta(days=1), 1),
        ("2", july, None, 2),
    ]
    assert ports.mappings.list(BOOKS) == list(entries)


def test_two_who_change_one_code_at_once_both_stand_in_its_history(harness: Harness) -> None:
    harness.ports.mappings.put([a_mapping(target_id="1")])
    harness.other.mappings.put([a_mapping(target_id="2")])

    history = harness.ports.mappings.history(BOOKS, ACCOUNT, "600#1")

    assert [change.entry.version for change in history] == [1, 2]


def test_many_mappings_are_put_and_listed_by_kind(ports: Ports) -> None:
    codes = [f"{number:03d}" for number in range(130)]
    ports.mappings.put([*(a_mapping(code) for code in codes), replace(a_mapping(), kind=VENDOR)])

    assert [entry.code for entry in ports.mappings.list(BOOKS, ACCOUNT)] == codes
    assert len(ports.mappings.list(BOOKS)) == 131
    assert len(targets(ports, *codes)) == 130
