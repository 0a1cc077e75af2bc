"""Two systems' vendor lists, compared: only here, only there, different, duplicate. Likeness only suggests.

Who is whom: by our own cross-reference, then by the tenant's mapping, then by number, then by a name that one vendor
alone has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from ml_connector.domain.mapping import valid_on
from ml_connector.domain.matching import Candidate, Directory, normalised, normalised_number
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.reference import ReferenceItem
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.reporting.differences import Weight
from ml_connector.pipeline.reporting.list_reading import ListReader, Pause, Progress
from ml_connector.pipeline.reporting.vendor_differences import (
    Different,
    VendorComparison,
    VendorDifference,
    VendorKind,
)

_AT_ONCE = 100
MOST_SUGGESTIONS = 200
"""Vendors that suggestions are made for: each is compared with the whole other list."""


def compare_vendors(
    ports: Ports,
    catalog: Catalog,
    systems: Systems,
    flow_id: FlowId,
    *,
    pause: Pause,
    progress: Progress = lambda text: None,
) -> VendorComparison:
    """Both lists are read whole. Raises: AuthError, RejectedError, SettingsError."""
    flow = catalog.flow(flow_id.flow)

    def reader(connection: ConnectionId, kind: RecordKind) -> ListReader:
        system = systems.open(ports.connections.get(connection))
        return ListReader(system=system, kind=kind, what=f"{connection.name} vendors", pause=pause, progress=progress)

    there = reader(flow_id.target_connection, flow.target.kind)
    lists = _Lists(
        flow=flow_id,
        source=_vendors(reader(flow_id.source_connection, flow.source.kind)),
        target=_vendors(there),
        differs=lambda meant, found: there.system.differs(meant, found),
    )
    known = _known_pairs(ports, flow_id, lists.source)
    return lists.compared(known)


def _vendors(reader: ListReader) -> list[Vendor]:
    """A list that leaves out what a vendor is asks for each."""
    seen: dict[str, Vendor] = {}
    for page in reader.pages():
        for row in page.rows:
            record = row.record or reader.fetch(row.external_id)
            if isinstance(record, Vendor):
                seen.setdefault(row.external_id, record)
    return list(seen.values())


def _known_pairs(ports: Ports, flow: FlowId, source: Sequence[Vendor]) -> dict[str, str]:
    """Target ids by the source's ids: what a flow of ours posted or linked, and what the tenant has chosen."""
    found: dict[str, str] = {}
    for some in batched(source, _AT_ONCE, strict=False):
        mapped = _mapped(ports, flow, some)
        rows = ports.ledger.get_many([RecordId(flow=flow, external_id=vendor.external_id) for vendor in some])
        for vendor in some:
            row = rows.get(RecordId(flow=flow, external_id=vendor.external_id))
            if row is not None and row.confirmed is not None:
                found[vendor.external_id] = row.confirmed.target_id
            elif vendor.number in mapped:
                found[vendor.external_id] = mapped[vendor.number]
    return found


def _mapped(ports: Ports, flow: FlowId, vendors: Iterable[Vendor]) -> dict[str, str]:
    """What the tenant's mappings make of these vendors' numbers today."""
    wanted = {(ReferenceKind.VENDOR, vendor.number) for vendor in vendors if vendor.number}
    found = ports.mappings.get_many(flow.target_connection, wanted)
    today = {code: valid_on(entries, ports.clock.now().date()) for (_, code), entries in found.items()}
    return {code: entry.target_id for code, entry in today.items() if entry and entry.target_id}


