"""What Jira pushes keeps our cross-references true (FI7): dynamic webhooks under OAuth, admin webhooks otherwise."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.registration import RegistrationState
from tests.freshbooks_jira import TIME, a_customer
from tests.jira_pushing import PushingJira
from tests.simulation.jira_trouble import ask_again
from tests.simulators.jira import Expiration, Forgery
from tests.simulators.serving import transport


def dynamic() -> PushingJira:
    pushing = PushingJira(a_customer(oauth=True, webhooks="dynamic"))
    pushing.tend()
    return pushing


def admin() -> PushingJira:
    """The administrator enters the address that we were told, with the secret that we were given."""
    pushing = PushingJira(a_customer(webhooks="admin"))
    pushing.tend()
    (one,) = pushing.registrations
    email, token = pushing.jira.api_token(administrator=True)
    body = {
        "name": "ml-connector",
        "url": one.callback_id,
        "events": ["jira:issue_updated", "jira:issue_deleted"],
        "secret": "an administrator's own",
    }
    made = httpx.Client(transport=transport(pushing.jira), auth=(email, token)).post(
        f"{pushing.jira.site.base_url}/rest/webhooks/1.0/webhook", json=body
    )
    assert made.status_code == 201, made.text
    return pushing


type Begun = Callable[[], PushingJira]

BOTH = pytest.mark.parametrize("begun", [dynamic, admin], ids=["dynamic", "admin"])


@BOTH
def test_a_registration_is_verified_at_once_and_asked_for_once(begun: Begun) -> None:
    pushing = begun()

    pushing.tend(thorough=True)

    assert [one.state for one in pushing.registrations] == [RegistrationState.VERIFIED]


@BOTH
def test_an_issue_that_somebody_deletes_is_not_thought_to_be_there(begun: Begun) -> None:
    pushing = begun()

    pushing.jira.desk.delete_issue(pushing.key)
    pushing.send()
    pushing.customer.run(pushing.bills, full=True)

    assert pushing.row.state is State.REVERSED
    assert [reason.code for reason in pushing.row.reasons] == ["target_gone"]
    assert pushing.jira.issues == []


@BOTH
def test_an_issue_that_moves_keeps_its_record_under_its_new_key(begun: Begun) -> None:
    pushing = begun()
    target_id = pushing.row.confirmed.target_id if pushing.row.confirmed else ""

    pushing.jira.desk.move_issue(pushing.key, "OPS")
    pushing.send()

    assert pushing.row.other_number == "OPS-1"
    assert pushing.row.confirmed is not None
    assert pushing.row.confirmed.target_id == target_id
    assert pushing.row.state is State.POSTED


@BOTH
@pytest.mark.parametrize("forged", [Forgery.NO_PROOF, Forgery.ALG_NONE, Forgery.WRONG_KEY, Forgery.EXPIRED])
def test_a_forged_delivery_changes_nothing(begun: Begun, forged: Forgery) -> None:
    pushing = begun()
    before = pushing.row

    pushing.jira.desk.delete_issue(pushing.key)
    pushing.jira.turn(forged=forged)
    pushing.send()

    assert pushing.answers == [401]
    assert pushing.row == before


def test_one_whose_time_runs_out_is_renewed_long_before() -> None:
    pushing = dynamic()

    pushing.days(120)

    (one,) = pushing.registrations
    assert pushing.jira.calls.count(("POST", f"{pushing.jira.gateway_path}/rest/api/3/webhook")) == 1
    pushing.jira.desk.delete_issue(pushing.key)
    assert [sent.status for sent in pushing.send()] == [200]
    assert one.state is RegistrationState.VERIFIED


@pytest.mark.parametrize("expiration", list(Expiration))
def test_one_that_lapsed_is_registered_anew_and_what_was_missed_is_read(expiration: Expiration) -> None:
    pushing = dynamic()
    pushing.jira.turn(expiration=expiration)
    (before,) = pushing.registrations

    pushing.lapse()

    (after,) = pushing.registrations
    assert after.id != before.id
    assert pushing.row.state is State.REVERSED


def test_a_connection_that_wants_no_webhooks_registers_none() -> None:
    pushing = PushingJira(a_customer(oauth=True))

    pushing.tend(thorough=True)

    assert pushing.registrations == []
    assert [call for call in pushing.jira.calls if call[1].endswith("/webhook")] == []


def test_a_new_client_secret_makes_a_new_registration() -> None:
    pushing = dynamic()
    fakes, site = pushing.customer.world.fakes, pushing.customer.site
    (before,) = pushing.registrations
    secret = fakes.connections.get(site).secret
    fakes.secrets.write(secret, {**fakes.secrets.read(secret), "client_secret": "another"}, token="new")

    pushing.customer.later(minutes=10)
    pushing.tend(thorough=True)

    (after,) = pushing.registrations
    assert after.id != before.id


def test_a_deleted_issue_comes_back_on_a_persons_word_alone() -> None:
    pushing = dynamic()
    pushing.jira.desk.delete_issue(pushing.key)
    pushing.send()

    ask_again(pushing.customer, pushing.bills, pushing.bill)

    assert len(pushing.jira.issues) == 1
    assert pushing.row.state is State.POSTED


def logged(pushing: PushingJira, *keys: str) -> tuple[FlowId, list[str]]:
    """One time entry on each of these issues."""
    customer = pushing.customer
    time = customer.flow(TIME)
    entries = [
        str(
            customer.freshbooks.add_time_entry(
                is_logged=True, duration=600, started_at="2026-03-02T08:00:00Z", note=key
            )["id"]
        )
        for key in keys
    ]
    customer.run(time)
    return time, entries


@BOTH
def test_worklogs_go_with_the_issue_that_somebody_deletes(begun: Begun) -> None:
    pushing = begun()
    other = pushing.jira.desk.add_issue(summary="Not deleted")["key"]
    time, entries = logged(pushing, pushing.key, pushing.key, other)
    assert len(pushing.customer.worklogs()) == 3

    pushing.jira.desk.delete_issue(pushing.key)
    pushing.send()
    pushing.customer.run(time, full=True)

    rows = [pushing.customer.row(time, entry) for entry in entries]
    assert [row.state for row in rows] == [State.REVERSED, State.REVERSED, State.POSTED]
    assert {reason.code for row in rows[:2] for reason in row.reasons} == {"target_gone"}
    assert len(pushing.customer.worklogs()) == 1


@pytest.mark.parametrize(("deleted", "state"), [("old", State.POSTED), ("new", State.REVERSED)])
def test_a_worklog_that_moved_goes_with_its_new_issue_and_not_with_the_old_one(deleted: str, state: State) -> None:
    pushing = dynamic()
    keys = {"old": pushing.key, "new": str(pushing.jira.desk.add_issue(summary="Its new issue")["key"])}
    time, (entry,) = logged(pushing, keys["old"])
    pushing.customer.edit_time(entry, note=keys["new"])
    pushing.customer.later(minutes=20)
    pushing.customer.run(time)

    pushing.jira.desk.delete_issue(keys[deleted])
    pushing.send()

    assert pushing.customer.row(time, entry).state is state


def test_time_whose_issue_was_deleted_is_logged_again_on_a_persons_word_alone() -> None:
    pushing = dynamic()
    time, (entry,) = logged(pushing, pushing.key)
    pushing.jira.desk.delete_issue(pushing.key)
    pushing.send()
    other = pushing.jira.desk.add_issue(summary="Where it belongs")["key"]

    pushing.customer.edit_time(entry, note=other)
    pushing.customer.later(minutes=20)
    pushing.customer.run(time)
    before = len(pushing.customer.worklogs())
    ask_again(pushing.customer, time, entry)

    assert (before, len(pushing.customer.worklogs())) == (0, 1)
    assert pushing.customer.row(time, entry).state is State.POSTED
