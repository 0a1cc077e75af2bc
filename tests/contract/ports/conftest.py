"""Each suite runs twice: over the fake and over the real adapter on an emulated AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from ml_connector.pipeline.ports import Ports
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import Harness, emulated_harness, fake_harness


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulated]:
    with mock_aws():
        yield Emulated()


@pytest.fixture(params=["fake", "aws"])
def harness(request: pytest.FixtureRequest) -> Harness:
    return fake_harness() if request.param == "fake" else emulated_harness(request.getfixturevalue("aws"))


@pytest.fixture
def ports(harness: Harness) -> Ports:
    return harness.ports
