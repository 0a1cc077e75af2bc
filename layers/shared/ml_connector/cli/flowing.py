"""`flows`, `schedule` and `reset-watermark`: what moves, how often, and how far it has read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import pairs
from ml_connector.cli.words import hint, when
from ml_connector.pipeline.connections.cadence import check_cadence, check_time_zone
from ml_connector.pipeline.connections.switches import schedule as put_schedule
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.reporting.overview import FlowView, SettingView, overview

_SHORT = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minute", "h": "hour", "d": "day"}


def add_to(commands: Commands) -> None:
    commands.add("flows", flows_command, "what moves, how often, how far it has read, and its settings")
    schedule = commands.add("schedule", schedule_command, "set how often a flow runs")
    schedule.add_argument("flow")
    schedule.add_argument("cadence", help="15m, 1h, 'rate(15 minutes)' or 'cron(0 6 ? * MON-FRI *)'; off: only by hand")
    schedule.add_argument("--time-zone", help="for cron, such as Europe/Berlin; kept where not given")
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
    settings = flow_named(services, call.tenant, call.options.flow)
    zone = check_time_zone(call.options.time_zone or settings.time_zone, setting="--time-zone")
    cadence = cadence_of(call.options.cadence)
    changed = replace(settings, cadence=cadence, time_zone=zone)
    put_schedule(services.ports, changed)
    services.ports.connections.save_flow(changed)
    how = f"runs at {cadence}, {zone}" if cadence else f"runs only by hand: {hint('run', call.options.flow)}"
    paused = f". It is paused: {hint('resume', call.options.flow)}" if settings.paused else ""
    data = {"tenant": call.tenant, "flow": str(settings.id), "cadence": cadence, "time_zone": zone}
    return Output(text=f"Flow {settings.id.flow} {how}{paused}", data=data)


def reset_command(services: Services, call: Call) -> Output:
    settings = flow_named(services, call.tenant, call.options.flow)
    services.ports.polls.reset(settings.id)
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
        ("read in full", f"{when(flow.last_full)} UTC" if flow.last_full else ""),
        ("reading", _reading(flow)),
        ("stands still", flow.stands_still or ""),
        ("failed", flow.trouble or ""),
        *((setting.name, _setting(setting)) for setting in flow.settings),
    ]
    return f"{flow.id.flow}: {flow.title}\n{pairs(facts, width=width)}"


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
