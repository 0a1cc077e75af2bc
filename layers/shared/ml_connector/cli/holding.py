"""`holds` and `release`: what is kept back and what would help, and a person's word to go on."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named, flows_meant, record_named
from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import amount, count, hint, suggestions, when
from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import codes_of
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.reporting.history import Story, where_is
from ml_connector.pipeline.reporting.holds import Gap, HeldRecord, Holds, flow_holds, tenant_holds

RELEASABLE = frozenset({State.HELD, State.REJECTED, State.DEAD, State.REVERSED, State.SKIPPED})
_AT_ONCE = 100
_MOST = 100_000


def add_to(commands: Commands) -> None:
    holds = commands.add("holds", holds_command, "held records, oldest first, with what would help; or put one aside")
    holds.add_argument("action", nargs="?", choices=["set-aside"], help="put one record aside; `replay` brings it back")
    holds.add_argument("record", nargs="?", help="with set-aside: a document's number in either system, or a record id")
    holds.add_argument("--reason", help="with set-aside: why, for the audit trail")
    holds.add_argument("--flow", help="one flow only")
    holds.add_argument("--code", help="one reason (account_missing) or one missing code (600300) only")
    release = commands.add("release", release_command, "plan a record again on your word, or all that wait for a code")
    release.add_argument("record", nargs="?", help="a document's number in either system, or a record id")
    release.add_argument("--code", help="every held record with this reason, or that waits for this code")
    release.add_argument("--flow", help="with --code: one flow only")


def holds_command(services: Services, call: Call) -> Output:
    if call.options.action:
        return _set_aside(services, call)
    holds = _asked_for(services, call)
    return Output(text=_text(holds, call), data={"tenant": call.tenant, **plain(holds)})


def release_command(services: Services, call: Call) -> Output:
    if bool(call.options.record) == bool(call.options.code):
        raise UsageError("name one record, or give --code; `ml-connector holds` lists both")
    records = _of_code(services, call) if call.options.code else [_one_record(services, call)]
    run_id = services.ports.ids.new()
    released = 0
    for start in range(0, len(records), _AT_ONCE):
        chunk = records[start : start + _AT_ONCE]
        released += services.releaser.plan_again(chunk, cause=NoticeCause.REPLAYED, run_id=run_id, actor=call.actor)
    next_step = hint("record", str(records[0])) if len(records) == 1 else hint("holds")
    text = f"{count(released, 'record')} will be planned again, on the word of {call.actor}. See: {next_step}"
    data = {
        "tenant": call.tenant,
        "released": released,
        "run_id": run_id,
        "actor": call.actor,
        "records": plain(records),
    }
    return Output(text=text, data=data)


def _set_aside(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.correcting.aside import set_aside

    options = call.options
    if not options.record or not options.reason:
        raise UsageError("name the record, and say why with --reason: both stand in the audit trail")
    record = record_named(services, call.tenant, options.record).record
    row = set_aside(services.ports, record, actor=call.actor, reason=options.reason)
    text = f"Put aside, on the word of {call.actor}; it is {row.state} now. Back again: {hint('replay', str(record))}"
    data = {"tenant": call.tenant, "record": str(record), "state": row.state.value, "reason": options.reason}
    return Output(text=text, data=data)


def _asked_for(services: Services, call: Call) -> Holds:
    code = call.options.code
    if call.options.flow:
        return flow_holds(services.ports, flow_named(services, call.tenant, call.options.flow).id, code=code)
    return tenant_holds(services.ports, call.tenant, code=code)


def _of_code(services: Services, call: Call) -> list[RecordId]:
    flows = flows_meant(services, call.tenant, call.options.flow)
    found = [flow_holds(services.ports, flow, code=call.options.code, limit=_MOST) for flow in flows]
    held = [one for holds in found for one in holds.records]
    if not held:
        raise NotThereError(f"no held record has the reason or waits for the code {call.options.code!r}")
    return [one.record for one in held]


def _one_record(services: Services, call: Call) -> RecordId:
    text = call.options.record
    found = where_is(services.ports, call.tenant, text)
    if not found:
        raise NotThereError(f"{call.tenant} has no record {text!r}: give a document's number or a record id")
    waiting = [one for one in found if one.state in RELEASABLE]
    if len(waiting) == 1:
        return waiting[0].record
    if not waiting:
        raise UsageError(f"{text} is {_states(found)}: there is nothing to release")
    listed = "".join(f"\n  {one.record}  ({one.state})" for one in waiting)
    raise UsageError(f"{text} is the number of several records; say which by its id:{listed}")


def _states(found: Sequence[Story]) -> str:
    return " and ".join(sorted({str(one.state) for one in found}))


def _text(holds: Holds, call: Call) -> str:
    if not holds.records:
        return "Nothing is held."
    rows = [_row(one) for one in holds.records]
    shown = table(["NUMBER", "AMOUNT", "SINCE (UTC)", "CODE", "WHY"], rows, width=call.terminal.width, right=["AMOUNT"])
    cut = "; more are, and not shown: ask with --flow or --code" if holds.more else ""
    held = f"{count(len(holds.records), 'record')} held{cut}."
    return "\n\n".join(part for part in (shown, held, _help(holds.gaps)) if part)


def _row(one: HeldRecord) -> list[str]:
    codes = ", ".join(codes_of(one.reasons))
    why = "; ".join(reason.text for reason in one.reasons)
    doubt = " (an earlier write is in doubt: a release looks first)" if one.in_doubt else ""
    return [one.number or one.record.external_id, amount(one.amount), when(one.since), codes, f"{why}{doubt}"]


def _help(gaps: Sequence[Gap]) -> str:
    if not gaps:
        return ""
    lines = ["What would help; each releases its records by itself:"]
    for gap in gaps:
        named = f" {gap.cause.name!r}" if gap.cause.name else ""
        lines.append(f"  {gap.cause.kind} {gap.cause.code}{named} keeps back {count(gap.records, 'record')}")
        if gap.candidates:
            lines.append(f"    could be: {suggestions(gap.candidates)}")
        command = hint("map", str(gap.cause.kind), gap.cause.code, "<target>", "--connection", gap.target.name)
        lines.append(f"    {command}")
    return "\n".join(lines)
