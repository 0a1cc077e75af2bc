"""One look at a host from here: its addresses, its certificate, its clock. And a knock at a door of ours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ml_connector.pipeline.connections.ping_network import Answered, UnreachableError, Visit
from ml_connector.transport.guard import PrivateAddressError, is_allowed, only_public

TIMEOUT = timedelta(seconds=4)
_VERIFY_CODES = {
    10: ("its certificate has expired", "its owner must renew the certificate; until then nothing is sent there"),
    9: ("its certificate is not valid yet", "check this machine's clock; if that is right, its owner must mend it"),
    62: ("its certificate is for another name", "check the address for a typing error"),
    18: ("it signed its certificate itself", "only a certificate of a public authority is taken: check the address"),
    19: ("nobody we trust signed its certificate", "a proxy that opens TLS must let this host through untouched"),
    20: ("nobody we trust signed its certificate", "a proxy that opens TLS must let this host through untouched"),
}


class HttpNetwork:
    """The same trust and the same guard as the calls that follow. `verify` is for tests, which have their own CA."""

    def __init__(self, *, local: bool, verify: ssl.SSLContext | bool = True, timeout: timedelta = TIMEOUT) -> None:
        self._local = local
        self._verify = verify
        self._timeout = timeout.total_seconds()

    def resolve(self, host: str) -> tuple[str, ...]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            fix = "check the address for a typing error, and that this machine reaches a name server"
            raise UnreachableError(f"there is no such name: {host}", fix=fix) from error
        return tuple(dict.fromkeys(str(one[4][0]) for one in found))

    def is_allowed(self, address: str) -> bool:
        return is_allowed(address, local=self._local)

    def visit(self, url: str) -> Visit:
        """The answer itself does not matter: no token goes along."""
        with self._client() as client:
            return self._sent(client, client.build_request("HEAD", url), _visit_of)

    def knock(self, url: str, *, content_type: str) -> Answered:
        with self._client() as client:
            request = client.build_request("POST", url, content=b"", headers={"content-type": content_type})
            return self._sent(client, request, _answered_of)

    def _client(self) -> httpx.Client:
        hooks: dict[str, list[Callable[..., Any]]] = {} if self._local else {"request": [only_public]}
        return httpx.Client(verify=self._verify, follow_redirects=False, timeout=self._timeout, event_hooks=hooks)

    def _sent[Found](
        self, client: httpx.Client, request: httpx.Request, read: Callable[[httpx.Response], Found]
    ) -> Found:
        try:
            response = client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise _unreachable(error, request.url.host) from error
        try:
            return read(response)
        finally:
            response.close()


def _visit_of(response: httpx.Response) -> Visit:
    tls = response.extensions["network_stream"].get_extra_info("ssl_object")
    certificate = tls.getpeercert(False) if tls is not None else None
    until = ssl.cert_time_to_seconds(certificate["notAfter"]) if certificate else None
    return Visit(
        certificate_until=None if until is None else datetime.fromtimestamp(until, UTC), date=_date_of(response)
    )


def _answered_of(response: httpx.Response) -> Answered:
    return Answered(status=response.status_code, mark=response.headers.get("x-door", ""))


def _date_of(response: httpx.Response) -> datetime | None:
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _unreachable(error: httpx.HTTPError, host: str) -> UnreachableError:
    if isinstance(error, PrivateAddressError):
        return UnreachableError(str(error), fix="use the host name that the vendor gives to the public")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            known = (cause.verify_message, "its owner must mend the certificate; until then nothing is sent there")
            text, fix = _VERIFY_CODES.get(cause.verify_code, known)
            return UnreachableError(f"{host}: {text}", fix=fix)
        if isinstance(cause, ssl.SSLError):
            fix = "check the address and its port: what answers there speaks no TLS that we take (1.2 or later)"
            return UnreachableError(f"{host}: no secure connection ({cause.reason or 'TLS failed'})", fix=fix)
    if isinstance(error, httpx.TimeoutException):
        fix = "a firewall may drop what goes there: let outgoing connections to it pass; else ask its owner"
        return UnreachableError(f"{host} does not answer", fix=fix)
    return UnreachableError(
        f"{host} takes no connection", fix="check the address and its port, and any firewall between"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
