"""Onboarding by questions: system by system, only for what the system says it needs; secrets are not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ml_connector.cli.calls import Call, Terminal
from ml_connector.cli.failures import UsageError
from ml_connector.cli.services import Services
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import checked_name
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.system import Connector, Grant

_TRIES = 3
_GRANT_FIELDS = ("access_token", "refresh_token")


def ask_document(services: Services, call: Call) -> dict[str, Any]:
    """A document as a file would hold it."""
    terminal = call.terminal
    tenant = call.tenant or checked_name(terminal.ask("Tenant, a short name such as acme:"), "tenant")
    connectors = [services.catalog.connectors[system] for system in sorted(services.catalog.connectors)]
    chosen = [one for one in connectors if _yes(terminal, f"Set up {one.title}?")]
    if not chosen:
        raise UsageError("no system was chosen, so there is nothing to set up")
    names = {one.system: _name(terminal, one) for one in chosen}
    connections = {names[one.system]: _connection(terminal, one) for one in chosen}
    flows = _flows(terminal, list(services.catalog.flows.values()), names)
    return {"tenant": tenant, "connections": connections, "flows": flows}


def _name(terminal: Terminal, connector: Connector) -> str:
    name = terminal.ask(f"{connector.title}: name of the connection [{connector.system}]:") or connector.system
    return checked_name(name, "connection")


def _connection(terminal: Terminal, connector: Connector) -> dict[str, Any]:
    settings = _settings(terminal, connector)
    connector = connector.with_settings(settings)
    asked = {
        "system": connector.system,
        "settings": settings,
        "secret": _secrets(terminal, connector, connector.secret_fields),
    }
    if connector.grant is Grant.AUTHORIZATION_CODE and _yes(terminal, f"Has {connector.title} given you tokens?"):
        asked["grant"] = _secrets(terminal, connector, _GRANT_FIELDS)
    return asked


def _secrets(terminal: Terminal, connector: Connector, fields: Sequence[str]) -> dict[str, str]:
    return {field: terminal.ask_secret(f"{connector.title}: {field} (is not shown):") for field in fields}


def _settings(terminal: Terminal, connector: Connector) -> Mapping[str, str]:
    """The connector's own check says which setting is missing or wrong, until nothing is."""
    settings: dict[str, str] = {}
    asked: dict[str, int] = {}
    while True:
        try:
            connector.check_settings(settings, local=True)
            return settings
        except SettingsError as error:
            asked[error.setting] = asked.get(error.setting, 0) + 1
            if asked[error.setting] > _TRIES:
                raise
            settings[error.setting] = terminal.ask(f"{connector.title}: {error.detail}\n  {error.setting}:")


def _flows(terminal: Terminal, flows: Sequence[Flow], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Only those with both systems set up."""
    within = [flow for flow in flows if flow.source.system in names and flow.target.system in names]
    return [
        {
            "flow": flow.name,
            "source": names[flow.source.system],
            "target": names[flow.target.system],
            "cadence": terminal.ask(f"  how often [{flow.default_cadence or 'only by hand'}]:") or flow.default_cadence,
        }
        for flow in within
        if _yes(terminal, f"Move {flow.title}?")
    ]


def _yes(terminal: Terminal, question: str) -> bool:
    return terminal.ask(f"{question} [Y/n]").strip().lower() in ("", "y", "yes")
