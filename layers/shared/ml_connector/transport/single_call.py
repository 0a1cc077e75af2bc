"""For a call or two with a token in hand, as in a consent: nothing renews the token, and nothing counts the calls."""

from __future__ import annotations

from ml_connector.domain.errors import RateLimitedError


class GivenToken:
    """A TokenSource of one token; refused, there is no other."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def refused(self, token: str) -> None:
        """The second try gets the same refusal, which is the answer."""


class Uncounted:
    """A Budget without an end."""

    def take(self) -> None:
        """There is no allowance to spend."""

    def wait(self, error: RateLimitedError) -> bool:
        return False
