"""Connections, flows, polls, grants and budgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings, GrantRow, GrantState
from ml_connector.domain.posting import Limits
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.ports import Ports
from tests.contract.ports.builders import ACME, ACME_SECOND_TARGET, GLOBEX
from tests.contract.ports.harness import Harness
from tests.fakes.clock import START

BOOKS = ACME.target_connection
A_MINUTE = timedelta(minutes=1)
LATER = START + 10 * A_MINUTE


def a_connection(**changes: object) -> Connection:
    settings = {"paths": {"invoices": "/x"}, "empty": None, "pages": [1, 2]}
    return replace(Connection(id=BOOKS, system="freshbooks", settings=settings, created_at=START), **changes)  # type: ignore[arg-type]


def test_a_connection_comes_back_as_it_was_saved(ports: Ports) -> None:
    ports.connections.save(a_connection(state=ConnectionState.STOPPED, state_why="401", grant="g"))

    assert ports.connections.get(BOOKS) == a_connection(state=ConnectionState.STOPPED, state_why="401", grant="g")


def test_an_unknown_connection_is_a_key_error(ports: Ports) -> None:
    ports.connections.save(a_connection())

    with pytest.raises(KeyError):
        ports.connections.get(GLOBEX.target_connection)


def test_connections_are_listed_by_tenant(ports: Ports) -> None:
    ports.connections.save(a_connection())
    ports.connections.save(a_connection(id=ACME_SECOND_TARGET.target_connection))
    ports.connections.save(a_connection(id=GLOBEX.target_connection))

    assert [connection.id.name for connection in ports.connections.list("acme")] == ["books", "ledger"]
    assert [connection.id.tenant for connection in ports.connections.list("globex")] == ["globex"]
    assert ports.connections.tenants() == ["acme", "globex"]


def test_flows_of_one_source_are_apart(ports: Ports) -> None:
    ports.connections.save_flow(FlowSettings(id=ACME, cadence="rate(1 hour)", settings={"draft": True}))
    ports.connections.save_flow(FlowSettings(id=ACME_SECOND_TARGET, paused=True))

    assert ports.connections.flow(ACME) == FlowSettings(id=ACME, cadence="rate(1 hour)", settings={"draft": True})
    assert [flow.id for flow in ports.connections.flows("acme")] == [ACME, ACME_SECOND_TARGET]
    assert ports.connections.flows("globex") == []
    with pytest.raises(KeyError):
        ports.connections.flow(GLOBEX)


def test_one_runner_polls_a_flow_at_a_time(harness: Harness) -> None:
    assert harness.ports.polls.begin(ACME, holder="a", until=LATER, now=START) == PollProgress()

    assert harness.other.polls.begin(ACME, holder="b", until=LATER, now=START) is None
    assert harness.ports.polls.begin(ACME, holder="a", until=LATER, now=START) == PollProgress()


def test_leases_of_other_tenants_and_targets_are_free(ports: Ports) -> None:
    ports.polls.begin(ACME, holder="a", until=LATER, now=START)

    assert ports.polls.begin(GLOBEX, holder="b", until=LATER, now=START) is not None
    assert ports.polls.begin(ACME_SECOND_TARGET, holder="b", until=LATER, now=START) is not None


def test_a_lease_ends_with_its_time_or_its_holder(ports: Ports) -> None:
    ports.polls.begin(ACME, holder="a", until=START, now=START)

    taken = ports.polls.begin(ACME, holder="b", until=LATER, now=START + A_MINUTE)
    ports.polls.end(ACME, holder="a")
    still_b = ports.polls.begin(ACME, holder="c", until=LATER, now=START + A_MINUTE)
    ports.polls.end(ACME, holder="b")
    free = ports.polls.begin(ACME, holder="c", until=LATER, now=START + A_MINUTE)

    assert (taken, still_b, free) == (PollProgress(), None, PollProgress())


def test_progress_is_kept_by_the_holder_alone(ports: Ports) -> None:
    progress = PollProgress(
        since=START, pass_began=START, resume="2", pages=2, seen=7, trouble="refused", trouble_at=START
    )
    ports.polls.begin(ACME, holder="a", until=LATER, now=START)

    assert ports.polls.save(ACME, progress, holder="a", until=LATER)
    assert not ports.polls.save(ACME, PollProgress(), holder="b", until=LATER)
    assert ports.polls.load(ACME) == progress
    assert ports.polls.load(GLOBEX) == PollProgress()


def test_saving_lengthens_the_lease(ports: Ports) -> None:
    ports.polls.begin(ACME, holder="a", until=START, now=START)
    ports.polls.save(ACME, PollProgress(), holder="a", until=LATER)

    assert ports.polls.begin(ACME, holder="b", until=LATER, now=START + A_MINUTE) is None


def test_who_lost_the_lease_writes_nothing(ports: Ports) -> None:
    ports.polls.begin(ACME, holder="a", until=START, now=START)
    ports.polls.begin(ACME, holder="b", until=LATER, now=START + A_MINUTE)

    assert not ports.polls.save(ACME, PollProgress(pages=9), holder="a", until=LATER)
    assert ports.polls.load(ACME) == PollProgress()


def test_a_reset_is_not_undone_by_a_pass_that_is_running(ports: Ports) -> None:
    ports.polls.begin(ACME, holder="a", until=LATER, now=START)
    ports.polls.save(ACME, PollProgress(since=START, last_finished=START), holder="a", until=LATER)

    ports.polls.reset(ACME)

    assert not ports.polls.save(ACME, PollProgress(since=LATER), holder="a", until=LATER)
    assert ports.polls.begin(ACME, holder="b", until=LATER, now=START) == PollProgress(last_finished=START)


A_GRANT = GrantRow(tenant="acme", grant="app#1/user", secret="s", secret_version="v1", expires_at=START)


def test_a_grant_is_replaced_only_as_it_was_read(harness: Harness) -> None:
    leased = replace(A_GRANT, lease_holder="a", lease_until=LATER, generation=2)
    harness.ports.grants.put(A_GRANT, expected=None)

    assert harness.ports.grants.put(leased, expected=A_GRANT)
    assert not harness.other.grants.put(replace(leased, lease_holder="b"), expected=A_GRANT)
    assert harness.ports.grants.load("acme", A_GRANT.grant) == leased


def test_of_two_first_grants_one_is_kept(ports: Ports) -> None:
    assert ports.grants.put(A_GRANT, expected=None)
    assert not ports.grants.put(replace(A_GRANT, secret_version="v2"), expected=None)
    assert not ports.grants.put(replace(A_GRANT, tenant="globex"), expected=A_GRANT)


def test_a_grant_that_is_put_twice_is_our_own_success(ports: Ports) -> None:
    suspect = replace(A_GRANT, state=GrantState.SUSPECT, suspect_since=START)
    ports.grants.put(A_GRANT, expected=None)

    assert ports.grants.put(suspect, expected=A_GRANT)
    assert ports.grants.put(suspect, expected=A_GRANT)


def test_an_unknown_grant_is_a_key_error(ports: Ports) -> None:
    ports.grants.put(A_GRANT, expected=None)

    with pytest.raises(KeyError):
        ports.grants.load("globex", A_GRANT.grant)


LIMITS = Limits(requests_per_minute=60, parallel=2)


def test_a_full_bucket_grants_ten_seconds_worth_in_bulk(ports: Ports) -> None:
    assert ports.budgets.take("acme", "x", LIMITS, wanted=7, now=START) == (7, timedelta())
    assert ports.budgets.take("acme", "x", LIMITS, wanted=7, now=START) == (3, timedelta())
    assert ports.budgets.take("acme", "x", LIMITS, wanted=7, now=START) == (0, timedelta(seconds=1))


def test_a_slow_account_still_bears_what_runs_at_once(ports: Ports) -> None:
    slow = Limits(requests_per_minute=6, parallel=4)

    assert ports.budgets.take("acme", "x", slow, wanted=9, now=START) == (4, timedelta())
    assert ports.budgets.take("acme", "x", slow, wanted=9, now=START) == (0, timedelta(seconds=10))


def test_a_bucket_fills_with_time_and_never_overflows(ports: Ports) -> None:
    ports.budgets.take("acme", "x", LIMITS, wanted=10, now=START)

    assert ports.budgets.take("acme", "x", LIMITS, wanted=9, now=START + timedelta(seconds=2)) == (2, timedelta())
    assert ports.budgets.take("acme", "x", LIMITS, wanted=99, now=START + timedelta(hours=1)) == (10, timedelta())


def test_workers_share_one_bucket(harness: Harness) -> None:
    mine, _ = harness.ports.budgets.take("acme", "x", LIMITS, wanted=6, now=START)
    theirs, _ = harness.other.budgets.take("acme", "x", LIMITS, wanted=6, now=START)
    mine_again, wait = harness.ports.budgets.take("acme", "x", LIMITS, wanted=6, now=START)

    assert (mine, theirs, mine_again, wait) == (6, 4, 0, timedelta(seconds=1))


def test_a_clock_that_runs_behind_fills_nothing(ports: Ports) -> None:
    ports.budgets.take("acme", "x", LIMITS, wanted=10, now=START)

    granted, wait = ports.budgets.take("acme", "x", LIMITS, wanted=1, now=START - A_MINUTE)

    assert (granted, wait) == (0, timedelta(seconds=1))


def test_while_a_reader_holds_an_account_nobody_else_is_granted_anything(harness: Harness) -> None:
    mine, theirs = harness.ports.budgets, harness.other.budgets
    until = START + timedelta(seconds=6)
    theirs.take("acme", "x", LIMITS, wanted=2, now=START)

    assert mine.hold("acme", "x", holder="reader", until=until, now=START)

    assert theirs.take("acme", "x", LIMITS, wanted=1, now=START) == (0, timedelta(seconds=6))
    assert not theirs.hold("acme", "x", holder="another", until=until, now=START)
    assert mine.take("acme", "x", LIMITS, wanted=1, now=START, holder="reader") == (1, timedelta())
    assert mine.hold("acme", "x", holder="reader", until=until, now=START)
    assert theirs.take("acme", "x", LIMITS, wanted=1, now=until)[0] == 1


def test_an_account_that_was_never_used_can_be_held(ports: Ports) -> None:
    assert ports.budgets.hold("acme", "new", holder="reader", until=LATER, now=START)

    assert ports.budgets.take("acme", "new", LIMITS, wanted=1, now=START)[0] == 0


def test_budgets_are_apart_by_tenant_and_account(ports: Ports) -> None:
    ports.budgets.take("acme", "x", LIMITS, wanted=10, now=START)

    assert ports.budgets.take("globex", "x", LIMITS, wanted=1, now=START)[0] == 1
    assert ports.budgets.take("acme", "y", LIMITS, wanted=1, now=START)[0] == 1


def test_a_pause_holds_every_worker_back_and_is_never_shortened(harness: Harness) -> None:
    harness.ports.budgets.take("acme", "x", LIMITS, wanted=1, now=START)
    harness.other.budgets.pause("acme", "x", until=LATER, now=START)
    harness.other.budgets.pause("acme", "x", until=START + A_MINUTE, now=START)

    held = harness.ports.budgets.take("acme", "x", LIMITS, wanted=1, now=START + 2 * A_MINUTE)
    after, _ = harness.ports.budgets.take("acme", "x", LIMITS, wanted=1, now=LATER)

    assert held == (0, 8 * A_MINUTE)
    assert after == 1
