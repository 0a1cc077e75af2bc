"""`map`, `mappings` and their tables: the tenant's own choice of what a code of the source is in the target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named
from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.mapping_words import days, history_text, listed, told_check, told_touched
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.words import count, hint
from ml_connector.domain.connection import Connection
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.connections.mapping_book import Changes
from ml_connector.pipeline.connections.mapping_table import COLUMNS, PERIOD_COLUMNS, day_of, written_table

KINDS = tuple(kind.value for kind in ReferenceKind)
_TARGET = "the target; may be left out where flows lead to one only"
_DRY_RUN = "change nothing: say what would change and which open documents it touches"


def add_to(commands: Commands) -> None:
    one = commands.add("map", map_command, "say what a code of the source is in the target")
    one.add_argument("kind", choices=KINDS)
    one.add_argument("code", help="as the source spells it, such as 600300")
    one.add_argument("target", nargs="?", help="the target's id, its external id, or its exact name")
    one.add_argument("--connection", help=_TARGET)
    one.add_argument("--from", dest="valid_from", metavar="DAY", help="for documents of this day (2026-07-01) or later")
    one.add_argument("--to", dest="valid_to", metavar="DAY", help="for documents of this day or earlier")
    one.add_argument("--remove", action="store_true", help="take the choice back, for those days")
    one.add_argument("--dry-run", action="store_true", help=_DRY_RUN)
    many = commands.add("mappings", mappings_command, "the choices made so far")
    many.add_argument("--connection", help="one target only")
    many.add_argument("--kind", choices=KINDS)
    many.add_argument("--history", metavar="CODE", help="every change of one code: who, when, before and after")
    checked = commands.add("check-mappings", check_command, "mappings whose entry is gone, inactive or of another type")
    checked.add_argument("--connection", help="one target only")
    table_in = commands.add("import-mappings", import_command, "take a table of choices, all of it or nothing")
    table_in.add_argument("file", help=f"CSV with the columns {', '.join((*COLUMNS, *PERIOD_COLUMNS))}; - for stdin")
    table_in.add_argument("--connection", help=_TARGET)
    table_in.add_argument("--dry-run", action="store_true", help=_DRY_RUN)
    table_out = commands.add(
        "export-mappings", export_command, "the choices made so far, as import-mappings takes them"
    )
    table_out.add_argument("--connection", help=_TARGET)
    table_out.add_argument("--kind", choices=KINDS)


def map_command(services: Services, call: Call) -> Output:
    connection = _target(services, call)
    kind, code = ReferenceKind(call.options.kind), call.options.code
    valid_from, valid_to = _days(call)
    if call.options.remove:
        return _removed(services, call, connection, kind)
    if not call.options.target:
        raise UsageError(f"name what {kind} {code} is in {connection.id.name}, or give --remove")
    done = services.mapping_book.set_mapping(
        connection.id,
        kind,
        code,
        call.options.target,
        actor=call.actor,
        valid_from=valid_from,
        valid_to=valid_to,
        dry_run=call.options.dry_run,
    )
    entry = done.sets[0].entry
    stood = "" if done.changed else " (as before)"
    text = f"{kind} {code} is {entry.target_name} ({entry.target_id}) in {connection.id.name}{days(entry)}{stood}."
    data = {"tenant": call.tenant, "mapping": plain(entry), "changed": bool(done.changed)}
    return _answer(call, done, text, data)


def mappings_command(services: Services, call: Call) -> Output:
    kind = ReferenceKind(call.options.kind) if call.options.kind else None
    connections = _connections(services, call)
    if call.options.history:
        return _history(services, call, connections, [kind] if kind else list(ReferenceKind))
    entries = [entry for one in connections for entry in services.ports.mappings.list(one.id, kind)]
    text = (
        listed(entries, width=call.terminal.width)
        if entries
        else f"No mapping is set. Most need none; `{hint('holds')}` says which do."
    )
    return Output(text=text, data={"tenant": call.tenant, "mappings": plain(entries)})


def check_command(services: Services, call: Call) -> Output:
    """Against the lists as they are now, whatever upkeep has read."""
    found = [
        one
        for connection in _connections(services, call)
        for one in services.mapping_check.broken(connection, older_than=timedelta())
    ]
    text = told_check(found, width=call.terminal.width)
    return Output(text=text, data={"tenant": call.tenant, "broken": plain(found)}, code=1 if found else 0)


def import_command(services: Services, call: Call) -> Output:
    connection = _target(services, call)
    text = call.terminal.read(call.options.file)
    done = services.mapping_book.import_mappings(connection.id, text, actor=call.actor, dry_run=call.options.dry_run)
    stood = f", {len(done.sets) - done.changed:,} stood already" if done.changed < len(done.sets) else ""
    data = {
        "tenant": call.tenant,
        "connection": str(connection.id),
        "mappings": len(done.sets),
        "changed": done.changed,
    }
    told = f"{count(done.changed, 'mapping')} set in {connection.id.name}{stood}."
    return _answer(call, done, told, data)


def export_command(services: Services, call: Call) -> Output:
    connection = _target(services, call)
    kind = ReferenceKind(call.options.kind) if call.options.kind else None
    entries = services.ports.mappings.list(connection.id, kind)
    data = {"tenant": call.tenant, "mappings": plain(entries)}
    return Output(text=written_table(entries).rstrip("\n"), data=data)


def _removed(services: Services, call: Call, connection: Connection, kind: ReferenceKind) -> Output:
    code, (valid_from, valid_to) = call.options.code, _days(call)
    done = services.mapping_book.remove_mapping(
        connection.id,
        kind,
        code,
        actor=call.actor,
        valid_from=valid_from,
        valid_to=valid_to,
        dry_run=call.options.dry_run,
    )
    entry = done.sets[0].entry
    if not done.changed:
        where = f"{connection.id.name}{days(entry)}"
        raise NotThereError(f"{kind} {code} is not mapped in {where}: see `{hint('mappings')}`")
    text = f"{kind} {code} is not mapped in {connection.id.name}{days(entry)} any more; what was posted by it stays."
    return _answer(call, done, text, {"tenant": call.tenant, "mapping": None, "changed": True})


def _answer(call: Call, done: Changes, text: str, data: dict[str, object]) -> Output:
    dry_run = bool(call.options.dry_run)
    released = f" {count(done.released, 'record')} released." if done.released else ""
    begin = "Nothing was changed; this is what would be.\n" if dry_run else ""
    touched = told_touched(done.touched, width=call.terminal.width)
    whole = f"{begin}{text}{released}" + (f"\n\n{touched}" if touched else "")
    more = {"released": done.released, "dry_run": dry_run, "sets": plain(done.sets), "touched": plain(done.touched)}
    return Output(text=whole, data={**data, **more})


def _history(
    services: Services, call: Call, connections: Sequence[Connection], kinds: Sequence[ReferenceKind]
) -> Output:
    code = call.options.history
    changes = [
        change
        for connection in connections
        for kind in kinds
        for change in services.ports.mappings.history(connection.id, kind, code)
    ]
    if not changes:
        raise NotThereError(f"no mapping of {code!r} was ever set: see `{hint('mappings')}`")
    text = history_text(changes, width=call.terminal.width)
    return Output(text=text, data={"tenant": call.tenant, "changes": plain(changes)})


def _days(call: Call) -> tuple[date | None, date | None]:
    try:
        valid_from, valid_to = day_of(call.options.valid_from or ""), day_of(call.options.valid_to or "")
    except ValueError as error:
        raise UsageError(str(error)) from error
    if valid_from and valid_to and valid_to < valid_from:
        raise UsageError(f"--to {valid_to} is before --from {valid_from}")
    return valid_from, valid_to


def _connections(services: Services, call: Call) -> Sequence[Connection]:
    if call.options.connection:
        return [connection_named(services, call.tenant, call.options.connection)]
    return services.ports.connections.list(call.tenant)


def _target(services: Services, call: Call) -> Connection:
    if call.options.connection:
        return connection_named(services, call.tenant, call.options.connection)
    names = sorted({flow.id.target for flow in services.ports.connections.flows(call.tenant)})
    if len(names) == 1:
        return connection_named(services, call.tenant, names[0])
    raise UsageError(f"--connection: say which target: {', '.join(names) or 'no flow is set up yet'}")
