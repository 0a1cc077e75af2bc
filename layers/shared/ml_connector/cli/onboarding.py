"""`onboard`: a tenant's connections and flows from a document, or from the answers to a few questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.cli.asking import ask_document
from ml_connector.cli.calls import Call
from ml_connector.cli.failures import UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.words import count, hint
from ml_connector.transport.redaction import redact, redact_text

if TYPE_CHECKING:
    from ml_connector.pipeline.connections.onboarding import Onboarded


def add_to(commands: Commands) -> None:
    onboard = commands.add(
        "onboard", onboard_command, "set up a tenant's connections and flows, or change them", any_tenant=True
    )
    onboard.add_argument("file", nargs="?", help="YAML or JSON; - for standard input; none: you are asked")


def onboard_command(services: Services, call: Call) -> Output:
    if call.options.file:
        from ml_connector.cli.documents import read_document, with_tables

        document = read_document(call.terminal.read(call.options.file), call.options.file)
        document = with_tables(document, call.terminal, call.options.file)
    else:
        document = ask_document(services, call)
    if not (document.get("tenant") or call.tenant):
        raise UsageError("tenant: say whose connections these are: name it in the document, or with --tenant")
    if call.tenant and document.get("tenant", call.tenant) != call.tenant:
        raise UsageError(
            f"tenant: the document is for {document['tenant']!r}, but --tenant or ML_TENANT is {call.tenant!r}"
        )
    whole = {**document, "tenant": document.get("tenant") or call.tenant}
    done = services.onboarding.onboard(whole, actor=call.actor)
    return Output(text=_text(done), data=redact(plain(done)))


def _text(done: Onboarded) -> str:
    lines = [f"Tenant {done.tenant}:", *(f"  {redact_text(change)}" for change in done.changes)]
    if not done.changes:
        lines = [f"Tenant {done.tenant} stands already as the document says: nothing changed."]
    if done.released:
        lines.append(f"{count(done.released, 'record')} released by the new mappings.")
    if done.fed:
        lines.append(f"{count(done.fed, 'waiting record')} sent on.")
    return "\n".join([*lines, "", f"Next: {hint('ping', '--tenant', done.tenant)}"])
