"""`redrive` and `restored`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.ports_dead import DeadQueue
from tests.fakes.clock import START
from tests.fakes.queues import Message
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import INVOICES, Office

THREE_HOURS_AGO = START - timedelta(hours=3)
CRASHED = Reason(code="crashed", text="its worker crashed")


def _letter(desk: Desk, office: Office, external_id: str, *, reason: Reason = CRASHED) -> RecordId:
    row = office.record(external_id, State.DEAD, reasons=[reason])
    target = row.record.flow.target_connection
    letter = Message(id=f"{office.tenant}-{external_id}", body=row.record, group=target, visible_at=THREE_HOURS_AGO)
    desk.office.world.postings.dead.append(letter)
    return row.record


def test_redrive_sends_dead_letters_back_and_names_the_person(desk: Desk) -> None:
    record = _letter(desk, desk.office, "1")

    printed = desk.run("redrive")

    assert desk.office.world.postings.bodies == [record]
    assert desk.office.world.ledger.trail(record)[-1].event.actor == "anna"
    assert printed.out.splitlines()[-1] == "1 letter sent back. See: ml-connector work"


def test_redrive_takes_only_what_was_chosen(desk: Desk) -> None:
    _letter(desk, desk.office, "1", reason=Reason(code="not_planned", text="no plan"))
    chosen = _letter(desk, desk.office, "2")

    desk.run("redrive", "--queue", "posting", "--flow", INVOICES, "--reason", "crashed", "--older-than", "2h")

    assert desk.office.world.postings.bodies == [chosen]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--older-than", "99999999999d", "'99999999999d' is too long a time: 3650d at most"),
        ("--older-than", "999999d", "'999999d' is too long a time: 3650d at most"),
        ("--limit", "-1", "--limit: -1 letters are none: at least 1"),
        ("--limit", "0", "--limit: 0 letters are none: at least 1"),
    ],
)
def test_redrive_refuses_what_it_cannot_choose_by(desk: Desk, option: str, value: str, said: str) -> None:
    _letter(desk, desk.office, "1")

    printed = desk.run("redrive", option, value)

    assert (printed.code, printed.err) == (2, f"ml-connector: {said}\n")
    assert desk.office.world.postings.bodies == []


def test_redrive_shows_first_what_it_would_send_back(desk: Desk) -> None:
    _letter(desk, desk.office, "1")

    printed = desk.run("redrive", "--dry-run", "--json")

    assert [one["message_id"] for one in printed.data["letters"]] == ["acme-1"]
    assert (desk.office.world.postings.bodies, len(desk.office.world.postings.dead)) == ([], 1)


def test_redrive_leaves_other_tenants_letters_and_those_of_nobody(desk: Desk) -> None:
    _letter(desk, Office(tenant="globex", world=desk.office.world), "1")
    desk.services.dead_queues.unread[(DeadQueue.NOTICE, "m")] = "?"

    printed = desk.run("redrive", "--tenant", "acme")

    assert printed.out == "No dead letter fits: nothing was sent back.\n"
    assert (len(desk.office.world.postings.dead), len(desk.services.dead_queues.unread)) == (1, 1)


def test_a_length_of_time_that_is_none_is_a_wrong_use(desk: Desk) -> None:
    printed = desk.run("redrive", "--older-than", "yesterday")

    assert printed.code == 2
    assert "'yesterday' is not a length of time: write 30m, 12h or 7d" in printed.err


def test_restored_raises_the_epoch_and_needs_no_tenant(desk: Desk) -> None:
    desk.office.world.connections.connections.clear()

    printed = desk.run("restored", "--json")

    assert (printed.code, printed.data) == (0, {"epoch": 2, "restored": True})


def test_redrive_sends_back_the_letters_of_every_tenant(desk: Desk) -> None:
    mine = _letter(desk, desk.office, "1")
    theirs = _letter(desk, Office(tenant="globex", world=desk.office.world), "1")
    desk.services.dead_queues.unread[(DeadQueue.NOTICE, "m")] = "?"

    printed = desk.run("redrive", "--all-tenants", "--flow", INVOICES)

    assert sorted(desk.office.world.postings.bodies) == sorted([mine, theirs])
    assert printed.code == 0
    assert len(desk.services.dead_queues.unread) == 1


def test_unreadable_letters_are_listed_and_shown_without_what_a_terminal_obeys(desk: Desk) -> None:
    desk.services.dead_queues.unread[(DeadQueue.NOTICE, "m9")] = "\x1b[2J{"

    listed, shown = desk.run("letters"), desk.run("letters", "show", "m9")

    assert "m9" in listed.out
    assert shown.out == "\\x1b[2J{\n"


def test_an_unreadable_letter_is_put_aside_with_a_reason(desk: Desk) -> None:
    desk.services.dead_queues.unread[(DeadQueue.NOTICE, "m9")] = "{"

    refused = desk.run("letters", "put-aside", "m9")
    done = desk.run("letters", "put-aside", "m9", "--reason", "not ours", "--json")

    assert (refused.code, "--reason: say why" in refused.err) == (2, True)
    assert (done.data["kept"], done.data["actor"]) == ("kept/m9", "anna")
    assert desk.services.dead_queues.unread == {}


def test_a_letter_that_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.run("letters", "resend", "m9", "--reason", "mended").code == 3
