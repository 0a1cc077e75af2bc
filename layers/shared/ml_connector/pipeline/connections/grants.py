"""Access tokens of an authorisation that rotates: one refresher at a time, and each refresh token spent once.

Nobody waits here. Whoever finds the lease taken uses the old token while it lasts, and else asks to be tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from threading import Lock

from ml_connector.domain.connection import GrantRow, GrantState
from ml_connector.domain.errors import AuthError, OutcomeUnknownError, RateLimitedError, TransientError
from ml_connector.domain.tokens import KeptTokens, TokenPair
from ml_connector.pipeline.connections.grant_shelf import GRANT_DEAD, GrantShelf
from ml_connector.pipeline.ports import Deadline, Ports

INVALID_GRANT = "invalid_grant"
LEASE = timedelta(seconds=60)
_ONE_REQUEST = timedelta(seconds=30)
_ONE_REFRESH = LEASE / 3
"""The call and its storing. A process killed between the two loses the grant, so none begins with less time."""

type Refresh = Callable[[Mapping[str, str], str], TokenPair]
"""The application's secret and a refresh token -> the next pair. Raises: AuthError, TransientError, RateLimitedError,
OutcomeUnknownError. Its timeout is under a third of the lease."""


class GrantTokens:
    """A TokenSource over one grant, for one process. `application_secret` names the secret of the application."""

    def __init__(
        self,
        ports: Ports,
        *,
        tenant: str,
        grant: str,
        application_secret: str,
        refresh: Refresh,
        early: timedelta,
        lease: timedelta = LEASE,
        turn: Deadline | None = None,
    ) -> None:
        self._ports = ports
        self._shelf = GrantShelf(ports, tenant=tenant, grant=grant)
        self._named = f"{tenant}: {grant}"
        self._application_secret = application_secret
        self._refresh = refresh
        self._early = early
        self._lease = lease
        self._turn = turn
        self._lock = Lock()
        self._cached: KeptTokens | None = None
        self._refused: set[str] = set()
        self._unsaved: tuple[int, TokenPair] | None = None

    def token(self) -> str:
        """Raises: AuthError where a person must authorise again, TransientError where another process refreshes."""
        with self._lock:
            if self._cached is None or not self._is_fresh(self._cached, self._early):
                self._cached = self._current(self._early)
            return self._cached.pair.access

    def refused(self, token: str) -> None:
        with self._lock:
            self._refused.add(token)

    def refresh_if_due(self, within: timedelta) -> bool:
        """Refresh what expires within that time, and follow up a doubt; True where there is a newer pair now."""
        with self._lock:
            _, before = self._shelf.load()
            self._cached = self._current(within)
            return self._cached.generation > before.generation

    def _current(self, early: timedelta) -> KeptTokens:
        row, kept = self._shelf.load()
        if row.state is GrantState.LIVE and self._is_fresh(kept, early):
            return kept
        return self._renewed(row, kept)

    def _renewed(self, row: GrantRow, kept: KeptTokens) -> KeptTokens:
        if self._unsaved is not None and self._unsaved[0] == row.generation:
            return self._saved(row, kept, self._unsaved[1])
        if row.state is not GrantState.LIVE:
            return self._doubted(row, kept)
        if self._turn is not None and self._turn.remaining() < _ONE_REFRESH:
            return self._left_to_others(kept)
        application = self._application()
        leased = self._leased(row)
        if leased is None:
            return self._without_lease()
        if self._shelf.adopted(leased):
            return self._loaded_anew()
        return self._refreshed(leased, kept, application)

    def _leased(self, row: GrantRow) -> GrantRow | None:
        """The row with a lease of ours; None where somebody else has one."""
        now = self._ports.clock.now()
        if row.lease_until is not None and row.lease_until > now:
            return None
        leased = replace(row, lease_holder=self._ports.ids.new(), lease_until=now + self._lease)
        return leased if self._ports.grants.put(leased, expected=row) else None

    def _refreshed(self, leased: GrantRow, kept: KeptTokens, application: Mapping[str, str]) -> KeptTokens:
        try:
            self._check_time(leased)
            pair = self._refresh(application, _refresh_token(kept))
        except AuthError as error:
            if error.code == INVALID_GRANT:
                return self._called_invalid(leased, error)
            self._let_go(leased)
            raise
        except OutcomeUnknownError as error:  # it may be spent: the lease stays, so that nobody hurries
            self._ports.log.warning("token refresh not answered", grant=self._named, why=error.detail)
            return self._while_it_lasts(leased, kept)
        except (TransientError, RateLimitedError):
            self._let_go(leased)
            if self._is_usable(kept):
                return kept
            raise
        return self._saved(leased, kept, pair.after(kept.pair))

    def _saved(self, row: GrantRow, kept: KeptTokens, pair: TokenPair) -> KeptTokens:
        """Stored before it is used. Where storing fails the pair stays in hand: its refresh token is the only one."""
        self._unsaved = (row.generation, pair)
        self._shelf.keep(row, pair, authorised=kept.authorised, now=self._ports.clock.now())
        self._unsaved = None
        return self._shelf.load()[1]

    def _left_to_others(self, kept: KeptTokens) -> KeptTokens:
        if self._is_usable(kept):
            return kept
        text = f"too little time is left to refresh the token ({self._named}): whoever needs it next does"
        raise TransientError(text, operation="refresh a token")

    def _check_time(self, leased: GrantRow) -> None:
        """The call and the storing must fit into the lease: held up so far, we do not begin."""
        if leased.lease_until is None or leased.lease_until - self._ports.clock.now() < self._lease * 2 / 3:
            raise TransientError(f"token refresh was held up ({self._named})", operation="refresh a token")

    def _called_invalid(self, leased: GrantRow, error: AuthError) -> KeptTokens:
        """Perhaps only this refresh token is spent, and somebody holds its successor: suspect, not dead."""
        row, kept = self._shelf.load()
        if row.generation == leased.generation and not self._shelf.adopted(row):
            suspect = replace(
                row,
                state=GrantState.SUSPECT,
                suspect_since=row.suspect_since or self._ports.clock.now(),
                lease_holder=None,
                lease_until=None,
                why=error.detail,
            )
            if self._ports.grants.put(suspect, expected=row):
                self._ports.log.warning("refresh token refused", grant=self._named, why=error.detail)
                return self._while_it_lasts(suspect, kept)
        return self._without_lease()

    def _doubted(self, row: GrantRow, kept: KeptTokens) -> KeptTokens:
        """Suspect or dead: a pair stored in the meantime revives it; a lease later without one it is dead."""
        if self._shelf.adopted(row):
            return self._loaded_anew()
        if row.state is GrantState.SUSPECT:
            if row.suspect_since is not None and self._ports.clock.now() < row.suspect_since + self._lease:
                return self._while_it_lasts(row, kept)
            if not self._ports.grants.put(replace(row, state=GrantState.DEAD), expected=row):
                return self._without_lease()
            self._ports.metrics.count("DeadGrants")
            self._ports.log.error("grant is dead", grant=self._named, why=row.why)
        raise AuthError(self._shelf.told(f"is used up or withdrawn ({row.why})"), code=GRANT_DEAD)

    def _without_lease(self) -> KeptTokens:
        """Somebody else is at it: what stands there now, if it is any good."""
        row, kept = self._shelf.load()
        if row.state is GrantState.DEAD:
            return self._doubted(row, kept)
        return self._while_it_lasts(row, kept)

    def _while_it_lasts(self, row: GrantRow, kept: KeptTokens) -> KeptTokens:
        if self._is_usable(kept):
            return kept
        if self._shelf.adopted(row):
            return self._loaded_anew()
        raise TransientError(f"token is being refreshed ({self._named})", operation="refresh a token")

    def _loaded_anew(self) -> KeptTokens:
        """After a pair was adopted; one that lay there for long is refreshed in its turn."""
        row, kept = self._shelf.load()
        return kept if self._is_usable(kept) else self._renewed(row, kept)

    def _let_go(self, leased: GrantRow) -> None:
        self._ports.grants.put(replace(leased, lease_holder=None, lease_until=None), expected=leased)

    def _application(self) -> Mapping[str, str]:
        try:
            return self._ports.secrets.read(self._application_secret)
        except KeyError as error:
            text = f"the application's credentials ({self._application_secret}) are not stored: replace the secret"
            raise AuthError(text, code="no_secret") from error

    def _is_fresh(self, kept: KeptTokens, early: timedelta) -> bool:
        return kept.pair.access not in self._refused and kept.is_fresh(self._ports.clock.now(), early)

    def _is_usable(self, kept: KeptTokens) -> bool:
        return self._is_fresh(kept, _ONE_REQUEST)


def _refresh_token(kept: KeptTokens) -> str:
    if not kept.pair.refresh:
        raise AuthError("it has no refresh token", code=INVALID_GRANT)
    return kept.pair.refresh
