"""The systems whose partners send documents, found by folder: those whose connector has a `cxml/door.py`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from ml_connector import connectors
from ml_connector.pipeline.documents import DocumentDoor


class Doors(Mapping[str, DocumentDoor]):
    """By system; each is imported at its first use, and without its connector."""

    def __init__(self) -> None:
        folders = (module.name for module in pkgutil.iter_modules(connectors.__path__) if module.ispkg)
        self._names = tuple(sorted(filter(_has_door, folders)))

    def __getitem__(self, system: str) -> DocumentDoor:
        if system not in self._names:
            raise KeyError(system)
        door: DocumentDoor = import_module(f"{connectors.__name__}.{system}.cxml.door").DOOR
        return door

    def __contains__(self, system: object) -> bool:
        return system in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _has_door(name: str) -> bool:
    """By its file: looking for the module itself would import the folder."""
    folders = [f"{path}/{name}/cxml" for path in connectors.__path__]
    return any(module.name == "door" for module in pkgutil.iter_modules(folders))
