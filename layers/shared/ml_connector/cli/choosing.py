"""From what a person typed to the one tenant, flow or connection that is meant. Several, or none: a list says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ml_connector.cli.failures import NotThereError, UsageError
from ml_connector.cli.services import Services
from ml_connector.cli.words import hint
from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.identity import FlowId
from ml_connector.pipeline.reporting.history import Story, where_is


def flow_named(services: Services, tenant: str, text: str) -> FlowSettings:
    """By its id, or by its name where only one flow of the tenant has it."""
    flows = services.ports.connections.flows(tenant)
    found = [flow for flow in flows if text in (str(flow.id), flow.id.flow)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"several flows are named {text}; say which by its id:{_listed(str(one.id) for one in found)}")
    if text in services.catalog.flows:
        raise NotThereError(f"flow {text} is not set up for {tenant}: {hint('onboard', '<file>')}")
    known = _listed(flow.id.flow for flow in flows) or " none is set up yet"
    raise NotThereError(f"{tenant} has no flow {text!r}; its flows are:{known}")


def flows_meant(services: Services, tenant: str, text: str | None) -> list[FlowId]:
    """The one flow, or all of the tenant's where none is named."""
    if text is not None:
        return [flow_named(services, tenant, text).id]
    return [flow.id for flow in services.ports.connections.flows(tenant)]


def connection_named(services: Services, tenant: str, name: str) -> Connection:
    connections = services.ports.connections.list(tenant)
    found = [one for one in connections if name in (one.id.name, str(one.id))]
    if not found:
        known = _listed(one.id.name for one in connections) or " none is set up yet"
        raise NotThereError(f"{tenant} has no connection {name!r}; its connections are:{known}")
    return found[0]


def record_named(services: Services, tenant: str, text: str) -> Story:
    """By a document's number in either system where one record has it, or by its id."""
    found = where_is(services.ports, tenant, text)
    if not found:
        raise NotThereError(f"{tenant} has no record {text!r}: give a document's number or a record id")
    if len(found) > 1:
        listed = _listed(f"{one.record}  ({one.state})" for one in found)
        raise UsageError(f"{text} is the number of several records; say which by its id:{listed}")
    return found[0]


def connection_or_flow(services: Services, tenant: str, name: str) -> Connection | FlowSettings:
    connections = [one for one in services.ports.connections.list(tenant) if name in (one.id.name, str(one.id))]
    if connections:
        return connections[0]
    flows = services.ports.connections.flows(tenant)
    if any(name in (str(flow.id), flow.id.flow) for flow in flows):
        return flow_named(services, tenant, name)
    known = [*(one.id.name for one in services.ports.connections.list(tenant)), *(flow.id.flow for flow in flows)]
    raise NotThereError(f"{tenant} has no connection or flow {name!r}; there are:{_listed(known) or ' none yet'}")


def tenant_meant(given: str | None, known: Sequence[str]) -> str:
    """The one that was named, which must exist; the only one where none was named."""
    if given and given in known:
        return given
    if given:
        there = f"the tenants are: {', '.join(known)}" if known else f"none is set up yet: {hint('onboard', '<file>')}"
        raise NotThereError(f"there is no tenant {given!r}; {there}")
    if len(known) == 1:
        return known[0]
    there = f"one of: {', '.join(known)}" if known else f"but none is set up yet: {hint('onboard', '<file>')}"
    raise UsageError(f"--tenant: say whose, with --tenant or ML_TENANT; {there}")


def _listed(names: Iterable[str]) -> str:
    return "".join(f"\n  {name}" for name in names)
