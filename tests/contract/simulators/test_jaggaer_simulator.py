"""The JAGGAER simulator's gate: tokens, rights, pace, faults, and that nothing can be written."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.simulators.jaggaer_caller import INVOICES, LINE, ORDERS, TOKEN, Caller, StoppedClock
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.control import Controlled
from tests.simulators.serving import transport


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def sim(clock: StoppedClock) -> JaggaerSimulator:
    simulator = JaggaerSimulator(clock=clock)
    simulator.add_supplier(number="000451", name="Harrowpike")
    return simulator


@pytest.fixture
def caller(sim: JaggaerSimulator) -> Caller:
    return Caller(sim)


def test_a_token_is_good_for_as_long_as_it_says(caller: Caller, clock: StoppedClock) -> None:
    before = caller.get(INVOICES).status_code

    clock.advance(seconds=300)

    assert (before, caller.get(INVOICES).status_code) == (200, 401)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="wrong grant"),
    ],
)
def test_the_token_endpoint_refuses_as_keycloak_does(
    sim: JaggaerSimulator, caller: Caller, form: dict[str, str], status: int, error: str
) -> None:
    answer = caller.token(sim, **form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_another_realm_is_not_there(caller: Caller) -> None:
    assert caller.http.post(TOKEN.replace("J1p-integrations", "other")).status_code == 404


def test_a_basic_header_will_do_for_the_credentials(sim: JaggaerSimulator, caller: Caller) -> None:
    who = (sim.client_id, sim.client_secret)

    answer = caller.http.post(TOKEN, data={"grant_type": "client_credentials"}, auth=who)

    assert answer.json()["expires_in"] == 300


def test_the_odd_401_has_no_challenge_and_no_content_type_to_parse(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(odd_401=True)
    sim.revoke_tokens()

    answer = caller.get(INVOICES)

    assert (answer.status_code, answer.headers["content-type"]) == (401, "; charset=UTF-8")
    assert "www-authenticate" not in answer.headers


def test_a_resource_without_the_right_to_it_is_forbidden(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.switch(forbidden={"purchase orders"})

    assert (caller.get(ORDERS).status_code, caller.get(INVOICES).status_code) == (403, 200)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written_and_every_attempt_is_kept(sim: JaggaerSimulator, caller: Caller, method: str) -> None:
    answer = caller.http.request(method, f"{INVOICES}/ocr", headers=caller.headers, content=b"{}")

    assert answer.status_code == 403
    assert [(write.method, write.path) for write in sim.writes] == [(method, f"{INVOICES}/ocr")]


def test_the_pace_is_limited_for_each_second(sim: JaggaerSimulator, caller: Caller, clock: StoppedClock) -> None:
    sim.switch(requests_per_second=1, retry_after_seconds=2)

    first, second = caller.get(INVOICES), caller.get(INVOICES)
    clock.advance(seconds=1)

    assert (first.status_code, second.status_code, caller.get(INVOICES).status_code) == (200, 429, 200)
    assert second.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("fault", "status", "waits"),
    [
        pytest.param(Fault.REFUSE, 429, True, id="with a wait"),
        pytest.param(Fault.REFUSE_BARE, 429, False, id="without a wait"),
        pytest.param(Fault.BREAK, 503, False, id="broken"),
        pytest.param(Fault.STALE_TOKEN, 401, False, id="stale"),
    ],
)
def test_a_planned_fault_happens_once(
    sim: JaggaerSimulator, caller: Caller, fault: Fault, status: int, waits: bool
) -> None:
    sim.faults = FaultPlan([fault])

    answer = caller.get(INVOICES)

    assert (answer.status_code, "retry-after" in answer.headers) == (status, waits)
    assert caller.get(INVOICES).status_code == 200


def test_a_lost_request_is_not_seen_and_a_lost_answer_is(sim: JaggaerSimulator, caller: Caller) -> None:
    sim.faults = FaultPlan([Fault.LOSE_REQUEST, Fault.LOSE_ANSWER])

    with pytest.raises(httpx.ConnectError):
        caller.get(INVOICES)
    with pytest.raises(httpx.ReadTimeout):
        caller.get(INVOICES)

    assert sim.call_counts["invoice list"] == 1


def test_the_control_surface_does_what_the_methods_do_and_counts_no_call(sim: JaggaerSimulator) -> None:
    http = httpx.Client(transport=transport(Controlled(sim)), base_url="https://jaggaer.example/_control/")

    added = http.post("add_invoice", json={"number": "INV-1", "supplier": "000451", "lines": [LINE], "total": None})
    refused = http.post("switches", json={"page_cop": 1})

    assert "total" not in added.json()["result"]["header"]
    assert (refused.status_code, sim.calls, len(sim.invoices)) == (400, [], 1)
