"""An export to tamper with, and what its verification then says."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache

from hypothesis import strategies as st

from ml_connector.domain.audit import entry_hash
from ml_connector.pipeline.auditing.faults import Findings, Kind
from tests.unit.pipeline.auditing.books import Export, three_days

PLACES = st.integers(min_value=0, max_value=10_000)


@cache
def _whole() -> Export:
    return three_days().export()


def an_export() -> Export:
    return deepcopy(_whole())


def kinds(findings: Findings) -> set[Kind]:
    return {fault.kind for fault in findings.faults}


def located(findings: Findings) -> set[tuple[str, int | None]]:
    return {(fault.where, fault.sequence) for fault in findings.faults}


def chosen(places: list[int], number: int) -> int:
    return places[number % len(places)]


def is_new(export: Export, place: int) -> bool:
    """Written since the last seal, by `three_days`."""
    return any(word in export.line(place)["clear"] for word in ("not sealed yet", '"one"', "and another"))


def rewrite_from(export: Export, place: int) -> None:
    """Another text for this entry, and every hash after it made to fit, the row's too."""
    block = export.block(export.record_of(place))
    previous = export.line(place)["previous"]
    for at in block[block.index(place) :]:
        line = export.line(at)
        clear = json.dumps({**json.loads(line["clear"]), "text": "rewritten"})
        hashed = entry_hash(previous, clear.encode(), b"")
        export.put(at, clear=clear, sealed="", previous=previous, hash=hashed)
        previous = hashed
    if block[0] in export.rows:
        export.put(block[0], row={**export.line(block[0])["row"], "head": previous})
