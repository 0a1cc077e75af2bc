"""Read an onboarding document and the tables it names. What is wrong is told by its place, never by its text: there are
secrets in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ml_connector.cli.calls import Terminal
from ml_connector.cli.failures import UsageError
from ml_connector.pipeline.connections.mapping_table import COLUMNS, read_table
from ml_connector.pipeline.connections.problems import Problems

FILE = "file"
_LARGEST = 1_000_000
_MOST_VALUES = 50_000


def read_document(text: str, name: str) -> dict[str, Any]:
    """YAML or JSON: one tenant, no name twice under one heading, and no more in it than a person writes."""
    if len(text) > _LARGEST:
        raise UsageError(f"{name} is longer than {_LARGEST:,} characters: put long mappings into a table of their own")
    try:
        document = _json(text, name) if text.lstrip().startswith("{") else yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise UsageError(_not_yaml(error, name)) from None
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply") from None
    except ValueError:
        raise UsageError(f"{name} holds a number or a date that cannot be one: put it in quotation marks") from None
    if not isinstance(document, dict):
        raise UsageError(f"{name} must be a mapping with tenant, connections and flows")
    if any(place > _MOST_VALUES for place, _ in enumerate(_values(document))):
        raise UsageError(f"{name} holds more than {_MOST_VALUES:,} values: write its anchors (& and *) out")
    return document


def with_tables(document: Mapping[str, Any], terminal: Terminal, name: str) -> dict[str, Any]:
    """A connection's mappings may stand in a table beside the document: `mappings: {freshbooks: {file: chart.csv}}`.

    Raises: OnboardingError.
    """
    given = document.get("mappings")
    if not isinstance(given, Mapping):
        return dict(document)
    problems = Problems()
    mappings = {
        connection: _with_table(kinds, f"mappings.{connection}", terminal, Path(name).parent, problems)
        for connection, kinds in given.items()
    }
    problems.raise_if_any()
    return {**document, "mappings": mappings}


def _with_table(kinds: Any, place: str, terminal: Terminal, folder: Path, problems: Problems) -> Any:
    """What the table and the document both say is a problem, unless they say the same."""
    if not isinstance(kinds, Mapping) or FILE not in kinds:
        return kinds
    whole = {str(kind): problems.mapping(codes, f"{place}.{kind}") for kind, codes in kinds.items() if kind != FILE}
    table = kinds[FILE]
    if not isinstance(table, str) or not table.strip():
        problems.add(f"{place}.{FILE}", f"name a table (CSV) with the columns {', '.join(COLUMNS)}")
        return whole
    path = str(folder / table)
    try:
        text = terminal.read(path)
    except UsageError as error:
        why = str(error).removeprefix(path)
        problems.add(f"{place}.{FILE}", f"{table}{why}; a relative path counts from the document's own folder")
        return whole
    for line in read_table(text, problems, name=table):
        if line.has_period:
            problems.add(line.place, "a mapping for some days only is taken by `ml-connector import-mappings`")
        codes = whole.setdefault(line.kind, {})
        if str(codes.get(line.code, line.target)).strip() != line.target:
            problems.add(line.place, f"{line.kind} {line.code} is in the document too, with another target")
        whole[line.kind] = {**codes, line.code: line.target}
    return whole


class _Loader(yaml.SafeLoader):
    """Refuses a name that stands twice under one heading: plain YAML would drop the first in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and seen.setdefault((key.tag, key.value), line) != line:
                raise _TwiceError(None, None, f"{seen[key.tag, key.value]} and {line}", key.start_mark)
        return dict(super().construct_mapping(node, deep))


class _TwiceError(yaml.MarkedYAMLError):
    """Its problem is the lines."""


def _not_yaml(error: yaml.YAMLError, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark else ""
    if isinstance(error, _TwiceError):
        return f"{name} has the same name twice under one heading, in lines {error.problem}: keep one of them"
    if "single document" in str(getattr(error, "context", "")):
        return f"{name} holds several documents{where}: one tenant, one file"
    return f"{name} is not YAML{where}: check its indentation and quotation marks"


def _json(text: str, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise UsageError(f"{name} has the same name twice in one object: keep one of them")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name} is not JSON: {error.msg} in line {error.lineno}") from None


def _values(value: Any) -> Iterator[Any]:
    """Every value, as often as it is referred to: an anchor counts wherever it is used."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
