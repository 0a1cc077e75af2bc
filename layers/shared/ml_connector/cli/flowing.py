"""`flows`, `schedule` and `reset-watermark`: what moves, how often, and how far it has read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import pairs
from ml_connector.cli.words import hint, when
from ml_connector.pipeline.connections.cadence import check_blackouts, check_cadence, check_time_zone
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.reporting.overview import FlowView, SettingView, next_run_of, overview

_SHORT = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minute", "h": "hour", "d": "day"}


def add_to(commands: Commands) -> None:
    commands.add("flows", flows_command, "what moves, how often, how far it has read, and its settings")
    schedule = commands.add(
        "schedule", schedule_command, "show or set how often a flow runs, and when it writes nothing"
    )
    schedule.add_argument("flow")
    schedule.add_argument(
        "cadence", nargs="?", help="15m, 1h, 'rate(15 minutes)' or 'cron(0 6 ? * MON-FRI *)'; off: only by hand"
    )
    schedule.add_argument("--time-zone", help="for cron, such as Europe/Berlin; kept where not given")
    blackouts = schedule.add_mutually_exclusive_group()
    blackouts.add_argument(
        "--blackout",
        action="append",
        metavar="TIMES",
        help="write nothing then, such as 'day 28..3', 'FRI 18:00..MON 06:00' or 2026-12-30..2027-01-04; "
        "once for each, in place of those that were set",
    )
    blackouts.add_argument("--no-blackouts", action="store_true", help="write at any time")
    reset = commands.add("reset-watermark", reset_command, "forget how far a flow has read: its next run reads all")
    reset.add_argument("flow")


def flows_command(services: Services, call: Call) -> Output:
    seen = overview(services.ports, services.catalog, call.tenant)
    set_up = {one.id.flow for one in seen.flows}
    others = [flow for name, flow in sorted(services.catalog.flows.items()) if name not in set_up]
    parts = [*(_text(one, call.terminal.width) for one in seen.flows), _others(others)]
    data = {
        "tenant": call.tenant,
        "flows": plain(seen.flows),
        "not_set_up": [{"name": flow.name, "title": flow.title} for flow in others],
    }
    return Output(text="\n\n".join(part for part in parts if part) or "There is no flow.", data=data)


def schedule_command(services: Services, call: Call) -> Output:
    """Without anything to set it changes nothing, and shows."""
    settings = flow_named(services, call.tenant, call.options.flow)
    changes = _changes(call)
    after = services.switches.reschedule(settings.id, actor=call.actor, **changes) if changes else settings
    now = services.ports.clock.now()
    coming = next_run_of(after, services.ports.polls.load(after.id), now)
    until = after.closed_until(now)
    how = f"runs at {after.cadence}, {after.time_zone}" if after.cadence else "runs only by hand"
    parts = [
        f"Flow {after.id.flow} {how}" + ("" if after.cadence else f": {hint('run', call.options.flow)}"),
        f"Next: {_next(after.cadence, coming)}" if coming else "",
        f"It writes nothing at: {', '.join(after.blackouts)}" if after.blackouts else "",
        f"Now it waits, until {when(until)} UTC" if until else "",
        f"It is paused: {hint('resume', call.options.flow)}" if after.paused else "",
    ]
    data = {
        "tenant": call.tenant,
        "flow": str(after.id),
        "cadence": after.cadence,
        "time_zone": after.time_zone,
        "blackouts": after.blackouts,
        "paused": after.paused,
        "next_run": coming,
        "waits_until": until,
    }
    return Output(text="\n".join(part for part in parts if part), data=data)


def _changes(call: Call) -> dict[str, Any]:
    options = call.options
    changes: dict[str, Any] = {}
    if options.cadence:
        changes["cadence"] = cadence_of(options.cadence)
    if options.time_zone:
        changes["time_zone"] = check_time_zone(options.time_zone, setting="--time-zone")
    if options.blackout or options.no_blackouts:
        changes["blackouts"] = check_blackouts(options.blackout or (), setting="--blackout")
    return changes


def reset_command(services: Services, call: Call) -> Output:
    settings = flow_named(services, call.tenant, call.options.flow)
    services.switches.read_anew(settings.id, actor=call.actor)
    text = (
        f"Flow {settings.id.flow} reads everything at its next run; what is unchanged is not posted again. "
        f"Now: {hint('run', call.options.flow, '--wait')}"
    )
    return Output(text=text, data={"tenant": call.tenant, "flow": str(settings.id), "reset": True})


def cadence_of(text: str) -> str | None:
    """As the scheduler spells it; None for `off`."""
    if text == "off":
        return None
    if short := _SHORT.fullmatch(text):
        number, unit = int(short[1]), _UNITS[short[2]]
        text = f"rate({number} {unit if number == 1 else f'{unit}s'})"
    return check_cadence(text, setting="cadence")


def _text(flow: FlowView, width: int | None) -> str:
    facts = [
        ("id", str(flow.id)),
        ("runs", f"{flow.cadence}, {flow.time_zone}" if flow.cadence else "only by hand"),
        ("last run", f"{when(flow.last_finished)} UTC" if flow.last_finished else "never"),
        ("next run", _next(flow.cadence, flow.next_run)),
        ("writes nothing", ", ".join(flow.blackouts)),
        ("waits", f"it reads, and writes nothing until {when(flow.waits_until)} UTC" if flow.waits_until else ""),
        ("read in full", f"{when(flow.last_full)} UTC" if flow.last_full else ""),
        ("reading", _reading(flow)),
        ("stands still", flow.stands_still or ""),
        ("failed", flow.trouble or ""),
        *((setting.name, _setting(setting)) for setting in flow.settings),
    ]
    return f"{flow.id.flow}: {flow.title}\n{pairs(facts, width=width)}"


def _next(cadence: str | None, coming: datetime | None) -> str:
    if coming is None:
        return ""
    return f"{when(coming)} UTC" + (" at the latest" if (cadence or "").startswith("rate") else "")


def _reading(flow: FlowView) -> str:
    if flow.reading is None:
        return ""
    kind = "everything" if flow.reading.full else "what changed"
    return (
        f"{kind}, since {when(flow.reading.began)} UTC: {flow.reading.seen:,} seen, {flow.reading.passed_on:,} differ"
    )


def _setting(setting: SettingView) -> str:
    choices = f" (of {', '.join(map(str, setting.choices))})" if setting.choices else ""
    return f"{setting.value}{choices}: {setting.text}"


def _others(flows: Sequence[Flow]) -> str:
    if not flows:
        return ""
    return "Not set up:\n" + "\n".join(f"  {flow.name}: {flow.title}" for flow in flows)
