"""`holds` and `release`."""

from __future__ import annotations

from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.matching import Candidate
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import Office, missing_account, usd

HOLDS = """\
NUMBER        AMOUNT  SINCE (UTC)       CODE             WHY
INV-1   1,200.00 USD  2026-03-02 09:01  account_missing  account 600300 is not in FreshBooks and not mapped
INV-2              -  2026-03-02 09:02  credit_memo      a credit memo

2 records held.

What would help; each releases its records by itself:
  account 600300 keeps back 1 record
    could be: 77 (Office supplies)
    ml-connector map account 600300 <target> --connection freshbooks
"""


def _two_holds(office: Office) -> None:
    near = Candidate(id="77", name="Office supplies")
    office.record("1", State.HELD, amount=usd("1200.00"), reasons=[missing_account("600300", near)])
    office.record("2", State.HELD, reasons=[Reason(code="credit_memo", text="a credit memo")])


def test_holds_say_why_since_when_and_what_would_help(desk: Desk) -> None:
    _two_holds(desk.office)

    assert desk.run("holds").out == HOLDS


def test_holds_fit_a_narrow_screen(desk: Desk) -> None:
    _two_holds(desk.office)
    desk.terminal.width = 89

    lines = desk.run("holds").out.splitlines()

    assert lines[1:3] == [
        "INV-1   1,200.00 USD  2026-03-02 09:01  account_missing  account 600300 is not in",
        "                                                         FreshBooks and not mapped",
    ]


def test_holds_as_json_carry_reasons_causes_and_candidates(desk: Desk) -> None:
    _two_holds(desk.office)

    data = desk.run("holds", "--json", "--code", "600300").data

    (held,) = data["records"]
    assert held["record"] == f"{desk.office.flow}/1"
    assert held["causes"] == [{"kind": "account", "code": "600300", "name": None, "on": None}]
    assert data["gaps"][0]["candidates"][0]["id"] == "77"


def test_nothing_held_is_said_in_words(desk: Desk) -> None:
    assert desk.run("holds").out == "Nothing is held.\n"


def test_a_person_releases_a_record_by_its_number_and_is_named(desk: Desk) -> None:
    _two_holds(desk.office)

    printed = desk.run("release", "AP-2")

    assert [(str(record), actor) for record, actor in desk.replayed] == [(f"{desk.office.flow}/2", "anna")]
    assert "1 record will be planned again, on the word of anna." in printed.out


def test_a_person_releases_all_that_wait_for_a_code(desk: Desk) -> None:
    _two_holds(desk.office)
    desk.office.record("3", State.HELD, reasons=[missing_account("600300")])

    printed = desk.run("release", "--code", "600300", "--json")

    assert printed.data["released"] == 2
    assert sorted(record.external_id for record, _ in desk.replayed) == ["1", "3"]


def test_a_posted_record_has_nothing_to_release(desk: Desk) -> None:
    desk.office.record("1", State.POSTED)

    printed = desk.run("release", "INV-1")

    assert (printed.code, printed.err) == (2, "ml-connector: INV-1 is posted: there is nothing to release\n")
    assert desk.replayed == []


def test_a_number_of_several_records_must_be_named_by_id(desk: Desk) -> None:
    desk.office.record("1", State.HELD, reasons=[missing_account("1")])
    desk.office.record("2", State.HELD, number="INV-1", reasons=[missing_account("1")])

    printed = desk.run("release", "INV-1")

    assert printed.code == 2
    assert f"  {desk.office.flow}/1  (held)\n  {desk.office.flow}/2  (held)" in printed.err


def test_another_tenants_record_cannot_be_released(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    theirs = other.record("9", State.HELD, reasons=[missing_account("600300")])

    by_id = desk.run("release", str(theirs.record), "--tenant", "acme")
    by_code = desk.run("release", "--code", "600300", "--tenant", "acme")

    assert (by_id.code, by_code.code, desk.replayed) == (3, 3, [])
