"""A vendor that refuses or answers nonsense: the command says which setting to mend, and nothing is half-written."""

from __future__ import annotations

from typing import Any

import pytest

from local.lab import INVOICES
from ml_connector.domain.identity import FlowId
from ml_connector.domain.watermark import PollProgress
from tests.fakes.clock import FakeDeadline
from tests.simulators.faults import Fault, FaultPlan
from tests.unit.bad_input.desk import TENANT, Desk, one_message

FLOW = FlowId(tenant=TENANT, flow=INVOICES, source="jaggaer", target="freshbooks")


def invoice(**overlay: Any) -> dict[str, Any]:
    return {"connections.jaggaer.settings.profile": {"resources": {"invoice": overlay}}}


@pytest.mark.parametrize(
    ("changes", "fix"),
    [
        ({"connections.jaggaer.secret.client_secret": "expired"}, "check `client_id` and `client_secret`; the secret"),
        ({"connections.jaggaer.settings.token_url": "https://jaggaer.example.com/no"}, "check `token_url`"),
        (invoice(list={"path": "/no/such/list"}), "check profile.resources.invoice.list.path"),
        (invoice(list={"items": "no.such.rows"}), "profile.resources.invoice.list.items ('no.such.rows') finds 0"),
        (invoice(list={"success": "done == `true`"}), "profile.resources.invoice.list.success does not hold"),
    ],
    ids=["expired secret", "wrong token URL", "wrong path", "wrong rows", "wrong success"],
)
def test_ping_names_what_to_mend(desk: Desk, changes: dict[str, Any], fix: str) -> None:
    desk.jaggaer.load_invented()
    desk.onboard(changes)
    before = desk.stored()

    printed = desk.run("ping", "jaggaer")

    assert (printed.code, printed.err, desk.stored() == before) == (1, "", True)
    assert fix in printed.out


def test_ping_says_that_a_page_of_garbage_is_none(desk: Desk) -> None:
    desk.onboard()
    desk.jaggaer.faults = FaultPlan([Fault.GARBLE] * 4, only=lambda request: "/invoices" in request.path)

    printed = desk.run("ping", "jaggaer")

    assert (printed.code, printed.err) == (1, "")
    assert "✗ read invoice " in printed.out
    assert "not JSON" in printed.out


def test_an_expired_client_secret_stops_its_connection_and_says_so(desk: Desk) -> None:
    desk.onboard({"connections.jaggaer.secret.client_secret": "expired"})

    report = desk.services.poller.run(FLOW, run_id="r", deadline=FakeDeadline(desk.world.clock))
    refused = desk.run("run", INVOICES)

    assert not report.finished
    assert refused.code == 1
    assert "connection jaggaer is stopped: the client id or the client secret is not accepted" in one_message(refused)
    assert "`ml-connector resume" in refused.err


def test_an_onboarding_whose_target_refuses_its_credentials_sets_nothing_up(desk: Desk) -> None:
    desk.freshbooks.disconnect()
    before = desk.stored()

    printed = desk.onboard()

    assert (printed.code, desk.stored() == before) == (2, True)
    assert "the account list of freshbooks could not be read: " in one_message(printed)


def test_an_onboarding_whose_target_answers_nonsense_sets_nothing_up(desk: Desk) -> None:
    desk.freshbooks.faults = FaultPlan([Fault.GARBLE] * 20)
    before = desk.stored()

    printed = desk.onboard()

    assert (printed.code, desk.stored() == before) == (2, True)
    assert "mappings.freshbooks.account.600100: the account list of freshbooks could not be read: " in printed.err


def test_a_page_of_garbage_moves_no_mark_and_makes_no_record(desk: Desk) -> None:
    desk.jaggaer.load_invented()
    desk.jaggaer.switch(page_cap=20)
    desk.onboard()
    desk.jaggaer.faults = FaultPlan([Fault.NONE, Fault.GARBLE], only=lambda request: request.path.endswith("/invoices"))

    report = desk.services.poller.run(FLOW, run_id="r", deadline=FakeDeadline(desk.world.clock))

    progress: PollProgress = desk.world.polls.load(FLOW)
    assert (report.finished, progress.since, progress.last_finished) == (False, None, None)
    assert desk.stored()["rows"] == {}
    assert "not JSON" in report.text


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["run", "jaggaer_to_sap"], 3, "acme has no flow 'jaggaer_to_sap'; its flows are:"),
        (["run", INVOICES, "--tenant", "globex"], 3, "there is no tenant 'globex'; the tenants are: acme"),
        (["run", INVOICES, "--wait", "--at-most", "soon"], 2, "'soon' is not a length of time: write 30m, 12h or 7d"),
        (["schedule", INVOICES, "hourly"], 2, "cadence: 'hourly' is no cadence: write rate(15 minutes) or cron("),
        (["schedule", INVOICES, "1h", "--time-zone", "Mars/Base"], 2, "--time-zone: 'Mars/Base' is no time zone"),
        (["map", "account", "600300", "Gifts"], 2, "'Gifts' is not in the target"),
        (["pause", "oracle"], 3, "acme has no connection or flow 'oracle'; there are:"),
        (["release", "INV-404"], 3, "acme has no record 'INV-404'"),
        (["record", "../../etc/passwd"], 3, "no record of acme has the number '../../etc/passwd'"),
        (["record", "acme/a#b/c/d/1"], 3, "no record of acme has the number"),
        (["redrive", "--older-than", "x"], 2, "'x' is not a length of time"),
        (["states", "--month", "March"], 2, "--month: 'March' is not a month: write it as 2026-03"),
        (["replace-secret", "jaggaer", "password"], 2, "jaggaer has no secret password; it has: client_id, client_sec"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_command_that_cannot_be_says_why_and_changes_nothing(
    desk: Desk, argv: list[str], code: int, message: str
) -> None:
    desk.onboard()
    before = desk.stored()

    printed = desk.run(*argv)

    assert (printed.code, desk.stored() == before) == (code, True)
    assert message in one_message(printed)
