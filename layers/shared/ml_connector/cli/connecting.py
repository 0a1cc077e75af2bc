"""`connections`, `ping`, `pause`, `resume`, `replace-secret`: is every system within reach, and if not, what to do?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named, connection_or_flow
from ml_connector.cli.failures import FAILED, UsageError, explained
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint
from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.domain.errors import ConnectorError
from ml_connector.pipeline.connections.onboarding_secrets import read_day
from ml_connector.pipeline.reporting.overview import overview
from ml_connector.pipeline.system import ProbeStep
from ml_connector.transport.redaction import redact_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    connection: str
    system: str
    state: ConnectionState
    ok: bool
    steps: tuple[ProbeStep, ...]
    used: tuple[str, ...] = ()


def add_to(commands: Commands) -> None:
    commands.add("connections", connections_command, "the tenant's connections and their state")
    ping = commands.add("ping", ping_command, "test each connection step by step, and say what to fix")
    ping.add_argument("connection", nargs="?", help="one connection only")
    pause = commands.add("pause", pause_command, "stop a connection or a flow; nothing is lost")
    pause.add_argument("name", help="a connection or a flow")
    pause.add_argument("--why", help="shown wherever a connection stands still")
    resume = commands.add("resume", resume_command, "let a connection or a flow go on where it stopped")
    resume.add_argument("name", help="a connection or a flow")
    secret = commands.add("replace-secret", replace_secret_command, "replace a connection's credentials; you are asked")
    secret.add_argument("connection")
    secret.add_argument("--expires-on", metavar="DAY", help="the new ones' last day, such as 2026-09-30, if known")
    secret.add_argument("fields", nargs="*", metavar="FIELD", help="some of them only, such as client_secret")


def connections_command(services: Services, call: Call) -> Output:
    seen = overview(services.ports, services.catalog, call.tenant)
    rows = [[one.id.name, one.system, one.account, str(one.state), one.why or ""] for one in seen.connections]
    headers = ["CONNECTION", "SYSTEM", "ACCOUNT", "STATE", "WHY"]
    shown = table(headers, rows, width=call.terminal.width) if rows else "No connection is set up yet."
    stopped = [one.id.name for one in seen.connections if one.state is ConnectionState.STOPPED]
    next_steps = "".join(f"\n\nWhat is wrong with {name}: {hint('ping', name)}" for name in stopped)
    next_steps += "".join(
        f"\n\n{one.id.name}: {one.must_authorise}. The link for it: {hint('authorise', one.id.name)}"
        for one in seen.connections
        if one.must_authorise
    )
    data = {"tenant": call.tenant, "connections": plain(seen.connections)}
    return Output(text=f"{shown}{next_steps}", data=data)


def ping_command(services: Services, call: Call) -> Output:
    if call.options.connection:
        chosen = [connection_named(services, call.tenant, call.options.connection)]
    else:
        chosen = list(services.ports.connections.list(call.tenant))
    pings = [_ping(services, connection) for connection in chosen]
    all_well = all(one.ok for one in pings)
    return Output(
        text="\n\n".join(_ping_text(one) for one in pings) or "No connection is set up yet.",
        data={"tenant": call.tenant, "ok": all_well, "connections": plain(pings)},
        code=0 if all_well else FAILED,
    )


def pause_command(services: Services, call: Call) -> Output:
    what = connection_or_flow(services, call.tenant, call.options.name)
    done = services.switches.pause(what.id, actor=call.actor, why=call.options.why)
    before = "" if done.changed else " already"
    text = f"{_named(what)} is paused{before}; nothing is lost. It goes on with: {hint('resume', call.options.name)}"
    return Output(text=text, data={"tenant": call.tenant, "paused": str(what.id), "changed": done.changed})


def resume_command(services: Services, call: Call) -> Output:
    what = connection_or_flow(services, call.tenant, call.options.name)
    done = services.switches.resume(what.id, actor=call.actor)
    how = "goes on where it stopped" if done.changed else "was running already"
    text = f"{_named(what)} {how}; {count(done.fed, 'waiting record')} sent on. See: {hint('flows')}"
    data = {"tenant": call.tenant, "resumed": str(what.id), "changed": done.changed, "fed": done.fed}
    return Output(text=text, data=data)


def replace_secret_command(services: Services, call: Call) -> Output:
    """Never on the command line, where the shell's history and the process list would keep it."""
    connection = connection_named(services, call.tenant, call.options.connection)
    fields = services.catalog.connector(connection.system).secret_fields
    if unknown := sorted({*call.options.fields} - {*fields}):
        raise UsageError(f"{connection.system} has no secret {', '.join(unknown)}; it has: {', '.join(fields)}")
    chosen = call.options.fields or fields
    secret = {field: call.terminal.ask_secret(f"{field} of {connection.id.name} (is not shown):") for field in chosen}
    expires_on = read_day(call.options.expires_on, setting="--expires-on")
    done = services.switches.replace_secret(connection.id, secret, actor=call.actor, expires_on=expires_on)
    how = "replaced" if done.changed else "the same as before"
    text = f"The secret of {connection.id.name} is {how}. Test it: {hint('ping', connection.id.name)}"
    data = {"tenant": call.tenant, "connection": str(connection.id), "changed": done.changed, "fed": done.fed}
    return Output(text=text, data=data)


