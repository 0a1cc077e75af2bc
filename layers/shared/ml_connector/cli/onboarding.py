"""`onboard`: a tenant's connections and flows from a document, or from the answers to a few questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ml_connector.cli.asking import ask_document
from ml_connector.cli.calls import Call
from ml_connector.cli.failures import UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.words import hint
from ml_connector.transport.redaction import redact, redact_text


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
        raise UsageError(f"tenant: the document is for {document['tenant']!r}, but --tenant says {call.tenant!r}")
    whole = {**document, "tenant": document.get("tenant") or call.tenant}
    report = services.onboarding.onboard(whole, actor=call.actor)
    tenant = str(whole["tenant"])
    text = f"{redact_text(str(report))}\n\nNext: {hint('ping', '--tenant', tenant)}"
    return Output(text=text, data={"tenant": tenant, "report": redact(plain(report))})


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
