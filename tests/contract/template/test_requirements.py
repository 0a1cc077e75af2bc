"""What is tested is what is shipped: one set of versions, every file of it held to a hash, and no index named."""

import re
from pathlib import Path

import pytest

from tests.contract.template.reading import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"), key=str)
NAMES = [lock.stem for lock in LOCKS]


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))


def test_the_layers_requirements_are_the_layers_lock() -> None:
    assert (ROOT / "layers/shared/requirements.txt").read_text() == (ROOT / "requirements/layer.lock").read_text()


def test_the_layer_ships_the_versions_that_the_tests_run_on() -> None:
    assert pins("layer").items() <= pins("dev").items()


def test_the_layer_leaves_out_what_lambda_brings_along() -> None:
    assert not pins("layer").keys() & {"boto3", "botocore", "aws-xray-sdk"}


@pytest.mark.parametrize("lock", LOCKS, ids=NAMES)
def test_a_lock_names_no_index(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()

    unhashed = re.findall(r"^([a-z0-9._-]+==[^\\\n]+)\n", text, re.MULTILINE)

    assert unhashed == []


@pytest.mark.parametrize("name", NAMES)
def test_every_wish_has_its_lock(name: str) -> None:
    wishes = (ROOT / "requirements" / f"{name}.in").read_text()

    wanted = {wish.lower() for wish in re.findall(r"^([A-Za-z][\w.-]*)", wishes, re.MULTILINE)}

    assert wanted <= pins(name).keys()
