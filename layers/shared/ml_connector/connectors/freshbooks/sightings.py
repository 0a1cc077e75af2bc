"""What hits of a look-up amount to, for bills and vendors alike. In doubt a person chooses; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ml_connector.connectors.freshbooks.listing import IncompleteReadError
from ml_connector.domain.errors import NotFoundError, TransientError
from ml_connector.domain.posting import Absent, Found, FoundBy, Several, Sighting, Sought
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor


class Shared[Key, Value]:
    """One read for all who ask; a failure is shared as well."""

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._kept: dict[Key, Value | TransientError] = {}

    def get(self, key: Key) -> Value:
        if key not in self._kept:
            try:
                self._kept[key] = self._read(key)
            except TransientError as error:
                self._kept[key] = error
        kept = self._kept[key]
        if isinstance(kept, TransientError):
            raise kept
        return kept


def seen_by_id(sought: Sought, target_id: str, read: Callable[[str], Record]) -> Sighting:
    """A deleted record may be told as such, or be refused: it was there all the same."""
    try:
        return Found(target_id, read(target_id), FoundBy.ID)
    except NotFoundError as error:
        if error.code == "deleted":
            return Found(target_id, _as_deleted(sought.record, target_id), FoundBy.ID)
        return Absent()


def one_of[Item: Record](hits: Sequence[Item], *, by: FoundBy, what: str, why: str) -> Sighting:
    """Deleted ones count only where nothing else is left: the newest of them."""
    alive = [hit for hit in hits if not is_deleted(hit)]
    if len(alive) > 1:
        return Several(f"{len(alive)} {what}s {why}", tuple(hit.external_id for hit in alive))
    chosen = alive[0] if alive else max(hits, key=lambda hit: (str(hit.modified_at or ""), hit.external_id))
    return Found(chosen.external_id, chosen, by)


def strangers(hits: Sequence[Record], sought: Sought) -> Several | None:
    """Hits that are another record's of ours: never to be taken for this one."""
    others = [hit for hit in hits if is_strange(hit, sought)]
    if not others:
        return None
    ids = tuple(hit.external_id for hit in others)
    return Several(f"{', '.join(ids)} matches, and carries the marker of another record", ids)


def is_strange(hit: Record, sought: Sought) -> bool:
    return bool(hit.marker and sought.marker and hit.marker != sought.marker)


def concerns(hit: Record, sought: Sought) -> bool:
    """Another record's deleted counterpart concerns nobody else, and what this one gave up itself not even this one."""
    return not (is_deleted(hit) and (is_strange(hit, sought) or hit.external_id in sought.given_up))


def is_deleted(record: Record) -> bool:
    if isinstance(record, Bill):
        return record.status is BillStatus.DELETED
    return isinstance(record, Vendor) and record.deleted


def check_state(states: Iterable[int], asked: int, *, what: str) -> None:
    """Raises: IncompleteReadError where the filter by visibility was not obeyed."""
    if any(state != asked for state in states):
        raise IncompleteReadError(f"FreshBooks did not keep to the asked visibility in its list of {what}")


def _as_deleted(record: Record, target_id: str) -> Record:
    if isinstance(record, Bill):
        return replace(record, external_id=target_id, status=BillStatus.DELETED)
    assert isinstance(record, Vendor)
    return replace(record, external_id=target_id, active=False, deleted=True)
