"""Which records a person means: these, or a flow's, or those of a month of documents, and of them what a run wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched

from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.pipeline.ports import Ports

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`records` alone, or everything of `flows`; `month` is that of a document's date, `run` a run's id."""

    records: tuple[RecordId, ...] = ()
    flows: tuple[FlowId, ...] = ()
    month: str | None = None
    run: str | None = None


def rows_of(ports: Ports, chosen: Selection) -> Iterator[CrossReference]:
    """Each row once, as it is now. The index that finds a flow's rows may lag by a moment."""
    ids = dict.fromkeys(chosen.records) | dict.fromkeys(_of_flows(ports, chosen))
    for some in batched(ids, _AT_ONCE, strict=False):
        rows = ports.ledger.get_many(list(some))
        yield from (rows[record] for record in some if record in rows)


def _of_flows(ports: Ports, chosen: Selection) -> Iterator[RecordId]:
    for flow in chosen.flows:
        months = [chosen.month] if chosen.month is not None else sorted(ports.ledger.months(flow))
        for month in months:
            yield from (summary.record for summary in ports.ledger.summaries(flow, month))
