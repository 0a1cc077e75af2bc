"""One pass over a source's list: what differs from what is stored becomes notices.

The mark moves once, after the last page, to the moment the pass began minus the overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.records.record import digest, dump
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.ports import Deadline, PayloadKey, Ports
from ml_connector.pipeline.system import Page, Row

RECORDS_PER_NOTICE = 10
DEFAULT_OVERLAP = timedelta(hours=2)
DEFAULT_FULL_READ = timedelta(hours=24)
_LEASE = timedelta(minutes=3)
_MARGIN = timedelta(seconds=30)


class LeaseLostError(Exception):
    """Another runner took the flow over: this pass stops, and what it queued is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What a pass did, in words and numbers. `finished` is False where the rest goes on by itself."""

    flow: FlowId
    finished: bool
    text: str
    seen: int = 0
    passed_on: int = 0
    released: int = 0


@dataclass(kw_only=True)
class Pass:
    ports: Ports
    flow: Flow
    settings: FlowSettings
    source: Connection
    target: Connection
    holder: str
    run_id: str
    actor: str
    deadline: Deadline
    progress: PollProgress = field(default_factory=PollProgress)
    _read_at: datetime | None = None

    def begin(self, *, full: bool) -> bool:
        """Take the flow's lease and go on where the last pass stopped; False where another runner has it.

        `full` is a person's word: everything is read and planned again, changed or not. It joins the pass of such a
        word before it, and not the daily full one, which passes on what changed alone.
        """
        now = self.ports.clock.now()
        progress = self.ports.polls.begin(self.settings.id, holder=self.holder, until=now + _LEASE, now=now)
        if progress is None:
            return False
        every = timedelta(hours=float(self.settings.settings.get("full_read_hours", 0))) or DEFAULT_FULL_READ
        due = progress.last_full is None or now - progress.last_full >= every
        if full and not (progress.pass_full and progress.pass_again):
            progress = replace(progress, pass_began=None)
        self._begin(progress, now, full=full or due, again=full)
        return True

    def read_everything(self) -> None:
        """The source cannot look back to the mark: this pass becomes a full one."""
        self._begin(replace(self.progress, pass_began=None), self.ports.clock.now(), full=True)

    def _begin(self, progress: PollProgress, now: datetime, *, full: bool, again: bool = False) -> None:
        self.progress = progress.begin(now, full=full, again=again)
        self._read_at = now
        self._save()

    def pass_on(self, page: Page) -> None:
        """Queue notices for the rows that differ, then note the page. A repeat after a crash is harmless."""
        read_at = self._read_at
        changed = self._changed(page.rows)
        self.ports.notices.send(
            [self._notice(chunk, read_at) for chunk in batched(changed, RECORDS_PER_NOTICE, strict=False)]
        )
        self.progress = self.progress.page_done(resume=page.resume, seen=len(page.rows), passed_on=len(changed))
        self._read_at = self.ports.clock.now()
        self._save()

    def finish(self) -> None:
        overlap = timedelta(minutes=float(self.settings.settings.get("overlap_minutes", 0))) or DEFAULT_OVERLAP
        self.progress = self.progress.finish(self.ports.clock.now(), overlap=overlap)
        self._save()

    def fail(self, why: str) -> None:
        """Kept where a person sees it; the next pass goes on from the same place."""
        self.progress = replace(self.progress, trouble=why, trouble_at=self.ports.clock.now())
        self._save()

    def continuation(self) -> Notice:
        return Notice(
            flow=self.settings.id, cause=NoticeCause.CONTINUED, records=(), run_id=self.run_id, actor=self.actor
        )

    def report(self, *, finished: bool, text: str, released: int = 0) -> PollReport:
        return PollReport(
            flow=self.settings.id,
            finished=finished,
            text=text,
            seen=self.progress.seen,
            passed_on=self.progress.passed_on,
            released=released,
        )

    def _changed(self, rows: Sequence[Row]) -> list[NoticedRecord]:
        ids = {row.external_id: RecordId(flow=self.settings.id, external_id=row.external_id) for row in rows}
        stored = self.ports.ledger.get_many(list(ids.values()))
        differing = []
        for row in rows:
            kept = stored.get(ids[row.external_id])
            if kept is None or self.progress.pass_again or _differs(kept, row):
                differing.append(row)
        self._store([row for row in differing if row.record is not None])
        return [
            NoticedRecord(
                external_id=row.external_id, stamp=row.stamp, stored=digest(row.record) if row.record else None
            )
            for row in differing
        ]

    def _store(self, rows: Sequence[Row]) -> None:
        """A list that carries whole records saves the call for each."""
        payloads = {
            PayloadKey(
                connection=self.source.id,
                kind=row.record.kind,
                external_id=row.external_id,
                version=digest(row.record),
            ): dump(row.record)
            for row in rows
            if row.record is not None
        }
        if payloads:
            self.ports.payloads.put_many(payloads)

    def _notice(self, records: tuple[NoticedRecord, ...], read_at: datetime | None) -> Notice:
        return Notice(
            flow=self.settings.id,
            cause=NoticeCause.POLLED,
            records=records,
            run_id=self.run_id,
            actor=self.actor,
            read_at=read_at,
        )

    def _save(self) -> None:
        until = self.ports.clock.now() + _LEASE
        if not self.ports.polls.save(self.settings.id, self.progress, holder=self.holder, until=until):
            raise LeaseLostError(str(self.settings.id))


def _differs(kept: CrossReference, row: Row) -> bool:
    """By the change stamp; where the list carries the record, by its content too, since stamps can be coarse."""
    if kept.wanted is None or row.stamp is None or kept.stamp != row.stamp:
        return True
    return row.record is not None and digest(row.record) != kept.wanted.digest


def deadline_is_near(deadline: Deadline) -> bool:
    return deadline.remaining() < _MARGIN
