"""Errors, named by what happens next. `pipeline/posting/recovery.py` alone turns one into an act."""

from __future__ import annotations

from datetime import timedelta


class ConnectorError(Exception):
    """What went wrong with a system, safe to log: no token, no body."""

    def __init__(
        self,
        detail: str,
        *,
        system: str = "",
        operation: str = "",
        request_id: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(f"{system} {operation}: {detail}".strip(" :") if system or operation else detail)
        self.detail = detail
        self.system = system
        self.operation = operation
        self.request_id = request_id
        self.code = code


class TransientError(ConnectorError):
    """It did not take effect: again, backing off."""


class RateLimitedError(ConnectorError):
    """Nor did this, and they named a wait: again, not before."""

    def __init__(
        self,
        detail: str,
        *,
        retry_after: timedelta | None = None,
        system: str = "",
        operation: str = "",
        request_id: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(detail, system=system, operation=operation, request_id=request_id, code=code)
        self.retry_after = retry_after


class BudgetSpentError(RateLimitedError):
    """The account's allowance is used up, or kept for a long read: nothing was sent."""


class OutcomeUnknownError(ConnectorError):
    """Sent, and no usable answer came: look first, then decide. Retried blindly, it is a bill paid twice."""


class ConflictError(ConnectorError):
    """The Revision moved under us: read again, plan again, a few times."""


class AuthError(ConnectorError):
    """The credentials were refused: stop the Connection, tell its owner, lose nothing."""


class RejectedError(ConnectorError):
    """Understood and refused: no retry; their words go into the audit trail."""


class NotFoundError(RejectedError):
    """What was asked for is not there (or not for us)."""


class NeedsReviewError(ConnectorError):
    """Ambiguous: only a person may choose."""


class SettingsError(ConnectorError):
    """A setting is wrong: `setting` names it and `detail` says how to mend it."""

    def __init__(self, detail: str, *, setting: str) -> None:
        super().__init__(f"{setting}: {detail}")
        self.setting = setting


class WatermarkTooOldError(ConnectorError):
    """The source cannot look back that far: read everything."""
