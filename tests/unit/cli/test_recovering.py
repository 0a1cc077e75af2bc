"""`redrive` and `restored`."""

from __future__ import annotations

from datetime import timedelta

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
