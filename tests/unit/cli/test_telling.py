"""Where is INV-123?"""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Confirmed, Origin, State
from ml_connector.domain.decision import Reason
from ml_connector.pipeline.dead_letters import UNPLANNED
from ml_connector.pipeline.posting.poster import CRASHED
from tests.fakes.clock import START
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import Office, missing_account, usd

POSTED = """\
Bill INV-1 (AP-1), 1,200.00 USD: posted since 2026-03-02 09:01 UTC
  flow           JAGGAER invoices to FreshBooks bills
  record id      acme/jaggaer_invoice_to_freshbooks_bill/jaggaer/freshbooks/1
  in freshbooks  bill 991, created by us, 2026-03-02 09:00 UTC
  status         Approved
  orders         PO 4711 (Open)

History (UTC)
  2026-03-02 09:00:00  Bill INV-1 received (polled) (status Approved; PO 4711; PO status Open)
  2026-03-02 09:00:00  Posted: create confirmed: bill 991
"""


def _posted(office: Office) -> None:
    told: dict[str, Any] = {"status": "Approved", "purchase_orders": ["4711"], "purchase_order_status": ["Open"]}
    events = [
        office.event(Step.RECEIVED, "bill INV-1 received (polled)", **told),
        office.event(Step.POSTED, "create confirmed: bill 991", target_id="991"),
    ]
    sure = Confirmed(n=1, target_id="991", digest="", source_digest="", origin=Origin.CREATED, at=START)
    office.record("1", State.POSTED, amount=usd("1200.00"), confirmed=sure, events=events)


def test_a_record_tells_where_it_is_and_how_it_got_there(desk: Desk) -> None:
    _posted(desk.office)

    assert desk.run("record", "INV-1").out == POSTED


def test_where_is_another_word_for_it_and_takes_the_other_systems_number(desk: Desk) -> None:
    _posted(desk.office)

    assert desk.run("where", "ap-1").out == POSTED


def test_a_held_record_says_what_to_do_next(desk: Desk) -> None:
    desk.office.record("1", State.HELD, reasons=[missing_account("600300")])

    out = desk.run("record", "INV-1").out

    assert "because    (account_missing) account 600300 is not in FreshBooks and not mapped" in out
    assert "  ml-connector map account 600300 <target> --connection freshbooks\n" in out
    assert f"  ml-connector release {desk.office.flow}/1\n" in out


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("attempts_used_up", ["release {record}"]),
        (CRASHED, ["redrive --queue posting"]),
        (UNPLANNED, ["redrive --queue notice"]),
        ("create_failed", ["release {record}", "link {record} <counterpart>"]),
    ],
)
def test_a_dead_record_says_what_brings_it_back(desk: Desk, code: str, commands: list[str]) -> None:
    row = desk.office.record("1", State.DEAD, reasons=[Reason(code=code, text="it died")])

    out = desk.run("record", "INV-1").out

    _, _, following = out.partition("Next:\n")
    assert following.splitlines() == [f"  ml-connector {one.format(record=row.record)}" for one in commands]


def test_a_record_as_json_has_its_trail(desk: Desk) -> None:
    _posted(desk.office)

    (record,) = desk.run("record", "INV-1", "--json").data["records"]

    assert record["record"] == f"{desk.office.flow}/1"
    made = {"id": "991", "kind": "bill", "origin": "created", "at": "2026-03-02T09:00:00+00:00"}
    assert record["target"] == {**made, "run": None}
    assert [one["step"] for one in record["moments"]] == ["received", "posted"]


def test_a_number_nobody_knows_is_not_found_and_says_where_to_look(desk: Desk) -> None:
    printed = desk.run("record", "INV-404")

    assert (printed.code, printed.out) == (3, "")
    assert "no record of acme has the number 'INV-404' in either system" in printed.err
    assert "`ml-connector flows` shows how far each flow has read" in printed.err


def test_two_tenants_with_the_same_number_see_their_own_alone(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    desk.office.record("1", State.POSTED, amount=usd("1.00"))
    other.record("1", State.HELD, amount=usd("9.00"), reasons=[missing_account("600300")])

    records = desk.run("record", "INV-1", "--tenant", "acme", "--json").data["records"]

    assert [(one["record"].split("/")[0], one["state"]) for one in records] == [("acme", "posted")]
