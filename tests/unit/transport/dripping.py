"""A host on this machine that answers byte by byte: each comes in time, and the answer never ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"


@contextmanager
def dripping_host(at_once: bytes = HEAD, *, every: float = 0.05) -> Iterator[int]:
    """Its port. After `at_once` it sends a blank `every` so many seconds."""
    server, over = socket.create_server(("127.0.0.1", 0)), Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(at_once)
            while not over.wait(every):
                connection.sendall(b" ")

    thread = Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join()
        server.close()
