"""What a comparison of two vendor lists finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ml_connector.domain.identity import FlowId
from ml_connector.domain.matching import Candidate
from ml_connector.pipeline.reporting.differences import Weight


class VendorKind(StrEnum):
    ONLY_IN_SOURCE = "only_in_source"
    ONLY_IN_TARGET = "only_in_target"
    DIFFERENT = "different"
    DELETED_IN_TARGET = "deleted_in_target"
    DUPLICATE_NUMBER = "duplicate_number"
    DUPLICATE_NAME = "duplicate_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Different:
    """One field of one vendor, both ways."""

    field: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDifference:
    """`ids` are the vendors that are meant: of the source for `only_in_source`, else of the target, or of `side`."""

    kind: VendorKind
    weight: Weight
    number: str | None
    name: str
    ids: tuple[str, ...]
    text: str
    side: str | None = None
    fields: tuple[Different, ...] = ()
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorComparison:
    """`same` counts the vendors that are in both lists and alike."""

    flow: FlowId
    source_vendors: int
    target_vendors: int
    same: int
    differences: tuple[VendorDifference, ...]

    def matches(self, *, strict: bool = False) -> bool:
        return not any(strict or one.weight is Weight.MISMATCH for one in self.differences)
