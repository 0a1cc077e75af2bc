"""Why a record could not be read, in words for the accounting team."""

from __future__ import annotations

from ml_connector.domain.decision import Reason
from ml_connector.domain.errors import ConnectorError, NotFoundError


def unread_reason(error: ConnectorError) -> Reason:
    if isinstance(error, NotFoundError):
        return Reason(code="source_gone", text=f"{error.system} does not show it any more: {error.detail}")
    return Reason(code="source_refused", text=f"{error.system} could not be read: {error.detail}")
