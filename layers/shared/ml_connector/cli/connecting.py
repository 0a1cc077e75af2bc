"""`connections`, `pause`, `resume`, `replace-secret`: what stands still and why, and how it goes on."""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named, connection_or_flow
from ml_connector.cli.failures import UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint
from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings
from ml_connector.pipeline.connections.onboarding_secrets import read_day
from ml_connector.pipeline.reporting.overview import overview


def add_to(commands: Commands) -> None:
    commands.add("connections", connections_command, "the tenant's connections and their state")
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
    connector = services.catalog.connector_of(connection)
    known = (*connector.secret_fields, *connector.optional_secret_fields)
    if unknown := sorted({*call.options.fields} - {*known}):
        raise UsageError(f"{connection.system} has no secret {', '.join(unknown)}; it has: {', '.join(known)}")
    chosen = call.options.fields or connector.secret_fields
    secret = {field: call.terminal.ask_secret(f"{field} of {connection.id.name} (is not shown):") for field in chosen}
    expires_on = read_day(call.options.expires_on, setting="--expires-on")
    done = services.switches.replace_secret(connection.id, secret, actor=call.actor, expires_on=expires_on)
    how = "replaced" if done.changed else "the same as before"
    text = f"The secret of {connection.id.name} is {how}. Test it: {hint('ping', connection.id.name)}"
    data = {"tenant": call.tenant, "connection": str(connection.id), "changed": done.changed, "fed": done.fed}
    return Output(text=text, data=data)


def _named(what: Connection | FlowSettings) -> str:
    return f"Connection {what.id.name}" if isinstance(what, Connection) else f"Flow {what.id.flow}"
