"""What the pipeline asks of a vendor's system. One Connection, opened; the vendor's spelling stops behind this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from ml_connector.domain.errors import RateLimitedError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.posting import Asked, Limits, Outcome, Sighting, Sought, Write
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.probe import Rounds


class Reach(StrEnum):
    """CALLED: we call it. VISITED: it calls us when it likes, perhaps on Monday."""

    CALLED = "called"
    VISITED = "visited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a source's list. `record` is set only where the list carries the whole record."""

    external_id: str
    stamp: str | None
    record: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`resume` lets a later pass go on after this page; None on the last one."""

    rows: tuple[Row, ...]
    resume: str | None = None
    total: int | None = None


class System(Protocol):
    """One connection, opened."""

    limits: Limits

    def changed_since(self, kind: RecordKind, mark: Watermark, *, resume: str | None = None) -> Iterator[Page | Asked]:
        """List what changed after `mark`, page by page. May repeat a record; never skips one that stands still.

        Raises: RateLimitedError, TransientError, AuthError, RejectedError, WatermarkTooOldError.
        """
        ...

    def fetch(self, kind: RecordKind, external_id: str) -> Record | Asked:
        """Raises: NotFoundError where it is not there, and the errors of `changed_since`."""
        ...

    def find(self, wanted: Iterable[Sought]) -> Iterator[Sighting]:
        """One answer each, in order, from as few reads as possible, each as soon as it is known.

        Takes from `wanted` only what it is about to ask for. Raises: the errors of `changed_since`, at what it could
        not ask for.
        """
        ...

    def write(self, writes: Iterable[Write]) -> Iterator[tuple[PostingId, Outcome]]:
        """Each outcome as it settles. Takes from `writes` only what it is about to send."""
        ...

    def preview(self, write: Write) -> Mapping[str, Any]:
        """Exactly what `write` would send, in the vendor's own spelling. Sends nothing.

        Raises: RejectedError where it would be refused before it is sent, and the errors of `fetch`.
        """
        ...

    def reference(self, kind: ReferenceKind) -> Iterator[ReferenceItem]:
        """Every entry there is, in full."""
        ...

    def differs(self, meant: Record, found: Record) -> tuple[str, ...]:
        """Names of the fields in which the target's record is not what we meant, as far as the target can hold it."""
        ...

    def probe(self) -> Rounds:
        """What a ping tries here: the sign-in first, then a small read of each resource. Nothing is written."""
        ...


class TokenSource(Protocol):
    """Where a connection's access token comes from."""

    def token(self) -> str:
        """A token good for at least the next request. Raises: AuthError, TransientError."""
        ...

    def refused(self, token: str) -> None:
        """The system answered 401 to this token: never hand it out again."""
        ...


class Parallel(Protocol):
    """Runs `work` over `items` a few at a time; yields as they end. Takes an item only when it can start on it."""

    def run[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], *, width: int
    ) -> Iterator[Result]: ...


class Budget(Protocol):
    """One vendor account's allowance, shared by all workers."""

    def take(self) -> None:
        """One request. Raises BudgetSpentError, with the wait, where the account's allowance is used up."""
        ...

    def wait(self, error: RateLimitedError) -> bool:
        """Waits as long as the error asks, for the middle of a read that would have to begin anew: True.

        The account is kept for this reader meanwhile. False where it may not wait: too long, or another reader does.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a connector is given to open a connection with. Secrets are here and nowhere else."""

    settings: Mapping[str, Any]
    secret: Mapping[str, str]
    tokens: TokenSource | None
    budget: Budget
    parallel: Parallel
    http: Any
    now: Callable[[], datetime]
    local: bool = False


class Grant(StrEnum):
    """How a system lets us in."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"
    BASIC = "basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthEndpoints:
    """Where and how tokens are had; computed from the connection's settings.

    `authorize_url` is the vendor's own page, where a person consents; empty where nobody has to. `pkce`: whether it
    takes a code challenge (S256). `grant_lives` is how long an authorisation lasts after its last refresh, `grant_ends`
    how long after the consent, refreshed or not; None where the vendor sets no end. `authorize_extra` goes along in the
    page's query. `dead_codes` are the errors by which the token URL says that the grant itself is no more.
    """

    token_url: str
    authorize_url: str = ""
    authorize_extra: Mapping[str, str] = field(default_factory=dict)
    redirect_uri: str = ""
    pkce: bool = False
    grant_lives: timedelta | None = None
    grant_ends: timedelta | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    client_auth: str = "body"
    access_field: str = "access_token"
    lifetime_field: str = "expires_in"
    lifetime_unit: str = "seconds"
    early: timedelta = timedelta(seconds=60)
    unauthorized_statuses: tuple[int, ...] = (401,)
    dead_codes: tuple[str, ...] = ("invalid_grant",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """A business that a person may connect, and the settings that name it. `unusable` says why it is not offered."""

    id: str
    name: str
    settings: Mapping[str, str]
    unusable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person at the vendor who consented, and their businesses."""

    id: str
    name: str
    businesses: tuple[Business, ...]


class Consent(Protocol):
    """What a vendor's consent page is asked for, and who it was that consented. `fills` are settings it brings."""

    @property
    def fills(self) -> tuple[str, ...]: ...

    def scopes(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], references: Iterable[ReferenceKind]
    ) -> tuple[str, ...]:
        """No more than these need."""
        ...

    def identity(self, settings: Mapping[str, Any], *, http: Any, token: str) -> Identity:
        """Raises: AuthError, TransientError, RateLimitedError, RejectedError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """What a connector's folder exports as CONNECTOR. `consent` is there where a person must authorise.

    `addresses` are the URLs whose hosts are called with these settings; none for a system that calls us.
    `mapped_among` says in which list a mapping's entry stands, where not in that of its own kind. The kinds of
    `mapped_as_written` have no list: the function reads the text, and raises ValueError that says what it may be.
    `secret_lives` is how long its credentials work at most; None where they have no end of their own.
    `variant` is there where a connection's settings choose how it signs in: it answers the connector as it is then.
    """

    system: str
    title: str
    reach: Reach
    grant: Grant
    reads: frozenset[RecordKind]
    writes: frozenset[RecordKind]
    references: frozenset[ReferenceKind]
    secret_fields: tuple[str, ...]
    check_settings: Callable[..., Mapping[str, Any]]
    oauth: Callable[[Mapping[str, Any]], OAuthEndpoints] | None
    open: Callable[[Opening], System]
    account_of: Callable[[Mapping[str, Any]], str]
    limits: Callable[[Mapping[str, Any]], Limits]
    consent: Consent | None = None
    optional_secret_fields: tuple[str, ...] = ()
    secret_lives: timedelta | None = None
    addresses: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda settings: ()
    mapped_among: Mapping[ReferenceKind, ReferenceKind] = field(default_factory=dict)
    mapped_as_written: Mapping[ReferenceKind, Callable[[str], ReferenceItem]] = field(default_factory=dict)

    @property
    def mapped_kinds(self) -> frozenset[ReferenceKind]:
        """What a mapping into this system may be of."""
        return self.references | self.mapped_among.keys() | self.mapped_as_written.keys()

    variant: Callable[[Mapping[str, Any]], Connector] | None = None

    def with_settings(self, settings: Mapping[str, Any]) -> Connector:
        return self if self.variant is None else self.variant(settings)
