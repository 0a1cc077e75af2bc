"""A look at a host from here, over real sockets on this machine: certificate, clock, and why it cannot be reached."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from ml_connector.pipeline.connections.ping_network import Answered, UnreachableError
from ml_connector.transport.reach import HttpNetwork
from tests.unit.transport.hosts import Authority, plain_host


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_good_host_tells_its_certificates_end_and_the_time(authority: Authority) -> None:
    network = HttpNetwork(local=True, verify=authority.trusted())

    with authority.host(days=30) as host:
        visit = network.visit(f"https://localhost:{host.server_port}/")

    now = datetime.now(UTC)  # the host told the machine's own time
    assert visit.certificate_until is not None
    assert visit.date is not None
    assert abs(visit.certificate_until - now - timedelta(days=30)) < timedelta(hours=1)
    assert abs(visit.date - now) < timedelta(hours=1)
    assert host.seen == [("HEAD", "/", "")]


@pytest.mark.parametrize(
    ("name", "days", "why"),
    [("localhost", -1, "its certificate has expired"), ("other.example", 30, "its certificate is for another name")],
    ids=["expired", "another name"],
)
def test_a_bad_certificate_is_named_and_nothing_is_sent(authority: Authority, name: str, days: int, why: str) -> None:
    network = HttpNetwork(local=True, verify=authority.trusted())

    with authority.host(name=name, days=days) as host, pytest.raises(UnreachableError) as caught:
        network.visit(f"https://localhost:{host.server_port}/")

    assert caught.value.text == f"localhost: {why}"
    assert caught.value.fix
    assert host.seen == []


def test_an_authority_that_nobody_trusts_is_named(authority: Authority) -> None:
    with authority.host() as host, pytest.raises(UnreachableError, match="nobody we trust signed its certificate"):
        HttpNetwork(local=True).visit(f"https://localhost:{host.server_port}/")


def test_a_port_that_speaks_no_tls_is_told() -> None:
    with plain_host() as host, pytest.raises(UnreachableError, match="no secure connection"):
        HttpNetwork(local=True).visit(f"https://localhost:{host.server_port}/")


def test_a_closed_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(UnreachableError, match="localhost takes no connection"):
            HttpNetwork(local=True).visit(
                f"http://127.0.0.1:{taken.getsockname()[1]}/".replace("127.0.0.1", "localhost")
            )


def test_a_host_that_does_not_answer_in_time_is_told() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        with pytest.raises(UnreachableError, match="does not answer"):
            HttpNetwork(local=True, timeout=timedelta(seconds=0.05)).visit(
                f"http://localhost:{silent.getsockname()[1]}/"
            )


def test_a_knock_brings_back_the_status_and_the_mark() -> None:
    with plain_host() as host:
        answered = HttpNetwork(local=True).knock(f"http://localhost:{host.server_port}/in/x/1", content_type="a/b")

    assert answered == Answered(status=404, mark="the mark")
    assert host.seen == [("POST", "/in/x/1", "a/b")]


def test_a_name_that_does_not_exist_is_told() -> None:
    with pytest.raises(UnreachableError, match=r"there is no such name: nowhere\.invalid"):
        HttpNetwork(local=False).resolve("nowhere.invalid")


def test_this_machine_has_an_address_that_is_allowed_on_a_laptop_only() -> None:
    found = HttpNetwork(local=True).resolve("localhost")

    assert [HttpNetwork(local=local).is_allowed(found[0]) for local in (True, False)] == [True, False]


def test_a_name_that_leads_to_this_machine_is_not_visited_from_the_cloud() -> None:
    with plain_host() as host, pytest.raises(UnreachableError, match="an address inside a network: refused"):
        HttpNetwork(local=False).visit(f"http://localhost:{host.server_port}/")

    assert host.seen == []
