"""`documents`: what partners sent to the tenant, what became of it, and a person's word to wait no longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ml_connector.cli.calls import Call
from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import hint, when
from ml_connector.domain.document import Document, DocumentState

_SHORTEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Nothing of the content: that is in the history of the record."""

    id: str
    connection: str
    kind: str
    numbers: tuple[str, ...]
    sender: str
    payload_id: str
    received_at: datetime
    state: str
    records: tuple[str, ...]
    told: str | None
    why: str | None


def add_to(commands: Commands) -> None:
    parser = commands.add("documents", documents_command, "what partners sent, and the record that it was attached to")
    parser.add_argument("--waiting", action="store_true", help="only what waits for its record")
    parser.add_argument("--set-aside", metavar="ID", help="let this one wait no longer; it stays kept")


def documents_command(services: Services, call: Call) -> Output:
    if call.options.set_aside:
        return _set_aside(services, call)
    found = [one for one in _all(services, call) if not call.options.waiting or one.state is DocumentState.WAITING]
    shown = [_shown(one) for one in found]
    return Output(text=_text(shown, call.terminal.width), data={"tenant": call.tenant, "documents": plain(shown)})


def _all(services: Services, call: Call) -> list[Document]:
    with_door = [one for one in services.ports.connections.list(call.tenant) if one.system in services.catalog.doors]
    return [document for connection in with_door for document in services.documents.all(connection.id)]


def _set_aside(services: Services, call: Call) -> Output:
    given = call.options.set_aside
    if len(given) < _SHORTEST:
        raise UsageError(f"give at least {_SHORTEST} characters of the document's id")
    found = [one for one in _all(services, call) if one.id.startswith(given)]
    if len(found) != 1 or found[0].state is not DocumentState.WAITING:
        raise NotThereError(f"no document that waits has the id {given}; see: {hint('documents', '--waiting')}")
    why = f"set aside by {call.actor}"
    after = replace(found[0], state=DocumentState.KEPT, why=why, tells=False)
    if not services.documents.put(after, expected=found[0]):
        raise NotThereError(f"{given} has just found its record; see: {hint('documents')}")
    text = f"{after.kind} {', '.join(after.numbers)} of {after.sender} waits no longer, on the word of {call.actor}."
    return Output(text=text, data={"tenant": call.tenant, "document": plain(_shown(after))})


def _shown(document: Document) -> Shown:
    return Shown(
        id=document.id,
        connection=document.connection.name,
        kind=document.kind.value,
        numbers=document.numbers,
        sender=document.sender,
        payload_id=document.payload_id,
        received_at=document.received_at,
        state=document.state.value,
        records=tuple(map(str, document.records)),
        told=document.told.value if document.told else None,
        why=document.why,
    )


def _text(shown: list[Shown], width: int | None) -> str:
    if not shown:
        return "No partner's document is here."
    rows = [
        [one.id[:8], when(one.received_at), one.kind, ", ".join(one.numbers), one.sender, one.state, one.why or ""]
        for one in shown
    ]
    return table(["ID", "RECEIVED (UTC)", "KIND", "NUMBERS", "SENDER", "STATE", "WHY"], rows, width=width)
