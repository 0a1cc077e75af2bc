"""A piece of work in a project tracker: what happened elsewhere, told to the people of a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ml_connector.domain.records.kinds import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of an issue's description: `Amount: 375.00 USD`. With a link, the text leads there."""

    label: str
    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """A value for a field that the project's people made: by the field's name, since its id differs by site."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`number` is the key that people see (FIN-12); it may change, `external_id` does not.

    As it is meant, it has `facts`; as it is found, `description` is the plain text of what stands there. Project and
    type are named as people name them; people and components by the tracker's ids. `source` names what it tells of.
    """

    kind: ClassVar[RecordKind] = RecordKind.ISSUE
    volatile: ClassVar[frozenset[str]] = frozenset({"external_id", "number", "status_text", "modified_at", "revision"})

    external_id: str = ""
    number: str | None = None
    project: str = ""
    type: str = ""
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    description: str = ""
    labels: tuple[str, ...] = ()
    parent: str | None = None
    fields: tuple[FieldValue, ...] = ()
    reporter: str | None = None
    assignee: str | None = None
    components: tuple[str, ...] = ()
    source: str = ""
    status_text: str = ""
    deleted: bool = False
    marker: str | None = None
    revision: str | None = None
    modified_at: datetime | None = None
