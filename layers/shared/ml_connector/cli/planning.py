"""`plan` and `apply`: see what a flow would do, then let exactly that be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.failures import FAILED, NotThereError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint, paused_text

if TYPE_CHECKING:
    from ml_connector.pipeline.planning.applying import Applied
    from ml_connector.pipeline.planning.dry_run import Planning
    from ml_connector.pipeline.planning.plan_file import Entry, Plan

_MOST_SHOWN = 50
_QUIET = ("none", "under_way")


def add_to(commands: Commands) -> None:
    plan = commands.add("plan", plan_command, "show what a flow would do to each record, without doing anything")
    plan.add_argument("flow")
    plan.add_argument("--out", metavar="FILE", help="write the plan, with every payload, for `apply`")
    apply = commands.add("apply", apply_command, "carry out a plan; whatever changed since it was made is refused")
    apply.add_argument("file", help="what `plan --out` wrote")


def plan_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.planning.plan_file import plan_text

    flow = flow_named(services, call.tenant, call.options.flow).id
    plan = _planning(services, call).dry_run(flow).plan
    if call.options.out:
        call.terminal.write(call.options.out, plan_text(plan))
    data = {
        "tenant": call.tenant,
        "flow": str(flow),
        "made_at": plan.made_at,
        "epoch": plan.epoch,
        "look_first": plan.look_first,
        "totals": plan.totals,
        "records": plain(plan.entries),
    }
    return Output(text=_plan_text(plan, call), data=data)


def apply_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.planning.applying import apply_plan
    from ml_connector.pipeline.planning.plan_file import read_plan

    plan = read_plan(call.terminal.read(call.options.file))
    if plan.flow.tenant != call.tenant:
        raise NotThereError(f"this plan is of another tenant than {call.tenant}")
    settings = flow_named(services, call.tenant, str(plan.flow))
    done = apply_plan(services.ports, _planning(services, call), plan, actor=call.actor)
    data = {"tenant": call.tenant, **plain(done)}
    text = _applied_text(done, call, paused=settings.paused)
    return Output(text=text, data=data, code=FAILED if done.refused else 0)


def _planning(services: Services, call: Call) -> Planning:
    """Imported here: with it comes all of posting, which most commands do not need."""
    from ml_connector.pipeline.planning.dry_run import Planning

    def pause(wait: timedelta) -> None:
        call.terminal.sleep(wait.total_seconds())

    return Planning(services.ports, services.catalog, services.systems, pause=pause, progress=call.terminal.note)


def _plan_text(plan: Plan, call: Call) -> str:
    totals = [[name.replace("_", " "), f"{number:,}"] for name, number in plan.totals.items()]
    if not totals:
        return f"{plan.flow.flow}: the source lists nothing."
    shown = [entry for entry in plan.entries if entry.act.value not in _QUIET]
    parts = [
        f"{plan.flow.flow} ({plan.flow.source} -> {plan.flow.target}): nothing was written",
        table(["WOULD", "RECORDS"], totals, width=call.terminal.width, right=["RECORDS"]),
        _entries(shown, call.terminal.width),
        _warned(plan.warnings),
        f"Next: {hint('apply', call.options.out)}" if call.options.out and shown else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _entries(entries: Sequence[Entry], width: int | None) -> str:
    if not entries:
        return ""
    rows = [
        [entry.act.value, entry.number or entry.external_id, entry.amount or "", entry.target_id or "", _why(entry)]
        for entry in entries[:_MOST_SHOWN]
    ]
    more = len(entries) - len(rows)
    shown = table(["WOULD", "NUMBER", "AMOUNT", "TARGET", "BECAUSE"], rows, width=width, right=["AMOUNT"])
    return f"{shown}\n... and {more:,} more: --out FILE or --json has them all" if more else shown


def _why(entry: Entry) -> str:
    return "; ".join([*entry.reasons, *([f"WARNING: {entry.warning}"] if entry.warning else [])])


def _warned(warnings: Sequence[Entry]) -> str:
    if not warnings:
        return ""
    return f"{count(len(warnings), 'record')} with a warning: `apply` refuses these until it is seen to."


def _applied_text(done: Applied, call: Call, *, paused: bool) -> str:
    lines = [f"{count(done.sent, 'record')} on the way, {done.settled:,} with nothing to do. Run {done.run_id}."]
    if paused and done.sent:
        lines.append(paused_text(done.flow.flow))
    if done.refused:
        rows = [[one.number or one.external_id, one.why] for one in done.refused]
        lines += [
            f"{count(len(done.refused), 'record')} refused. Make a new plan: {hint('plan', done.flow.flow)}",
            table(["NUMBER", "REFUSED BECAUSE"], rows, width=call.terminal.width),
        ]
    elif done.sent:
        lines.append(f"What became of them: {hint('states', '--flow', done.flow.flow)}")
    return "\n\n".join(lines)
