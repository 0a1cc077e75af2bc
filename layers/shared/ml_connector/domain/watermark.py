"""How far a poll has durably read, and how it goes on after a crash in the middle of a pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Read everything that changed since `since` (UTC); None reads everything."""

    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollProgress:
    """One flow's polling, as kept between passes.

    `since` moves once, after the last page, to the moment the pass began minus the overlap. `resume` is a connector's
    own note of the last page whose notices are queued; a new pass may start there. `trouble` says why the last pass
    failed, and `trouble_at` when; None where it did not.
    """

    since: datetime | None = None
    pass_began: datetime | None = None
    pass_since: datetime | None = None
    pass_full: bool = False
    pass_again: bool = False
    resume: str | None = None
    pages: int = 0
    seen: int = 0
    passed_on: int = 0
    last_finished: datetime | None = None
    last_full: datetime | None = None
    trouble: str | None = None
    trouble_at: datetime | None = None

    def begin(self, now: datetime, *, full: bool, again: bool = False) -> PollProgress:
        """A new pass, or the unfinished one again. With `again` it passes on what did not change, too."""
        if self.pass_began is not None:
            return self
        since = None if full else self.since
        is_full = since is None
        return replace(
            self,
            pass_began=now,
            pass_since=since,
            pass_full=is_full,
            pass_again=again,
            resume=None,
            pages=0,
            seen=0,
            passed_on=0,
        )

    def page_done(self, *, resume: str | None, seen: int, passed_on: int) -> PollProgress:
        return replace(
            self, resume=resume, pages=self.pages + 1, seen=self.seen + seen, passed_on=self.passed_on + passed_on
        )

    def finish(self, now: datetime, *, overlap: timedelta) -> PollProgress:
        began = self.pass_began or now
        return replace(
            self,
            since=began - overlap,
            pass_began=None,
            pass_since=None,
            pass_full=False,
            pass_again=False,
            trouble=None,
            trouble_at=None,
            resume=None,
            last_finished=now,
            last_full=began if self.pass_full else self.last_full,
        )
