"""Have what a reconciliation found differing judged again, so that it is neither written over nor left unseen.

Each such record's object is read once more; where it still differs, the flow's `on_conflict` decides: held for a
person, put right, or kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import batched

from ml_connector.domain.crossreference import CrossReference, Origin, State
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.correcting.replay import PlansAgain
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.differences import Difference, Kind

_IN_THE_TARGET = frozenset(
    {
        *(Kind.AMOUNT, Kind.VENDOR, Kind.ACCOUNT, Kind.CURRENCY, Kind.PERIOD, Kind.DATE, Kind.DUE_DATE),
        *(Kind.NUMBER, Kind.LINES, Kind.FIELD, Kind.DELETED_IN_TARGET, Kind.ONLY_IN_SOURCE),
    }
)
_AT_ONCE = 100


def recheck(
    ports: Ports, differences: Iterable[Difference], releaser: PlansAgain, *, actor: str
) -> tuple[str, list[RecordId]]:
    """The run's id, and the records sent. What a person keyed and we only linked is theirs, and stays as it is."""
    named = {one.record: None for one in differences if one.record is not None and could_be_judged(one)}
    run_id, sent = ports.ids.new(), []
    for some in batched(named, _AT_ONCE, strict=False):
        rows = ports.ledger.get_many(some)
        ours = [record for record in some if _is_ours(rows.get(record))]
        releaser.plan_again(ours, cause=NoticeCause.CHECKED, run_id=run_id, actor=actor)
        sent += ours
    return run_id, sent


def could_be_judged(difference: Difference) -> bool:
    """Where it is ours, which its record's row tells."""
    return difference.record is not None and difference.kind in _IN_THE_TARGET


def _is_ours(row: CrossReference | None) -> bool:
    if row is None or row.state is not State.POSTED or row.confirmed is None:
        return False
    return row.confirmed.origin is not Origin.ADOPTED and bool(row.confirmed.digest)
