"""The Ledger: one change whole or not at all, and what stands beside the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ml_connector.domain.audit import GENESIS
from ml_connector.domain.crossreference import (
    Confirmed,
    CrossReference,
    InFlight,
    Kept,
    Mention,
    Origin,
    Planned,
    State,
    Unsettled,
    Wanted,
)
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import FlowId, PostingId
from ml_connector.domain.matching import Candidate
from ml_connector.domain.money import Money
from ml_connector.domain.posting import Action
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.reference import Cause
from ml_connector.pipeline.ports import GuardTakenError, Made, MovedError, Ports
from tests.contract.ports.builders import (
    ACCOUNT,
    ACME,
    ACME_SECOND_TARGET,
    GLOBEX,
    THREE_FLOWS,
    VENDOR,
    a_first,
    a_guard,
    a_next,
    a_record,
    a_row,
    an_event,
    held_for,
)
from tests.contract.ports.harness import Harness
from tests.fakes.clock import START

MARCH = "2026-03"


def a_full_row() -> CrossReference:
    return a_row(
        state=State.HELD,
        n=2,
        epoch=3,
        number="INV-1",
        other_number="B 1",
        amount=Money(Decimal("12.50"), "USD"),
        month=MARCH,
        first_seen_at=START,
        state_since=START,
        stamp="s1",
        wanted=Wanted(digest="d3", fetched_at=START, stamp="s1"),
        planned=Planned(action=Action.UPDATE, digest="t3", source_digest="d3"),
        in_flight=InFlight(
            n=2,
            posting_id=PostingId("p2"),
            action=Action.UPDATE,
            digest="t2",
            source_digest="d2",
            attempt=1,
            claim="c",
            lease_until=START,
        ),
        unsettled=Unsettled(n=2, action=Action.UPDATE, digest="t2", source_digest="d2", since=START, absences=1),
        confirmed=Confirmed(n=1, target_id="9", digest="t1", source_digest="d1", origin=Origin.CREATED, at=START),
        due_at=START + timedelta(microseconds=1),
        attempts=2,
        reservation="inv-1",
        reasons=(Reason(code="c", text="t", cause=VENDOR, candidates=(Candidate(id="1", name="é", score=0.75),)),),
    )


def test_a_row_comes_back_as_it_was_stored(ports: Ports) -> None:
    stored = ports.ledger.commit(a_first(a_full_row()))

    assert ports.ledger.get(a_record()) == stored
    assert stored == replace(
        a_full_row(), version=1, write_id=stored.write_id, audit_sequence=1, audit_head=stored.audit_head
    )


def test_an_unknown_record_has_no_row(ports: Ports) -> None:
    assert ports.ledger.get(a_record()) is None


@pytest.mark.parametrize("flow", THREE_FLOWS, ids=str)
def test_equal_ids_under_another_tenant_or_target_are_other_rows(ports: Ports, flow: FlowId) -> None:
    for each in THREE_FLOWS:
        ports.ledger.commit(a_first(a_row(a_record(flow=each), stamp=str(each))))

    found = ports.ledger.get(a_record(flow=flow))

    assert found is not None
    assert found.stamp == str(flow)


def test_many_rows_are_read_at_once_and_the_absent_are_left_out(ports: Ports) -> None:
    records = [a_record(f"inv-{number}") for number in range(120)]
    for record in records[:110]:
        ports.ledger.commit(a_first(a_row(record)))

    found = ports.ledger.get_many([*records, records[0]])

    assert sorted(found) == sorted(records[:110])
    assert all(row.record == record for record, row in found.items())


def test_each_commit_raises_the_version(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row()))

    second = ports.ledger.commit(a_next(first, changes={"state": State.POSTED}))

    assert (first.version, second.version) == (1, 2)
    assert second.write_id != first.write_id


def test_committing_one_change_twice_is_harmless(harness: Harness) -> None:
    change = a_first(a_row(), take=(a_guard(),))
    once = harness.ports.ledger.commit(change)

    again = harness.other.ledger.commit(change)

    assert again == once
    assert len(harness.ports.ledger.trail(a_record())) == 1


def test_committing_a_later_change_twice_is_harmless(harness: Harness) -> None:
    first = harness.ports.ledger.commit(a_first(a_row()))
    change = a_next(first, changes={"state": State.POSTED}, take=(a_guard(),))
    once = harness.ports.ledger.commit(change)

    assert harness.other.ledger.commit(change) == once


def test_of_two_first_writers_one_wins(harness: Harness) -> None:
    harness.ports.ledger.commit(a_first(a_row(stamp="mine")))

    with pytest.raises(MovedError):
        harness.other.ledger.commit(a_first(a_row(stamp="theirs")))

    assert harness.ports.ledger.get(a_record()).stamp == "mine"  # type: ignore[union-attr]


def test_of_two_later_writers_one_wins(harness: Harness) -> None:
    first = harness.ports.ledger.commit(a_first(a_row()))
    harness.ports.ledger.commit(a_next(first, changes={"state": State.POSTED}))

    with pytest.raises(MovedError):
        harness.other.ledger.commit(a_next(first, changes={"state": State.HELD}))

    assert harness.ports.ledger.get(a_record()).state is State.POSTED  # type: ignore[union-attr]


def test_the_loser_leaves_nothing_behind(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row()))
    ports.ledger.commit(a_next(first, changes={"state": State.POSTED}))
    lost = a_next(first, changes={**held_for(VENDOR), "number": "LOST"}, take=(a_guard("LOST"),))

    with pytest.raises(MovedError):
        ports.ledger.commit(lost)

    assert ports.ledger.guard_owner(a_guard("LOST")) is None
    assert ports.ledger.by_number("acme", "LOST") == []
    assert ports.ledger.causes(ACME) == []
    assert len(ports.ledger.trail(a_record())) == 2


def test_a_change_to_a_row_that_is_not_there_has_moved(ports: Ports) -> None:
    with pytest.raises(MovedError):
        ports.ledger.commit(a_next(a_row(version=1)))


def test_a_guard_keeps_others_out_and_names_its_owner(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(), take=(a_guard(),)))
    rival = a_record("inv-2")

    with pytest.raises(GuardTakenError) as taken:
        ports.ledger.commit(a_first(a_row(rival), take=(a_guard("free", owner=rival), a_guard(owner=rival))))

    assert taken.value.owner == str(a_record())
    assert taken.value.guard == a_guard(owner=rival)
    assert ports.ledger.get(rival) is None
    assert ports.ledger.guard_owner(a_guard("free")) is None


def test_an_owner_may_take_its_guard_again(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row(), take=(a_guard(),)))

    ports.ledger.commit(a_next(first, take=(a_guard(),)))

    assert ports.ledger.guard_owner(a_guard()) == str(a_record())


def test_a_released_guard_is_free_for_another(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row(), take=(a_guard(),)))
    ports.ledger.commit(a_next(first, release=(a_guard(),)))
    rival = a_record("inv-2")

    ports.ledger.commit(a_first(a_row(rival), take=(a_guard(owner=rival),)))

    assert ports.ledger.guard_owner(a_guard()) == str(rival)


def test_nobody_releases_the_guard_of_another(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(), take=(a_guard(),)))
    rival = a_record("inv-2")

    with pytest.raises(GuardTakenError):
        ports.ledger.commit(a_first(a_row(rival), release=(a_guard(owner=rival),)))

    assert ports.ledger.guard_owner(a_guard()) == str(a_record())


def test_releasing_a_guard_that_is_gone_is_harmless(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(), release=(a_guard(),)))

    assert ports.ledger.guard_owner(a_guard()) is None


def test_a_guard_that_is_taken_and_released_at_once_stays(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(), take=(a_guard(),), release=(a_guard(),)))

    assert ports.ledger.guard_owner(a_guard()) == str(a_record())


@pytest.mark.parametrize("flow", [ACME_SECOND_TARGET, GLOBEX], ids=str)
def test_a_guard_of_one_target_is_free_in_another(ports: Ports, flow: FlowId) -> None:
    ports.ledger.commit(a_first(a_row(), take=(a_guard(),)))
    elsewhere = a_guard(owner=a_record(flow=flow), connection=flow.target_connection)

    ports.ledger.commit(a_first(a_row(a_record(flow=flow)), take=(elsewhere,)))

    assert ports.ledger.guard_owner(elsewhere) == elsewhere.owner


def test_a_held_record_waits_for_its_causes(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(**held_for(VENDOR, ACCOUNT))))
    ports.ledger.commit(a_first(a_row(a_record("inv-2"), **held_for(VENDOR))))

    assert ports.ledger.causes(ACME) == [ACCOUNT, VENDOR]
    assert ports.ledger.waiting_for(ACME, VENDOR) == sorted([a_record(), a_record("inv-2")])
    assert ports.ledger.waiting_for(ACME, ACCOUNT) == [a_record()]


def test_a_cause_goes_with_its_hold(ports: Ports) -> None:
    held = ports.ledger.commit(a_first(a_row(**held_for(VENDOR, ACCOUNT))))

    still = ports.ledger.commit(a_next(held, changes=held_for(ACCOUNT)))
    left = ports.ledger.causes(ACME)
    ports.ledger.commit(a_next(still, changes={"state": State.PLANNED}))

    assert left == [ACCOUNT]
    assert ports.ledger.causes(ACME) == []
    assert ports.ledger.waiting_for(ACME, ACCOUNT) == []


def test_one_code_under_two_names_is_two_causes_and_is_found_by_code(ports: Ports) -> None:
    other_name = replace(ACCOUNT, name="Stationery")
    ports.ledger.commit(a_first(a_row(**held_for(ACCOUNT))))
    ports.ledger.commit(a_first(a_row(a_record("inv-2"), **held_for(other_name))))

    assert ports.ledger.causes(ACME) == [ACCOUNT, other_name]
    assert ports.ledger.waiting_for(ACME, other_name) == [a_record("inv-2")]
    assert len(ports.ledger.waiting_for(ACME, replace(ACCOUNT, name=None))) == 2


@pytest.mark.parametrize("flow", [ACME_SECOND_TARGET, GLOBEX], ids=str)
def test_causes_of_one_flow_are_not_those_of_another(ports: Ports, flow: FlowId) -> None:
    ports.ledger.commit(a_first(a_row(**held_for(VENDOR))))

    assert ports.ledger.causes(flow) == []
    assert ports.ledger.waiting_for(flow, VENDOR) == []


def test_a_row_at_its_caps_still_fits_one_change(ports: Ports) -> None:
    old = [Cause(kind=ReferenceKind.ACCOUNT, code=f"old {number}") for number in range(20)]
    new = [Cause(kind=ReferenceKind.ACCOUNT, code=f"new {number}") for number in range(20)]
    held = ports.ledger.commit(a_first(a_row(**held_for(*old))))

    ports.ledger.commit(a_next(held, changes=held_for(*new)))

    assert sorted(ports.ledger.causes(ACME)) == sorted(new)


def test_made_records_are_found_by_their_code(ports: Ports) -> None:
    made = Made(connection=ACME.target_connection, kind=ReferenceKind.VENDOR, code="00#1", target_id="77")
    ports.ledger.commit(a_first(a_row(), made=(made,)))

    assert ports.ledger.made(ACME.target_connection, ReferenceKind.VENDOR, ["00#1", "2"]) == {"00#1": "77"}
    assert ports.ledger.made(ACME.target_connection, ReferenceKind.ACCOUNT, ["00#1"]) == {}
    assert ports.ledger.made(GLOBEX.target_connection, ReferenceKind.VENDOR, ["00#1"]) == {}
    assert ports.ledger.made(ACME_SECOND_TARGET.target_connection, ReferenceKind.VENDOR, ["00#1"]) == {}


def test_a_record_is_found_by_either_number(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(number="INV 1", other_number="B1")))

    assert ports.ledger.by_number("acme", "inv1") == [a_record()]
    assert ports.ledger.by_number("acme", "b 1") == [a_record()]
    assert ports.ledger.by_number("globex", "inv1") == []


def test_a_record_is_found_by_what_it_names(ports: Ports) -> None:
    order = Mention(kind=RecordKind.PURCHASE_ORDER, number="PO 49", status="Open")
    first = ports.ledger.commit(a_first(a_row(number="INV 1", mentions=(order,))))

    found = ports.ledger.by_number("acme", "po49")
    ports.ledger.commit(a_next(first, changes={"mentions": ()}))

    assert (found, ports.ledger.by_number("acme", "PO 49")) == ([a_record()], [])


def test_what_a_person_entered_is_kept_with_the_row(ports: Ports) -> None:
    kept = (Kept(name="phone", value="555-0199"), Kept(name="street", value=None))
    ports.ledger.commit(a_first(a_row(kept=kept)))

    row = ports.ledger.get(a_record())

    assert row is not None
    assert row.kept == kept


def test_a_number_finds_the_record_in_every_flow_of_the_tenant(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(number="INV-1")))
    ports.ledger.commit(a_first(a_row(a_record(flow=ACME_SECOND_TARGET), number="INV-1")))

    assert ports.ledger.by_number("acme", "INV-1") == [a_record(), a_record(flow=ACME_SECOND_TARGET)]


def test_a_former_number_finds_nothing(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row(number="INV-1")))
    ports.ledger.commit(a_next(first, changes={"number": "INV-2"}))

    assert ports.ledger.by_number("acme", "INV-1") == []
    assert ports.ledger.by_number("acme", "INV-2") == [a_record()]


def test_open_work_lists_the_longest_due_first(ports: Ports) -> None:
    late, later = START + timedelta(hours=1), START + timedelta(hours=2)
    ports.ledger.commit(a_first(a_row(a_record("b"), due_at=later)))
    ports.ledger.commit(a_first(a_row(a_record("a"), due_at=late)))
    ports.ledger.commit(a_first(a_row(a_record("c"), State.HELD, state_since=START)))
    ports.ledger.commit(a_first(a_row(a_record("d"), State.POSTED, state_since=START)))

    everything = ports.ledger.open_work(ACME, State)

    assert everything == [a_record("c"), a_record("a"), a_record("b")]
    assert ports.ledger.open_work(ACME, [State.PLANNED], due_before=late) == [a_record("a")]
    assert ports.ledger.open_work(ACME, State, limit=2) == everything[:2]
    assert ports.ledger.open_work(GLOBEX, State) == []
    assert ports.ledger.open_work(ACME_SECOND_TARGET, State) == []


def test_finished_work_leaves_the_list(ports: Ports) -> None:
    first = ports.ledger.commit(a_first(a_row(due_at=START)))
    ports.ledger.commit(a_next(first, changes={"state": State.POSTED}))

    assert ports.ledger.open_work(ACME, State) == []


def test_the_summaries_of_a_month_add_up(ports: Ports) -> None:
    for number in range(20):
        amount = Money(Decimal("0.10"), "USD")
        ports.ledger.commit(a_first(a_row(a_record(str(number)), month=MARCH, number=f"N{number}", amount=amount)))
    ports.ledger.commit(a_first(a_row(a_record("april"), month="2026-04")))
    ports.ledger.commit(a_first(a_row(a_record(flow=GLOBEX), month=MARCH)))

    found = list(ports.ledger.summaries(ACME, MARCH))

    assert sum(summary.amount.amount for summary in found if summary.amount) == Decimal("2.00")
    assert {summary.number for summary in found} == {f"N{number}" for number in range(20)}
    assert {summary.state for summary in found} == {State.PLANNED}
    assert ports.ledger.months(ACME) == [MARCH, "2026-04"]
    assert ports.ledger.months(ACME_SECOND_TARGET) == []


def test_a_month_is_listed_again_by_a_worker_that_noted_it_before_the_table_was_lost(harness: Harness) -> None:
    harness.ports.ledger.commit(a_first(a_row(month=MARCH)))
    harness.lose_rows()

    harness.ports.ledger.commit(a_first(a_row(month=MARCH, epoch=2)))

    assert harness.ports.ledger.months(ACME) == [MARCH]


def test_a_summary_may_lack_number_and_amount(ports: Ports) -> None:
    ports.ledger.commit(a_first(a_row(month=MARCH)))

    (found,) = ports.ledger.summaries(ACME, MARCH)

    assert (found.record, found.number, found.amount) == (a_record(), None, None)


def test_the_trail_is_in_order_and_chained(harness: Harness) -> None:
    ledger = harness.ports.ledger
    first = ledger.commit(a_first(a_row(), events=(an_event("one"), an_event("two", who="Ann", count=2))))
    second = ledger.commit(a_next(first, events=(an_event("three"),)))

    trail = ledger.trail(a_record())

    assert [entry.event.text for entry in trail] == ["one", "two", "three"]
    assert [entry.sequence for entry in trail] == [1, 2, 3]
    assert [entry.previous for entry in trail] == [GENESIS, trail[0].hash, trail[1].hash]
    assert (second.audit_head, second.audit_sequence) == (trail[-1].hash, 3)
    assert harness.broken_links(a_record()) == []


def test_an_event_comes_back_as_it_was_written(ports: Ports) -> None:
    at = datetime(2026, 3, 2, 23, 59, 59, 5, tzinfo=UTC)
    event = an_event("é", at=at, before={"total": "1.50"}, after=["x", None, 3])
    ports.ledger.commit(a_first(a_row(), events=(event,)))

    assert [entry.event for entry in ports.ledger.trail(a_record())] == [event]


def test_trails_of_equal_ids_are_apart(ports: Ports) -> None:
    for flow in THREE_FLOWS:
        ports.ledger.commit(a_first(a_row(a_record(flow=flow)), events=(an_event(str(flow)),)))

    assert [entry.event.text for entry in ports.ledger.trail(a_record())] == [str(ACME)]


def test_a_change_without_events_leaves_the_chain_where_it_was(harness: Harness) -> None:
    first = harness.ports.ledger.commit(a_first(a_row()))

    second = harness.ports.ledger.commit(a_next(first, changes={"state": State.POSTED}, events=()))

    assert (second.audit_sequence, second.audit_head) == (1, first.audit_head)
    assert harness.broken_links(a_record()) == []


def test_a_lost_row_goes_on_where_its_trail_ends(harness: Harness) -> None:
    first = harness.ports.ledger.commit(a_first(a_row(), events=(an_event("before"),)))
    harness.lose_rows()

    again = harness.ports.ledger.commit(a_first(a_row(), events=(an_event("after"),)))

    assert again.version == 1
    assert again.audit_sequence == first.audit_sequence + 1
    assert [entry.event.text for entry in harness.ports.ledger.trail(a_record())] == ["before", "after"]
    assert harness.broken_links(a_record()) == []
