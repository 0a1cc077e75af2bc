"""`map` and `mappings`."""

from __future__ import annotations

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from tests.fakes.clock import START
from tests.unit.cli.desk import Desk, ProbedSystem
from tests.unit.pipeline.reporting.office import Office, missing_account

SUPPLIES = ReferenceItem(id="77", name="Office Supplies")
LOAN = ReferenceItem(id="80", name="Loan", usable="a liability account")


def _mapped(desk: Desk, office: Office) -> None:
    entry = MappingEntry(
        connection=office.connection("freshbooks"),
        kind=ReferenceKind.ACCOUNT,
        code="600300",
        target_id="77",
        target_name="Office Supplies",
        set_by="bob",
        set_at=START,
    )
    desk.office.world.mappings.put([entry])


def _accounts(desk: Desk, *items: ReferenceItem) -> None:
    desk.services.systems.by_name["freshbooks"] = ProbedSystem(accounts=items)


def test_a_code_is_mapped_by_the_targets_id_or_exact_name(desk: Desk) -> None:
    _accounts(desk, SUPPLIES, LOAN)

    by_id = desk.run("map", "account", "600300", "77", "--connection", "freshbooks")
    desk.run("map", "account", "600400", "office supplies")

    chosen = desk.office.world.mappings.list(desk.office.connection("freshbooks"))
    assert [(one.code, one.target_id, one.set_by) for one in chosen] == [
        ("600300", "77", "anna"),
        ("600400", "77", "anna"),
    ]
    assert by_id.out == "account 600300 is Office Supplies (77) in freshbooks.\n"


def test_what_waited_for_the_code_is_released_at_once(desk: Desk) -> None:
    _accounts(desk, SUPPLIES)
    desk.office.record("1", State.HELD, reasons=[missing_account("600300")])

    printed = desk.run("map", "account", "600300", "77", "--json")

    assert (printed.data["released"], printed.data["changed"]) == (1, True)
    assert desk.run("map", "account", "600300", "77", "--json").data["changed"] is False


def test_what_is_not_in_the_target_is_refused_with_the_nearest(desk: Desk) -> None:
    _accounts(desk, SUPPLIES)

    printed = desk.run("map", "account", "600300", "Office Suplies")

    assert (printed.code, desk.run("mappings", "--json").data["mappings"]) == (2, [])
    assert "'Office Suplies' is not in the target; near it: 77 (Office Supplies)" in printed.err


def test_what_cannot_be_used_is_refused_with_the_reason(desk: Desk) -> None:
    _accounts(desk, LOAN)

    printed = desk.run("map", "account", "600300", "80")

    assert (printed.code, "Loan (80) cannot be used: a liability account" in printed.err) == (2, True)


def test_a_choice_is_taken_back(desk: Desk) -> None:
    _mapped(desk, desk.office)

    printed = desk.run("map", "account", "600300", "--remove")

    assert printed.out == "account 600300 is not mapped in freshbooks any more; what was posted by it stays.\n"
    assert desk.office.world.mappings.list(desk.office.connection("freshbooks")) == []
    assert desk.run("map", "account", "600300", "--remove").code == 3


def test_a_mapping_without_a_target_is_a_wrong_use(desk: Desk) -> None:
    printed = desk.run("map", "account", "600300")

    assert (printed.code, "name what account 600300 is in freshbooks, or give --remove" in printed.err) == (2, True)


def test_mappings_are_listed_with_who_chose_them(desk: Desk) -> None:
    _mapped(desk, desk.office)

    printed = desk.run("mappings")

    assert printed.out.splitlines()[1].split() == [
        *("freshbooks", "account", "600300", "77", "Office", "Supplies", "bob", "2026-03-02", "09:00"),
    ]
    assert desk.run("mappings", "--json", "--kind", "vendor").data["mappings"] == []


def test_mappings_of_another_tenant_are_not_shown(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    _mapped(desk, other)

    assert desk.run("mappings", "--tenant", "acme", "--json").data["mappings"] == []
