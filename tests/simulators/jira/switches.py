"""What nobody outside Atlassian knows for sure, and what an administrator may have set, as switches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The words of `RateLimit-Reason`."""

    BURST = "jira-burst-based"
    ISSUE_WRITES = "jira-per-issue-on-write"
    HOURLY = "jira-quota-tenant-based"


class TooMany(StrEnum):
    """The forms a 429 may take."""

    JSON = "json"
    EMPTY = "empty"
    HTML = "html"


class Expiration(StrEnum):
    """How a registration's end is written."""

    NUMBER = "number"  # epoch milliseconds, as the schema has it
    TEXT = "text"  # as the examples have it


class Description(StrEnum):
    """How a webhook's issue carries its description."""

    TEXT = "text"
    ADF = "adf"


class Forgery(StrEnum):
    """Deliveries that Jira never sent: the same body, with a proof that must not be believed."""

    NO = "no"
    NO_PROOF = "no proof"
    ALG_NONE = "alg none"
    WRONG_KEY = "wrong key"
    EXPIRED = "expired"


class DeadRefresh(StrEnum):
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    INVALID_GRANT = "invalid_grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    requests: int
    window_seconds: int


BURST = {
    "GET": RateLimit(requests=100, window_seconds=1),
    "POST": RateLimit(requests=100, window_seconds=1),
    "PUT": RateLimit(requests=50, window_seconds=1),
    "DELETE": RateLimit(requests=50, window_seconds=1),
}
"""Documented for each endpoint and method of a site."""

ISSUE_WRITES = (RateLimit(requests=20, window_seconds=2), RateLimit(requests=100, window_seconds=30))
"""Documented for the writes to one issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    # tokens
    access_token_seconds: int = 3_600
    code_seconds: int = 600
    refresh_forgiven_seconds: int = 600  # a spent refresh token works again for so long
    refresh_idle_days: int = 90
    refresh_chain_days: int = 365
    reuse_kills_chain: bool = True  # a token spent longer ago ends the grant it belonged to
    dead_refresh: DeadRefresh = DeadRefresh.UNAUTHORIZED_CLIENT
    # the consent page
    signed_in: str | None = None  # the account id that is signed in there; None is the integration's user
    says_yes: bool = True
    withheld_scopes: tuple[str, ...] = ()  # asked for, and not given
    # search
    search_lag_seconds: int = 0  # search knows the site as it was so long ago; a read by id or key is current
    longest_page: int | None = None  # a page may be shorter than asked
    searchable_properties: frozenset[str] = frozenset()  # keys that an installed app declared
    # records
    worklogs_per_issue: int = 10_000
    comments_per_issue: int = 5_000
    remote_links_per_issue: int = 2_000
    time_tracking: bool = True
    bad_started_status: int = 400  # 500 of old
    # webhooks
    expiration: Expiration = Expiration.NUMBER
    refresh_revives_expired: bool = False
    webhook_description: Description = Description.TEXT
    jwt_issuer: bool = True  # the claims name the application's client id
    forged: Forgery = Forgery.NO
    event_copies: int = 1
    event_delay_seconds: int = 0
    newest_event_first: bool = False
    lost_events: frozenset[str] = frozenset()  # "jira:issue_deleted": happens, and nobody is told
    event_retry_seconds: tuple[int, ...] = (60, 120, 300, 600, 720)
    # traffic
    documented_limits: bool = False  # the burst and the per-issue limits, in their documented sizes
    burst: RateLimit | None = None  # one for every endpoint and method
    hourly_points: int | None = None  # falls on OAuth apps alone
    too_many: TooMany = TooMany.JSON
    answer_delay_seconds: float = 0  # the work is done at once, its answer comes late
