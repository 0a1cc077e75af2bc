"""Ping JAGGAER: a token, a small read of each resource, and what nobody has confirmed; each with what to do."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.connectors.jaggaer.client import JaggaerClient, text_of
from ml_connector.connectors.jaggaer.resource_rules import Resource
from ml_connector.connectors.jaggaer.settings import RESOURCES, Settings
from ml_connector.domain.errors import AuthError, ConnectorError, NotFoundError, RateLimitedError, TransientError
from ml_connector.domain.records.bill import Bill
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.probe import Check, ProbeStep, Rounds
from ml_connector.pipeline.system import TokenSource
from ml_connector.transport.urls import host_of

_ALL = tuple(kind.value for kind in RESOURCES)


def probe_steps(
    *,
    settings: Settings,
    client: JaggaerClient,
    tokens: TokenSource | None,
    read: Callable[[str, str], Record],
) -> Rounds:
    """The token first: without one, nothing else can work."""
    yield (Check(name="token", run=lambda: _token(settings, tokens), needed_by=_ALL),)
    reads = [_read(kind, name, client, read) for kind, name in settings.described.items()]
    unconfirmed = [(kind, name) for kind, name in settings.described.items() if name not in settings.confirmed]
    yield (*reads, *(_confirmed(kind, name, client) for kind, name in unconfirmed))


def _read(kind: RecordKind, name: str, client: JaggaerClient, read: Callable[[str, str], Record]) -> Check:
    return Check(name=f"read {name}", run=lambda: _resource(kind, name, client, read), needed_by=(kind.value,))


def _confirmed(kind: RecordKind, name: str, client: JaggaerClient) -> Check:
    step = _unconfirmed(kind, name, client.resource(name))
    return Check(name=step.name, run=lambda: step, needed_by=step.needed_by)


def _token(settings: Settings, tokens: TokenSource | None) -> ProbeStep:
    host = host_of(settings.token_url)
    if tokens is None:
        return ProbeStep(
            name="token",
            ok=False,
            text="no credentials are stored",
            fix="store `client_id` and `client_secret`",
            needed_by=_ALL,
        )
    try:
        tokens.token()
    except ConnectorError as error:
        fix = _fix(error, unreachable=f"check `token_url`, and that {host} can be reached from here")
        return ProbeStep(name="token", ok=False, text=error.detail, fix=fix, needed_by=_ALL)
    return ProbeStep(name="token", ok=True, text=f"{host} gave a token", needed_by=_ALL)


def _resource(kind: RecordKind, name: str, client: JaggaerClient, read: Callable[[str, str], Record]) -> ProbeStep:
    """The first page of the list, and its first record in full."""
    step, said = f"read {name}", name.replace("_", " ")
    try:
        sheet, _ = next(client.rows(name))
        if not sheet.items:
            return ProbeStep(name=step, ok=True, text=f"the list of {said}s is empty", needed_by=(kind.value,))
        record_id = text_of(client.resource(name).listing.id.find(sheet.items[0])) or ""
        record = read(name, record_id)
    except (ConnectorError, ValueError) as error:
        text = error.detail if isinstance(error, ConnectorError) else str(error)
        unreachable = "check `base_url`, and that its host can be reached from here"
        return ProbeStep(
            name=step,
            ok=False,
            text=text,
            fix=_fix(error, unreachable=unreachable, name=name),
            needed_by=(kind.value,),
        )
    count = f"{sheet.total if sheet.total is not None else len(sheet.items)} {said}s"
    return ProbeStep(name=step, ok=True, text=f"{count}; {_seen(record)}", needed_by=(kind.value,))


def _seen(record: Record) -> str:
    doubts = record.doubts if isinstance(record, Bill) else ()
    told = f" and leaves a doubt: {doubts[0]}" if doubts else " and is complete"
    return f"the first, {record.number or record.external_id}, can be read{told}"


def _unconfirmed(kind: RecordKind, name: str, resource: Resource) -> ProbeStep:
    known = ", ".join(f"{part} {how}" for part, how in sorted(resource.basis.items())) or "nothing is said of its basis"
    return ProbeStep(
        name=f"confirm {name}",
        ok=False,
        text=f"{name} is not confirmed ({known}): flows that read it stay off",
        fix=f"compare profile.resources.{name} with the customer's JAGGAER documentation, then add it to `confirmed`",
        needed_by=(kind.value,),
    )


def _fix(error: Exception, *, unreachable: str, name: str | None = None) -> str:
    code = getattr(error, "code", None)
    match error:
        case AuthError(code="bad_token_url" | "no_token"):
            return "check `token_url` and profile.connection.token"
        case AuthError():
            return "check `client_id` and `client_secret`; the secret may have expired"
        case RateLimitedError():
            return "wait a little and try again; lower profile.connection.max_requests_per_second if it happens often"
        case TransientError():
            return unreachable if "no connection" in error.detail else "try again; if it stays, ask JAGGAER's support"
        case NotFoundError():
            return f"check profile.resources.{name}.detail.path"
    if code == "not_entitled":
        return "ask JAGGAER to entitle this client id to the resource"
    return f"compare profile.resources.{name} with the customer's JAGGAER documentation"
