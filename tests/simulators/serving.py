"""One simulator, two ways to reach it: in this process (an httpx transport), or as an HTTP server on loopback."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call as the vendor sees it. Header names in lower case; the query in its own order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class RequestLost(Exception):
    """The connection failed before the vendor saw anything."""


class AnswerLost(Exception):
    """The vendor did the work; its answer never arrives."""


class Simulator(Protocol):
    def handle(self, request: Request) -> Response: ...


def transport(simulator: Simulator, *, seen: Callable[[Request], None] | None = None) -> httpx.MockTransport:
    """The simulator as an httpx transport. Calls are serialised, as a vendor's own transactions are."""
    lock = Lock()

    def answer(call: httpx.Request) -> httpx.Response:
        url = urlsplit(str(call.url))
        request = Request(
            method=call.method,
            path=url.path,
            query=tuple(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in call.headers.items()},
            body=call.read(),
        )
        if seen is not None:
            seen(request)
        try:
            with lock:
                response = simulator.handle(request)
        except RequestLost as lost:
            raise httpx.ConnectError("connection refused", request=call) from lost
        except AnswerLost as lost:
            raise httpx.ReadTimeout("no answer in time", request=call) from lost
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    return httpx.MockTransport(answer)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextlib.contextmanager
def serve(simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The simulator as an HTTP server; yields its base URL. Lost requests and answers become closed connections."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # header and body leave together: apart they wait for each other

        def _answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the caller died while it sent
                self.close_connection = True
                return
            request = Request(
                method=self.command,
                path=url.path,
                query=tuple(parse_qsl(url.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            try:
                with lock:
                    response = simulator.handle(request)
            except (RequestLost, AnswerLost):
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            return

    server = _Server((host, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
