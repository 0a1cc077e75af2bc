"""`redrive` and `restored`: after messages died, and after tables were restored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, duration, hint, when
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue

if TYPE_CHECKING:
    from ml_connector.pipeline.redrive import Chosen, Redriven


def add_to(commands: Commands) -> None:
    redrive = commands.add("redrive", redrive_command, "send what lies in the dead-letter queues back to work")
    redrive.add_argument("--queue", choices=[queue.value for queue in DeadQueue], help="one queue only")
    redrive.add_argument("--flow", help="one flow only")
    redrive.add_argument("--reason", help="only records with this reason code")
    redrive.add_argument("--older-than", help="only what was sent longer ago than 30m, 12h, 7d")
    redrive.add_argument("--limit", type=int, default=1000, help="letters to look at in each queue (default 1000)")
    redrive.add_argument("--dry-run", action="store_true", help="only show what would be sent back")
    commands.add(
        "restored",
        restored_command,
        "say that tables were restored: from then on, creates look in the target first",
        any_tenant=True,
    )


def redrive_command(services: Services, call: Call) -> Output:
    options = call.options
    queues = [DeadQueue(options.queue)] if options.queue else list(DeadQueue)
    chosen = _chosen(services, call)
    if options.dry_run:
        found = [letter for queue in queues for letter in services.redrive.look(queue, chosen, limit=options.limit)]
        return _shown(found, call)
    done = [
        one for queue in queues for one in services.redrive.run(queue, chosen, actor=call.actor, limit=options.limit)
    ]
    return _told(done, call)


def restored_command(services: Services, call: Call) -> Output:
    epoch = services.ports.epochs.raise_epoch()
    text = (
        f"Epoch {epoch.number}. From now on a create looks first, so that what the restored tables have forgotten "
        f"is found again and not made twice. Read each flow in full: {hint('run', '<flow>', '--full', '--wait')}"
    )
    return Output(text=text, data={"epoch": epoch.number, "restored": epoch.restored})


def _chosen(services: Services, call: Call) -> Chosen:
    """Always of the tenant: a letter that nobody can read belongs to none and stays where it is."""
    from ml_connector.pipeline.redrive import Chosen  # with it comes all of posting, which no other command needs

    options = call.options
    return Chosen(
        tenant=call.tenant,
        flow=str(flow_named(services, call.tenant, options.flow).id) if options.flow else None,
        reason=options.reason,
        older_than=duration(options.older_than) if options.older_than else None,
    )


def _told(done: Sequence[Redriven], call: Call) -> Output:
    data = {"tenant": call.tenant, "dry_run": False, "letters": plain(done)}
    if not done:
        return Output(text="No dead letter fits: nothing was sent back.", data=data)
    rows = [[str(one.queue), one.message_id, str(len(one.records)), one.text] for one in done]
    shown = table(["QUEUE", "LETTER", "RECORDS", "WHAT"], rows, width=call.terminal.width, right=["RECORDS"])
    sent = sum(one.sent for one in done)
    return Output(text=f"{shown}\n\n{count(sent, 'letter')} sent back. See: {hint('work')}", data=data)


def _shown(found: Sequence[DeadLetter], call: Call) -> Output:
    from ml_connector.pipeline.redrive import records_of

    letters = [
        {"message_id": one.id, "queue": one.queue, "sent_at": one.sent_at, "records": records_of(one)} for one in found
    ]
    data = {"tenant": call.tenant, "dry_run": True, "letters": plain(letters)}
    if not found:
        return Output(text="No dead letter fits.", data=data)
    rows = [[str(one.queue), one.id, str(len(records_of(one))), when(one.sent_at)] for one in found]
    shown = table(["QUEUE", "LETTER", "RECORDS", "SENT (UTC)"], rows, width=call.terminal.width, right=["RECORDS"])
    return Output(text=f"{shown}\n\n{count(len(found), 'letter')} would be sent back.", data=data)
