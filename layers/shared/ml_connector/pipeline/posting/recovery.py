"""The one place that turns an error into an act."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.domain.crossreference import CrossReference, Unsettled
from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NeedsReviewError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    TransientError,
)
from ml_connector.domain.posting import Action
from ml_connector.pipeline.posting.doubt import in_doubt
from ml_connector.pipeline.posting.results import (
    Ending,
    already_void,
    held,
    not_sent,
    refused,
    stopped,
    tried_in_vain,
    used_up,
)

MAX_ATTEMPTS = 12
_BASE = timedelta(seconds=2)
_CAP = timedelta(hours=1)
_SOON = timedelta(seconds=5)


def after_write_error(row: CrossReference, error: ConnectorError, *, now: datetime, chance: random.Random) -> Ending:
    """What follows a write that did not end well. Whatever is not surely undone is in doubt."""
    match error:
        case RateLimitedError():
            wait = max(error.retry_after or timedelta(), backoff(row.attempts, chance))
            return tried_in_vain(row, now=now, wait=wait, why=error.detail, counted=False)
        case TransientError() | ConflictError():
            return _again_or_dead(row, error, now=now, chance=chance)
        case AuthError():
            return stopped(row, now=now)
        case NotFoundError() if _action_of(row) is not Action.CREATE:
            return _gone_from_target(row, error, now=now)
        case NeedsReviewError():
            return held(row, Reason(code=error.code or "needs_review", text=error.detail), now=now, settled=True)
        case RejectedError() | SettingsError():
            return refused(row, now=now, why=error.detail, code=error.code)
        case _:
            return in_doubt(row, now=now, wait=_SOON, why=error.detail)


def after_read_error(
    row: CrossReference, before: Unsettled | None, error: ConnectorError, *, now: datetime, chance: random.Random
) -> Ending:
    """A look before the write failed: nothing was sent, and what was in doubt still is."""
    wait = backoff(before.looks if before else row.attempts, chance)
    match error:
        case NotFoundError() if _action_of(row) is not Action.CREATE:
            return _gone_from_target(row, error, now=now)
        case RateLimitedError():
            return not_sent(row, before, now=now, retry_at=now + max(wait, error.retry_after or timedelta()))
        case AuthError():
            return not_sent(row, before, now=now, retry_at=now + wait)
        case RejectedError() | SettingsError() | NeedsReviewError() if before is None:
            return held(row, Reason(code="target_unreadable", text=error.detail), now=now, settled=True)
        case _ if before is not None:
            return not_sent(row, replace(before, looks=before.looks + 1), now=now, retry_at=now + wait)
        case _ if row.attempts + 1 >= MAX_ATTEMPTS:
            return used_up(replace(row, attempts=row.attempts + 1), now=now, why=error.detail)
        case _:
            return not_sent(replace(row, attempts=row.attempts + 1), None, now=now, retry_at=now + wait)


def backoff(attempts: int, chance: random.Random) -> timedelta:
    """Exponential with full jitter: between nothing and 2, 4, 8 ... seconds, an hour at most."""
    ceiling = min(_CAP, _BASE * int(2 ** min(attempts, 12)))
    return ceiling * chance.random()


def _again_or_dead(row: CrossReference, error: ConnectorError, *, now: datetime, chance: random.Random) -> Ending:
    if row.attempts + 1 >= MAX_ATTEMPTS:
        return used_up(replace(row, attempts=row.attempts + 1), now=now, why=error.detail)
    return tried_in_vain(row, now=now, wait=backoff(row.attempts, chance), why=error.detail, counted=True)


def _action_of(row: CrossReference) -> Action | None:
    intended = row.in_flight or row.unsettled or row.planned
    return intended.action if intended else None


def _gone_from_target(row: CrossReference, error: ConnectorError, *, now: datetime) -> Ending:
    if _action_of(row) is Action.VOID:
        return already_void(row, now=now, why=error.detail)
    text = f"it is no longer in the target ({error.detail}); nothing a person deleted is made again by itself"
    return held(row, Reason(code="target_gone", text=text), now=now, settled=True)
