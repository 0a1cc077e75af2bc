"""Where a grant's tokens are kept: a secret in versions, and the one row that names the version that counts.

A pair is stored before the row moves, and the row moves before the pair is used. A stored pair of a higher generation
than the row's was left behind by a process that died in between: it is taken, never refreshed past.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ml_connector.domain.connection import GrantRow, GrantState
from ml_connector.domain.errors import AuthError, TransientError
from ml_connector.domain.identity import fingerprint
from ml_connector.domain.tokens import KeptTokens, TokenPair
from ml_connector.pipeline.ports import Ports

GRANT_DEAD = "grant_dead"
_TRIES = 6


def grant_secret(tenant: str, grant: str) -> str:
    """The name of the secret that a grant's tokens are kept in."""
    return f"grants/{tenant}/{grant}"


class GrantShelf:
    def __init__(self, ports: Ports, *, tenant: str, grant: str) -> None:
        self._ports = ports
        self._tenant = tenant
        self._grant = grant

    def load(self) -> tuple[GrantRow, KeptTokens]:
        """The row, and the tokens it names. Raises: AuthError where there are none."""
        try:
            row = self._ports.grants.load(self._tenant, self._grant)
            return row, KeptTokens.from_secret(self._ports.secrets.read(row.secret, version=row.secret_version))
        except (KeyError, ValueError) as error:
            raise AuthError(self.told("has no tokens stored"), code=GRANT_DEAD) from error

    def newest(self) -> KeptTokens | None:
        """The tokens stored last, whatever the row says."""
        try:
            return KeptTokens.from_secret(self._ports.secrets.read(grant_secret(self._tenant, self._grant)))
        except (KeyError, ValueError):
            return None

    def adopted(self, row: GrantRow) -> bool:
        """Move the row to a pair that was stored and never taken up; False where there is none."""
        newest = self.newest()
        if newest is None or newest.generation <= row.generation:
            return False
        self.move(row, self._written(newest), newest)
        return True

    def keep(self, row: GrantRow, pair: TokenPair, *, authorised: str, now: datetime) -> None:
        """Store the pair that follows the row's, under a token of its generation: storing it again changes nothing."""
        generation = row.generation + 1
        token = fingerprint("refreshed", self._tenant, self._grant, str(generation))
        kept = KeptTokens(pair=pair, generation=generation, token=token, obtained_at=now, authorised=authorised)
        self.move(row, self._written(kept), kept)

    def authorise(self, pair: TokenPair, *, now: datetime, identity: str | None = None) -> bool:
        """A person authorised: this pair is ahead of whatever is there. False where this very grant is there already.

        The pair that a person brings a second time is long used up; what was refreshed from it goes on. `identity` is
        known where our own consent page asked for it.
        """
        authorised = fingerprint("authorised", pair.refresh or pair.access)
        for _ in range(_TRIES):
            row, current, newest = self._row(), self._current(), self.newest()
            if current is not None and current.authorised == authorised and not _may_be_tried_again(row, current, pair):
                return False
            behind = max(found.generation if found else 0 for found in (row, newest))
            kept = newest
            if newest is None or newest.authorised != authorised or (row and newest.generation <= row.generation):
                token = fingerprint(authorised, str(behind + 1))
                kept = KeptTokens(pair=pair, generation=behind + 1, token=token, obtained_at=now, authorised=authorised)
            assert kept is not None
            moved = replace(self._moved(row, self._written(kept), kept), identity=identity)
            if self._ports.grants.put(moved, expected=row):
                return True
        raise TransientError(self.told("is being changed by others: try again"))

    def move(self, row: GrantRow, version: str, kept: KeptTokens) -> None:
        """Let the row name the stored version, whoever holds its lease by now; a row that is further on stays there."""
        expected = row
        for _ in range(_TRIES):
            if self._ports.grants.put(self._moved(expected, version, kept), expected=expected):
                return
            expected = self._ports.grants.load(self._tenant, self._grant)
            if expected.generation >= kept.generation:
                return
        raise TransientError(self.told("is being changed by others: try again"))

    def told(self, text: str) -> str:
        return f"the authorisation {self._grant} of {self._tenant} {text}: authorise again"

    def _row(self) -> GrantRow | None:
        try:
            return self._ports.grants.load(self._tenant, self._grant)
        except KeyError:
            return None

    def _current(self) -> KeptTokens | None:
        try:
            return self.load()[1]
        except AuthError:
            return None

    def _written(self, kept: KeptTokens) -> str:
        """The version's id; a version that is there already is only named."""
        return self._ports.secrets.write(grant_secret(self._tenant, self._grant), kept.to_secret(), token=kept.token)

    def _moved(self, row: GrantRow | None, version: str, kept: KeptTokens) -> GrantRow:
        secret = grant_secret(self._tenant, self._grant)
        base = row or GrantRow(tenant=self._tenant, grant=self._grant, secret=secret, secret_version=version)
        return replace(
            base,
            secret=secret,
            secret_version=version,
            generation=kept.generation,
            expires_at=kept.pair.expires_at,
            ends_at=kept.pair.end,
            scopes=tuple(kept.pair.scope.split()) if kept.pair.scope else base.scopes,
            state=GrantState.LIVE,
            lease_holder=None,
            lease_until=None,
            suspect_since=None,
            why=None,
        )


def _may_be_tried_again(row: GrantRow | None, current: KeptTokens, pair: TokenPair) -> bool:
    """A dead grant whose refresh token was never exchanged may have been refused in error."""
    return row is not None and row.state is GrantState.DEAD and current.pair.refresh == pair.refresh
