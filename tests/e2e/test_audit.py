"""P11: the deployed stack seals its trail with its own key, and an export verifies with the public one alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import INVOICES, SUPPLIERS, Installation

pytestmark = pytest.mark.engine


def test_what_upkeep_has_sealed_is_exported_and_verified(installation: Installation, tmp_path: Path) -> None:
    installation.run(SUPPLIERS)
    installation.add_invoice("SEALED-1")
    installation.run(INVOICES)
    folder, key = tmp_path / "export", tmp_path / "seal.pem"

    installation.upkeep()
    installation.lab.cli("audit", "key", "--out", str(key))
    installation.lab.cli("audit", "export", str(folder))
    verified = json.loads(installation.lab.cli("audit", "verify", str(folder), "--key", str(key), "--json").stdout)

    assert (verified["is_whole"], verified["seals"] > 0, verified["found"]) == (True, True, 0)
