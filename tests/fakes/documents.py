"""Partners' documents in memory."""

from __future__ import annotations

from copy import deepcopy

from ml_connector.domain.document import Document
from ml_connector.domain.identity import ConnectionId


class FakeDocuments:
    def __init__(self) -> None:
        self.rows: dict[tuple[ConnectionId, str], Document] = {}

    def find(self, connection: ConnectionId, document_id: str) -> Document | None:
        return deepcopy(self.rows.get((connection, document_id)))

    def open(self, connection: ConnectionId) -> list[Document]:
        return [one for one in self.all(connection) if one.is_open]

    def all(self, connection: ConnectionId) -> list[Document]:
        found = [deepcopy(one) for one in self.rows.values() if one.connection == connection]
        return sorted(found, key=lambda one: (one.received_at, one.id))

    def put(self, document: Document, *, expected: Document | None) -> bool:
        """Finding exactly `document` there already is our own earlier success."""
        key = (document.connection, document.id)
        if self.rows.get(key) not in (expected, document):
            return False
        self.rows[key] = deepcopy(document)
        return True
