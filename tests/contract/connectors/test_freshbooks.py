"""The FreshBooks connector against the simulator: what is written, what is found again, and what is not believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.domain.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.domain.money import Money
from ml_connector.domain.posting import (
    Absent,
    Action,
    Found,
    FoundBy,
    NotSent,
    Outcome,
    Several,
    Sighting,
    Unclear,
    Write,
    WriteError,
    Written,
)
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.vendor import Vendor, VendorRef
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.probe import steps_of
from ml_connector.pipeline.system import Page, System
from tests.contract.connectors.freshbooks_world import MARKER, START, World, a_vendor, a_write, sought
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import (
    CategoryShape,
    DeletedRead,
    IdStyle,
    LinesUpdate,
    PaidBill,
    RateLimit,
    Switches,
    TooMany,
)
from tests.simulators.serving import Request, Response

OTHER = "ffffffffffff"


def error_of(outcome: Outcome) -> Exception:
    assert isinstance(outcome, WriteError)
    return outcome.error


def written(outcome: Outcome) -> Written:
    assert isinstance(outcome, Written), outcome
    return outcome


def found(sighting: Sighting) -> tuple[str, FoundBy]:
    assert isinstance(sighting, Found), sighting
    return sighting.target_id, sighting.by


def said(body: Any, *, status: int = 200) -> Response:
    return Response(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def bill_of(sighting: Sighting) -> Bill:
    assert isinstance(sighting, Found)
    assert isinstance(sighting.record, Bill)
    return sighting.record


def pages(system: System, kind: RecordKind, resume: str | None = None) -> list[Page]:
    return [page for page in system.changed_since(kind, Watermark(), resume=resume) if isinstance(page, Page)]


def keyed(world: World, *, number: str = "INV-7781", amount: str = "125.00", **fields: Any) -> str:
    """A bill that a person keyed in."""
    bill = world.freshbooks.add_bill(vendorid=int(world.vendor_id), amount=amount, bill_number=number, **fields)
    return str(bill["id"])


# writing


def test_a_created_bill_is_held_as_it_was_meant() -> None:
    world = World()
    bill = world.a_bill("125.00", "40.10")

    outcome = written(world.write(bill))

    assert outcome.record is not None
    assert world.system.differs(bill, outcome.record) == ()
    [kept] = world.freshbooks.bills
    assert (str(kept["id"]), kept["total_amount"]["amount"], kept["due_date"]) == (
        outcome.target_id,
        "165.10",
        "2026-04-01",
    )


@pytest.mark.parametrize(
    "switches",
    [
        Switches(ids=IdStyle.STRING),
        Switches(ids=IdStyle.MIXED),
        Switches(category=CategoryShape.STRING),
        Switches(line_categoryid=False),
        Switches(category=CategoryShape.STRING, line_categoryid=False),
    ],
    ids=["ids as text", "ids mixed", "category as text", "category as an object only", "category by name only"],
)
def test_freshbooks_may_answer_in_any_of_its_shapes(switches: Switches) -> None:
    world = World(switches=switches)
    bill = world.a_bill()

    outcome = written(world.write(bill))

    assert outcome.record is not None
    assert world.system.differs(bill, outcome.record) == ()


def test_an_update_replaces_the_lines() -> None:
    world = World()
    target_id = written(world.write(world.a_bill("125.00", "40.00"))).target_id
    changed = world.a_bill("130.00")

    outcome = written(world.write(changed, Action.UPDATE, target_id=target_id))

    assert outcome.record is not None
    assert world.system.differs(changed, outcome.record) == ()
    assert len(world.freshbooks.bills) == 1


def test_lines_that_an_update_leaves_behind_are_told() -> None:
    world = World(switches=Switches(lines_update=LinesUpdate.MERGE))
    target_id = written(world.write(world.a_bill("125.00", "40.00"))).target_id
    changed = world.a_bill("125.00")

    outcome = written(world.write(changed, Action.UPDATE, target_id=target_id))

    assert outcome.record is not None
    assert world.system.differs(changed, outcome.record) == ("total", "lines")


def test_a_void_deletes_the_bill() -> None:
    world = World()
    target_id = written(world.write(world.a_bill())).target_id

    outcome = written(world.write(world.a_bill(), Action.VOID, target_id=target_id))

    assert isinstance(outcome.record, Bill)
    assert outcome.record.status is BillStatus.DELETED
    assert world.freshbooks.bills == []


def test_voiding_twice_is_harmless() -> None:
    world = World()
    target_id = written(world.write(world.a_bill())).target_id
    world.write(world.a_bill(), Action.VOID, target_id=target_id)

    assert written(world.write(world.a_bill(), Action.VOID, target_id=target_id)).target_id == target_id


def test_voiding_what_freshbooks_refuses_as_deleted_is_done() -> None:
    world = World()
    gone = {"errors": [{"errno": 1011, "field": "id", "message": "This bill is deleted.", "object": "bill"}]}
    world.between.answer = lambda request: said({"response": gone}, status=404)

    assert world.write(world.a_bill(), Action.VOID, target_id="1001") == Written("1001")


def test_voiding_what_never_was_is_not_found() -> None:
    world = World()

    error = error_of(world.write(world.a_bill(), Action.VOID, target_id="4711"))

    assert isinstance(error, NotFoundError)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"response": {"result": {}}},
        {"response": {"result": {"bill": {}}}},
        {"response": {"result": {"bill": {"id": None, "vendorid": 501}}}},
        {"response": {"result": {"bill": {"id": 7, "total_amount": {"amount": "NaN", "code": "USD"}}}}},
    ],
    ids=["null", "nothing", "no bill", "an empty bill", "a bill without an id", "no amount"],
)
def test_a_success_without_the_bill_is_an_unknown_outcome(body: Any) -> None:
    world = World()
    world.between.answer = lambda request: said(body)

    assert type(error_of(world.write(world.a_bill()))) is OutcomeUnknownError


def test_an_answer_about_another_bill_is_an_unknown_outcome() -> None:
    world = World()
    world.between.answer = lambda request: said({"response": {"result": {"bill": {"id": 4712}}}})

    error = error_of(world.write(world.a_bill(), Action.UPDATE, target_id="4711"))

    assert type(error) is OutcomeUnknownError


def test_a_paid_bill_refuses_another_amount() -> None:
    world = World(switches=Switches(paid_bill=PaidBill.KEEPS_AMOUNT))
    target_id = written(world.write(world.a_bill())).target_id
    world.freshbooks.pay_bill(int(target_id), "125.00")

    outcome = world.write(world.a_bill("130.00"), Action.UPDATE, target_id=target_id)

    assert isinstance(error_of(outcome), RejectedError)


def test_a_vendor_is_created_updated_and_deleted() -> None:
    world = World()
    target_id = written(world.write(a_vendor())).target_id
    world.freshbooks.edit_vendor(int(target_id), note=f"Ask for Olive. [ml:{MARKER}]", website="alder.example")
    changed = a_vendor(email="ap@alder.example", city="Salem")

    outcome = written(world.write(changed, Action.UPDATE, target_id=target_id))
    world.write(changed, Action.VOID, target_id=target_id)

    assert outcome.record is not None
    assert world.system.differs(changed, outcome.record) == ()
    record = world.system.fetch(RecordKind.VENDOR, target_id)
    assert isinstance(record, Vendor)
    assert (record.deleted, record.city, record.marker) == (True, "Salem", MARKER)


def test_updating_a_vendor_keeps_what_people_wrote() -> None:
    world = World()
    target_id = written(world.write(a_vendor())).target_id
    world.freshbooks.edit_vendor(int(target_id), note=f"Ask for Olive. [ml:{MARKER}]", website="alder.example")

    world.write(a_vendor(city="Salem"), Action.UPDATE, target_id=target_id)

    kept = next(vendor for vendor in world.freshbooks.vendors if str(vendor["id"]) == target_id)
    assert (kept["note"], kept["website"]) == (f"Ask for Olive.\n[ml:{MARKER}]", "alder.example")


def test_a_vendor_without_a_currency_takes_the_one_that_is_set() -> None:
    world = World(currency="CAD")

    outcome = written(world.write(a_vendor(currency=None)))

    assert isinstance(outcome.record, Vendor)
    assert outcome.record.currency == "CAD"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.REFUSE, RateLimitedError),
        (Fault.REFUSE_BARE, RateLimitedError),
        (Fault.LOSE_REQUEST, TransientError),
        (Fault.BREAK, OutcomeUnknownError),
        (Fault.BREAK_AFTER, OutcomeUnknownError),
        (Fault.LOSE_ANSWER, OutcomeUnknownError),
        (Fault.GARBLE, OutcomeUnknownError),
    ],
)
def test_a_failed_create_says_what_is_known_of_it(fault: Fault, kind: type[Exception]) -> None:
    world = World(faults=[fault])

    assert type(error_of(world.write(world.a_bill()))) is kind


@pytest.mark.parametrize("form", list(TooMany))
def test_too_many_requests_names_a_wait_in_every_form(form: TooMany) -> None:
    world = World(switches=Switches(rate_limit=RateLimit(requests=1, window_seconds=60, answer=form)))
    world.write(world.a_bill())

    error = error_of(world.write(world.a_bill()))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=60)


def test_a_stale_token_is_renewed_once() -> None:
    world = World(faults=[Fault.STALE_TOKEN])

    written(world.write(world.a_bill()))

    assert len(world.freshbooks.bills) == 1


def test_a_token_refused_twice_is_an_auth_error() -> None:
    world = World(faults=[Fault.STALE_TOKEN, Fault.STALE_TOKEN])

    assert isinstance(error_of(world.write(world.a_bill())), AuthError)


def test_a_spent_allowance_sends_nothing() -> None:
    world = World()
    world.allowance.left = 0

    outcome = world.write(world.a_bill())

    assert outcome == NotSent("the allowance is used up", START + timedelta(seconds=20))
    assert world.requests == []


def test_one_bad_write_does_not_spoil_its_neighbours() -> None:
    world = World()
    good = a_write(world.a_bill(number="A"), posting_id="a")
    bad = a_write(world.a_bill(vendor=VendorRef(internal_id="999999")), posting_id="b")
    unsendable = a_write(world.a_bill(total=Money(Decimal(1), "USD")), posting_id="c")
    last = a_write(world.a_bill(number="D"), posting_id="d")

    outcomes = dict(world.system.write([good, bad, unsendable, last]))

    assert [type(outcome) for outcome in outcomes.values()] == [Written, WriteError, WriteError, Written]
    assert [bill["bill_number"] for bill in world.freshbooks.bills] == ["A", "D"]


def test_a_write_is_taken_only_when_it_is_sent() -> None:
    world, taken = World(), []

    def writes() -> Iterator[Write]:
        for name in ("a", "b"):
            taken.append(name)
            yield a_write(world.a_bill(number=name), posting_id=name)

    next(world.system.write(writes()))

    assert taken == ["a"]


@pytest.mark.parametrize(
    "switches",
    [
        Switches(),
        Switches(unknown_reference_status=404),
        Switches(errors_with_200=True),
        Switches(errors_with_200=True, errno_as_string=True, errors_as_object=True),
    ],
    ids=["422", "404", "200", "200, an object with text"],
)
@pytest.mark.parametrize("named", [{"vendor": VendorRef(internal_id="999999")}, {"lines": None}])
def test_a_bill_that_names_what_is_not_there_is_rejected(switches: Switches, named: dict[str, Any]) -> None:
    world = World(switches=switches)
    bill = world.a_bill()
    if named.get("lines", ()) is None:
        named = {"lines": (replace(bill.lines[0], account="999999"),)}

    error = error_of(world.write(replace(bill, **named)))

    assert type(error) is RejectedError
    assert error.code == "reference"


@pytest.mark.parametrize("gated", ["bills", "bill_vendors"])
def test_a_plan_without_bills_is_told_in_plain_words(gated: str) -> None:
    world = World(switches=Switches(gated=frozenset({gated})))

    error = error_of(world.write(world.a_bill() if gated == "bills" else a_vendor()))

    assert isinstance(error, RejectedError)
    assert error.code == "plan"
    assert "change to a plan" in error.detail


def test_a_missing_scope_is_named() -> None:
    world = World()
    world.scopes = ("user:profile:read", "user:bills:read")

    error = error_of(world.write(world.a_bill()))

    assert isinstance(error, RejectedError)
    assert error.code == "scope"
    assert "needs the scope user:bills:write" in error.detail


def test_an_update_of_what_is_gone_is_not_found() -> None:
    world = World()

    error = error_of(world.write(world.a_bill(), Action.UPDATE, target_id="4711"))

    assert isinstance(error, NotFoundError)


# looking


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.BREAK_AFTER, Fault.GARBLE])
@pytest.mark.parametrize("with_lines", [True, False], ids=["rows with lines", "rows without lines"])
def test_a_bill_whose_answer_was_lost_is_found_by_its_marker(*, fault: Fault, with_lines: bool) -> None:
    world = World(faults=[fault], switches=Switches(lines_in_list=with_lines))
    bill = world.a_bill()
    world.write(bill)

    sighting = world.find(bill)

    assert found(sighting) == (str(world.freshbooks.bills[0]["id"]), FoundBy.MARKER)
    assert world.system.differs(bill, bill_of(sighting)) == ()


def test_a_bill_that_never_arrived_is_absent() -> None:
    world = World(faults=[Fault.LOSE_REQUEST])
    keyed(world, number="INV-1")
    world.write(world.a_bill())

    assert world.find(world.a_bill()) == Absent()


def test_a_bill_without_a_number_is_found_by_its_marker_alone() -> None:
    world = World()
    nameless = world.a_bill(number=None)
    world.freshbooks.add_bill(vendorid=int(world.vendor_id), amount="125.00")
    target_id = written(world.write(nameless)).target_id

    assert found(world.find(nameless)) == (target_id, FoundBy.MARKER)
    assert world.find(nameless, marker=OTHER) == Absent()


def test_rows_that_are_said_to_lack_lines_are_read_one_by_one() -> None:
    world = World(list_rows_have_lines=False)
    keyed(world, number="INV-1")
    target_id = written(world.write(world.a_bill())).target_id

    assert found(world.find(world.a_bill())) == (target_id, FoundBy.MARKER)
    assert sum(1 for request in world.requests if request.path.endswith(f"/{target_id}")) == 1


def test_a_bill_that_a_person_keyed_is_found_by_its_number() -> None:
    world = World()
    target_id = keyed(world, number="inv 7781")

    assert found(world.find(world.a_bill(number="INV7781"))) == (target_id, FoundBy.NUMBER)


def test_the_same_number_of_another_vendor_is_another_bill() -> None:
    world = World()
    other = world.freshbooks.add_vendor(name="Alder")["vendorid"]
    world.freshbooks.add_bill(vendorid=other, amount="125.00", bill_number="INV-7781")

    assert world.find(world.a_bill()) == Absent()


@pytest.mark.parametrize("fields", [{"amount": "125.01"}, {"currency_code": "CAD"}], ids=["amount", "currency"])
def test_a_bill_of_that_number_and_another_total_is_a_persons_question(fields: dict[str, Any]) -> None:
    world = World()
    target_id = keyed(world, **fields)

    sighting = world.find(world.a_bill())

    assert isinstance(sighting, Several)
    assert sighting.target_ids == (target_id,)
    assert "not 125.00 USD" in sighting.why


def test_two_bills_of_that_number_are_several() -> None:
    world = World()
    ids = {keyed(world), keyed(world)}

    sighting = world.find(world.a_bill())

    assert isinstance(sighting, Several)
    assert set(sighting.target_ids) == ids


def test_two_bills_with_our_marker_are_several() -> None:
    world = World()
    world.write(world.a_bill())
    world.write(world.a_bill())

    assert isinstance(world.find(world.a_bill()), Several)


def test_a_bill_of_another_record_of_ours_is_not_taken() -> None:
    world = World()
    world.write(world.a_bill(marker=OTHER))

    sighting = world.find(world.a_bill())

    assert isinstance(sighting, Several)
    assert "another record" in sighting.why


def test_a_voided_bill_of_another_record_of_ours_is_no_hit() -> None:
    world = World()
    target_id = written(world.write(world.a_bill(marker=OTHER))).target_id
    world.write(world.a_bill(marker=OTHER), Action.VOID, target_id=target_id)

    assert world.find(world.a_bill()) == Absent()


@pytest.mark.parametrize("read", list(DeletedRead))
@pytest.mark.parametrize("with_lines", [True, False], ids=["rows with lines", "rows without lines"])
def test_a_bill_that_a_person_deleted_is_found_as_deleted(*, read: DeletedRead, with_lines: bool) -> None:
    world = World(switches=Switches(deleted_read=read, lines_in_list=with_lines))
    target_id = written(world.write(world.a_bill())).target_id
    world.freshbooks.delete_bill(int(target_id))

    sighting = world.find(world.a_bill())

    assert found(sighting)[0] == target_id
    assert bill_of(sighting).status is BillStatus.DELETED


def test_an_archived_bill_is_found_as_closed() -> None:
    world = World()
    target_id = written(world.write(world.a_bill())).target_id
    world.freshbooks.edit_bill(int(target_id), vis_state=2)

    assert bill_of(world.find(world.a_bill())).status is BillStatus.CLOSED


def test_a_live_bill_outweighs_a_deleted_one_with_our_marker() -> None:
    world = World()
    first = written(world.write(world.a_bill())).target_id
    world.write(world.a_bill(), Action.VOID, target_id=first)
    second = written(world.write(world.a_bill())).target_id

    assert found(world.find(world.a_bill())) == (second, FoundBy.MARKER)


def test_an_ignored_filter_is_noticed_and_all_bills_are_read() -> None:
    world = World()
    world.between.ignored = frozenset({"search[vendorid]"})
    other = world.freshbooks.add_vendor(name="Alder")["vendorid"]
    world.freshbooks.add_bill(vendorid=other, amount="125.00", bill_number="INV-7781")
    target_id = written(world.write(world.a_bill())).target_id

    assert found(world.find(world.a_bill())) == (target_id, FoundBy.MARKER)
    assert world.find(world.a_bill(number="INV-1"), marker=OTHER) == Absent()


def test_an_ignored_filter_makes_no_other_vendors_bill_ours() -> None:
    world = World()
    world.between.ignored = frozenset({"search[vendorid]"})
    other = world.freshbooks.add_vendor(name="Alder")["vendorid"]
    world.freshbooks.add_bill(vendorid=other, amount="125.00", bill_number="INV-7781")

    assert world.find(world.a_bill()) == Absent()


@pytest.mark.parametrize("record", ["bill", "vendor"])
def test_an_ignored_visibility_leaves_it_unclear(record: str) -> None:
    world = World()
    world.between.ignored = frozenset({"search[vis_state]"})
    keyed(world, number="INV-1")

    sighting = world.find(world.a_bill() if record == "bill" else a_vendor())

    assert isinstance(sighting, Unclear)
    assert "visibility" in sighting.why


def test_bills_that_lists_do_not_show_yet_are_absent_until_they_do() -> None:
    world = World(switches=Switches(search_lag_seconds=60))
    target_id = written(world.write(world.a_bill())).target_id
    assert world.find(world.a_bill()) == Absent()

    world.clock.advance(seconds=60)

    assert found(world.find(world.a_bill())) == (target_id, FoundBy.MARKER)
    assert timedelta(seconds=60) < world.system.limits.settle


def test_rows_that_are_counted_and_not_shown_leave_it_unclear() -> None:
    world = World(switches=Switches(rows_counted_but_hidden=1))

    sighting = world.find(world.a_bill())

    assert sighting == Unclear("the list of bills counts 1 and shows 0")


def test_a_list_that_moves_while_it_is_read_leaves_it_unclear() -> None:
    world = World()
    for index in range(101):
        keyed(world, number=f"OLD-{index}")
    requests = iter(range(1_000))

    def meddle(request: Request) -> bool:
        if next(requests) == 1:
            world.freshbooks.edit_bill(int(world.freshbooks.bills[-1]["id"]), bill_number="EDITED")
            world.clock.advance(seconds=1)
            world.freshbooks.edit_bill(int(world.freshbooks.bills[-2]["id"]), bill_number="EDITED")
        return False

    world.freshbooks.faults = FaultPlan([Fault.NONE], only=meddle)

    sighting = world.find(world.a_bill())

    assert sighting == Unclear("the first page of bills changed while the rest was read")


def test_a_list_that_grows_while_it_is_read_leaves_it_unclear() -> None:
    world = World()
    for index in range(101):
        keyed(world, number=f"OLD-{index}")
    requests = iter(range(1_000))

    def meddle(request: Request) -> bool:
        if next(requests) == 1:
            keyed(world, number="NEW")
        return False

    world.freshbooks.faults = FaultPlan([Fault.NONE], only=meddle)

    assert world.find(world.a_bill()) == Unclear("the list of bills changed from 101 to 102 while it was read")


@pytest.mark.parametrize("fault", [Fault.BREAK, Fault.LOSE_ANSWER, Fault.GARBLE])
def test_a_look_up_that_fails_is_unclear(fault: Fault) -> None:
    world = World(faults=[fault], on=lambda request: request.method == "GET")

    assert isinstance(world.find(world.a_bill()), Unclear)


def test_look_ups_of_one_vendor_share_one_read() -> None:
    world = World()
    bills = [world.a_bill(number=f"INV-{index}", marker=f"{index:012x}") for index in range(20)]
    for bill in bills[:10]:
        world.write(bill)

    sightings = world.system.find([sought(bill, marker=bill.marker or "") for bill in bills])

    assert [type(sighting) for sighting in sightings] == [Found] * 10 + [Absent] * 10
    assert world.gets() == 3  # the active, the deleted, the archived


def test_a_failed_read_is_shared_too() -> None:
    world = World(faults=[Fault.BREAK], on=lambda request: request.method == "GET")

    sightings = world.system.find([sought(world.a_bill()), sought(world.a_bill(number="INV-2"))])

    assert [type(sighting) for sighting in sightings] == [Unclear, Unclear]
    assert world.gets() == 1


def test_a_known_id_is_fetched() -> None:
    world = World()
    target_id = written(world.write(world.a_bill())).target_id

    assert found(world.find(world.a_bill("9.00"), target_id=target_id)) == (target_id, FoundBy.ID)
    assert world.find(world.a_bill(), target_id="4711") == Absent()


@pytest.mark.parametrize("read", list(DeletedRead))
def test_a_known_id_that_is_deleted_is_found_as_deleted(read: DeletedRead) -> None:
    world = World(switches=Switches(deleted_read=read))
    target_id = written(world.write(world.a_bill())).target_id
    world.freshbooks.delete_bill(int(target_id))

    assert bill_of(world.find(world.a_bill(), target_id=target_id)).status is BillStatus.DELETED


def test_a_vendor_is_found_by_marker_then_number() -> None:
    world = World()
    ours = written(world.write(a_vendor(name="Alder"))).target_id
    theirs = str(world.freshbooks.add_vendor(name="Beech", account_number="0000777")["vendorid"])

    assert found(world.find(a_vendor(number="9", name="Other"))) == (ours, FoundBy.MARKER)
    assert found(world.find(a_vendor(number="0000777"), marker=OTHER)) == (theirs, FoundBy.NUMBER)


def test_a_lone_vendor_of_that_name_without_a_number_is_it() -> None:
    world = World()
    target_id = str(world.freshbooks.add_vendor(name="ALDER and Sons, Inc.")["vendorid"])

    assert found(world.find(a_vendor())) == (target_id, FoundBy.NUMBER)


@pytest.mark.parametrize("numbers", [["0000555"], [None, None], [None, "0000555"]])
def test_a_name_alone_does_not_decide_between_vendors(numbers: list[str | None]) -> None:
    world = World()
    for number in numbers:
        world.freshbooks.add_vendor(name="Alder & Sons", account_number=number)

    sighting = world.find(a_vendor())

    assert isinstance(sighting, Several)
    assert "a vendor of that name exists" in sighting.why


def test_a_deleted_vendor_with_our_marker_is_found_as_deleted() -> None:
    world = World()
    target_id = written(world.write(a_vendor())).target_id
    world.write(a_vendor(), Action.VOID, target_id=target_id)

    sighting = world.find(a_vendor())

    assert isinstance(sighting, Found)
    assert isinstance(sighting.record, Vendor)
    assert sighting.record.deleted


def test_a_vendor_of_an_unknown_name_and_number_is_absent() -> None:
    assert World().find(a_vendor()) == Absent()


# reading


@pytest.mark.parametrize("kind", [RecordKind.BILL, RecordKind.VENDOR])
def test_a_poll_reads_everything_and_can_go_on_in_the_middle(kind: RecordKind) -> None:
    world = World()
    for index in range(130):
        keyed(world, number=f"OLD-{index}")
        world.freshbooks.add_vendor(name=f"Vendor {index}")
    world.freshbooks.delete_bill(1_001)

    read = pages(world.system, kind)
    rest = pages(world.system, kind, resume=read[0].resume)

    ids = [row.external_id for page in read for row in page.rows]
    assert len(ids) == len(set(ids)) == {RecordKind.BILL: 130, RecordKind.VENDOR: 131}[kind]
    assert [page.rows for page in rest] == [page.rows for page in read[1:]]
    assert read[-1].resume is None


def test_a_poll_tells_of_deleted_bills() -> None:
    world = World()
    world.freshbooks.delete_bill(int(keyed(world)))

    [row] = [row for page in pages(world.system, RecordKind.BILL) for row in page.rows]

    assert isinstance(row.record, Bill)
    assert (row.record.status, row.stamp) == (BillStatus.DELETED, "2026-03-02 09:00:00")


def test_a_row_without_lines_is_no_record() -> None:
    world = World(switches=Switches(lines_in_list=False))
    keyed(world)

    [row] = [row for page in pages(world.system, RecordKind.BILL) for row in page.rows]

    assert row.record is None


def test_a_paid_bill_says_so() -> None:
    world = World()
    bill_id = keyed(world)
    world.freshbooks.pay_bill(int(bill_id), "25.00")

    record = world.system.fetch(RecordKind.BILL, bill_id)

    assert isinstance(record, Bill)
    assert record.status is BillStatus.PARTLY_PAID
    assert record.modified_at == START


def test_a_deleted_bill_may_refuse_to_be_read() -> None:
    world = World(switches=Switches(deleted_read=DeletedRead.REFUSED))
    bill_id = keyed(world)
    world.freshbooks.delete_bill(int(bill_id))

    with pytest.raises(NotFoundError) as gone:
        world.system.fetch(RecordKind.BILL, bill_id)

    assert gone.value.code == "deleted"


def test_categories_carry_the_numbers_of_their_accounts() -> None:
    items = {item.name: item for item in World().system.reference(ReferenceKind.ACCOUNT)}

    assert (items["Software"].external_id, items["Software"].usable) == ("6400-5", None)
    assert (items["Timber"].external_id, items["Timber"].usable) == (None, None)
    assert items["Accounts Payable"].id.startswith("ledger:")
    assert items["Accounts Payable"].usable == (
        "it is a liability account, and a FreshBooks bill line takes an expense category"
    )
    assert (items["Cash"].usable or "").startswith("it is an asset account")


def test_a_category_whose_account_is_closed_cannot_be_used() -> None:
    world = World()
    world.freshbooks.add_ledger_account(name="Timber", number="6999", category_id=int(world.category), state="archived")

    items = {item.id: item for item in world.system.reference(ReferenceKind.ACCOUNT)}

    assert items[world.category].usable == "its ledger account is archived in FreshBooks"


@pytest.mark.parametrize("settings", [{"business_uuid": ""}, {"business_uuid": "0" * 32}, {}])
def test_without_the_chart_there_are_categories_alone(settings: dict[str, Any]) -> None:
    world = World(**settings)
    world.scopes = ("user:profile:read", "user:expenses:read")

    items = list(world.system.reference(ReferenceKind.ACCOUNT))

    assert {item.type for item in items} == {"expense"}
    assert {item.external_id for item in items} == {None}


@pytest.mark.parametrize("field", ["account_number", "note"])
def test_vendors_are_listed_with_the_number_that_we_gave_them(field: str) -> None:
    world = World(vendor_number_field=field)
    for index in range(105):
        world.write(a_vendor(name=f"Vendor {index}", number=f"{index:07}", marker=f"{index:012x}"))

    items = list(world.system.reference(ReferenceKind.VENDOR))

    assert len(items) == 106
    assert {item.external_id for item in items} == {None} | {f"{index:07}" for index in range(105)}


def test_an_incomplete_vendor_list_is_no_list() -> None:
    world = World(switches=Switches(rows_counted_but_hidden=2))

    with pytest.raises(TransientError):
        list(world.system.reference(ReferenceKind.VENDOR))


# ping


def test_a_good_connection_passes_every_step() -> None:
    steps = list(steps_of(World().system.probe()))

    assert [step.name for step in steps if step.ok] == [
        "sign in",
        "business",
        "bills",
        "vendors",
        "expense categories",
        "chart of accounts",
    ]


@pytest.mark.parametrize(
    ("switches", "settings", "step", "fix"),
    [
        (Switches(gated=frozenset({"bills"})), {}, "bills", "Change to a FreshBooks plan"),
        (Switches(owner_role="client"), {}, "business", "Let an owner or an admin"),
        (Switches(), {"account_id": "zzzzz"}, "business", "Set account_id to one of"),
        (Switches(), {"business_uuid": "0" * 32}, "business", "Set business_uuid to"),
    ],
    ids=["plan", "client", "account", "uuid"],
)
def test_what_is_wrong_is_told_with_its_fix(switches: Switches, settings: dict[str, Any], step: str, fix: str) -> None:
    steps = {step.name: step for step in steps_of(World(switches=switches, **settings).system.probe())}

    assert not steps[step].ok
    assert (steps[step].fix or "").startswith(fix)


def test_a_missing_scope_fails_its_step_alone() -> None:
    world = World()
    world.scopes = ("user:profile:read", "user:bill_vendors:read", "user:expenses:read", "user:journal_entries:read")

    assert [step.name for step in steps_of(world.system.probe()) if not step.ok] == ["bills"]


def test_a_dead_grant_ends_the_ping() -> None:
    world = World(faults=[Fault.STALE_TOKEN] * 2, on=lambda request: request.path.startswith("/auth/"))

    [step] = steps_of(world.system.probe())

    assert (step.ok, step.fix) == (False, "Authorise the connection again.")


def test_the_connector_says_what_it_offers() -> None:
    assert (CONNECTOR.system, CONNECTOR.secret_fields) == ("freshbooks", ("client_id", "client_secret"))
    assert CONNECTOR.writes == frozenset({RecordKind.BILL, RecordKind.VENDOR})
