"""`states` and `work`: what adds up, and what a person should look at."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named, flows_meant
from ml_connector.cli.failures import FAILED
from ml_connector.cli.going_on import goes_on_with
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import amount, count, month, when
from ml_connector.domain.money import Money
from ml_connector.pipeline.reporting.totals import FlowTotals, flow_totals
from ml_connector.pipeline.reporting.work import WorkItem, flow_work, tenant_work


def add_to(commands: Commands) -> None:
    states = commands.add("states", states_command, "how many records stand in which state, and what they come to")
    states.add_argument("--flow", help="one flow only")
    states.add_argument("--month", help="one month of the documents' dates only, such as 2026-03")
    work = commands.add("work", work_command, "writes in doubt, records given up, records refused")
    work.add_argument("--flow", help="one flow only")


def states_command(services: Services, call: Call) -> Output:
    chosen = month(call.options.month)
    flows = flows_meant(services, call.tenant, call.options.flow)
    counted = [flow_totals(services.ports, flow, month=chosen) for flow in flows]
    adds_up = all(totals.adds_up for totals in counted)
    return Output(
        text="\n\n".join(totals_text(totals, call.terminal.width) for totals in counted) or "No flow is set up yet.",
        data={
            "tenant": call.tenant,
            "month": chosen,
            "adds_up": adds_up,
            "flows": [totals_data(totals) for totals in counted],
        },
        code=0 if adds_up else FAILED,
    )


def totals_data(totals: FlowTotals) -> dict[str, object]:
    return {**plain(totals), "adds_up": totals.adds_up}


def totals_text(totals: FlowTotals, width: int | None) -> str:
    title = f"{totals.flow.flow} ({totals.flow.source} -> {totals.flow.target}), {totals.month or 'all months'}"
    if not totals.records:
        return f"{title}\n\nNo record yet."
    currencies = [money.currency for money in totals.amounts]
    rows = [_row(str(one.state), one.records, one.amounts, currencies) for one in totals.states]
    rows.append(_row("total", totals.records, totals.amounts, currencies))
    headers = ["STATE", "RECORDS", *currencies]
    return f"{title}\n\n{table(headers, rows, width=width, right=headers[1:])}\n\n{_verdict(totals)}"


def work_command(services: Services, call: Call) -> Output:
    if call.options.flow:
        work = flow_work(services.ports, flow_named(services, call.tenant, call.options.flow).id)
    else:
        work = tenant_work(services.ports, call.tenant)
    parts = [
        _list("In doubt: sent, and not answered. Each is looked up by itself.", work.in_doubt, call.terminal.width),
        _list(f"Given up. {_once_mended(work.dead)}", work.dead, call.terminal.width),
        _list(f"Refused by the target. {_once_mended(work.rejected)}", work.rejected, call.terminal.width),
    ]
    text = "\n\n".join(part for part in parts if part) or "Nothing is in doubt, given up or refused."
    return Output(text=text, data={"tenant": call.tenant, **plain(work)})


def _row(name: str, records: int, sums: Sequence[Money], currencies: Sequence[str]) -> list[str]:
    by_currency = {money.currency: str(money).removesuffix(f" {money.currency}") for money in sums}
    return [name, f"{records:,}", *(by_currency.get(currency, "") for currency in currencies)]


def _verdict(totals: FlowTotals) -> str:
    if totals.adds_up:
        return f"{count(totals.records, 'record')}, each in exactly one state: the states add up."
    by_state = sum(one.records for one in totals.states)
    return (
        f"The states do not add up: {count(totals.records, 'record')}, but {by_state:,} by state. "
        "Records moved while they were counted; count again when the flow is quiet."
    )


def _list(title: str, items: Sequence[WorkItem], width: int | None) -> str:
    if not items:
        return ""
    headers = ["NUMBER", "AMOUNT", "SINCE (UTC)", "TRIES", "CODE", "WHY"]
    shown = table(headers, [_work(one) for one in items], width=width, right=["AMOUNT", "TRIES"])
    return f"{title}\n\n{shown}"


def _work(one: WorkItem) -> list[str]:
    number = one.number or one.record.external_id
    return [number, amount(one.amount), when(one.since), str(one.attempts), ", ".join(one.codes), one.why]


def _once_mended(items: Sequence[WorkItem]) -> str:
    """What is dead goes on in different ways: each is told, with the codes that it is for where there are several."""
    ways: dict[str, set[str]] = {}
    for one in items:
        ways.setdefault(", or ".join(goes_on_with(one.codes)), set()).update(one.codes)
    if len(ways) == 1:
        return f"Once mended: {next(iter(ways))}"
    return "Once mended:" + "".join(f"\n  {way}  ({', '.join(sorted(codes))})" for way, codes in sorted(ways.items()))
