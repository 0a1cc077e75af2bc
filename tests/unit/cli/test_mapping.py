"""`map` and `mappings`."""

from __future__ import annotations

import pytest

from ml_connector.domain.connection import MappingEntry
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.reference import ReferenceItem
from tests.fakes.clock import START
from tests.unit.cli.desk import Desk, ProbedSystem
from tests.unit.pipeline.reporting.office import Office, missing_account

SUPPLIES = ReferenceItem(id="77", name="Office Supplies")
TRAVEL = ReferenceItem(id="78", name="Travel")
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
        *("freshbooks", "account", "600300", "77", "Office", "Supplies", "all", "bob", "2026-03-02", "09:00"),
    ]
    assert desk.run("mappings", "--json", "--kind", "vendor").data["mappings"] == []


def test_mappings_of_another_tenant_are_not_shown(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    _mapped(desk, other)

    assert desk.run("mappings", "--tenant", "acme", "--json").data["mappings"] == []


def test_a_mapping_may_be_for_some_days_only(desk: Desk) -> None:
    _accounts(desk, SUPPLIES, TRAVEL)
    desk.run("map", "account", "600300", "77")

    printed = desk.run("map", "account", "600300", "Travel", "--from", "2026-07-01", "--to", "2026-12-31")
    listed = desk.run("mappings", "--json").data["mappings"]

    assert printed.out == "account 600300 is Travel (78) in freshbooks from 2026-07-01 to 2026-12-31.\n"
    assert [(one["target_id"], one["valid_from"], one["valid_to"]) for one in listed] == [
        ("77", None, "2026-06-30"),
        ("78", "2026-07-01", "2026-12-31"),
        ("77", "2027-01-01", None),
    ]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["--from", "July"], "'July' is not a day such as 2026-03-31"),
        (["--from", "2026-07-01", "--to", "2026-06-30"], "--to 2026-06-30 is before --from 2026-07-01"),
    ],
)
def test_wrong_days_are_a_wrong_use(desk: Desk, days: list[str], told: str) -> None:
    printed = desk.run("map", "account", "600300", "77", *days)

    assert (printed.code, told in printed.err) == (2, True)


def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Desk) -> None:
    _accounts(desk, SUPPLIES)

    printed = desk.run("map", "account", "600300", "77", "--dry-run")

    assert printed.out == (
        "Nothing was changed; this is what would be.\naccount 600300 is Office Supplies (77) in freshbooks.\n"
    )
    assert desk.run("mappings", "--json").data["mappings"] == []


def test_the_history_of_a_code_tells_before_and_after_and_who(desk: Desk) -> None:
    _mapped(desk, desk.office)
    _accounts(desk, TRAVEL)
    desk.run("map", "account", "600300", "Travel")
    desk.run("map", "account", "600300", "--remove")

    printed = desk.run("mappings", "--history", "600300")

    told = [line.split("  ") for line in printed.out.splitlines()[1:]]
    assert [[cell.strip() for cell in row if cell.strip()][-3:] for row in told] == [
        ["bob", "none", "Office Supplies (77)"],
        ["anna", "Office Supplies (77)", "Travel (78)"],
        ["anna", "Travel (78)", "none"],
    ]
    assert desk.run("mappings", "--history", "1").code == 3


def test_a_mapping_that_leads_nowhere_any_more_is_named_with_what_could_take_its_place(desk: Desk) -> None:
    _mapped(desk, desk.office)
    _accounts(desk, ReferenceItem(id="79", name="Office Supplies"))

    printed = desk.run("check-mappings")

    assert (printed.code, "Office Supplies (77) is not there any more" in printed.out) == (1, True)
    assert "79 (Office Supplies)" in printed.out
    (broken,) = desk.run("check-mappings", "--json").data["broken"]
    assert (broken["entry"]["code"], broken["trouble"]) == ("600300", "gone")


def test_mappings_that_all_lead_somewhere_are_said_so(desk: Desk) -> None:
    _mapped(desk, desk.office)
    _accounts(desk, SUPPLIES)

    printed = desk.run("check-mappings")

    assert (printed.code, printed.out) == (0, "Every mapping leads to an entry that can be used.\n")
