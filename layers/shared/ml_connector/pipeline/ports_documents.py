"""The port of the documents that partners sent: each once, and those that somebody must look at again in a list."""

from __future__ import annotations

from typing import Protocol

from ml_connector.domain.document import Document
from ml_connector.domain.identity import ConnectionId


class Documents(Protocol):
    def find(self, connection: ConnectionId, document_id: str) -> Document | None:
        """A consistent read."""
        ...

    def open(self, connection: ConnectionId) -> list[Document]:
        """Those that are open, oldest first."""
        ...

    def all(self, connection: ConnectionId) -> list[Document]:
        """Oldest first."""
        ...

    def put(self, document: Document, *, expected: Document | None) -> bool:
        """Replace exactly `expected`; False where it is another by now. Putting one thing twice is harmless."""
        ...
