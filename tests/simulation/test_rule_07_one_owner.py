"""Rule 7: one owner for each object of the target. A second record with its number or name is held, and says why."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.vendor import VendorRef
from tests.builders import a_bill, a_vendor, an_invoice_world
from tests.fakes.system import Act


def test_the_second_record_with_a_number_is_held_and_names_the_first() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="a -1"))

    world.poll()

    assert (world.state("1"), world.state("2")) == (State.POSTED, State.HELD)
    assert world.reasons("2") == ["duplicate"]
    assert str(world.record("1")) in world.row("2").reasons[0].text
    assert world.actions == ["create"]


def test_a_duplicate_stays_held_without_noise_until_a_person_or_the_source_moves() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="A-1"))
    world.poll()
    before = world.row("2")

    world.notice("2")
    world.poll(full=True)

    assert world.row("2").audit_sequence == before.audit_sequence


def test_a_duplicate_that_gets_a_number_of_its_own_is_posted() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"), a_bill("2", number="A-1"))
    world.poll()

    world.source_has(a_bill("2", number="A-2"))
    world.poll()

    assert world.numbers == ["A-1", "A-2"]


def test_a_number_is_free_again_after_a_rejection() -> None:
    world = an_invoice_world()
    world.target.will(Act.REJECT)
    world.source_has(a_bill("1", number="A-1"))
    world.poll()

    world.source_has(a_bill("2", number="A-1"))
    world.poll()

    assert (world.state("1"), world.state("2"), world.numbers) == (State.REJECTED, State.POSTED, ["A-1"])


def test_a_number_is_free_again_after_a_void() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.source_has(a_bill("1", number="A-1", status=BillStatus.CANCELLED))
    world.poll()

    world.source_has(a_bill("2", number="A-1"))
    world.poll()

    assert (world.state("1"), world.state("2"), world.numbers) == (State.REVERSED, State.POSTED, ["A-1"])


def test_a_changed_number_is_given_back_only_when_the_change_is_confirmed() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.target.will(Act.REJECT)
    world.source_has(a_bill("1", number="A-2"))
    world.poll()

    world.source_has(a_bill("2", number="A-1"), a_bill("3", number="A-2"))
    world.poll()

    assert world.reasons("2") == ["duplicate"]
    assert (world.state("3"), world.numbers) == (State.POSTED, ["A-1", "A-2"])


def test_a_number_is_free_again_once_its_bill_has_another() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    world.source_has(a_bill("1", number="A-2"))
    world.poll()

    world.source_has(a_bill("2", number="A-1"))
    world.poll()

    assert sorted(world.numbers) == ["A-1", "A-2"]


def test_a_hit_that_belongs_to_another_record_is_held_and_names_it() -> None:
    world = an_invoice_world()
    world.source_has(a_bill("1", number="A-1"))
    world.poll()
    [bill] = world.standing
    world.target.will(Act.UNKNOWN)
    world.source_has(a_bill("2", number="A-2"))
    world.world.poll(world.invoices)
    world.ingest_beside()
    world.post_beside("2")
    world.target_has(replace(bill, number="A-2"))

    world.settle()

    assert (world.state("2"), world.reasons("2")) == (State.HELD, ["owned"])
    assert str(world.record("1")) in world.row("2").reasons[0].text


def test_a_name_stands_for_one_number_and_a_second_number_with_it_is_held() -> None:
    world = an_invoice_world(vendor=False)
    world.know_name("Acme Paper")
    world.source_has(a_bill("1", vendor=VendorRef(number="0007", name="ACME Paper, Inc.")))
    world.poll()

    world.source_has(a_bill("2", vendor=VendorRef(number="0008", name="Acme Paper LLC")))
    world.poll()

    assert (world.state("1"), world.state("2")) == (State.POSTED, State.HELD)
    assert world.reasons("2") == ["vendor_ambiguous"]
    assert "0007" in world.row("2").reasons[0].text


def test_a_name_claimed_by_a_supplier_is_not_used_for_another_suppliers_invoice() -> None:
    world = an_invoice_world(vendor=False)
    world.source_has(a_vendor(number="0007", name="Acme Paper"))
    world.poll(world.vendors)
    world.know_name("Acme Paper")

    world.later(hours=1)
    world.source_has(a_bill("2", vendor=VendorRef(number="0008", name="Acme Paper")))
    world.poll()

    assert (world.state("2"), world.reasons("2")) == (State.HELD, ["vendor_ambiguous"])


def test_two_suppliers_with_one_name_are_both_held() -> None:
    world = an_invoice_world(vendor=False)
    world.source_lists_vendors(("0007", "Acme Paper"), ("0008", "ACME Paper Ltd"))
    world.source_has(a_vendor("s1", number="0007", name="Acme Paper"))
    world.source_has(a_vendor("s2", number="0008", name="ACME Paper Ltd"))

    world.poll(world.vendors)

    rows = [world.row("s1", world.vendors), world.row("s2", world.vendors)]
    assert [row.state for row in rows] == [State.HELD, State.HELD]
    assert [codes(row.reasons) for row in rows] == [["vendor_namesakes"], ["vendor_namesakes"]]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]
