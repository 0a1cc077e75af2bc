"""Every call that the product's code makes of a port, as read from the code: none can be added unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import ml_connector.pipeline
from ml_connector.pipeline.ports import Ports

PIPELINE = Path(str(ml_connector.pipeline.__file__)).parent
BY_PEOPLE = ("reporting", "onboarding", "consent", "mapping_", "ping", "cadence", "switches", "dry_run", "shadow")
"""Rooms and files of the pipeline that work when a person asks: no worker of a flow comes there."""

_PORTS = {field.name for field in fields(Ports)} - {"clock", "ids"}


def port_calls(files: Iterable[Path]) -> set[str]:
    """`port.method` for each call of a port in these files."""
    return {call for file in files for call in _calls(ast.parse(file.read_text()))}


def files_of_workers() -> list[Path]:
    """All of the pipeline but what serves people."""
    every = (file for file in PIPELINE.rglob("*.py"))
    return sorted(file for file in every if not any(part.startswith(BY_PEOPLE) for part in _words(file)))


def _words(file: Path) -> tuple[str, ...]:
    return file.relative_to(PIPELINE).parts


def _calls(tree: ast.Module) -> Iterator[str]:
    """`self._ports.ledger.get(...)`, `ports.ledger.get(...)`, `shift.ports.ledger.get(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            port = node.func.value
            if isinstance(port, ast.Attribute) and port.attr in _PORTS and _is_ports(port.value):
                yield f"{port.attr}.{node.func.attr}"


def _is_ports(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name in ("ports", "_ports")
