from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.bad_input.desk import Desk


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Desk:
    return Desk(capsys=capsys, folder=tmp_path)
