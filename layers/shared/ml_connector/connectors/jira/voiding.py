"""Take an issue back: delete it where this user may, else say on it that it does not count any more.

Who takes back by comment or transition also marks our property, so that doing it twice is doing it once.
"""

from __future__ import annotations

from ml_connector.connectors.jira import adf
from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.issues import WITHDRAWN, property_of
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.domain.errors import NeedsReviewError, NotFoundError, RejectedError
from ml_connector.domain.posting import Outcome, Written
from ml_connector.domain.records.issue import Issue

WITHDRAWAL = "Taken back by ml-connector: what this issue tells of is no longer in the books, or was rolled back."


class Voider:
    def __init__(self, client: JiraClient, settings: JiraSettings) -> None:
        self._client = client
        self._settings = settings

    def void(self, issue_id: str, issue: Issue, marker: str) -> Outcome:
        """Raises: the errors of writes."""
        if self._settings.on_void == "delete" and self._is_deleted(issue_id):
            return Written(issue_id)
        if not self._is_withdrawn(issue_id):
            self._tell(issue_id)
            self._client.set_issue_property(issue_id, property_of(issue, marker, withdrawn=True))
        return Written(issue_id)

    def _is_deleted(self, issue_id: str) -> bool:
        """False where this user may not, or where subtasks hang on it: then it is told on the issue instead."""
        try:
            self._client.delete_issue(issue_id)
        except NotFoundError:
            return True
        except RejectedError as error:
            if error.code not in ("permission", "invalid"):
                raise
            return False
        return True

    def _is_withdrawn(self, issue_id: str) -> bool:
        try:
            value = self._client.issue_property(issue_id)
        except NotFoundError:
            return False
        return isinstance(value, dict) and value.get(WITHDRAWN) is True

    def _tell(self, issue_id: str) -> None:
        how = self._settings.void_fallback if self._settings.on_void == "delete" else self._settings.on_void
        if how == "comment":
            self._client.comment(issue_id, adf.text_document(WITHDRAWAL))
            return
        name = self._settings.void_transition
        offered = self._client.transitions(issue_id)
        found = next((one for one in offered if one.name.casefold() == name.casefold() or one.id == name), None)
        if found is None:
            listed = ", ".join(one.name for one in offered) or "none"
            text = f"the issue offers no transition {name!r} from where it is (it offers: {listed})"
            raise NeedsReviewError(text, system=SYSTEM, operation="transition issue", code="transition")
        self._client.transition(issue_id, found.id)
