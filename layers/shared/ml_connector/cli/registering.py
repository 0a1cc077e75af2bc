"""`registrations`: what each system pushes to us, whether it was verified, and with --repair what was put right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.cli.calls import Call
from ml_connector.cli.failures import FAILED, explained
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint, when
from ml_connector.domain.connection import Connection
from ml_connector.domain.errors import ConnectorError
from ml_connector.domain.registration import RegistrationState

MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One event of a connection; the address is not shown: it lets a handshake in."""

    connection: str
    event: str
    state: str
    callback: str | None = None
    since: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    connection: str
    registered: int = 0
    asked_again: int = 0
    verified: int = 0
    ended: int = 0
    problems: tuple[str, ...] = ()


def add_to(commands: Commands) -> None:
    parser = commands.add("registrations", registrations_command, "what systems push to us, and whether it is verified")
    parser.add_argument("--repair", action="store_true", help="compare with each system's own list, and put it right")


def registrations_command(services: Services, call: Call) -> Output:
    pushing = [one for one in services.ports.connections.list(call.tenant) if one.system in services.catalog.webhooks]
    repaired = [_repair(services, one) for one in pushing] if call.options.repair else []
    shown = [line for one in pushing for line in _lines(services, one)]
    problems = any(one.problems for one in repaired)
    return Output(
        text="\n\n".join(part for part in (_table(shown, call.terminal.width), *map(_told, repaired)) if part),
        data={"tenant": call.tenant, "registrations": plain(shown), "repaired": plain(repaired)},
        code=FAILED if problems else 0,
    )


def _repair(services: Services, connection: Connection) -> Repaired:
    if not connection.is_running:
        why = f"it is {connection.state}: {connection.state_why or 'by a person'}"
        return Repaired(connection=connection.id.name, problems=(why,))
    try:
        done = services.registrar.tend(connection, thorough=True)
    except ConnectorError as error:
        return Repaired(connection=connection.id.name, problems=(explained(error)[1],))
    return Repaired(
        connection=connection.id.name,
        registered=done.registered,
        asked_again=done.asked_again,
        verified=done.verified,
        ended=done.ended,
        problems=tuple(done.problems),
    )


def _lines(services: Services, connection: Connection) -> list[Shown]:
    name, stored = connection.id.name, services.registrar.stored(connection)
    there = {one.event for one in stored if one.state is not RegistrationState.ENDED}
    lines = [
        Shown(
            connection=name,
            event=one.event,
            state=one.state.value,
            callback=one.callback_id,
            since=one.verified_at or one.asked_at or one.created_at,
            why=one.why,
        )
        for one in stored
    ]
    lines += [
        Shown(connection=name, event=event, state=MISSING)
        for event in services.registrar.wanted(connection).events - there
    ]
    return sorted(lines, key=lambda line: (line.event, line.state))


def _table(shown: list[Shown], width: int | None) -> str:
    if not shown:
        return "No system pushes anything: no enabled flow asks for it."
    rows = [[one.connection, one.event, one.state, one.callback or "", when(one.since), one.why or ""] for one in shown]
    text = table(["CONNECTION", "EVENT", "STATE", "CALLBACK", "SINCE (UTC)", "WHY"], rows, width=width)
    if all(one.state == RegistrationState.VERIFIED for one in shown):
        return text
    return f"{text}\n\nUpkeep goes on with what is not verified; at once: {hint('registrations', '--repair')}"


def _told(done: Repaired) -> str:
    counted = [
        f"{count(done.registered, 'event')} registered" if done.registered else "",
        f"{count(done.asked_again, 'handshake')} asked for again" if done.asked_again else "",
        f"{count(done.verified, 'registration')} found verified" if done.verified else "",
        f"{count(done.ended, 'registration')} taken back" if done.ended else "",
    ]
    said = ", ".join(part for part in counted if part) or "nothing to put right"
    problems = "".join(f"\n  {problem}" for problem in done.problems)
    return f"{done.connection}: {said if not problems or any(counted) else 'could not be put right'}{problems}"
