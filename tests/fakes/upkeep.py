"""Epochs, schedules, runs, metrics and the log in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.audit import Step
from ml_connector.domain.identity import FlowId
from ml_connector.domain.journal import Entry, Subject, following
from ml_connector.pipeline.ports import Epoch


class FakeEpochs:
    """`lose_tables()` plays a restore: the next look finds the tables behind the marker."""

    def __init__(self) -> None:
        self.number = 1
        self._lost = False

    def current(self, *, thorough: bool = False) -> Epoch:
        if self._lost:
            return self.raise_epoch()
        return Epoch(number=self.number, restored=self.number > 1)

    def raise_epoch(self) -> Epoch:
        self._lost = False
        self.number += 1
        return Epoch(number=self.number, restored=True)

    def lose_tables(self) -> None:
        self._lost = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    cadence: str
    enabled: bool
    time_zone: str


class FakeSchedules:
    def __init__(self) -> None:
        self.entries: dict[FlowId, Scheduled] = {}

    def put(self, flow: FlowId, cadence: str, *, enabled: bool, time_zone: str = "UTC") -> None:
        self.entries[flow] = Scheduled(cadence=cadence, enabled=enabled, time_zone=time_zone)

    def remove(self, flow: FlowId) -> None:
        self.entries.pop(flow, None)


class FakeJournal:
    """`kept` by tenant and place, as a table has them."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[int, Entry]] = {}

    def append(self, subject: Subject, step: Step, text: str, *, actor: str, at: datetime) -> None:
        entries = self.entries(subject.tenant)
        entry = following(entries[-1] if entries else None, subject, step, text, actor=actor, at=at)
        self.kept.setdefault(subject.tenant, {})[entry.sequence] = entry

    def entries(self, tenant: str) -> list[Entry]:
        return [entry for _, entry in self.places(tenant)]

    def places(self, tenant: str) -> list[tuple[int, Entry]]:
        return sorted(self.kept.get(tenant, {}).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    flow: FlowId
    run_id: str
    full: bool
    actor: str


class FakeRuns:
    def __init__(self) -> None:
        self.started: list[Started] = []

    def start(self, flow: FlowId, *, run_id: str, full: bool = False, actor: str = "ml-connector") -> None:
        self.started.append(Started(flow=flow, run_id=run_id, full=full, actor=actor))


class FakeMetrics:
    """`counts` by name alone; `by_dimensions` by name and the sorted dimensions."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_dimensions: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self.counts[name] += value  # type: ignore[assignment]  # a Counter adds floats just as well
        self.by_dimensions[(name, tuple(sorted(dimensions.items())))] += value  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    level: str
    message: str
    fields: dict[str, Any]


class FakeLog:
    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    def info(self, message: str, **fields: Any) -> None:
        self.lines.append(LogLine(level="info", message=message, fields=fields))

    def warning(self, message: str, **fields: Any) -> None:
        self.lines.append(LogLine(level="warning", message=message, fields=fields))

    def error(self, message: str, **fields: Any) -> None:
        self.lines.append(LogLine(level="error", message=message, fields=fields))

    def messages(self, level: str | None = None) -> list[str]:
        return [line.message for line in self.lines if level in (None, line.level)]
