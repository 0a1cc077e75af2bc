"""What some connectors have and others lack, found by folder: a way for pushes (`webhook.py`), a door for documents."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from ml_connector import connectors

if TYPE_CHECKING:  # each function uses one of the two
    from ml_connector.pipeline.documents import DocumentDoor
    from ml_connector.pipeline.webhook import Webhook


class Parts[Part](Mapping[str, Part]):
    """By system; each is imported at its first use, and without its connector."""

    def __init__(self, module: str, name: str) -> None:
        """`module` is the part's place in the connector's folder, with dots; `name` what it offers there."""
        self._module = module
        self._name = name
        folders = (found.name for found in pkgutil.iter_modules(connectors.__path__) if found.ispkg)
        self._systems = tuple(sorted(system for system in folders if _has(system, module)))

    def __getitem__(self, system: str) -> Part:
        if system not in self._systems:
            raise KeyError(system)
        part: Part = getattr(import_module(f"{connectors.__name__}.{system}.{self._module}"), self._name)
        return part

    def __contains__(self, system: object) -> bool:
        return system in self._systems

    def __iter__(self) -> Iterator[str]:
        return iter(self._systems)

    def __len__(self) -> int:
        return len(self._systems)


def webhooks() -> Mapping[str, Webhook]:
    """The systems that push."""
    return Parts("webhook", "WEBHOOK")


def doors() -> Mapping[str, DocumentDoor]:
    """The systems whose partners send documents."""
    return Parts("cxml.door", "DOOR")


def _has(system: str, module: str) -> bool:
    """By its file: looking for the module itself would import the whole folder."""
    *inner, last = module.split(".")
    folders = ["/".join((path, system, *inner)) for path in connectors.__path__]
    return any(found.name == last for found in pkgutil.iter_modules(folders))
