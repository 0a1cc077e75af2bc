"""A grant's tokens as a vendor gives them, and as they are kept: a flat secret that knows its place in the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

_SHARE_OF_LIFE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """`refresh` is the one that counts from now on; None where the grant has none. Neither is ever printed.

    `ends_at` is when the grant itself ends unless it is refreshed, `ends_at_latest` when it ends all the same, as far
    as the vendor says so.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime
    scope: str | None = None
    ends_at: datetime | None = None
    ends_at_latest: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """Of the grant, whichever comes first."""
        return min(filter(None, (self.ends_at, self.ends_at_latest)), default=None)

    def after(self, former: TokenPair) -> TokenPair:
        """This pair as the successor of another: no refresh carries it beyond the end that was known before."""
        ends = min(filter(None, (former.ends_at_latest, self.ends_at_latest)), default=None)
        return replace(self, refresh=self.refresh or former.refresh, ends_at_latest=ends)


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
            "ends_at_latest": self.pair.ends_at_latest.isoformat() if self.pair.ends_at_latest else "",
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
            ends_at=_instant(value.get("ends_at")),
            ends_at_latest=_instant(value.get("ends_at_latest")),
        )
        return cls(
            pair=pair,
            generation=int(value["generation"]),
            token=value["token"],
            obtained_at=datetime.fromisoformat(value["obtained_at"]),
            authorised=value["authorised"],
        )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
