"""Where a name leads is looked at when a connection is opened, and nothing is sent to an address inside a network."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.domain.errors import TransientError
from ml_connector.runtime.parallel import ThreadParallel
from ml_connector.runtime.systems import OpenSystems
from ml_connector.transport.client import ApiClient
from ml_connector.transport.guard import PrivateAddressError, is_allowed, only_public
from ml_connector.transport.single_call import Uncounted
from tests.unit.transport.hosts import plain_host


def test_a_call_to_a_name_that_leads_inside_is_refused_before_anything_is_sent() -> None:
    with plain_host() as host, _guarded() as http, pytest.raises(PrivateAddressError, match="refused"):
        http.head(f"http://localhost:{host.server_port}/secret")

    assert host.seen == []


@pytest.mark.parametrize("name", ["mueller.example.com", "xn--mller-kva.example.com", "MUELLER.example.com"])
def test_a_name_is_known_again_however_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: real("127.0.0.1", *more, **named))

    with plain_host() as host, _guarded() as http, pytest.raises(PrivateAddressError, match=r"leads to 127\.0\.0\.1"):
        http.head(f"http://{name}:{host.server_port}/secret")

    assert host.seen == []


def test_a_write_that_was_refused_so_is_not_in_doubt() -> None:
    with plain_host() as host, _guarded() as http:
        api = ApiClient(
            http=http, system="x", base_url=f"http://localhost:{host.server_port}", tokens=None, budget=Uncounted()
        )

        with pytest.raises(TransientError, match=r"leads to 127\.0\.0\.1"):
            api.send("POST", "/bills", operation="create", json={})

    assert host.seen == []


def test_a_proxy_is_its_owners_choice() -> None:
    with (
        plain_host() as proxy,
        httpx.Client(proxy=f"http://127.0.0.1:{proxy.server_port}", event_hooks={"request": [only_public]}) as http,
    ):
        assert http.head("http://api.example.com/").status_code == 200


@pytest.mark.parametrize(
    ("address", "allowed", "on_a_laptop"),
    [
        ("8.8.8.8", True, True),
        ("10.0.0.5", False, False),
        ("192.168.1.1", False, False),
        ("169.254.169.254", False, False),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fe80::1%eth0", False, False),
        ("fd00::1", False, False),
        ("::ffff:10.0.0.5", False, False),
        ("2606:4700::1111", True, True),
    ],
)
def test_only_public_addresses_are_allowed(address: str, allowed: bool, on_a_laptop: bool) -> None:
    assert (is_allowed(address, local=False), is_allowed(address, local=True)) == (allowed, on_a_laptop)


@pytest.mark.parametrize(("local", "guarded"), [(False, True), (True, False)], ids=["deployed", "laptop"])
def test_every_call_of_a_deployed_stack_is_guarded(local: bool, guarded: bool) -> None:
    none: Any = None
    systems = OpenSystems(none, none, ThreadParallel(), local=local)

    with systems._http as http:
        assert (only_public in http.event_hooks["request"]) == guarded


def test_the_connector_names_the_host_that_it_calls() -> None:
    assert CONNECTOR.addresses({"account_id": "a"}) == ("https://api.freshbooks.com/auth/oauth/token",)


def _guarded() -> httpx.Client:
    return httpx.Client(event_hooks={"request": [only_public]})
