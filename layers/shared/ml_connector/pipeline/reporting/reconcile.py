"""Reconcile one flow: the source's list, our rows and the target's list must say the same of every document.

Nothing is written, nothing is queued, and nothing is taken from our rows that the systems themselves can be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import ConnectionId, FlowId
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.control_lines import ControlLines, Line
from ml_connector.pipeline.reporting.differences import Difference, Kind, Weight
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.reporting.source_list import SourceList
from ml_connector.pipeline.reporting.target_list import TargetList


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """`moved` counts documents that changed while the lists were read: they are judged the next time."""

    flow: FlowId
    began: datetime
    month: str | None
    currency: str | None
    source_records: int
    target_records: int
    moved: int
    lines: tuple[Line, ...]
    differences: tuple[Difference, ...]

    @property
    def adds_up(self) -> bool:
        return all(line.adds_up and line.approved_adds_up for line in self.lines)

    @property
    def kinds(self) -> Mapping[Kind, int]:
        counted: dict[Kind, int] = {}
        for difference in self.differences:
            counted[difference.kind] = counted.get(difference.kind, 0) + 1
        return counted

    @property
    def mismatches(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.weight is Weight.MISMATCH)

    def matches(self, *, strict: bool = False) -> bool:
        """Totals that do not add up without a listed difference are a mismatch too, unless documents were moving."""
        if strict and self.differences:
            return False
        return not self.mismatches and (self.adds_up or self.moved > 0)


class Reconciler:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems: Systems, *, pause: Pause, progress: Progress = lambda text: None
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._pause = pause
        self._progress = progress

    def reconcile(self, flow_id: FlowId, *, month: str | None = None, currency: str | None = None) -> Reconciliation:
        """Both lists are read whole, whatever the period: neither side's filters can be trusted to leave nothing out.

        Raises: AuthError, RejectedError, SettingsError.
        """
        flow = self._catalog.flow(flow_id.flow)
        if flow.source.kind is not RecordKind.BILL or flow.target.kind is not RecordKind.BILL:
            raise SettingsError(f"{flow.name} moves no documents: compare its lists instead", setting="flow")
        began, lines = self._ports.clock.now(), ControlLines()
        found: list[Difference] = []
        source = SourceList(
            ports=self._ports,
            flow=flow_id,
            reader=self._reader(flow_id.source_connection, flow.source.kind),
            lines=lines,
            report=found.append,
            read_up_to=self._ports.polls.load(flow_id).since,
        )
        source.read()
        target = TargetList(
            ports=self._ports,
            flow=flow_id,
            plan=flow,
            reader=self._reader(flow_id.target_connection, flow.target.kind),
            lines=lines,
            report=found.append,
            owners=source.owners,
            marked=source.marked,
        )
        target.read()
        return Reconciliation(
            flow=flow_id,
            began=began,
            month=month,
            currency=currency,
            source_records=source.records,
            target_records=target.records,
            moved=source.moved + target.moved,
            lines=lines.lines(month=month, currency=currency),
            differences=_in_order(one for one in found if one.concerns(month=month, currency=currency)),
        )

    def _reader(self, connection: ConnectionId, kind: RecordKind) -> ListReader:
        return ListReader(
            system=self._systems.open(self._ports.connections.get(connection)),
            kind=kind,
            what=f"{connection.name} {kind.replace('_', ' ')}s",
            pause=self._pause,
            progress=self._progress,
        )


def _in_order(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Mismatches before notes, then by kind, month and number."""
    order = list(Kind)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.weight is Weight.NOTE,
                order.index(one.kind),
                one.places[0].month or "" if one.places else "",
                one.number or "",
                one.target_id or "",
            ),
        )
    )
