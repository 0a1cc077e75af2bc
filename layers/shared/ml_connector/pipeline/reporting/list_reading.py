"""Read a system's list from its beginning to its end, and single records of it, in spite of limits and brief failures.

A reconciliation is asked for by a person who waits, so it waits itself: `pause` is passed in and does the waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ml_connector.domain.errors import NotFoundError, RateLimitedError, RejectedError, TransientError
from ml_connector.domain.posting import Asked, Sighting, Sought, Write
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.system import Page, System

type Pause = Callable[[timedelta], object]
type Progress = Callable[[str], None]

UNNAMED_WAIT = timedelta(seconds=10)
TRIES = 6
"""In a row, without a page or a record between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReader:
    """`what` names the list in messages: "jaggaer bills"."""

    system: System
    kind: RecordKind
    what: str
    pause: Pause
    progress: Progress

    def pages(self) -> Iterator[Page]:
        """Every page once; after a failure the list goes on behind the last page. A record may repeat.

        Raises: AuthError, RejectedError, and what still fails after a few tries.
        """
        resume: str | None = None
        seen, failures = 0, 0
        while True:
            try:
                for page in self.system.changed_since(self.kind, Watermark(), resume=resume):
                    if isinstance(page, Asked):
                        raise self._visited()
                    seen, failures, resume = seen + len(page.rows), 0, page.resume
                    yield page
                    self.progress(f"{self.what}: {seen:,} read")
                return
            except (RateLimitedError, TransientError) as error:
                failures += 1
                self._wait(error, failures)

    def fetch(self, external_id: str) -> Record | None:
        """None where it is not there."""
        try:
            found = self._tried(lambda: self.system.fetch(self.kind, external_id))
        except NotFoundError:
            return None
        if isinstance(found, Asked):
            raise self._visited()
        return found

    def find(self, wanted: Sequence[Sought]) -> Sequence[Sighting]:
        """What was seen before a wait is not asked for again."""
        seen: list[Sighting] = []

        def look() -> None:
            for sighting in self.system.find(wanted[len(seen) :]):
                seen.append(sighting)  # what came before an error is kept

        self._tried(look)
        return seen

    def preview(self, write: Write) -> Mapping[str, Any]:
        return self._tried(lambda: self.system.preview(write))

    def _tried[Answer](self, call: Callable[[], Answer]) -> Answer:
        failures = 0
        while True:
            try:
                return call()
            except (RateLimitedError, TransientError) as error:
                failures += 1
                self._wait(error, failures)

    def _wait(self, error: RateLimitedError | TransientError, failures: int) -> None:
        """A wait that the system names is no failure of it."""
        named = error.retry_after if isinstance(error, RateLimitedError) else None
        if failures >= TRIES and named is None:
            raise error
        wait = named or UNNAMED_WAIT
        self.progress(f"{self.what}: waits {wait.total_seconds():.0f} s ({error.detail})")
        self.pause(wait)

    def _visited(self) -> RejectedError:
        return RejectedError(f"{self.what}: the system answers only when it visits us, so it cannot be read now")