@dataclass(kw_only=True)
class _Lists:
    flow: FlowId
    source: list[Vendor]
    target: list[Vendor]
    differs: Callable[[Vendor, Vendor], tuple[str, ...]]
    _found: list[VendorDifference] = field(default_factory=list)
    _suggested: int = 0

    def __post_init__(self) -> None:
        self._alive = [vendor for vendor in self.target if not vendor.deleted]
        self._by_id = {vendor.external_id: vendor for vendor in self.target}
        self._by_number = _grouped(self._alive, _number)
        self._by_name = _grouped(self._alive, _name)
        self._source_names = _grouped(self.source, _name)
        self._directory = Directory(
            ReferenceItem(id=vendor.external_id, name=vendor.name, external_id=vendor.number) for vendor in self._alive
        )

    def compared(self, known: dict[str, str]) -> VendorComparison:
        paired: set[str] = set()
        same = 0
        for vendor in self.source:
            other = self._counterpart(vendor, known.get(vendor.external_id))
            if other is None:
                self._only_here(vendor)
                continue
            paired.add(other.external_id)
            same += self._is_same(vendor, other)
        for vendor in self._alive:
            if vendor.external_id not in paired:
                self._only_there(vendor)
        self._found += _duplicates(self.source, self.flow.source)
        self._found += _duplicates(self._alive, self.flow.target)
        order = list(VendorKind)
        return VendorComparison(
            flow=self.flow,
            source_vendors=len(self.source),
            target_vendors=len(self._alive),
            same=same,
            differences=tuple(sorted(self._found, key=lambda one: (order.index(one.kind), one.number or "", one.name))),
        )

    def _counterpart(self, vendor: Vendor, known: str | None) -> Vendor | None:
        if known is not None and known in self._by_id:
            return self._by_id[known]
        if vendor.number and (same := self._by_number.get(_number(vendor))):
            return same[0]
        named = self._by_name.get(_name(vendor), []) if vendor.name else []
        alone = len(named) == 1 and len(self._source_names[_name(vendor)]) == 1
        return named[0] if alone and not named[0].number else None

    def _only_here(self, vendor: Vendor) -> None:
        """A vendor that is not active, or has no number, is not expected there."""
        if not vendor.active:
            return
        expected = bool(vendor.number)
        self._suggested += 1
        text = "posted by the supplier flow's next run, unless it is held" if expected else "it has no number yet"
        self._add(
            VendorKind.ONLY_IN_SOURCE,
            Weight.MISMATCH if expected else Weight.NOTE,
            vendor,
            text,
            candidates=self._directory.suggest(vendor.name) if self._suggested <= MOST_SUGGESTIONS else (),
        )

    def _only_there(self, vendor: Vendor) -> None:
        text = "known only there: create it in the source, or leave it if it is not bought from"
        self._add(VendorKind.ONLY_IN_TARGET, Weight.NOTE, vendor, text)

    def _is_same(self, vendor: Vendor, other: Vendor) -> bool:
        if other.deleted:
            text = "deleted there: restore it, or map its number to another vendor"
            self._add(VendorKind.DELETED_IN_TARGET, Weight.MISMATCH, vendor, text, ids=(other.external_id,))
            return False
        fields = tuple(
            Different(field=name, source=str(getattr(vendor, name) or ""), target=str(getattr(other, name, "") or ""))
            for name in self.differs(vendor, other)
            if getattr(vendor, name, None)
        )
        if fields:
            text = "the source is right: a change there is posted; else correct it in the target"
            self._add(VendorKind.DIFFERENT, Weight.MISMATCH, vendor, text, ids=(other.external_id,), fields=fields)
        return not fields

    def _add(
        self,
        kind: VendorKind,
        weight: Weight,
        vendor: Vendor,
        text: str,
        *,
        ids: tuple[str, ...] = (),
        fields: tuple[Different, ...] = (),
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        self._found.append(
            VendorDifference(
                kind=kind,
                weight=weight,
                number=vendor.number,
                name=vendor.name,
                ids=ids or (vendor.external_id,),
                text=text,
                fields=fields,
                candidates=candidates,
            )
        )


def _duplicates(vendors: Iterable[Vendor], side: str) -> Iterator[VendorDifference]:
    """One number twice is wrong; one name twice may be two branches of one company."""
    listed = [vendor for vendor in vendors if vendor.active]
    for kind, weight, key in (
        (VendorKind.DUPLICATE_NUMBER, Weight.MISMATCH, _number),
        (VendorKind.DUPLICATE_NAME, Weight.NOTE, _name),
    ):
        for value, some in _grouped(listed, key).items():
            if len(some) > 1 and value:
                yield VendorDifference(
                    kind=kind,
                    weight=weight,
                    number=some[0].number,
                    name=some[0].name,
                    ids=tuple(vendor.external_id for vendor in some),
                    text=f"{len(some)} vendors of {side}: merge them, or tell them apart",
                    side=side,
                )


def _grouped(vendors: Iterable[Vendor], key: Callable[[Vendor], str]) -> dict[str, list[Vendor]]:
    groups: dict[str, list[Vendor]] = defaultdict(list)
    for vendor in vendors:
        groups[key(vendor)].append(vendor)
    return dict(groups)


def _number(vendor: Vendor) -> str:
    return normalised_number(vendor.number or "")


def _name(vendor: Vendor) -> str:
    return normalised(vendor.name)
