"""A world's audit trail, sealed hour by hour as upkeep does, exported and verified."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from ml_connector.pipeline.auditing.export import MANIFEST, TRAIL, Exporter
from ml_connector.pipeline.auditing.faults import Findings
from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.auditing.verify import verify
from tests.fakes.audit import FakeAudit, is_signed
from tests.fakes.clock import FakeDeadline
from tests.fakes.world import FakeWorld

TENANT = "acme"


class SealedTrail:
    """The tenant was set up when this begins: what is there by then is of that moment, or older than any seal."""

    def __init__(self, fakes: FakeWorld) -> None:
        self._fakes = fakes
        self.audit = FakeAudit(fakes.ledger, fakes.journal)
        for connection in fakes.connections.list(TENANT):
            fakes.connections.save(replace(connection, created_at=fakes.clock.now()))

    def hours(self, number: int) -> None:
        for _ in range(number):
            self._fakes.clock.advance(timedelta(hours=1))
            sealer = Sealer(self.audit.ports, self._fakes.connections, self._fakes.clock, self._fakes.log)
            sealer.seal(TENANT, FakeDeadline(self._fakes.clock))

    def verified(self) -> Findings:
        files: dict[str, list[bytes]] = {}

        def put(name: str, lines: Iterable[bytes]) -> None:
            files[name] = b"".join(lines).splitlines(keepends=True)

        Exporter(self._fakes.ports, self.audit.ports).export(TENANT, put)
        seals = [(name, int(name[6:16]), lines) for name, lines in sorted(files.items()) if name.startswith("seals/")]
        return verify(json.loads(files[MANIFEST][0]), seals, files[TRAIL], is_signed)
