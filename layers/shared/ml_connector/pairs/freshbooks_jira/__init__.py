"""FreshBooks and Jira: what accounting does is told to the people of a project. Nothing of Jira ever flows back."""

from ml_connector.pairs.freshbooks_jira.bill_to_issue import BILL_TO_ISSUE
from ml_connector.pairs.freshbooks_jira.expense_to_issue import EXPENSE_TO_ISSUE
from ml_connector.pairs.freshbooks_jira.invoice_to_issue import FAILED_PAYMENT_TO_ISSUE, INVOICE_TO_ISSUE
from ml_connector.pairs.freshbooks_jira.payment_to_issue import PAYMENT_TO_ISSUE, WITHDRAWN_PAYMENT_TO_ISSUE
from ml_connector.pairs.freshbooks_jira.time_entry_to_worklog import TIME_ENTRY_TO_WORKLOG

__all__ = ["FLOWS"]

FLOWS = (
    INVOICE_TO_ISSUE,
    BILL_TO_ISSUE,
    PAYMENT_TO_ISSUE,
    WITHDRAWN_PAYMENT_TO_ISSUE,
    FAILED_PAYMENT_TO_ISSUE,
    EXPENSE_TO_ISSUE,
    TIME_ENTRY_TO_WORKLOG,
)
