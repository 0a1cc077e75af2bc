"""The systems that push, found by folder: those whose connector has a `webhook.py`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from ml_connector import connectors
from ml_connector.pipeline.webhook import Webhook


class Webhooks(Mapping[str, Webhook]):
    """By system; each is imported at its first use, and alone."""

    def __init__(self) -> None:
        self._names = tuple(sorted(filter(_has_webhook, _folders())))

    def __getitem__(self, system: str) -> Webhook:
        if system not in self._names:
            raise KeyError(system)
        webhook: Webhook = import_module(f"{connectors.__name__}.{system}.webhook").WEBHOOK
        return webhook

    def __contains__(self, system: object) -> bool:
        return system in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _folders() -> Iterator[str]:
    return (module.name for module in pkgutil.iter_modules(connectors.__path__) if module.ispkg)


def _has_webhook(name: str) -> bool:
    """By its file: looking for the module itself would import the whole folder."""
    folders = [f"{path}/{name}" for path in connectors.__path__]
    return any(module.name == "webhook" for module in pkgutil.iter_modules(folders))
