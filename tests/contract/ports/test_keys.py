"""Keys: none without a tenant, and no two things under one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.aws import keys
from ml_connector.domain.identity import BadNameError, FlowId
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from tests.contract.ports.builders import ACME, THREE_FLOWS, a_guard, a_payload_key, a_record

KIND = ReferenceKind.VENDOR
texts = st.text(st.sampled_from("ab#%/2:"), min_size=1, max_size=6)
pairs = st.tuples(texts, texts)


@given(one=pairs, other=pairs)
def test_different_payloads_have_different_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    first = keys.payload(a_payload_key(external_id=one[0], version=one[1]))
    second = keys.payload(a_payload_key(external_id=other[0], version=other[1]))

    assert (first == second) == (one == other)


@given(one=texts, other=texts)
def test_different_texts_have_different_keys(one: str, other: str) -> None:
    target = ACME.target_connection

    assert (keys.row(a_record(one)) == keys.row(a_record(other))) == (one == other)
    assert (keys.guard(a_guard(one)) == keys.guard(a_guard(other))) == (one == other)
    assert (keys.made(target, KIND, one) == keys.made(target, KIND, other)) == (one == other)
    assert (keys.mapping(target, KIND, one) == keys.mapping(target, KIND, other)) == (one == other)


@pytest.mark.parametrize("flow_id", THREE_FLOWS, ids=str)
def test_every_partition_key_begins_with_the_tenant(flow_id: FlowId) -> None:
    record, source = a_record(flow=flow_id), flow_id.source_connection
    cause = Cause(kind=KIND, code="c")
    found = [
        keys.row(record).pk,
        keys.guard(a_guard(connection=source)).pk,
        keys.made(source, KIND, "c").pk,
        keys.number(record, "n").pk,
        keys.month(flow_id, "2026-03").pk,
        keys.waiting(record, cause).pk,
        keys.entry(record, 1).pk,
        keys.payload(a_payload_key(flow_id)).pk,
        keys.mapping(source, KIND, "c").pk,
        keys.mapping_version(source, KIND, "c", 1).pk,
        keys.reference(source, KIND).pk,
        keys.reference_chunk(source, KIND, "g", 0).pk,
        keys.connection(source).pk,
        keys.flow(flow_id).pk,
        keys.poll(flow_id).pk,
        keys.grant(flow_id.tenant, "g").pk,
        keys.budget(flow_id.tenant, "a").pk,
        keys.data_key(flow_id.tenant, "2026-03-02").pk,
    ]

    assert [key for key in found if not key.startswith((f"{flow_id.tenant}#", f"{flow_id.tenant}/"))] == []
    assert len(set(found)) == len(found) - 1  # a row and its trail share a name, in two tables


@pytest.mark.parametrize("tenant", ["", "a#b", "a/b", "Acme"])
def test_a_key_without_a_proper_tenant_is_refused(tenant: str) -> None:
    with pytest.raises(BadNameError):
        keys.grant(tenant, "g")
    with pytest.raises(BadNameError):
        keys.row(a_record(flow=replace(ACME, tenant=tenant)))