def _ping(services: Services, connection: Connection) -> Ping:
    steps = tuple(_steps(services, connection))
    used = _used(services, connection)
    return Ping(
        connection=connection.id.name,
        system=connection.system,
        state=connection.state,
        ok=all(step.ok for step in steps if _is_needed(step, used)),
        steps=steps,
        used=used,
    )


def _used(services: Services, connection: Connection) -> tuple[str, ...]:
    """The tenant's flows there and their kinds of record, as steps name them; none before any flow is set up."""
    used = set()
    for settings in services.ports.connections.flows(connection.id.tenant):
        flow = services.catalog.flow(settings.id.flow)
        sides = ((settings.id.source_connection, flow.source.kind), (settings.id.target_connection, flow.target.kind))
        used |= {name for side, kind in sides if side == connection.id for name in (str(kind), flow.name)}
    return tuple(sorted(used))


def _is_needed(step: ProbeStep, used: Sequence[str]) -> bool:
    """What no flow needs may fail."""
    return not used or not step.needed_by or bool({*step.needed_by} & {*used})


def _steps(services: Services, connection: Connection) -> Iterator[ProbeStep]:
    """The system's own steps, without anything secret in them; an error on the way is a failed step."""
    try:
        for step in services.systems.open(connection).probe():
            yield ProbeStep(
                name=step.name,
                ok=step.ok,
                text=redact_text(step.text),
                fix=redact_text(step.fix) if step.fix else None,
                needed_by=step.needed_by,
            )
    except ConnectorError as error:
        yield ProbeStep(name="open", ok=False, text=explained(error)[1], fix="mend the setting, or replace the secret")


def _ping_text(ping: Ping) -> str:
    lines = [f"{ping.connection} ({ping.system}), {ping.state}"]
    for step in ping.steps:
        if not step.ok and not _is_needed(step, ping.used):
            lines.append(f"  - {step.name}: {step.text} (no flow needs it)")
            continue
        lines.append(f"  {'✓' if step.ok else '✗'} {step.name}: {step.text}")
        if not step.ok and step.needed_by:
            lines.append(f"      needed by: {', '.join(step.needed_by)}")
        if not step.ok and step.fix:
            lines.append(f"      fix: {step.fix}")
    if ping.ok and ping.state is not ConnectionState.ACTIVE:
        lines.append(f"  All is well, but it is {ping.state}: {hint('resume', ping.connection)}")
    return "\n".join(lines)


def _named(what: Connection | FlowSettings) -> str:
    return f"Connection {what.id.name}" if isinstance(what, Connection) else f"Flow {what.id.flow}"
