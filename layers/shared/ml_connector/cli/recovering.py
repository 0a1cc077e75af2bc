"""`redrive` and `restored`: after messages died, and after tables were restored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, duration, hint, when
from ml_connector.pipeline.ports_dead import DeadLetter, DeadQueue
from ml_connector.transport.redaction import redact_text

if TYPE_CHECKING:
    from ml_connector.pipeline.redrive import Chosen, Redriven

_SHOWN = 2000
_NO_LETTER = "no unreadable letter has the id {!r}: `ml-connector letters` lists them"


def add_to(commands: Commands) -> None:
    redrive = commands.add("redrive", redrive_command, "send what lies in the dead-letter queues back to work")
    redrive.add_argument("--queue", choices=[queue.value for queue in DeadQueue], help="one queue only")
    redrive.add_argument("--flow", help="one flow only")
    redrive.add_argument("--reason", help="only records with this reason code")
    redrive.add_argument("--older-than", help="only what was sent longer ago than 30m, 12h, 7d")
    redrive.add_argument(
        "--all-tenants", dest="any_tenant", action="store_true", help="of every tenant; --flow is a flow's name then"
    )
    redrive.add_argument("--limit", type=int, default=1000, help="letters to look at in each queue (default 1000)")
    redrive.add_argument("--dry-run", action="store_true", help="only show what would be sent back")
    letters = commands.add(
        "letters",
        letters_command,
        "dead letters that nobody can read: list them, show one, put it aside, or send it back as it came",
        any_tenant=True,
    )
    letters.add_argument("action", nargs="?", choices=["show", "put-aside", "resend"])
    letters.add_argument("letter", nargs="?", help="the letter's id")
    letters.add_argument("--reason", help="why; needed with put-aside and resend, and kept with the letter")
    commands.add(
        "restored",
        restored_command,
        "say that tables were restored: from then on, creates look in the target first",
        any_tenant=True,
    )


def redrive_command(services: Services, call: Call) -> Output:
    options = call.options
    queues = [DeadQueue(options.queue)] if options.queue else list(DeadQueue)
    if options.limit < 1:
        raise UsageError(f"--limit: {options.limit} letters are none: at least 1")
    chosen = _chosen(services, call)
    if options.dry_run:
        found = [letter for queue in queues for letter in services.redrive.look(queue, chosen, limit=options.limit)]
        return _shown(found, call)
    done = [
        one for queue in queues for one in services.redrive.run(queue, chosen, actor=call.actor, limit=options.limit)
    ]
    return _told(done, call)


def letters_command(services: Services, call: Call) -> Output:
    options = call.options
    if options.action is None:
        return _unreadable(services.redrive.unreadable(), call)
    if not options.letter:
        raise UsageError(f"name the letter by its id; {hint('letters')} lists them")
    if options.action == "show":
        return _letter(services, options.letter)
    if not options.reason:
        raise UsageError("--reason: say why; it is kept with the letter")
    return _disposed(services, call)


def _unreadable(found: Sequence[DeadLetter], call: Call) -> Output:
    letters = [{"id": one.id, "queue": one.queue, "sent_at": one.sent_at, "size": len(one.body)} for one in found]
    if not found:
        return Output(text="No dead letter is unreadable.", data={"letters": []})
    rows = [[str(one.queue), one.id, when(one.sent_at), f"{len(one.body):,}"] for one in found]
    shown = table(["QUEUE", "LETTER", "SENT (UTC)", "SIZE"], rows, width=call.terminal.width, right=["SIZE"])
    text = f"{shown}\n\nNext: {hint('letters', 'show', '<letter>')}, then put-aside or resend, with --reason"
    return Output(text=text, data={"letters": plain(letters)})


def _letter(services: Services, letter_id: str) -> Output:
    """Nobody knows what is in it: secrets are taken out, and what a terminal would obey is spelt out."""
    found = next((one for one in services.redrive.unreadable() if one.id == letter_id), None)
    if found is None:
        raise NotThereError(_NO_LETTER.format(letter_id))
    body = redact_text(found.body)
    text = body[:_SHOWN].encode("unicode_escape").decode() + (" ..." if len(body) > _SHOWN else "")
    data = {"id": found.id, "queue": found.queue, "sent_at": found.sent_at, "size": len(found.body), "body": body}
    return Output(text=text, data=plain(data))


def _disposed(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.redrive import NoSuchLetterError

    options = call.options
    act = services.redrive.put_aside if options.action == "put-aside" else services.redrive.resend
    try:
        place = act(options.letter, actor=call.actor, reason=options.reason)
    except NoSuchLetterError as error:
        raise NotThereError(_NO_LETTER.format(options.letter)) from error
    done = "Put aside" if options.action == "put-aside" else "Sent back as it came"
    data = {"id": options.letter, "act": options.action, "kept": place, "actor": call.actor, "reason": options.reason}
    return Output(text=f"{done}, on the word of {call.actor}. A copy is kept as {place}", data=data)


def restored_command(services: Services, call: Call) -> Output:
    epoch = services.ports.epochs.raise_epoch()
    text = (
        f"Epoch {epoch.number}. From now on a create looks first, so that what the restored tables have forgotten "
        f"is found again and not made twice. Read each flow in full: {hint('run', '<flow>', '--full', '--wait')}, "
        f"then compare the lists: {hint('reconcile', '--recheck')}"
    )
    return Output(text=text, data={"epoch": epoch.number, "restored": epoch.restored})


def _chosen(services: Services, call: Call) -> Chosen:
    """A letter that nobody can read belongs to no tenant and stays where it is: see `letters`."""
    from ml_connector.pipeline.redrive import Chosen  # with it comes all of posting, which no other command needs

    options = call.options
    flow = options.flow
    if flow and not options.any_tenant:
        flow = str(flow_named(services, call.tenant, flow).id)
    return Chosen(
        tenant=None if options.any_tenant else call.tenant,
        flow=flow,
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
