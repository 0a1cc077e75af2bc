"""`audit`: what became of everything, and whether the trail that says so is whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flows_meant
from ml_connector.cli.failures import FAILED, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.report_text import report_csv, report_text
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint, month, when

if TYPE_CHECKING:
    from ml_connector.pipeline.auditing.faults import Findings

_SHOWN = 100


def add_to(commands: Commands) -> None:
    audit = commands.group("audit", "what became of everything, and whether the trail that says so is whole")
    report = audit.add("report", report_command, "matched, created, updated, skipped, held, rejected, and why")
    report.add_argument("flow", nargs="?", help="one flow only")
    report.add_argument("--from", dest="first", metavar="MONTH", help="the first month of the documents' dates")
    report.add_argument("--to", dest="last", metavar="MONTH", help="the last month, such as 2026-03")
    report.add_argument("--csv", metavar="FILE", help="write a table with a line for each record")
    export = audit.add("export", export_command, "write the audit trail and its seals into a folder, to be verified")
    export.add_argument("folder", help="a new or empty folder")
    verify = audit.add_offline("verify", verify_command, "check an export: it needs no AWS, only the public key")
    verify.add_argument("folder", help="what `audit export` wrote")
    verify.add_argument("--key", required=True, metavar="FILE", help="the public key, as `audit key` wrote it once")
    key = audit.add("key", key_command, "the public key that seals are verified with: keep it outside this account")
    key.add_argument("--out", metavar="FILE", help="write it there")
    key.set_defaults(any_tenant=True)


def report_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.reporting.audit_report import audit_report

    first, last = month(call.options.first, "--from"), month(call.options.last, "--to")
    if first and last and first > last:
        raise UsageError(f"--from: {first} is after --to {last}")
    flows = flows_meant(services, call.tenant, call.options.flow)
    reports = [audit_report(services.ports, flow, first=first, last=last) for flow in flows]
    if call.options.csv:
        call.terminal.write(call.options.csv, report_csv(reports))
    adds_up = all(report.adds_up for report in reports)
    return Output(
        text="\n\n".join(report_text(report, call.terminal.width) for report in reports) or "No flow is set up yet.",
        data={
            "tenant": call.tenant,
            "adds_up": adds_up,
            "flows": [{**plain(report), "adds_up": report.adds_up} for report in reports],
        },
        code=0 if adds_up else FAILED,
    )


def export_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.auditing.export import Exporter

    folder = Path(call.options.folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder: name a new one")
    done = Exporter(services.ports, services.audit_ports).export(
        call.tenant, lambda name, lines: _put(folder, name, lines)
    )
    text = (
        f"{count(done.records, 'record')} with {count(done.entries, 'audit entry')}".replace("entrys", "entries")
        + f" and {count(done.seals, 'seal')} written to {folder}.\n"
        f"Verify it, on any machine: {hint('audit', 'verify', str(folder), '--key', '<public key>')}"
    )
    return Output(text=text, data={"tenant": call.tenant, "folder": str(folder), **plain(done)})


def key_command(services: Services, call: Call) -> Output:
    pem = services.audit_ports.signer.public_key()
    if call.options.out:
        call.terminal.write(call.options.out, pem)
        text = f"Written to {call.options.out}. Keep it where nobody who may change this account can change it."
        return Output(text=text, data={"file": call.options.out, "public_key": pem})
    return Output(text=pem.strip(), data={"file": None, "public_key": pem})


def verify_command(call: Call) -> Output:
    from ml_connector.pipeline.auditing.export import TRAIL
    from ml_connector.pipeline.auditing.verify import verify
    from ml_connector.transport.signatures import ecdsa_check

    try:
        is_signed = ecdsa_check(call.terminal.read(call.options.key))
    except ValueError as error:
        raise UsageError(f"{call.options.key} is no public key: {hint('audit', 'key', '--out', '<file>')}") from error
    folder = Path(call.options.folder)
    manifest = _manifest(folder)
    findings = verify(manifest, _seals(folder), _lines(folder / TRAIL), is_signed)
    data = {
        "tenant": manifest["tenant"],
        "exported_at": manifest["exported_at"],
        "is_whole": findings.is_whole,
        **plain(findings),
    }
    text = _findings_text(manifest, findings, call.terminal.width)
    return Output(text=text, data=data, code=0 if findings.is_whole else FAILED)


def _put(folder: Path, name: str, lines: Iterable[bytes]) -> None:
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(lines)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _manifest(folder: Path) -> dict[str, Any]:
    from ml_connector.pipeline.auditing.export import FORMAT, MANIFEST

    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder} is no complete export, it has no {MANIFEST}: export again") from error
    if manifest.get("format") != FORMAT or "tenant" not in manifest or "exported_at" not in manifest:
        raise UsageError(f"{path} is not of this version: export again")
    return manifest


def _seals(folder: Path) -> Iterator[tuple[str, int, Iterable[bytes]]]:
    for path in sorted((folder / "seals").glob("*.jsonl")):
        if path.stem.isdecimal():
            yield f"seals/{path.name}", int(path.stem), _lines(path)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _findings_text(manifest: dict[str, Any], found: Findings, width: int | None) -> str:
    covered = f"{when(found.covered_until)} UTC" if found.covered_until else "never"
    about = (
        f"{manifest['tenant']}, exported {when(datetime.fromisoformat(manifest['exported_at']))} UTC: "
        f"{found.records:,} records, {found.entries:,} entries, {found.seals:,} seals, sealed until {covered}."
    )
    if found.is_whole:
        return f"{about}\nWhole: every entry follows from the one before it and is the one that was sealed."
    rows = [[str(one.kind).replace("_", " "), one.where, one.text] for one in found.faults[:_SHOWN]]
    more = f"\n\n{found.found - _SHOWN:,} more: --json lists the first thousand." if found.found > _SHOWN else ""
    shown = table(["FAULT", "WHERE", "WHAT"], rows, width=width)
    return f"{about}\nNot whole: {count(found.found, 'fault')}.\n\n{shown}{more}"
