"""Which scopes a connection's flows need, and which of them its grant lacks: asked for are these and no others."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.connection import Connection, FlowSettings, GrantRow, GrantState
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.system import Consent, Grant

type Needed = Mapping[str, tuple[str, ...]]
"""A scope, and the names of the flows that need it."""


def needed_scopes(ports: Ports, catalog: Catalog, *connections: Connection) -> Needed:
    """For the enabled flows of these connections to one system; empty where no flow is enabled, or nothing is asked."""
    needed: dict[str, list[str]] = {}
    for connection in connections:
        consent = catalog.connector_of(connection).consent
        for settings in ports.connections.flows(connection.id.tenant) if consent is not None else ():
            for scope in _of_flow(catalog, consent, connection, settings) if settings.enabled and consent else ():
                needed.setdefault(scope, []).append(settings.id.flow)
    return {scope: tuple(dict.fromkeys(flows)) for scope, flows in needed.items()}


def lacking(needed: Needed, given: tuple[str, ...]) -> Needed:
    """What is needed and was not given; nothing where the vendor never said what it gave."""
    return {scope: flows for scope, flows in needed.items() if scope not in given} if given else {}


def told(missing: Needed) -> str:
    return ", ".join(f"{scope} (for {', '.join(flows)})" for scope, flows in sorted(missing.items()))


def must_authorise(ports: Ports, catalog: Catalog, connection: Connection) -> str | None:
    """Why a person has to authorise this connection, in words; None where nobody has to."""
    if connection.system not in catalog.connectors:
        return None
    if catalog.connector_of(connection).grant is not Grant.AUTHORIZATION_CODE:
        return None
    row = grant_of(ports, connection)
    if row is None:
        return "it was never authorised"
    if row.state is GrantState.DEAD:
        return "its authorisation is dead"
    missing = lacking(needed_scopes(ports, catalog, connection), row.scopes)
    return f"its authorisation lacks {told(missing)}" if missing else None


def grant_of(ports: Ports, connection: Connection) -> GrantRow | None:
    try:
        return ports.grants.load(connection.id.tenant, connection.grant) if connection.grant else None
    except KeyError:
        return None


def _of_flow(catalog: Catalog, consent: Consent, connection: Connection, settings: FlowSettings) -> tuple[str, ...]:
    flow = catalog.flows.get(settings.id.flow)
    if flow is None:
        return ()
    is_source = settings.id.source_connection == connection.id
    is_target = settings.id.target_connection == connection.id
    if not is_source and not is_target:
        return ()
    references = (flow.source_references if is_source else frozenset()) | (
        flow.references if is_target else frozenset()
    )
    return consent.scopes(
        reads=[flow.source.kind] if is_source else [],
        writes=[flow.target.kind] if is_target else [],
        references=sorted(references),
    )
