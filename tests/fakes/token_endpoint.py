"""A vendor's token URL in memory: every refresh token works once, and only the newest access token is let in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError
from ml_connector.domain.tokens import TokenPair
from tests.fakes.clock import FakeClock


def _nobody() -> None:
    """Nothing happens while the call is under way."""


@dataclass(slots=True, kw_only=True)
class TokenEndpoint:
    """`errors` fail the next calls before anything happens; `lost` answers are lost after the token was spent."""

    clock: FakeClock
    life: timedelta = timedelta(hours=12)
    errors: deque[ConnectorError] = field(default_factory=deque)
    lost: int = 0
    during: Callable[[], None] = _nobody
    calls: list[str] = field(default_factory=list)
    seen_applications: list[Mapping[str, str]] = field(default_factory=list)
    given: int = 0
    live_refresh: str = ""
    live_access: str = ""

    def authorise(self) -> TokenPair:
        """A person signs in: whatever was given before works no more."""
        self.given += 1
        self.live_access, self.live_refresh = f"access-{self.given}", f"refresh-{self.given}"
        return TokenPair(access=self.live_access, refresh=self.live_refresh, expires_at=self.clock.now() + self.life)

    def refresh(self, application: Mapping[str, str], refresh_token: str) -> TokenPair:
        self.calls.append(refresh_token)
        self.seen_applications.append(application)
        if self.errors:
            raise self.errors.popleft()
        if refresh_token != self.live_refresh:
            raise AuthError("the authorization is used up, expired or withdrawn", code="invalid_grant")
        pair = self.authorise()
        self.during()
        if self.lost:
            self.lost -= 1
            raise OutcomeUnknownError("the token URL did not answer")
        return pair

    def lets_in(self, access_token: str) -> bool:
        return access_token == self.live_access
