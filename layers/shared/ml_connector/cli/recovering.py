"""`redrive` and `restored`: after messages died, and after tables were restored."""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.words import duration, hint

QUEUES = ("notice", "posting")


def add_to(commands: Commands) -> None:
    redrive = commands.add("redrive", redrive_command, "send what lies in the dead-letter queues back to work")
    redrive.add_argument("--queue", choices=QUEUES, help="one queue only")
    redrive.add_argument("--flow", help="one flow only")
    redrive.add_argument("--reason", help="only what died with these words in its reason")
    redrive.add_argument("--older-than", help="only what died longer ago than 30m, 12h, 7d")
    commands.add(
        "restored",
        restored_command,
        "say that tables were restored: until each target is read in full, creates look first",
        any_tenant=True,
    )


def redrive_command(services: Services, call: Call) -> Output:
    options = call.options
    flow = flow_named(services, call.tenant, options.flow).id if options.flow else None
    report = services.dead_letters.redrive(
        tenant=call.tenant,
        actor=call.actor,
        queue=options.queue,
        flow=flow,
        reason=options.reason,
        older_than=duration(options.older_than) if options.older_than else None,
    )
    text = f"{report}. See: {hint('work')}"
    return Output(text=text, data={"tenant": call.tenant, "report": plain(report)})


def restored_command(services: Services, call: Call) -> Output:
    epoch = services.ports.epochs.raise_epoch()
    text = (
        f"Epoch {epoch.number}. From now on a create looks first, so that what the restored tables have forgotten "
        f"is found again and not made twice. Read each flow in full: {hint('run', '<flow>', '--full', '--wait')}"
    )
    return Output(text=text, data={"epoch": epoch.number, "restored": epoch.restored})
