"""FreshBooks expense -> Jira issue (FI1)."""

from __future__ import annotations

from ml_connector.domain.decision import Decision
from ml_connector.domain.records.expense import Expense
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.events import Event, Party, decide
from ml_connector.pairs.freshbooks_jira.issue_flow import issue_flow
from ml_connector.pipeline.flow import Known

LINK = "https://my.freshbooks.com/#/expenses/{id}"


def needs(record: Record) -> frozenset[Key]:
    assert isinstance(record, Expense)
    return _party(record).keys


def plan(record: Record, known: Known) -> Decision:
    """Money spent is told to the project. Its vendor is free text: mapped is the client that it is billed to."""
    assert isinstance(record, Expense)
    category = (record.category.name or record.category.code) if record.category else ""
    at = f" at {record.vendor_name}" if record.vendor_name else ""
    over = str(record.total) if record.total else record.external_id
    event = Event(
        kind="Expense",
        id=record.external_id,
        summary=f"Expense: {over}{at}" + (f" ({category})" if category else ""),
        total=record.total,
        party=_party(record),
        on=record.issued_on,
        category=category,
        status=record.status_text,
        deleted=record.deleted,
        note=record.notes,
    )
    return decide(event, known)


def _party(expense: Expense) -> Party:
    """The client where there is one, else the vendor, who has a name and no id."""
    if expense.client.id:
        return Party(what="client", id=expense.client.id, name=expense.client.name)
    return Party(what="vendor", name=expense.vendor_name or None)


EXPENSE_TO_ISSUE = issue_flow(
    "freshbooks_expense_to_jira_issue",
    "FreshBooks expenses to Jira issues",
    RecordKind.EXPENSE,
    needs=needs,
    plan=plan,
    link=LINK,
)
