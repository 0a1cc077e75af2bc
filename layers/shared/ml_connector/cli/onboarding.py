"""`onboard`: a tenant's connections and flows from a document, or from the answers to a few questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
        document = read_document(call.terminal.read(call.options.file), call.options.file)
    else:
        document = ask_document(services, call)
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


def read_document(text: str, name: str) -> Mapping[str, Any]:
    """YAML reads JSON too. What is wrong is told by its place, never by its text: there are secrets in it."""
    import yaml

    try:
        document = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name} is not JSON: {error.msg} in line {error.lineno}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise UsageError(f"{name} is not YAML{where}: check its indentation and quotation marks") from None
    if not isinstance(document, dict):
        raise UsageError(f"{name} must be a mapping with tenant, connections and flows")
    return document
