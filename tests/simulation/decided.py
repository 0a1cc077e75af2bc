"""Which records a posting worker took up, and which of them it brought to an ending: what a simulated posting is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.ports import Change, Deadline, Ledger, Ports
from ml_connector.pipeline.posting.poster import Poster
from tests.world import Services


class Decided:
    """`records` are those of which this process wrote an ending into the trail; a claim and a wait are none.

    `count` is told, after each delivery to the posting worker, how many records it had, and how many came to one.
    """

    def __init__(self, count: Callable[[int, int], None]) -> None:
        self.records: set[RecordId] = set()
        self._count = count

    def noting(self, ports: Ports) -> Ports:
        return replace(ports, ledger=cast(Ledger, _Noting(ports.ledger, self.records)))

    def counting(self, services: Services) -> Services:
        services.poster = cast(Poster, _Counting(services.poster, self))
        return services

    def counted(self, delivered: Sequence[RecordId]) -> None:
        self._count(len(delivered), len(self.records.intersection(delivered)))


class _Counting:
    def __init__(self, poster: Poster, decided: Decided) -> None:
        self._poster = poster
        self._decided = decided

    def handle(self, records: Sequence[RecordId], deadline: Deadline) -> None:
        self._decided.records.clear()
        try:
            self._poster.handle(records, deadline)
        finally:
            self._decided.counted(records)


class _Noting:
    def __init__(self, ledger: Ledger, records: set[RecordId]) -> None:
        self._ledger = ledger
        self._records = records

    def commit(self, change: Change) -> CrossReference:
        stored = self._ledger.commit(change)
        if change.events and change.after.in_flight is None:
            self._records.add(change.after.record)
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)
