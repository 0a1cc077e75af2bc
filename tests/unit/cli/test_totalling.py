"""`states` and `work`."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.money import Money
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES, Office, usd

STATES = """\
jaggaer_invoice_to_freshbooks_bill (jaggaer -> freshbooks), all months

STATE   RECORDS   EUR       USD
posted        2     -  1,220.50
held          2  5.00      7.00
total         4  5.00  1,227.50

4 records, each in exactly one state: the states add up.
"""


def test_states_add_up_and_say_so(desk: Desk) -> None:
    desk.office.record("1", State.POSTED, amount=usd("1200.00"))
    desk.office.record("2", State.POSTED, amount=usd("20.50"))
    desk.office.record("3", State.HELD, amount=usd("7.00"))
    desk.office.record("4", State.HELD, amount=Money(Decimal("5.00"), "EUR"))

    printed = desk.run("states")

    assert (printed.code, printed.out) == (0, STATES)


def test_states_as_json_have_the_same_keys_always(desk: Desk) -> None:
    desk.office.record("1", State.POSTED, amount=usd("1.50"))

    printed = desk.run("states", "--json", "--month", "2026-03")

    assert (printed.data["month"], printed.data["adds_up"]) == ("2026-03", True)
    assert printed.data["flows"] == [
        {
            "flow": str(desk.office.flow),
            "month": "2026-03",
            "records": 1,
            "amounts": [{"amount": "1.5", "currency": "USD"}],
            "states": [{"state": "posted", "records": 1, "amounts": [{"amount": "1.5", "currency": "USD"}]}],
            "adds_up": True,
        }
    ]


def test_states_that_do_not_add_up_fail(desk: Desk) -> None:
    desk.office.record("1", State.POSTED)
    ledger = desk.office.world.ledger
    twice = [*ledger.summaries(desk.office.flow, "2026-03")] * 2
    ledger.summaries = lambda flow, month: iter(twice)  # type: ignore[method-assign]

    printed = desk.run("states")

    assert printed.code == 1
    assert "The states do not add up: 1 record, but 2 by state." in printed.out


def test_an_unknown_flow_gives_the_list_of_flows(desk: Desk) -> None:
    printed = desk.run("states", "--flow", "invoices")

    assert (printed.code, printed.out) == (3, "")
    assert printed.err == f"ml-connector: acme has no flow 'invoices'; its flows are:\n  {INVOICES}\n"


def test_a_flow_that_is_not_set_up_is_told_from_one_that_does_not_exist(desk: Desk) -> None:
    printed = desk.run("states", "--flow", "jaggaer_supplier_to_freshbooks_vendor")

    assert printed.code == 3
    assert "is not set up for acme: ml-connector onboard <file>" in printed.err


def test_a_month_that_is_none_is_a_wrong_use(desk: Desk) -> None:
    printed = desk.run("states", "--month", "March")

    assert (printed.code, printed.err) == (2, "ml-connector: --month: 'March' is not a month: write it as 2026-03\n")


def test_states_of_two_tenants_never_mix(desk: Desk) -> None:
    other = Office(tenant="globex", world=desk.office.world)
    desk.office.record("1", State.POSTED, amount=usd("1.00"))
    other.record("1", State.HELD, amount=usd("9.00"))

    (flow,) = desk.run("states", "--json", "--tenant", "globex").data["flows"]

    assert [(one["state"], one["records"]) for one in flow["states"]] == [("held", 1)]


def test_work_lists_what_a_person_should_look_at(desk: Desk) -> None:
    desk.office.record("1", State.REJECTED, amount=usd("1.00"), reasons=[Reason(code="no", text="the vendor says no")])

    printed = desk.run("work")

    assert "Refused by the target. Once mended: ml-connector release <record>" in printed.out
    assert "INV-1   1.00 USD  2026-03-02 09:01      0  no    the vendor says no" in printed.out


def test_what_is_dead_goes_on_as_its_code_says(desk: Desk) -> None:
    for number, code in enumerate(["crashed", "not_planned", "attempts_used_up", "create_failed"]):
        desk.office.record(str(number), State.DEAD, reasons=[Reason(code=code, text="it died")])

    printed = desk.run("work")

    assert printed.out.partition("\n\n")[0].splitlines() == [
        "Given up. Once mended:",
        "  ml-connector redrive --queue notice  (not_planned)",
        "  ml-connector redrive --queue posting  (crashed)",
        "  ml-connector release <record>  (attempts_used_up)",
        "  ml-connector release <record>, or ml-connector link <record> <counterpart>  (create_failed)",
    ]


def test_all_that_is_dead_of_one_code_has_one_way_on(desk: Desk) -> None:
    desk.office.record("1", State.DEAD, reasons=[Reason(code="crashed", text="it died")])

    assert desk.run("work").out.startswith("Given up. Once mended: ml-connector redrive --queue posting\n\nNUMBER")


def test_no_work_is_good_news(desk: Desk) -> None:
    assert desk.run("work").out == "Nothing is in doubt, given up or refused.\n"
    assert desk.run("work", "--json").data == {"tenant": "acme", "in_doubt": [], "dead": [], "rejected": []}
