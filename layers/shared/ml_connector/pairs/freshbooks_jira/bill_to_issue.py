"""FreshBooks bill -> Jira issue (FI1)."""

from __future__ import annotations

from ml_connector.domain.decision import Decision
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.issue import Fact
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.events import Event, Party, decide
from ml_connector.pairs.freshbooks_jira.issue_flow import issue_flow
from ml_connector.pipeline.flow import Known

LINK = "https://my.freshbooks.com/#/bill/{id}"
MOST_LINES = 20


def needs(record: Record) -> frozenset[Key]:
    assert isinstance(record, Bill)
    return _party(record).keys


def plan(record: Record, known: Known) -> Decision:
    """A bill that arrived from a vendor is told to the project."""
    assert isinstance(record, Bill)
    party = _party(record)
    name = party.name or known.source_name(ReferenceKind.VENDOR, party.id)
    over = f": {record.total}" if record.total else ""
    categories = {known.source_name(ReferenceKind.ACCOUNT, line.account) for line in record.lines}
    event = Event(
        kind="Bill",
        id=record.external_id,
        summary=f"Bill {record.number or record.external_id} from {name or party.told}{over}",
        number=record.number,
        total=record.total,
        party=party,
        name=name,
        on=record.issued_on,
        due_on=record.due_on,
        category=", ".join(sorted(filter(None, categories))),
        status=record.status_text,
        deleted=record.status is BillStatus.DELETED,
        more=_lines(record),
    )
    return decide(event, known)


def _party(bill: Bill) -> Party:
    return Party(what="vendor", id=bill.vendor.internal_id, name=bill.vendor.name)


def _lines(bill: Bill) -> tuple[Fact, ...]:
    return tuple(Fact(label="Line", text=line.description) for line in bill.lines[:MOST_LINES] if line.description)


BILL_TO_ISSUE = issue_flow(
    "freshbooks_bill_to_jira_issue",
    "FreshBooks bills to Jira issues",
    RecordKind.BILL,
    needs=needs,
    plan=plan,
    link=LINK,
    source_references=frozenset({ReferenceKind.VENDOR, ReferenceKind.ACCOUNT}),
)
