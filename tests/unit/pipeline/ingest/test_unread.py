from __future__ import annotations

import pytest

from ml_connector.domain.errors import ConnectorError, NotFoundError, RejectedError
from ml_connector.pipeline.ingest.unread import unread_reason


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("no such invoice", system="jaggaer"), "source_gone"),
        (RejectedError("code 9", system="jaggaer"), "source_refused"),
    ],
)
def test_a_record_that_cannot_be_read_says_why_in_the_vendors_words(error: ConnectorError, code: str) -> None:
    reason = unread_reason(error)

    assert reason.code == code
    assert error.detail in reason.text
    assert "jaggaer" in reason.text
