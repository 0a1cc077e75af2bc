"""Who there is: the application that asks for consent, the people of a site, and their API tokens."""

from __future__ import annotations

import base64
import binascii
import random
import uuid
from dataclasses import dataclass

from tests.simulators.jira.answers import Fields

CLASSIC_SCOPES = (
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-webhook",
    "manage:jira-project",
    "manage:jira-configuration",
)
OFFLINE = "offline_access"
ALL_SCOPES = (*CLASSIC_SCOPES, "read:me", OFFLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    client_id: str
    client_secret: str
    redirect_uri: str = "https://connector.example/oauth/jira/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site as accessible-resources names it."""

    cloud_id: str
    name: str

    @property
    def url(self) -> str:
        return f"https://{self.name}.atlassian.net"


@dataclass(slots=True, kw_only=True)
class User:
    account_id: str
    name: str
    email: str
    email_shown: bool = False  # few people let their address be seen
    active: bool = True
    account_type: str = "atlassian"
    administrator: bool = False
    assignable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    account_id: str
    ends_at: float
    scoped: bool = False  # a token with scopes works at the gateway alone, a classic one at the site alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a call; `scopes` is None for an API token, which may do what its owner may."""

    user: User
    scopes: tuple[str, ...] | None = None

    @property
    def is_app(self) -> bool:
        return self.scopes is not None


def an_application(chance: random.Random) -> Application:
    return Application(client_id=token(chance, 32), client_secret=f"ATOA{token(chance, 60)}")


def a_place(chance: random.Random, name: str) -> Place:
    return Place(cloud_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)), name=name)


def first_people(chance: random.Random) -> dict[str, User]:
    """The integration's own user first, then an administrator, and people to assign work to."""
    people = [
        User(account_id=_account(chance), name="Ledger Integration", email="integration@hillside.example"),
        User(account_id=_account(chance), name="Ada Minster", email="admin@hillside.example", administrator=True),
        User(account_id=_account(chance), name="Olive Marsh", email="olive@hillside.example", email_shown=True),
        User(account_id=_account(chance), name="Tom Reed", email="tom@hillside.example"),
        User(account_id=_account(chance), name="Gone Fisher", email="gone@hillside.example", active=False),
        User(account_id=_account(chance), name="Robot", email="", account_type="app", assignable=False),
    ]
    return {user.account_id: user for user in people}


def basic(header: str) -> tuple[str, str] | None:
    """The e-mail address and the token of a Basic header."""
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        email, colon, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (email, secret) if colon else None


def shown(user: User, base_url: str, *, whole: bool = False) -> Fields:
    """A user as others see them; `whole` is what they see of themselves."""
    seen: Fields = {
        "self": f"{base_url}/rest/api/3/user?accountId={user.account_id}",
        "accountId": user.account_id,
        "accountType": user.account_type,
        "avatarUrls": {},
        "displayName": user.name,
        "active": user.active,
        "timeZone": "Etc/UTC",
    }
    if user.email_shown or whole:
        seen["emailAddress"] = user.email
    return {**seen, "locale": "en_GB"} if whole else seen


def token(chance: random.Random, length: int) -> str:
    return "".join(chance.choices("ABCDEFGHJKLMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789", k=length))


def _account(chance: random.Random) -> str:
    return f"712020:{uuid.UUID(int=chance.getrandbits(128), version=4)}"
