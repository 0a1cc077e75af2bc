"""FreshBooks' sign-in: authorization code only, one live refresh token for each person and application.

`redirect_uri` and `client_secret` go along with every refresh. A refresh token works once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ml_connector.connectors.freshbooks.models import WireMe, WireMembership
from ml_connector.connectors.freshbooks.settings import BASE_URL
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import OAuthEndpoints

AUTHORIZE_URL = "https://auth.freshbooks.com/oauth/authorize/"
AUTHORIZE_PATH = "/oauth/authorize/"  # where a stand-in for FreshBooks has it
TOKEN_PATH = "/auth/oauth/token"  # noqa: S105 - a path
PROFILE = "user:profile:read"
EARLY = timedelta(minutes=20)
"""Longer than any of our functions runs: a batch that begins with a token ends with it. FreshBooks' lives 12 hours."""

_OBJECTS = {
    RecordKind.BILL: "bills",
    RecordKind.VENDOR: "bill_vendors",
    RecordKind.INVOICE: "invoices",
    RecordKind.PAYMENT: "payments",
    RecordKind.EXPENSE: "expenses",
    RecordKind.CLIENT: "clients",
    RecordKind.TIME_ENTRY: "time_entries",
}
_ALSO_READ = {RecordKind.PAYMENT: ("invoices",)}
"""A payment names its invoice by id alone: number and client are read from the invoice."""

_REFERENCE_OBJECTS = {
    ReferenceKind.VENDOR: ("bill_vendors",),
    ReferenceKind.ACCOUNT: ("expenses", "journal_entries"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """One business that the person may connect. `role` "client" may read, and write nothing."""

    account_id: str | None
    business_id: str
    business_uuid: str
    name: str
    role: str


def oauth(settings: Mapping[str, Any]) -> OAuthEndpoints:
    base_url = str(settings.get("base_url") or BASE_URL).rstrip("/")
    redirect_uri = str(settings.get("redirect_uri") or "")
    return OAuthEndpoints(
        token_url=base_url + TOKEN_PATH,
        authorize_url=AUTHORIZE_URL if base_url == BASE_URL else base_url + AUTHORIZE_PATH,
        redirect_uri=redirect_uri,
        pkce=True,
        form={"redirect_uri": redirect_uri},
        client_auth="body",
        early=EARLY,
    )


def scopes(
    *,
    reads: Iterable[RecordKind] = (),
    writes: Iterable[RecordKind] = (),
    references: Iterable[ReferenceKind] = (),
) -> tuple[str, ...]:
    """The scopes for what the flows do, no more. One that the application does not have fails the whole consent."""
    written = [_OBJECTS[kind] for kind in writes]
    kinds = list(reads)
    read = [_OBJECTS[kind] for kind in kinds] + written
    read += [name for kind in kinds for name in _ALSO_READ.get(kind, ())]
    read += [name for kind in references for name in _REFERENCE_OBJECTS.get(kind, ())]
    wanted = {f"user:{name}:read" for name in read} | {f"user:{name}:write" for name in written}
    return (PROFILE, *sorted(wanted))


def businesses_of(me: WireMe) -> tuple[Business, ...]:
    """Every business of the person who authorised; with several, the person picks one."""
    return tuple(_business(membership, me) for membership in me.business_memberships)


def role_in(me: WireMe, account_id: str) -> str | None:
    """The person's role in an account; None where they have none there."""
    return next((role.role for role in me.roles if role.accountid == account_id), None)


def _business(membership: WireMembership, me: WireMe) -> Business:
    business = membership.business
    account_id = business.account_id or _account_elsewhere(membership, me)
    return Business(
        account_id=account_id,
        business_id=business.id or "",
        business_uuid=business.business_uuid or "",
        name=business.name or "",
        role=(role_in(me, account_id) if account_id else None) or membership.role or "",
    )


def _account_elsewhere(membership: WireMembership, me: WireMe) -> str | None:
    """`account_id` may be null even for an owner; `roles` tells it where there is only one to tell."""
    clients = {str(found) for row in membership.business.business_clients or () if (found := row.get("account_id"))}
    accounts = clients or {role.accountid for role in me.roles if role.accountid}
    lone = len(me.business_memberships) == 1 or bool(clients)
    return accounts.pop() if lone and len(accounts) == 1 else None
