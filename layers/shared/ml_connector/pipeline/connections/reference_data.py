"""Keep the lists that plans match against: read in full, switched only when complete, fresh at the start of a cycle."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from ml_connector.domain.codec import encode
from ml_connector.domain.connection import Connection
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.domain.records.record import canonical
from ml_connector.domain.reference import ReferenceList
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.watching import Watch
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import Connector

DEFAULT_AGE = timedelta(minutes=15)


class ReferenceData:
    def __init__(self, ports: Ports, catalog: Catalog, systems: Systems) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._watch = Watch(ports, catalog)

    @property
    def catalog(self) -> Catalog:
        return self._catalog

    def connector(self, connection: Connection) -> Connector:
        return self._catalog.connector(connection.system)

    def refresh(
        self, connection: Connection, kinds: frozenset[ReferenceKind], *, older_than: timedelta = DEFAULT_AGE
    ) -> frozenset[ReferenceKind]:
        """Read again what is older than that; answers the kinds whose content changed."""
        offered = self.connector(connection).references
        return frozenset(kind for kind in sorted(kinds & offered) if self._refresh_one(connection, kind, older_than))

    def _refresh_one(self, connection: Connection, kind: ReferenceKind, older_than: timedelta) -> bool:
        now = self._ports.clock.now()
        current = self._ports.references.current(connection.id, kind)
        if current is not None and now - current.read_at < older_than:
            return False
        items = tuple(self._systems.open(connection).reference(kind))
        if current is not None:
            items = self._watch.look(connection.id, kind, before=current.items, now=items)
        generation = sha256(canonical(encode(items))).hexdigest()[:32]
        self._ports.references.replace(
            connection.id, ReferenceList(kind=kind, generation=generation, read_at=now, items=items)
        )
        return current is None or current.generation != generation
