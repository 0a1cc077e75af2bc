"""What all the flows of this pair that make issues have in common, beside their plan."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.domain.decision import Decision
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.settings import issue_settings
from ml_connector.pipeline.flow import Flow, Known, OnFailure, Side


def issue_flow(
    name: str,
    title: str,
    kind: RecordKind,
    *,
    needs: Callable[[Record], frozenset[Key]],
    plan: Callable[[Record, Known], Decision],
    link: str,
    source_references: frozenset[ReferenceKind] = frozenset(),
) -> Flow:
    """`link` is where FreshBooks shows such a document. A failed create waits for a person (FI6)."""
    return Flow(
        name=name,
        title=title,
        source=Side(system="freshbooks", kind=kind),
        target=Side(system="jira", kind=RecordKind.ISSUE),
        needs=needs,
        plan=plan,
        references=frozenset({ReferenceKind.PERSON, ReferenceKind.COMPONENT}),
        source_references=source_references,
        natural_key=lambda issue: None,
        on_failure=OnFailure.AUDIT_ONLY,
        follows_target=True,
        settings=issue_settings(link=link),
        default_cadence="rate(1 hour)",
    )
