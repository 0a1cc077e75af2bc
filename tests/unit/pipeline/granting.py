"""A grant that was authorised once, and as many processes as a test wants that use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from ml_connector.domain.connection import GrantRow
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.tokens import TokenPair
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.connections.grants import GrantTokens
from ml_connector.pipeline.ports import Deadline
from tests.fakes.hooks import Hooks
from tests.fakes.token_endpoint import TokenEndpoint
from tests.fakes.world import FakeWorld, fake_ports

TENANT, GRANT = "acme", "freshbooks"
APPLICATION = "connections/acme/freshbooks"
EARLY = timedelta(minutes=5)


@dataclass
class Granting:
    world: FakeWorld = field(default_factory=FakeWorld)

    def __post_init__(self) -> None:
        self.endpoint = TokenEndpoint(clock=self.world.clock)
        self.world.secrets.write(APPLICATION, {"client_id": "us", "client_secret": "ours"}, token="application")

    def authorise(self) -> TokenPair:
        """As the callback page does once a person has signed in."""
        pair = self.endpoint.authorise()
        GrantShelf(fake_ports(self.world), tenant=TENANT, grant=GRANT).authorise(pair, now=self.world.clock.now())
        return pair

    def process(self, hooks: Hooks | None = None, turn: Deadline | None = None) -> GrantTokens:
        """A new process: nothing is cached in it."""
        return GrantTokens(
            fake_ports(self.world, hooks or Hooks()),
            tenant=TENANT,
            grant=GRANT,
            application_secret=APPLICATION,
            refresh=self.endpoint.refresh,
            early=EARLY,
            turn=turn,
        )

    def pass_time(self, **by: float) -> None:
        self.world.clock.advance(timedelta(**by))

    def expire(self) -> None:
        self.pass_time(hours=12)

    @property
    def row(self) -> GrantRow:
        return self.world.grants.load(TENANT, GRANT)


def authorised() -> Granting:
    granting = Granting()
    granting.authorise()
    return granting


def error_of(granting: Granting, tokens: GrantTokens | None = None) -> BaseException:
    with pytest.raises((ConnectorError, ConnectionError)) as caught:
        (tokens or granting.process()).token()
    return caught.value
