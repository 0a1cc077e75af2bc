"""A person's consent at FreshBooks: which scopes are asked for, who consented, and the businesses they may connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ml_connector.connectors.freshbooks import auth
from ml_connector.connectors.freshbooks.client import SYSTEM, FreshBooksClient
from ml_connector.connectors.freshbooks.errors import refine
from ml_connector.connectors.freshbooks.models import WireMe
from ml_connector.connectors.freshbooks.settings import BASE_URL
from ml_connector.domain.errors import TransientError
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import Business, Identity
from ml_connector.transport.client import ApiClient
from ml_connector.transport.single_call import GivenToken, Uncounted

_TIMEOUT = timedelta(seconds=8)
"""A person waits at the browser, and the API's gateway for half a minute at most."""


class FreshBooksConsent:
    fills = ("account_id", "business_id", "business_uuid")

    def scopes(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], references: Iterable[ReferenceKind]
    ) -> tuple[str, ...]:
        return auth.scopes(reads=reads, writes=writes, references=references)

    def identity(self, settings: Mapping[str, Any], *, http: Any, token: str) -> Identity:
        api = ApiClient(
            http=http,
            system=SYSTEM,
            base_url=str(settings.get("base_url") or BASE_URL),
            tokens=GivenToken(token),
            budget=Uncounted(),
            refine=refine,
            timeout=_TIMEOUT,
        )
        me = FreshBooksClient(api, account_id="", business_uuid="").me()
        if not me.identity_id:
            raise TransientError("the answer does not say who signed in", system=SYSTEM, operation="get identity")
        businesses = tuple(_business(one) for one in auth.businesses_of(me))
        return Identity(id=me.identity_id, name=_name(me), businesses=businesses)


def _business(found: auth.Business) -> Business:
    return Business(
        id=found.business_id or found.account_id or found.business_uuid,
        name=found.name or found.account_id or "a business without a name",
        settings={
            "account_id": found.account_id or "",
            "business_id": found.business_id,
            "business_uuid": found.business_uuid,
        },
        unusable=_unusable(found),
    )


def _unusable(found: auth.Business) -> str | None:
    if not found.account_id:
        return "it has no accounting account"
    if found.role == "client":
        return "you are only a client of it: FreshBooks would refuse every write"
    return None


def _name(me: WireMe) -> str:
    return me.email or f"identity {me.identity_id}"
