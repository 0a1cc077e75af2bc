"""What the product counts, and what it logs, read from its source: what the runbook's tables are compared with."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ml_connector.pipeline import figures
from tests.contract.template.reading import ROOT

LIBRARY = ROOT / "layers" / "shared" / "ml_connector"

COMPUTED = {
    ("pipeline/figures.py", "metric"): tuple(figures._METRICS.values()),
    ("pipeline/upkeep.py", "failed"): ("mappings not checked", "registrations not tended"),
    ("runtime/logs.py", "message"): (),
}
"""Names that are variables where they are used: in a table of their own, where it is called, only passed on."""


def metrics() -> dict[str, set[str]]:
    """Each metric with its dimensions."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, call in _calls("count", on="metrics"):
        for name in _names(path, call):
            found[name] |= {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    return dict(found)


def messages(*levels: str) -> set[str]:
    return {name for level in levels for path, call in _calls(level, on="log") for name in _names(path, call)}


def _calls(method: str, *, on: str) -> Iterator[tuple[Path, ast.Call]]:
    """`self._ports.metrics.count(...)`, `door.metrics.count(...)`, `metrics.count(...)`."""
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=called, value=ast.Attribute(attr=owner) | ast.Name(id=owner))):
                    if called == method and owner.removeprefix("_") == on:
                        yield path, node


def _names(path: Path, call: ast.Call) -> tuple[str, ...]:
    match call.args[0]:
        case ast.Constant(value=str(name)):
            return (name,)
        case other:
            return COMPUTED[str(path.relative_to(LIBRARY)), ast.unparse(other)]
