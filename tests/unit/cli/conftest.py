from __future__ import annotations

import pytest

from tests.unit.cli.desk import Desk


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("LOGNAME", "anna")
    return Desk(capsys=capsys)
