"""Codes, access tokens and refresh tokens of one application: each refresh gives a new token and spends the old."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from tests.simulators.jira.answers import Fields
from tests.simulators.jira.people import OFFLINE
from tests.simulators.jira.switches import Switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code or a token stands for. `chain` is the consent that it comes from, `began` its time."""

    account_id: str
    scopes: tuple[str, ...]
    chain: str
    began: float
    made: float
    spent: float | None = None


class Tokens:
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

    def code(self, *, account_id: str, scopes: Sequence[str]) -> str:
        code = self._opaque()
        self._codes[code] = self._consent(account_id, scopes)
        return code

    def exchange(self, code: str) -> Fields | None:
        """A code works once."""
        grant = self._codes.pop(code, None)
        if grant is None or self._now() >= grant.made + self._switches().code_seconds:
            return None
        return self._issue(grant)

    def refresh(self, token: str) -> Fields | None:
        """A spent token is forgiven for a while; later it is taken for stolen."""
        grant, switches = self._refresh.get(token), self._switches()
        if grant is None or self._over(grant):
            return None
        if grant.spent is not None and self._now() >= grant.spent + switches.refresh_forgiven_seconds:
            if switches.reuse_kills_chain:
                self._forget(grant.chain)
            return None
        if grant.spent is None:
            self._refresh[token] = replace(grant, spent=self._now())
        return self._issue(grant)

    def issue(self, *, account_id: str, scopes: Sequence[str]) -> Fields:
        """What the token endpoint answers after a new consent."""
        return self._issue(self._consent(account_id, scopes))

    def access(self, token: str) -> Grant | None:
        grant = self._access.get(token)
        if grant is None or self._now() >= grant.made + self._switches().access_token_seconds:
            return None
        return grant

    def kill_all(self) -> None:
        """As when the person takes the application's access away."""
        for kept in (self._codes, self._access, self._refresh):
            kept.clear()

    def snapshot(self) -> Fields:
        kept = {"codes": self._codes, "access": self._access, "refresh": self._refresh}
        grants = {name: {token: asdict(grant) for token, grant in kind.items()} for name, kind in kept.items()}
        return {"made": self._made, **grants}

    def restore(self, kept: Fields) -> None:
        self._made = kept["made"]
        self._codes, self._access, self._refresh = (
            {token: Grant(**{**grant, "scopes": tuple(grant["scopes"])}) for token, grant in kept[name].items()}
            for name in ("codes", "access", "refresh")
        )

    def _issue(self, grant: Grant) -> Fields:
        """A refresh token only for those who asked for `offline_access`."""
        fresh = replace(grant, made=self._now(), spent=None)
        access = self._jwt(fresh)
        self._access[access] = fresh
        shown = {
            "access_token": access,
            "expires_in": self._switches().access_token_seconds,
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if OFFLINE not in grant.scopes:
            return shown
        refresh = self._opaque()
        self._refresh[refresh] = fresh
        return {**shown, "refresh_token": refresh}

    def _consent(self, account_id: str, scopes: Sequence[str]) -> Grant:
        now = self._now()
        unique = tuple(dict.fromkeys(scopes))
        return Grant(account_id=account_id, scopes=unique, chain=self._opaque(), began=now, made=now)

    def _over(self, grant: Grant) -> bool:
        switches, day = self._switches(), 86_400
        idle = self._now() >= grant.made + switches.refresh_idle_days * day
        return idle or self._now() >= grant.began + switches.refresh_chain_days * day

    def _forget(self, chain: str) -> None:
        for token in [token for token, grant in self._refresh.items() if grant.chain == chain]:
            del self._refresh[token]

    def _now(self) -> float:
        return self._clock().timestamp()

    def _opaque(self) -> str:
        self._made += 1
        return hashlib.sha256(self._key + str(self._made).encode()).hexdigest()

    def _jwt(self, grant: Grant) -> str:
        """Looks like a signed token of some length; the signature is noise."""
        claims = {"sub": grant.account_id, "iat": int(grant.made), "jti": self._opaque()}
        parts = (json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode())
        noise = hashlib.shake_256(self._opaque().encode()).digest(256)
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, noise))
