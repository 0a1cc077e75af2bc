"""Codes, access tokens and refresh tokens: a code or a refresh token works once, and one refresh token is alive."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.freshbooks.people import PROFILE
from tests.simulators.freshbooks.switches import Switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code or a token stands for. A refresh token has no end; a code may have a challenge (PKCE, S256)."""

    identity_id: int
    scopes: tuple[str, ...]
    ends_at: float | None = None
    challenge: str | None = None

    def over(self, now: datetime) -> bool:
        return self.ends_at is not None and now.timestamp() >= self.ends_at


class Tokens:
    """The tokens of one application."""

    def __init__(
        self, *, clock: Callable[[], datetime], chance: random.Random, switches: Callable[[], Switches]
    ) -> None:
        self._clock = clock
        self._key = chance.randbytes(16)
        self._made = 0
        self._switches = switches
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def code(self, *, identity_id: int, scopes: Sequence[str], challenge: str | None = None) -> str:
        code = self._opaque()
        grant = self._grant(identity_id, scopes, seconds=self._switches().code_seconds)
        self._codes[code] = replace(grant, challenge=challenge)
        return code

    def exchange(self, code: str, *, verifier: str | None = None) -> dict[str, Any] | None:
        grant = self._codes.pop(code, None)
        if grant is None or grant.over(self._clock()):
            return None
        if grant.challenge is not None and grant.challenge != _challenge(verifier or ""):
            return None
        return self.issue(identity_id=grant.identity_id, scopes=grant.scopes)

    def refresh(self, token: str) -> dict[str, Any] | None:
        grant = self._refresh.pop(token, None)
        if grant is None:
            return None
        if not self._switches().access_survives_refresh:
            self._forget(self._access, grant.identity_id)
        return self.issue(identity_id=grant.identity_id, scopes=grant.scopes)

    def issue(self, *, identity_id: int, scopes: Sequence[str]) -> dict[str, Any]:
        """A new pair, as the token endpoint answers it; by default the identity's earlier refresh token dies."""
        switches = self._switches()
        if switches.one_refresh_token_alive:
            self._forget(self._refresh, identity_id)
        grant = self._grant(identity_id, scopes, seconds=switches.access_token_seconds)
        access, refresh = self._jwt(grant), self._opaque()
        self._access[access] = grant
        self._refresh[refresh] = self._grant(identity_id, scopes, seconds=None)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": switches.access_token_seconds,
            "created_at": int(self._clock().timestamp()),
            "refresh_token": refresh,
            "scope": " ".join(grant.scopes),
            "direct_buy_tokens": {},
        }

    def access(self, token: str) -> Grant | None:
        grant = self._access.get(token)
        return None if grant is None or grant.over(self._clock()) else grant

    def revoke(self, token: str) -> None:
        self._access.pop(token, None)
        self._refresh.pop(token, None)

    def forget_access(self) -> None:
        self._access.clear()

    def kill_all(self) -> None:
        """As when the person takes the application out of their FreshBooks account."""
        for kept in (self._codes, self._access, self._refresh):
            kept.clear()

    def snapshot(self) -> dict[str, Any]:
        kept = {"codes": self._codes, "access": self._access, "refresh": self._refresh}
        grants = {name: {token: asdict(grant) for token, grant in kind.items()} for name, kind in kept.items()}
        return {"made": self._made, **grants}

    def restore(self, kept: dict[str, Any]) -> None:
        self._made = kept["made"]
        self._codes, self._access, self._refresh = (
            {token: Grant(**{**grant, "scopes": tuple(grant["scopes"])}) for token, grant in kept[name].items()}
            for name in ("codes", "access", "refresh")
        )

    def _grant(self, identity_id: int, scopes: Sequence[str], *, seconds: int | None) -> Grant:
        ends_at = None if seconds is None else (self._clock() + timedelta(seconds=seconds)).timestamp()
        return Grant(identity_id=identity_id, scopes=tuple(dict.fromkeys([PROFILE, *scopes])), ends_at=ends_at)

    def _forget(self, kept: dict[str, Grant], identity_id: int) -> None:
        for token in [token for token, grant in kept.items() if grant.identity_id == identity_id]:
            del kept[token]

    def _opaque(self) -> str:
        self._made += 1
        return hashlib.sha256(self._key + str(self._made).encode()).hexdigest()

    def _jwt(self, grant: Grant) -> str:
        """Looks like a signed token of about a thousand characters; the signature is noise."""
        claims = {"sub": grant.identity_id, "exp": grant.ends_at, "jti": self._opaque()}
        parts = (json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode())
        signature = hashlib.shake_256(self._opaque().encode()).digest(512)
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
