"""`map`, `mappings` and their tables: the tenant's own choice of what a code of the source is in the target."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named
from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint, when
from ml_connector.domain.connection import Connection, MappingEntry
from ml_connector.domain.records.kinds import ReferenceKind

KINDS = tuple(kind.value for kind in ReferenceKind)


def add_to(commands: Commands) -> None:
    one = commands.add("map", map_command, "say what a code of the source is in the target")
    one.add_argument("kind", choices=KINDS)
    one.add_argument("code", help="as the source spells it, such as 600300")
    one.add_argument("target", nargs="?", help="the target's id, its external id, or its exact name")
    one.add_argument("--connection", help="the target; may be left out where flows lead to one only")
    one.add_argument("--remove", action="store_true", help="take the choice back")
    many = commands.add("mappings", mappings_command, "the choices made so far")
    many.add_argument("--connection", help="one target only")
    many.add_argument("--kind", choices=KINDS)
    table_in = commands.add("import-mappings", import_command, "take a table of choices, all of it or nothing")
    table_in.add_argument("file", help="CSV with the columns kind, code, target; - for standard input")
    table_in.add_argument("--connection", help="the target; may be left out where flows lead to one only")
    table_out = commands.add(
        "export-mappings", export_command, "the choices made so far, as import-mappings takes them"
    )
    table_out.add_argument("--connection", help="the target; may be left out where flows lead to one only")
    table_out.add_argument("--kind", choices=KINDS)


def map_command(services: Services, call: Call) -> Output:
    connection = _target(services, call)
    kind, code = ReferenceKind(call.options.kind), call.options.code
    if call.options.remove:
        return _removed(services, call, connection, kind)
    if not call.options.target:
        raise UsageError(f"name what {kind} {code} is in {connection.id.name}, or give --remove")
    done = services.mapping_book.set_mapping(connection.id, kind, code, call.options.target, actor=call.actor)
    entry = done.entry
    stood = "" if done.changed else " (as before)"
    released = f" {count(done.released, 'record')} released." if done.released else ""
    text = f"{kind} {code} is {entry.target_name} ({entry.target_id}) in {connection.id.name}{stood}.{released}"
    return Output(
        text=text,
        data={"tenant": call.tenant, "mapping": plain(entry), "changed": done.changed, "released": done.released},
    )


def mappings_command(services: Services, call: Call) -> Output:
    kind = ReferenceKind(call.options.kind) if call.options.kind else None
    if call.options.connection:
        connections: Sequence[Connection] = [connection_named(services, call.tenant, call.options.connection)]
    else:
        connections = services.ports.connections.list(call.tenant)
    entries = [entry for one in connections for entry in services.ports.mappings.list(one.id, kind)]
    headers = ["CONNECTION", "KIND", "CODE", "TARGET", "NAME", "SET BY", "AT (UTC)"]
    text = (
        table(headers, [_row(entry) for entry in entries], width=call.terminal.width)
        if entries
        else f"No mapping is set. Most need none; `{hint('holds')}` says which do."
    )
    return Output(text=text, data={"tenant": call.tenant, "mappings": plain(entries)})


def import_command(services: Services, call: Call) -> Output:
    connection = _target(services, call)
    text = call.terminal.read(call.options.file)
    done = services.mapping_book.import_mappings(connection.id, text, actor=call.actor)
    changed, released = sum(one.changed for one in done), sum(one.released for one in done)
    stood = f", {len(done) - changed:,} stood already" if changed < len(done) else ""
    data = {
        "tenant": call.tenant,
        "connection": str(connection.id),
        "mappings": len(done),
        "changed": changed,
        "released": released,
    }
    told = f"{count(changed, 'mapping')} set in {connection.id.name}{stood}."
    return Output(text=f"{told} {count(released, 'record')} released." if released else told, data=data)


def export_command(services: Services, call: Call) -> Output:
    """A row more than is taken back: the name, for the reader."""
    connection = _target(services, call)
    kind = ReferenceKind(call.options.kind) if call.options.kind else None
    entries = services.ports.mappings.list(connection.id, kind)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["kind", "code", "target", "name"])
    rows.writerows([str(entry.kind), entry.code, entry.target_id or "", entry.target_name or ""] for entry in entries)
    return Output(text=written.getvalue().rstrip("\n"), data={"tenant": call.tenant, "mappings": plain(entries)})


def _removed(services: Services, call: Call, connection: Connection, kind: ReferenceKind) -> Output:
    code = call.options.code
    if not services.mapping_book.remove_mapping(connection.id, kind, code, actor=call.actor):
        raise NotThereError(f"{kind} {code} is not mapped in {connection.id.name}: see `{hint('mappings')}`")
    text = f"{kind} {code} is not mapped in {connection.id.name} any more; what was posted by it stays."
    return Output(text=text, data={"tenant": call.tenant, "mapping": None, "changed": True, "released": 0})


def _target(services: Services, call: Call) -> Connection:
    if call.options.connection:
        return connection_named(services, call.tenant, call.options.connection)
    names = sorted({flow.id.target for flow in services.ports.connections.flows(call.tenant)})
    if len(names) == 1:
        return connection_named(services, call.tenant, names[0])
    raise UsageError(f"--connection: say which target: {', '.join(names) or 'no flow is set up yet'}")


def _row(entry: MappingEntry) -> list[str]:
    name = entry.target_name or ""
    who, at = entry.set_by, when(entry.set_at)
    return [entry.connection.name, str(entry.kind), entry.code, entry.target_id or "", name, who, at]
