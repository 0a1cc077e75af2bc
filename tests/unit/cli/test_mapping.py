"""`map` and `mappings`."""

from __future__ import annotations

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from tests.fakes.clock import START
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import Office

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


def test_a_code_is_mapped_by_the_targets_id_or_exact_name(desk: Desk) -> None:
    desk.office.list_accounts(SUPPLIES, LOAN)

    by_id = desk.run("map", "account", "600300", "77", "--connection", "freshbooks")
    desk.run("map", "account", "600400", "office supplies")

    assert desk.services.onboarding.mapped == [
        ("acme/freshbooks", "account", "600300", "77", "anna"),
        ("acme/freshbooks", "account", "600400", "77", "anna"),
    ]
    assert by_id.out.startswith("account 600300 is Office Supplies (77) in freshbooks from now on.")


def test_what_is_not_in_the_target_is_refused_with_the_nearest(desk: Desk) -> None:
    desk.office.list_accounts(SUPPLIES)

    printed = desk.run("map", "account", "600300", "Office Suplies")

    assert (printed.code, desk.services.onboarding.mapped) == (3, [])
    assert "freshbooks has no account 'Office Suplies'; it could be: 77 (Office Supplies)" in printed.err


def test_what_cannot_be_used_is_refused_with_the_reason(desk: Desk) -> None:
    desk.office.list_accounts(LOAN)

    printed = desk.run("map", "account", "600300", "80")

    assert (printed.code, desk.services.onboarding.mapped) == (2, [])
    assert "Loan (80) cannot be used: a liability account" in printed.err


def test_a_name_that_several_have_must_be_told_apart_by_id(desk: Desk) -> None:
    desk.office.list_accounts(SUPPLIES, ReferenceItem(id="78", name="office supplies"))

    printed = desk.run("map", "account", "600300", "Office Supplies")

    assert (printed.code, "say which: 77, 78" in printed.err) == (2, True)


def test_a_list_that_was_never_read_asks_for_a_run_first(desk: Desk) -> None:
    printed = desk.run("map", "account", "600300", "77")

    assert printed.code == 2
    assert "the account list of freshbooks was not read yet: `ml-connector run <flow>` first" in printed.err


def test_a_choice_is_taken_back(desk: Desk) -> None:
    _mapped(desk, desk.office)

    printed = desk.run("map", "account", "600300", "--remove")

    assert printed.out == "account 600300 is not mapped in freshbooks any more.\n"
    assert desk.office.world.mappings.list(desk.office.connection("freshbooks")) == []
    assert desk.run("map", "account", "600300", "--remove").code == 3


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
