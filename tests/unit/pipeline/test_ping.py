"""Ping: the network, the grant, the systems and our own door, all at once and within five seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.domain.connection import Connection, GrantRow
from ml_connector.domain.registration import RegistrationState
from ml_connector.pipeline.connections.ping import WHOLE, Ping, Pinged
from ml_connector.pipeline.connections.ping_hosts import origins
from ml_connector.pipeline.connections.ping_network import Answered, UnreachableError
from ml_connector.pipeline.probe import ProbeStep
from tests.fakes.clock import START
from tests.fakes.network import STACK, FakeNetwork, FakeTogether
from tests.pushing import API_URL, FORM, Pushed


class Bench:
    """Both real connectors over their simulators; only the network is a fake."""

    def __init__(self, **network: Any) -> None:
        self.pushed = Pushed()
        self.clock = self.pushed.fakes.clock
        self.network = FakeNetwork(clock=self.clock, **network)
        self.together = FakeTogether(clock=self.clock)

    def ping(self, name: str) -> Pinged:
        services = self.pushed.world.services
        ping = Ping(
            services.ports,
            self.pushed.world.catalog,
            services.systems,
            self.pushed.registrar,
            self.network,
            self.together,
            stack=STACK,
        )
        return ping.run([self.connection(name)])[0]

    def step(self, name: str, beginning: str) -> ProbeStep:
        return next(step for step in self.ping(name).steps if step.name.startswith(beginning))

    def connection(self, name: str) -> Connection:
        tenant = self.pushed.books.tenant
        return next(one for one in self.pushed.fakes.connections.list(tenant) if one.system == name)

    def give_scopes(self, *scopes: str) -> None:
        row = self.grant()
        self.pushed.fakes.grants.put(replace(row, scopes=scopes), expected=row)

    def grant(self) -> GrantRow:
        connection = self.connection("freshbooks")
        return self.pushed.fakes.grants.load(connection.id.tenant, connection.grant or "")


NEEDED = (
    "user:bill_vendors:read",
    "user:bill_vendors:write",
    "user:bills:read",
    "user:bills:write",
    "user:expenses:read",
    "user:journal_entries:read",
    "user:profile:read",
)


def test_all_is_well_with_both_systems() -> None:
    bench = Bench()
    bench.pushed.registered()
    bench.give_scopes(*NEEDED)

    pinged = [bench.ping("freshbooks"), bench.ping("jaggaer")]

    assert [(one.system, [step for step in one.steps if not step.ok]) for one in pinged] == [
        ("freshbooks", []),
        ("jaggaer", []),
    ]


def test_the_steps_of_freshbooks_say_what_each_is_about() -> None:
    bench = Bench()
    bench.pushed.registered()
    bench.give_scopes(*NEEDED)

    names = [step.name for step in bench.ping("freshbooks").steps]

    assert [name.split()[0] for name in names[:3]] == ["name", "TLS", "clock"]
    assert [name for name in names if name.startswith("scope ")] == [f"scope {scope}" for scope in NEEDED]
    assert names[-2:] == ["our door", "registrations"]
    assert {"sign in", "business", "bills", "vendors", "expense categories"} <= {*names}


def test_a_scope_that_was_not_granted_is_named_with_the_flows_that_need_it() -> None:
    bench = Bench()
    bench.give_scopes(*(scope for scope in NEEDED if scope != "user:bills:write"))

    step = bench.step("freshbooks", "scope user:bills:write")

    assert (step.ok, step.text) == (False, "needed, and not granted")
    assert step.needed_by == ("jaggaer_invoice_to_freshbooks_bill",)
    assert (step.fix or "").endswith("then: ml-connector authorise freshbooks")


def test_scopes_that_the_vendor_never_named_are_no_failure() -> None:
    bench = Bench()
    bench.give_scopes()

    assert bench.step("freshbooks", "scopes").ok


def test_a_host_without_an_address_ends_at_its_name() -> None:
    bench = Bench()
    host = _host(bench)
    bench.network.addresses[host] = ()

    steps = [step for step in bench.ping("jaggaer").steps if host in step.name]

    assert [(step.name, step.ok, step.fix) for step in steps] == [(f"name {host}", False, "check the address")]


def test_a_name_that_leads_inside_a_network_is_refused() -> None:
    bench = Bench(inside=frozenset({"10.0.0.5"}))
    bench.network.addresses[_host(bench)] = ("203.0.113.7", "10.0.0.5")

    step = bench.step("jaggaer", "name")

    assert (step.ok, "10.0.0.5, inside a network" in step.text) == (False, True)


def test_a_bad_certificate_is_told_in_words() -> None:
    bench = Bench()
    origin = _origin(bench)
    bench.network.unreachable[origin] = UnreachableError("its certificate has expired", fix="renew it")

    failed = [step for step in bench.ping("jaggaer").steps if not step.ok]

    assert [(step.text, step.fix) for step in failed[:1]] == [("its certificate has expired", "renew it")]


@pytest.mark.parametrize(("days", "warns"), [(15, False), (14, True), (1, True)])
def test_a_certificate_that_expires_soon_is_a_warning(days: int, warns: bool) -> None:
    bench = Bench()
    bench.network.certificate_until = bench.clock.now() + timedelta(days=days)

    step = bench.step("jaggaer", "TLS")

    assert (step.ok, step.fix is not None) == (True, warns)


@pytest.mark.parametrize(
    ("ahead", "ok", "text"),
    [
        (timedelta(seconds=60), True, "our clocks agree"),
        (timedelta(seconds=61), False, "our clock is 61 s behind theirs"),
        (timedelta(minutes=-5), False, "our clock is 300 s ahead of theirs"),
    ],
    ids=["in step", "behind", "ahead"],
)
def test_our_clock_is_compared_with_theirs(ahead: timedelta, ok: bool, text: str) -> None:
    step = Bench(ahead=ahead).step("jaggaer", "clock")

    assert (step.ok, step.text.startswith(text), step.fix is None) == (ok, True, ok)


def test_a_system_that_does_not_say_the_time_is_no_failure() -> None:
    assert Bench(tells_time=False).step("jaggaer", "clock").ok


def test_our_door_is_knocked_at_by_the_address_that_systems_are_given() -> None:
    bench = Bench()

    assert bench.step("freshbooks", "our door").ok
    ((url, kind),) = bench.network.knocked
    assert (url.startswith(f"{API_URL}/in/freshbooks/"), kind) == (True, FORM)


@pytest.mark.parametrize(
    "answer", [Answered(status=404, mark=""), Answered(status=404, mark="another's"), Answered(status=200, mark="")]
)
def test_anybody_elses_answer_is_not_our_door(answer: Answered) -> None:
    step = Bench(door=answer).step("freshbooks", "our door")

    assert (step.ok, f"HTTP {answer.status}" in step.text, "callback_base_url" in (step.fix or "")) == (
        False,
        True,
        True,
    )


def test_a_door_that_cannot_be_reached_says_why() -> None:
    bench = Bench(unreachable={API_URL: UnreachableError("connector.example does not answer", fix="open the firewall")})

    step = bench.step("freshbooks", "our door")

    assert (step.ok, step.text.startswith("connector.example does not answer"), step.fix) == (
        False,
        True,
        "open the firewall",
    )


def test_a_registration_whose_handshake_never_came_is_a_failure() -> None:
    bench = Bench()
    bench.pushed.tend()
    bench.pushed.later(minutes=11)

    step = bench.step("freshbooks", "registrations")

    assert (step.ok, "bill.update" in step.text, "no handshake yet" in step.text) == (False, True, True)
    assert (step.fix or "").endswith("ml-connector registrations --repair")


def test_a_registration_that_was_just_made_is_a_warning_only() -> None:
    bench = Bench()
    bench.pushed.tend()

    step = bench.step("freshbooks", "registrations")

    assert (step.ok, step.fix is not None) == (True, True)
    assert {one.state for one in bench.pushed.live} == {RegistrationState.PENDING}


def test_a_system_that_pushes_nothing_has_no_door_to_knock_at() -> None:
    bench = Bench()

    assert not [step for step in bench.ping("jaggaer").steps if step.name in ("our door", "registrations")]


def test_nothing_gets_more_time_than_there_is_in_all() -> None:
    bench = Bench(takes=timedelta(seconds=2))

    bench.ping("jaggaer")

    assert max(bench.together.limits) < WHOLE
    assert bench.clock.now() - START < WHOLE


def test_what_takes_too_long_fails_and_the_rest_is_told() -> None:
    bench = Bench(takes=timedelta(minutes=1))

    pinged = bench.ping("jaggaer")

    late = [step for step in pinged.steps if not step.ok]
    assert {step.text for step in late} == {"no answer within 5 seconds"}
    assert {step.name for step in pinged.steps if step.ok} >= {"token", "read invoice"}
    assert bench.clock.now() - START < WHOLE


def test_a_ping_writes_nothing_to_any_system() -> None:
    bench = Bench()
    bench.pushed.registered()
    before = len(bench.pushed.freshbooks.writes)

    bench.ping("freshbooks")

    assert len(bench.pushed.freshbooks.writes) == before


def test_lists_that_a_flow_asks_count_as_needed() -> None:
    assert {"account", "vendor", "bill"} <= {*Bench().ping("freshbooks").used}


def _origin(bench: Bench) -> str:
    connection = bench.connection("jaggaer")
    connector = bench.pushed.world.catalog.connector("jaggaer")
    return origins(connector.addresses(connection.settings))[0]


def _host(bench: Bench) -> str:
    return _origin(bench).partition("://")[2].partition(":")[0]
