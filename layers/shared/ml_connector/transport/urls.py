"""Where a connection may call: public HTTPS addresses, and this machine only on a laptop.

`checked_url` looks at the text alone. Where a name leads is looked at when a connection is opened (`guard.py`).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from ml_connector.domain.errors import SettingsError

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PLAIN = re.compile(r"[!-~]+")
_INSIDE_ENDINGS = (".internal", ".local", ".localdomain", ".lan", ".intranet", ".corp", ".home", ".arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_url(url: str, *, setting: str, local: bool) -> str:
    """The URL, if a connection may call it. `local`: http and loopback are allowed, for simulators.

    Raises: SettingsError that names the setting and the fix.
    """
    parts = _parts(url, setting)
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
        raise SettingsError("must begin with https://", setting=setting)
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "must not carry a user name or a password; credentials belong in the secret", setting=setting
        )
    if parts.fragment:
        raise SettingsError("must not have a part after '#'", setting=setting)
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise SettingsError("has no host name; write it like https://example.com", setting=setting)
    _check_host(host, setting=setting, local=local)
    return url


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def _parts(url: str, setting: str) -> SplitResult:
    if not isinstance(url, str) or not _PLAIN.fullmatch(url) or "\\" in url:
        raise SettingsError("must be a URL without blanks, in plain letters (xn-- for others)", setting=setting)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise SettingsError("is not a URL; write it like https://example.com", setting=setting) from error
    return parts


def _check_host(host: str, *, setting: str, local: bool) -> None:
    address = _address(host)
    if address is not None:
        if not (local and address.is_loopback) and not is_public(address):
            raise SettingsError(f"{host} is not a public address; use the vendor's host name", setting=setting)
        return
    if host == "localhost" or host.endswith(".localhost"):
        if not local:
            raise SettingsError(f"{host} is this machine; use the vendor's host name", setting=setting)
        return
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise SettingsError(f"{host!r} is not a host name", setting=setting)
    if len(labels) < 2 or host.endswith(_INSIDE_ENDINGS) or labels[-1].isdigit():
        raise SettingsError(f"{host} is a name inside a network; use the vendor's public host name", setting=setting)


def _address(host: str) -> Address | None:
    """An IP address in any spelling: dotted, decimal, hexadecimal, octal, shortened, IPv6."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9a-fx.]+", host):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def is_public(address: Address) -> bool:
    """Not private, loopback or link-local, nor one of those inside another spelling of it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
