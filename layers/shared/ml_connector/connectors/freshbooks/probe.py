"""Ping FreshBooks step by step, in plain words: signed in, in the right business, each resource readable."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.connectors.freshbooks.auth import businesses_of, role_in
from ml_connector.connectors.freshbooks.client import FreshBooksClient
from ml_connector.connectors.freshbooks.errors import UNSAID
from ml_connector.connectors.freshbooks.models import WireMe
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.domain.errors import AuthError, ConnectorError, NotFoundError, RateLimitedError
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds

_AUTHORISE = "Authorise the connection again."
_FIXES = {
    "plan": "Change to a FreshBooks plan that has bills and bill vendors, or buy the add-on.",
    "scope": "Enable the scope on the application, then authorise the connection again.",
}


def probe(client: FreshBooksClient, settings: FreshBooksSettings) -> Rounds:
    """The sign-in first: without one, nothing else can work."""
    found: list[WireMe] = []
    yield (Check(name="sign in", run=lambda: _sign_in(client, found)),)
    yield (
        Check(name="business", run=lambda: _business(found[0], settings)),
        _read("bills", lambda: _count(client.bills(1).total, "active bills"), RecordKind.BILL),
        _read("vendors", lambda: _count(client.vendors(1).total, "active bill vendors"), RecordKind.VENDOR),
        _read(
            "expense categories",
            lambda: _count(client.categories(1).total, "expense categories"),
            ReferenceKind.ACCOUNT,
        ),
        Check(name="chart of accounts", run=lambda: _chart(client, settings)),
    )


def _sign_in(client: FreshBooksClient, found: list[WireMe]) -> ProbeStep:
    try:
        me = client.me()
    except ConnectorError as error:
        return _failed("sign in", error)
    found.append(me)
    who = me.email or me.identity_id or "somebody"
    return ProbeStep(name="sign in", ok=True, text=f"FreshBooks is reached, and the token speaks for {who}.")


def _business(me: WireMe, settings: FreshBooksSettings) -> ProbeStep:
    account_id, name = settings.account_id, "business"
    role = role_in(me, account_id)
    mine = next((found for found in businesses_of(me) if found.account_id == account_id), None)
    if mine is None and role is None:
        known = ", ".join(f"{found.account_id} ({found.name})" for found in businesses_of(me)) or "none"
        text = f"The person who authorised has no part in the account {account_id}."
        return ProbeStep(name=name, ok=False, text=text, fix=f"Set account_id to one of: {known}.")
    if role == "client":
        text = f"The person who authorised is only a client of the account {account_id}: every write will be refused."
        return ProbeStep(name=name, ok=False, text=text, fix="Let an owner or an admin of the business authorise.")
    if mine is not None and settings.business_uuid not in ("", mine.business_uuid):
        text = f"business_uuid is not that of {mine.name}."
        return ProbeStep(name=name, ok=False, text=text, fix=f"Set business_uuid to {mine.business_uuid}.")
    return ProbeStep(name=name, ok=True, text=f"The account {account_id} is {mine.name if mine else 'known'}.")


def _chart(client: FreshBooksClient, settings: FreshBooksSettings) -> ProbeStep:
    """Not needed: without it, categories have no account numbers."""
    name = "chart of accounts"
    without = "Categories are matched by name and by mapping then, not by account number."
    if not settings.business_uuid:
        return ProbeStep(name=name, ok=True, text=f"Not read: business_uuid is not set. {without}")
    try:
        return ProbeStep(name=name, ok=True, text=_count(len(client.ledger_accounts()), "ledger accounts"))
    except NotFoundError:
        return ProbeStep(name=name, ok=False, text=f"Not found. {without}", fix="Check business_uuid.")
    except ConnectorError as error:
        return _failed(name, error)


def _read(name: str, read: Callable[[], str], kind: RecordKind | ReferenceKind) -> Check:
    needed_by = (kind.value,)

    def run() -> ProbeStep:
        try:
            return ProbeStep(name=name, ok=True, text=read(), needed_by=needed_by)
        except ConnectorError as error:
            return _failed(name, error, needed_by)

    return Check(name=name, run=run, needed_by=needed_by)


def _failed(name: str, error: ConnectorError, needed_by: tuple[str, ...] = ()) -> ProbeStep:
    return ProbeStep(name=name, ok=False, text=error.detail, fix=_fix(error), needed_by=needed_by)


def _fix(error: ConnectorError) -> str:
    if isinstance(error, AuthError):
        return _AUTHORISE
    if isinstance(error, RateLimitedError):
        return "Wait, then try again; if it stays, lower requests_per_minute."
    if isinstance(error, NotFoundError) or error.code == UNSAID:
        return "Check account_id: FreshBooks answers 404 for the wrong one."
    return _FIXES.get(error.code or "", "Try again; if it stays, check base_url and FreshBooks' status page.")


def _count(number: int, what: str) -> str:
    return f"{number} {what} readable."
