"""What is plugged in, found by folder: a new system or pair edits no list. Connectors are imported when opened."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from ml_connector import connectors, pairs
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.system import Connector
from ml_connector.runtime.parts import doors, webhooks


class Connectors(Mapping[str, Connector]):
    """The connectors' folders by name; each is imported at its first use."""

    def __init__(self) -> None:
        self._names = tuple(sorted(module.name for module in pkgutil.iter_modules(connectors.__path__) if module.ispkg))

    def __getitem__(self, system: str) -> Connector:
        if system not in self._names:
            raise KeyError(system)
        connector: Connector = import_module(f"{connectors.__name__}.{system}").CONNECTOR
        return connector

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def catalog() -> Catalog:
    flows = {flow.name: flow for flow in _flows()}
    return Catalog(flows=flows, connectors=Connectors(), webhooks=webhooks(), doors=doors())


def _flows() -> Iterator[Flow]:
    for module in pkgutil.iter_modules(pairs.__path__):
        if module.ispkg:
            yield from import_module(f"{pairs.__name__}.{module.name}").FLOWS
