"""`run`: a flow's poll now, and with --wait what came of it."""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.failures import FAILED, CommandError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output
from ml_connector.cli.services import Services
from ml_connector.cli.totalling import totals_data, totals_text
from ml_connector.cli.watching import Watch
from ml_connector.cli.words import duration, hint
from ml_connector.domain.connection import FlowSettings
from ml_connector.domain.crossreference import State
from ml_connector.pipeline.reporting.overview import overview
from ml_connector.pipeline.reporting.totals import FlowTotals, flow_totals


def add_to(commands: Commands) -> None:
    run = commands.add("run", run_command, "run a flow now, as its schedule would")
    run.add_argument("flow", help="its name, or its id where several flows have the name")
    run.add_argument("--full", action="store_true", help="read everything, not only what changed")
    run.add_argument("--wait", action="store_true", help="stay until it is quiet, and show what came of it")
    run.add_argument("--at-most", default="10m", help="how long --wait stays (default 10m)")


def run_command(services: Services, call: Call) -> Output:
    settings = flow_named(services, call.tenant, call.options.flow)
    longest = duration(call.options.at_most)
    _check_it_can_run(services, call, settings)
    watch = Watch(services=services, flow=settings.id, terminal=call.terminal)
    run_id = services.ports.ids.new()
    services.ports.runs.start(settings.id, run_id=run_id, full=call.options.full, actor=call.actor)
    data = {"tenant": call.tenant, "flow": str(settings.id), "run_id": run_id, "full": call.options.full}
    if not call.options.wait:
        text = f"Flow {settings.id.flow} runs now. See: {hint('states', '--flow', call.options.flow)}"
        return Output(text=text, data={**data, "waited": False})
    ended = watch.until_quiet(longest)
    totals = flow_totals(services.ports, settings.id)
    return Output(
        text="\n\n".join(
            part for part in (totals_text(totals, call.terminal.width), ended.text, _next(totals)) if part
        ),
        data={**data, "waited": True, "quiet": ended.quiet, "outcome": ended.text, "totals": totals_data(totals)},
        code=0 if ended.quiet else FAILED,
    )


def _check_it_can_run(services: Services, call: Call, settings: FlowSettings) -> None:
    """A run of a flow that stands still would end at once and say so to nobody."""
    seen = overview(services.ports, services.catalog, call.tenant)
    why = next((one.stands_still for one in seen.flows if one.id == settings.id), None)
    if why:
        raise CommandError(f"flow {settings.id.flow} cannot run now: {why}. Go on with `{hint('resume', '<name>')}`")


def _next(totals: FlowTotals) -> str:
    lines = []
    if totals.count(State.HELD):
        lines.append(f"What is held, and what would help: {hint('holds')}")
    if totals.count(State.IN_DOUBT, State.DEAD, State.REJECTED):
        lines.append(f"What is in doubt, given up or refused: {hint('work')}")
    return "\n".join(lines)
