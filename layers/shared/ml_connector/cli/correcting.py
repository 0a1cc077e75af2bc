"""`rollback`, `replay` and `resolve`: a person takes back, asks again, or says which side is right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named, flows_meant, record_named
from ml_connector.cli.failures import FAILED, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import amount, amounts, count, hint, month, paused_text

if TYPE_CHECKING:
    from ml_connector.pipeline.correcting.replay import Replayed
    from ml_connector.pipeline.correcting.rollback import RollbackPlan, RolledBack, Undoing
    from ml_connector.pipeline.correcting.selection import Selection

_MOST_SHOWN = 50


def add_to(commands: Commands) -> None:
    rollback = commands.add("rollback", rollback_command, "take back what we wrote to the target; shows its plan first")
    _choice(rollback)
    rollback.add_argument(
        "--run", dest="of_run", metavar="RUN", help="only what this run wrote, where nothing was written over it since"
    )
    rollback.add_argument("--reason", help="why, for the audit trail; needed with --yes")
    replay = commands.add("replay", replay_command, "plan stored versions again; shows its plan first")
    _choice(replay)
    resolve = commands.add("resolve", resolve_command, "say which side is right for one record in conflict")
    resolve.add_argument("record", help="a document's number in either system, or a record id")
    resolve.add_argument("--take", choices=["source", "target"], required=True, help="whose values stand")
    resolve.add_argument("--reason", help="why, for the audit trail")


def rollback_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.correcting.rollback import Rollback

    options = call.options
    if options.yes and not options.reason:
        raise UsageError("--reason: say why, for the audit trail")
    rollback = Rollback(
        services.ports, services.catalog, services.systems, pause=_pause(call), progress=call.terminal.note
    )
    plan = rollback.plan(_chosen(services, call, run=options.of_run))
    if not options.yes:
        return Output(text=_rollback_text(plan, call), data=_rollback_data(call, plan, done=False))
    done = rollback.carry_out(plan, actor=call.actor, reason=options.reason)
    data = {**_rollback_data(call, done, done=True), "run_id": done.run_id}
    return Output(text=_rolled_back_text(services, done, call), data=data, code=FAILED if _refused(done) else 0)


def replay_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.correcting.replay import Replay

    replay = Replay(services.ports, services.catalog, services.systems, pause=_pause(call), progress=call.terminal.note)
    plan = replay.plan(_chosen(services, call))
    data: dict[str, Any] = {"tenant": call.tenant, "done": call.options.yes, "flows": plain(plan)}
    if not call.options.yes:
        return Output(text=_replay_text(plan, call), data=data)
    run_id, sent = replay.carry_out(plan, services.releaser, actor=call.actor)
    text = f"{count(sent, 'record')} will be planned again, on the word of {call.actor}. Run {run_id}."
    return Output(text=text, data={**data, "run_id": run_id, "sent": sent})


def resolve_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.correcting.resolve import Resolving, Side

    record = record_named(services, call.tenant, call.options.record).record
    resolving = Resolving(services.ports, services.systems)
    row = resolving.resolve(record, Side(call.options.take), actor=call.actor, reason=call.options.reason)
    done = {
        "source": "The source's values are on their way to the target.",
        "target": "What stands in the target is kept until the source changes again.",
    }[call.options.take]
    text = f"{done} On the word of {call.actor}. See: {hint('record', str(record))}"
    data = {"tenant": call.tenant, "record": str(record), "take": call.options.take, "state": row.state.value}
    return Output(text=text, data=data)


def _choice(command: Any) -> None:
    command.add_argument("record", nargs="?", help="a document's number in either system, or a record id")
    command.add_argument("--flow", help="every record of this flow")
    command.add_argument("--month", help="with --flow: only documents of this month, as 2026-03")
    command.add_argument("--yes", action="store_true", help="do it; without it the plan is shown and nothing is done")


def _chosen(services: Services, call: Call, *, run: str | None = None) -> Selection:
    from ml_connector.pipeline.correcting.selection import Selection

    options = call.options
    if options.record and (options.flow or options.month):
        raise UsageError("name one record, or give --flow; not both")
    if not options.record and not options.flow and not run:
        raise UsageError("say what: a record's number, --flow" + ("" if "of_run" not in options else ", or --run"))
    if options.record:
        return Selection(records=(record_named(services, call.tenant, options.record).record,), run=run)
    flows = tuple(flows_meant(services, call.tenant, options.flow))
    return Selection(flows=flows, month=month(options.month), run=run)


def _pause(call: Call) -> Any:
    def pause(wait: timedelta) -> None:
        call.terminal.sleep(wait.total_seconds())

    return pause


def _refused(done: RollbackPlan | RolledBack) -> list[Undoing]:
    return [entry for entry in done.entries if entry.undo.value == "refuse"]


def _going(done: RollbackPlan | RolledBack) -> list[Undoing]:
    return [entry for entry in done.entries if entry.undo.value in ("void", "restore")]


def _rollback_data(call: Call, plan: RollbackPlan | RolledBack, *, done: bool) -> dict[str, Any]:
    totals: dict[str, int] = {}
    for entry in plan.entries:
        totals[entry.undo.value] = totals.get(entry.undo.value, 0) + 1
    return {"tenant": call.tenant, "done": done, "totals": totals, "records": plain(plan.entries)}


def _rollback_text(plan: RollbackPlan, call: Call) -> str:
    going = _going(plan)
    if not plan.entries:
        return "Nothing of ours fits: nothing would be rolled back."
    parts = [_entries(plan.entries, call)]
    if going:
        parts.append(f"{count(len(going), 'record')} would be rolled back: {_sum(going)}. Nothing was written.")
        parts.append("Next: the same again with --yes and --reason <why>")
    return "\n\n".join(part for part in parts if part) or "There is nothing to roll back."


def _rolled_back_text(services: Services, done: RolledBack, call: Call) -> str:
    going = _going(done)
    lines = [f"{count(len(going), 'record')} on the way back: {_sum(going) or 'nothing'}. Rollback {done.run_id}."]
    flows = sorted({entry.record.flow.flow for entry in going})
    lines += [paused_text(name) for name in flows if flow_named(services, call.tenant, name).paused]
    if refused := _refused(done):
        lines.append(_entries(refused, call))
    elif going:
        lines.append(f"What became of them: {hint('states')}")
    return "\n\n".join(lines)


def _sum(entries: Sequence[Undoing]) -> str:
    """Of those that are taken out: what goes back to former values leaves a sum that only the target knows."""
    from ml_connector.pipeline.reporting.totals import sums_of

    voided = [entry.amount for entry in entries if entry.undo.value == "void" and entry.amount]
    return amounts(sums_of(voided)) or count(len(entries), "record")


def _entries(entries: Sequence[Undoing], call: Call) -> str:
    told = [entry for entry in entries if entry.undo.value != "none"]
    rows = [
        [
            entry.undo.value.replace("_", " "),
            entry.number or entry.record.external_id,
            amount(entry.amount),
            entry.target_id or "",
            entry.why,
        ]
        for entry in told[:_MOST_SHOWN]
    ]
    if not rows:
        return "There is nothing to roll back."
    shown = table(["WOULD", "NUMBER", "AMOUNT", "TARGET", "BECAUSE"], rows, width=call.terminal.width, right=["AMOUNT"])
    more = len(told) - len(rows)
    return f"{shown}\n... and {more:,} more: --json has them all" if more else shown


def _replay_text(plan: Sequence[Replayed], call: Call) -> str:
    entries = [entry for each in plan for entry in each.entries if entry.is_new]
    rows = [
        [entry.act.value, entry.number or entry.external_id, entry.amount or "", "; ".join(entry.reasons)]
        for entry in entries[:_MOST_SHOWN]
    ]
    parts = [table(["WOULD", "NUMBER", "AMOUNT", "BECAUSE"], rows, width=call.terminal.width, right=["AMOUNT"])]
    if len(entries) > len(rows):
        parts[0] += f"\n... and {len(entries) - len(rows):,} more: --json has them all"
    parts = parts if rows else ["A replay would change nothing."]
    if missing := sum(len(each.not_stored) for each in plan):
        parts.append(
            f"{count(missing, 'record')} with no stored version: {hint('run', '<flow>', '--full')} reads them."
        )
    if aside := sum(len(each.set_aside) for each in plan):
        parts.append(f"{count(aside, 'record')} put aside: name one by its number to take it up again.")
    if kept := sum(len(each.kept) for each in plan):
        parts.append(f"{count(kept, 'record')} with values that a person chose to keep: name one to write over them.")
    if rows:
        parts.append("Nothing was done. Next: the same again with --yes")
    return "\n\n".join(parts)
