"""A grant's tokens as a vendor gives them, and as they are kept: a flat secret that knows its place in the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_SHARE_OF_LIFE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """`refresh` is the one that counts from now on; None where the grant has none. Neither is ever printed.

    `ends_at` is when the grant itself ends, refreshed or not, as far as the vendor says so.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime
    scope: str | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTokens:
    """A pair in its place. `token` names the stored version; `authorised` tells which authorisation it stems from.

    The generation rises by one with every pair of a grant: of two stored versions the higher one counts.
    """

    pair: TokenPair
    generation: int
    token: str
    obtained_at: datetime
    authorised: str = ""

    def is_fresh(self, now: datetime, early: timedelta) -> bool:
        """Good for longer than `early`; of a short life at most a third is given away."""
        life = self.pair.expires_at - self.obtained_at
        return now < self.pair.expires_at - min(early, life / _SHARE_OF_LIFE)

    def to_secret(self) -> dict[str, str]:
        return {
            "access_token": self.pair.access,
            "refresh_token": self.pair.refresh or "",
            "expires_at": self.pair.expires_at.isoformat(),
            "scope": self.pair.scope or "",
            "ends_at": self.pair.ends_at.isoformat() if self.pair.ends_at else "",
            "generation": str(self.generation),
            "token": self.token,
            "obtained_at": self.obtained_at.isoformat(),
            "authorised": self.authorised,
        }

    @classmethod
    def from_secret(cls, value: Mapping[str, str]) -> KeptTokens:
        """Raises KeyError or ValueError where the secret is not one of ours."""
        pair = TokenPair(
            access=value["access_token"],
            refresh=value["refresh_token"] or None,
            expires_at=datetime.fromisoformat(value["expires_at"]),
            scope=value["scope"] or None,
            ends_at=datetime.fromisoformat(ends_at) if (ends_at := value.get("ends_at")) else None,
        )
        return cls(
            pair=pair,
            generation=int(value["generation"]),
            token=value["token"],
            obtained_at=datetime.fromisoformat(value["obtained_at"]),
            authorised=value["authorised"],
        )
