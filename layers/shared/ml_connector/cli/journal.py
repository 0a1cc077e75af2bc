"""`changes`: who onboarded, paused, resumed or rescheduled what, and when."""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_or_flow
from ml_connector.cli.failures import FAILED
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.domain.journal import broken_entry

_HEADERS = ["WHEN (UTC)", "WHO", "DID", "TO", "WHAT"]


def add_to(commands: Commands) -> None:
    changes = commands.add("changes", changes_command, "who changed connections and flows, and when")
    changes.add_argument("name", nargs="?", help="a connection or a flow")


def changes_command(services: Services, call: Call) -> Output:
    """Fails where the chain does not hold: somebody changed what stands there."""
    entries = services.ports.journal.entries(call.tenant)
    broken = broken_entry(entries)
    if call.options.name:
        wanted = str(connection_or_flow(services, call.tenant, call.options.name).id)
        entries = [one for one in entries if one.subject == wanted]
    rows = [
        [f"{one.at:%Y-%m-%d %H:%M:%S}", one.actor, one.step.replace("_", " "), _short(one.subject), one.text]
        for one in entries
    ]
    text = table(_HEADERS, rows, width=call.terminal.width) if rows else "Nothing was changed yet."
    if broken is not None:
        text += f"\n\nThe journal was tampered with: entry {broken} does not follow from the one before it."
    data = {"tenant": call.tenant, "broken_at": broken, "changes": plain(entries)}
    return Output(text=text, data=data, code=FAILED if broken is not None else 0)


def _short(subject: str) -> str:
    """Without the tenant, whose journal it is."""
    return subject.partition("/")[2]
