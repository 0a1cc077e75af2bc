"""One record's story, found by either system's number or by its id, within its tenant."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Confirmed, Origin, State, Unsettled
from ml_connector.domain.posting import Action
from ml_connector.domain.records.bill import AccountRef, Bill, BillLine, Split
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import dump
from ml_connector.domain.records.vendor import VendorRef
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.ports import PayloadKey
from ml_connector.pipeline.reporting.history import story, where_is
from ml_connector.pipeline.reporting.matches import Became
from tests.fakes.clock import START
from tests.unit.pipeline.reporting.office import Office, usd

BY_US = Confirmed(n=1, target_id="991", digest="meant", source_digest="source", origin=Origin.CREATED, at=START)


def test_a_document_is_found_by_either_systems_number_and_by_its_record_id() -> None:
    office = Office()
    row = office.record("1", State.POSTED)

    found = [where_is(office.ports, "acme", text) for text in ("INV-1", "ap-1", str(row.record))]

    assert [[one.record for one in stories] for stories in found] == [[row.record]] * 3


def test_two_tenants_with_the_same_number_never_mix() -> None:
    acme = Office()
    other = Office(tenant="globex", world=acme.world)
    acme.record("1", State.POSTED)
    theirs = other.record("1", State.HELD)

    assert [one.record.flow.tenant for one in where_is(acme.ports, "acme", "INV-1")] == ["acme"]
    assert where_is(acme.ports, "acme", str(theirs.record)) == ()


def test_a_number_nobody_knows_is_nowhere() -> None:
    office = Office()

    assert where_is(office.ports, "acme", "INV-404") == ()


def test_the_trail_reads_as_sentences_with_times_and_persons() -> None:
    office = Office()
    received = office.event(Step.RECEIVED, "bill INV-1 received (polled)", status="Approved", purchase_orders=["4711"])
    replayed = office.event(Step.RELEASED, "what it waited for is there", actor="anna")
    row = office.record("1", State.PLANNED, events=[received, replayed])

    told = story(office.ports, row.record)

    assert told is not None
    assert [(one.text, one.by) for one in told.moments] == [
        ("Bill INV-1 received (polled) (status Approved; PO 4711)", None),
        ("Released: what it waited for is there", "anna"),
    ]
    assert told.moments[0].at == START


def test_status_and_purchase_orders_are_those_of_the_newest_version() -> None:
    office = Office()
    first = office.event(Step.RECEIVED, "received", status="Pending", purchase_orders=["1"])
    second = office.event(
        Step.RECEIVED, "received", status="Approved", purchase_orders=["1", "2"], purchase_order_status=["Open"]
    )
    row = office.record("1", State.POSTED, events=[first, second])

    told = story(office.ports, row.record)

    assert told is not None
    assert (told.orders.status, told.orders.numbers, told.orders.states) == ("Approved", ("1", "2"), ("Open",))


def test_the_tries_at_the_target_are_told_apart_from_the_rest() -> None:
    office = Office()
    steps = [Step.RECEIVED, Step.PLANNED, Step.IN_DOUBT, Step.LOOKED_UP, Step.POSTED]
    row = office.record("1", State.POSTED, events=[office.event(step, "x") for step in steps], confirmed=BY_US)

    told = story(office.ports, row.record)

    assert told is not None
    assert [one.step for one in told.tries] == [Step.IN_DOUBT, Step.LOOKED_UP, Step.POSTED]
    assert told.target is not None
    assert told.target.id == "991"


def test_an_unsettled_write_is_said_to_be_in_doubt() -> None:
    office = Office()
    doubt = Unsettled(n=1, action=Action.CREATE, digest="d", source_digest="s", since=START)
    row = office.record("1", State.IN_DOUBT, unsettled=doubt)

    told = story(office.ports, row.record)

    assert told is not None
    assert told.doubt == "a create sent by 2026-03-02 09:00:00 UTC has no sure outcome yet"


def test_the_vendor_and_the_accounts_are_told_as_both_systems_have_them() -> None:
    office = Office()
    row = office.record("1", State.POSTED, amount=usd("10.00"), confirmed=BY_US)
    office.list_accounts(ReferenceItem(id="42", name="Office expenses"))
    split = Split(account=AccountRef(code="600100", name="Office"))
    source = Bill(vendor=VendorRef(number="V-1", name="Acme Paper"), lines=(BillLine(splits=(split,)),))
    meant = Bill(
        vendor=VendorRef(internal_id="7", name="Acme Paper Inc."), lines=(BillLine(account="42", amount=Decimal(10)),)
    )
    _store(office, "jaggaer", "1", "source", source)
    _store(office, "freshbooks", str(row.record), "meant", meant)

    told = story(office.ports, row.record)

    assert told is not None
    assert [_said(one) for one in told.became] == [
        (ReferenceKind.VENDOR, "V-1", "7", "Acme Paper Inc."),
        (ReferenceKind.ACCOUNT, "600100", "42", "Office expenses"),
    ]


def test_a_story_is_told_without_payloads_too() -> None:
    office = Office()
    row = office.record("1", State.POSTED, confirmed=BY_US)

    told = story(office.ports, row.record)

    assert told is not None
    assert told.became == ()


def test_a_payload_that_cannot_be_opened_keeps_nobody_from_the_story() -> None:
    office = Office()
    row = office.record("1", State.DEAD, confirmed=BY_US)
    _store(office, "freshbooks", str(row.record), "meant", Bill())
    office.world.payloads.stored = dict.fromkeys(office.world.payloads.stored, b"spoilt")

    told = story(office.ports, row.record)

    assert told is not None
    assert (told.state, told.became) == (State.DEAD, ())


def _store(office: Office, connection: str, external_id: str, version: str, bill: Bill) -> None:
    key = PayloadKey(
        connection=office.connection(connection), kind=RecordKind.BILL, external_id=external_id, version=version
    )
    office.world.payloads.put_many({key: dump(bill)})


def _said(one: Became) -> tuple[ReferenceKind, str | None, str, str | None]:
    return (one.kind, one.code, one.target_id, one.target_name)
