"""Who there is: the application that asks, the people who consent, and the business they share."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OBJECTS = (
    "bill_payments",
    "bill_vendors",
    "billable_items",
    "bills",
    "business",
    "clients",
    "credit_notes",
    "estimates",
    "expenses",
    "invoices",
    "journal_entries",
    "online_payments",
    "other_income",
    "payments",
    "projects",
    "retainers",
    "taxes",
    "teams",
    "time_entries",
)
READ_ONLY_OBJECTS = ("profile", "notifications", "reports")
PROFILE = "user:profile:read"
ALL_SCOPES = (
    PROFILE,
    *(f"user:{name}:read" for name in READ_ONLY_OBJECTS[1:]),
    *(f"user:{name}:{verb}" for name in OBJECTS for verb in ("read", "write")),
)
ACCOUNT_ALPHABET = "ABCDEFGHJKLMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    client_id: str
    client_secret: str
    redirect_uri: str = "https://connector.example/oauth/freshbooks/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    account_id: str
    business_id: int
    business_uuid: str
    name: str = "Hillside Joinery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    identity_id: int
    role: str = "owner"
    email: str = "owner@hillside.example"
    first_name: str = "Olive"
    last_name: str = "Marsh"

    @property
    def reads_only(self) -> bool:
        return self.role == "client"


def an_application(chance: random.Random) -> Application:
    return Application(client_id=_hex(chance, 64), client_secret=_hex(chance, 64))


def a_business(chance: random.Random) -> Business:
    return Business(
        account_id="".join(chance.choices(ACCOUNT_ALPHABET, k=6)),
        business_id=chance.randrange(70_000, 99_999),
        business_uuid=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    )


def me(
    identity: Identity, business: Business, *, account_id_shown: bool, others: Sequence[Business] = ()
) -> dict[str, Any]:
    """What `users/me` answers. Without an account id in the business, only `roles` gives it away.

    `others` are businesses that the identity owns beside this one; there are no books behind them.
    """
    account_id = business.account_id
    return {
        "identity_id": identity.identity_id,
        "identity_uuid": str(uuid.uuid5(uuid.UUID(business.business_uuid), str(identity.identity_id))),
        "email": identity.email,
        "first_name": identity.first_name,
        "last_name": identity.last_name,
        "language": "en",
        "business_memberships": [
            _membership(identity, business, account_id if account_id_shown else None),
            *(_membership(identity, other, other.account_id) for other in others),
        ],
        "roles": [{"id": 61_270, "role": _account_role(identity), "accountid": account_id, "systemid": 9, "userid": 1}],
        "groups": [{"group_id": 7_654, "role": identity.role, "business_id": business.business_id, "active": True}],
        "permissions": {account_id: {}},
        "subscription_statuses": {account_id: "active"},
    }


def _membership(identity: Identity, business: Business, account_id: str | None) -> dict[str, Any]:
    return {
        "id": 140_130,
        "role": identity.role,
        "business": {
            "id": business.business_id,
            "business_uuid": business.business_uuid,
            "name": business.name,
            "account_id": account_id,
            "date_format": "mm/dd/yyyy",
            "address": {},
            "phone_number": {},
            "business_clients": [],
        },
    }


def _account_role(identity: Identity) -> str:
    return "client" if identity.reads_only else "admin"


def _hex(chance: random.Random, length: int) -> str:
    return f"{chance.getrandbits(length * 4):0{length}x}"
