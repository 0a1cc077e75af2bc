"""Holds, oldest first, with what would help."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.domain.crossreference import State, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.domain.matching import Candidate
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.reporting.holds import flow_holds, tenant_holds
from tests.fakes.clock import START
from tests.unit.pipeline.reporting.office import Office, missing_account, usd


def test_holds_come_oldest_first_with_their_reasons_and_since_when() -> None:
    office = Office()
    office.record("2", State.HELD, amount=usd("5.00"), reasons=[missing_account("600300")])
    office.record("1", State.HELD, reasons=[Reason(code="credit_memo", text="a credit memo")])
    office.record("3", State.POSTED)

    holds = flow_holds(office.ports, office.flow)

    assert [one.number for one in holds.records] == ["INV-2", "INV-1"]
    assert holds.records[0].since == START + timedelta(minutes=1)
    assert holds.records[0].causes == (Cause(kind=ReferenceKind.ACCOUNT, code="600300"),)
    assert (holds.records[1].causes, holds.more) == ((), False)


def test_a_gap_says_how_many_records_it_keeps_back_and_what_it_could_be() -> None:
    office = Office()
    near = Candidate(id="77", name="Office supplies")
    office.record("1", State.HELD, reasons=[missing_account("600300", near)])
    office.record("2", State.HELD, reasons=[missing_account("600300", near), missing_account("600400")])

    gaps = flow_holds(office.ports, office.flow).gaps

    assert [(gap.cause.code, gap.records, gap.candidates) for gap in gaps] == [
        ("600300", 2, (near,)),
        ("600400", 1, ()),
    ]


def test_holds_are_found_by_reason_and_by_what_they_wait_for() -> None:
    office = Office()
    office.record("1", State.HELD, reasons=[missing_account("600300")])
    office.record("2", State.HELD, reasons=[Reason(code="credit_memo", text="a credit memo")])

    by_reason = tenant_holds(office.ports, "acme", code="credit_memo")
    by_cause = tenant_holds(office.ports, "acme", code="600300")

    assert [one.number for one in by_reason.records] == ["INV-2"]
    assert [one.number for one in by_cause.records] == ["INV-1"]


def test_a_list_that_was_cut_says_so() -> None:
    office = Office()
    office.record("1", State.HELD, reasons=[missing_account("1")])
    office.record("2", State.HELD, reasons=[missing_account("2")])

    holds = flow_holds(office.ports, office.flow, limit=1)

    assert (len(holds.records), holds.more) == (1, True)


def test_a_held_record_with_an_unsettled_write_is_marked_in_doubt() -> None:
    office = Office()
    doubt = Unsettled(n=1, action=Action.CREATE, digest="d", source_digest="s", since=START)
    office.record("1", State.HELD, reasons=[Reason(code="several_in_target", text="two")], unsettled=doubt)

    assert flow_holds(office.ports, office.flow).records[0].in_doubt


def test_one_tenant_does_not_see_anothers_holds() -> None:
    acme = Office()
    other = Office(tenant="globex", world=acme.world)
    other.record("1", State.HELD, reasons=[missing_account("600300")])

    assert tenant_holds(acme.ports, "acme").records == ()
