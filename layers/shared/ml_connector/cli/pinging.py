"""`ping`: is every system within reach, does it know us, does it reach us, and if not, what to do?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named
from ml_connector.cli.failures import FAILED
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import pairs
from ml_connector.cli.words import hint
from ml_connector.domain.connection import ConnectionState
from ml_connector.pipeline.connections.ping import Pinged
from ml_connector.pipeline.probe import ProbeStep
from ml_connector.transport.redaction import redact_text


def add_to(commands: Commands) -> None:
    ping = commands.add("ping", ping_command, "test each connection step by step, and say what to fix")
    ping.add_argument("connection", nargs="?", help="one connection only")


def ping_command(services: Services, call: Call) -> Output:
    if call.options.connection:
        chosen = [connection_named(services, call.tenant, call.options.connection)]
    else:
        chosen = list(services.ports.connections.list(call.tenant))
    pings = [_clean(one) for one in services.ping.run(chosen)]
    all_well = all(one.ok for one in pings)
    return Output(
        text="\n\n".join(_text(one, call.terminal.width) for one in pings) or "No connection is set up yet.",
        data={"tenant": call.tenant, "ok": all_well, "connections": [_data(one) for one in pings]},
        code=0 if all_well else FAILED,
    )


def _clean(ping: Pinged) -> Pinged:
    """Nothing secret in them, whatever a system answered."""
    return replace(ping, steps=tuple(_cleaned(step) for step in ping.steps))


def _cleaned(step: ProbeStep) -> ProbeStep:
    return replace(step, text=redact_text(step.text), fix=redact_text(step.fix) if step.fix else None)


def _data(ping: Pinged) -> dict[str, object]:
    steps = [{**plain(step), "needed": ping.is_needed(step)} for step in ping.steps]
    return {**plain(ping), "ok": ping.ok, "steps": steps}


def _text(ping: Pinged, width: int | None) -> str:
    lines = [f"{ping.connection} ({ping.system}), {ping.state}"]
    lines += [pairs([row for step in ping.steps for row in _rows(ping, step)], width=width)]
    if ping.ok and ping.state is not ConnectionState.ACTIVE:
        lines.append(f"  All is well, but it is {ping.state}: {hint('resume', ping.connection)}")
    return "\n".join(lines)


def _rows(ping: Pinged, step: ProbeStep) -> Iterator[tuple[str, str]]:
    """One line a step, and below one that needs somebody: who needs it, and what to do."""
    if not step.ok and not ping.is_needed(step):
        yield f"- {step.name}", f"{step.text} (no flow needs it)"
        return
    yield f"{_sign(step)} {step.name}", step.text
    if not step.ok:
        yield "    needed by", _listed(step.needed_by)
    yield "    fix", step.fix or ""


def _sign(step: ProbeStep) -> str:
    if not step.ok:
        return "✗"
    return "!" if step.fix else "✓"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
