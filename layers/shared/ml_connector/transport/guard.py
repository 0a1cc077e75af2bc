"""Where a name leads: a connection that ends inside a network is closed before anything is sent on it.

Looked at is the address that the socket is really connected to, so that no second answer of a name server gets past it;
and only where a connection is opened, so that a call on one that is open costs nothing. See decision 12.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import httpx

from ml_connector.transport.urls import is_public

_STARTED, _CONNECTED = "connection.connect_tcp.started", "connection.connect_tcp.complete"


class PrivateAddressError(httpx.ConnectError):
    """Nothing was sent."""


def only_public(request: httpx.Request) -> None:
    """An `event_hooks["request"]` of a client. A proxy is its owner's choice, and finds the address by itself.

    Compared is the name as it goes to the name server: httpx shows one that begins with `xn--` in letters.
    """
    wanted = request.url.raw_host.decode("ascii")
    asked: list[str] = []

    def watch(event: str, info: Mapping[str, Any]) -> None:
        if event == _STARTED:
            asked[:] = [str(info["host"])]
        elif event == _CONNECTED and asked == [wanted]:
            _check(wanted, info["return_value"], request)

    request.extensions["trace"] = watch


def is_allowed(address: str, *, local: bool) -> bool:
    """Whether a connection may end there. `local`: at this machine too."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return is_public(found) or (local and found.is_loopback)


def _check(host: str, stream: Any, request: httpx.Request) -> None:
    peer = stream.get_extra_info("server_addr")
    if peer and not is_allowed(str(peer[0]), local=False):
        stream.close()
        raise PrivateAddressError(f"{host} leads to {peer[0]}, an address inside a network: refused", request=request)
