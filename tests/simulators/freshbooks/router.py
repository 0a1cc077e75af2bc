"""Which family a path belongs to, who is asking, and whether they may: then the family does the work."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.simulators.freshbooks.accounting import Accounting
from tests.simulators.freshbooks.answers import (
    accounting_error,
    ledger_error,
    nowhere,
    project_error,
    unauthenticated,
)
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.callbacks import Callbacks, events_error
from tests.simulators.freshbooks.errors import ACCESS_DENIED, Problem, Refusal, denied, not_found
from tests.simulators.freshbooks.ledger import Ledger
from tests.simulators.freshbooks.oauth import OAuth, bearer
from tests.simulators.freshbooks.people import Business, Identity
from tests.simulators.freshbooks.time_tracking import TimeTracking
from tests.simulators.freshbooks.tokens import Grant, Tokens
from tests.simulators.serving import Request, Response

ACCOUNTING = re.compile(r"/accounting/account/([^/]+)/([^/]+/[^/]+)(?:/([^/]+))?")
LEDGER = re.compile(r"/accounting/businesses/([^/]+)/ledger_accounts/accounts(?:/([^/]+))?")
TAXONOMY = re.compile(r"/accounting/ledger_accounts/(types|sub_types)(?:/([^/]+))?")
TIME = re.compile(r"/timetracking/business/([^/]+)/time_entries(?:/([^/]+))?")
EVENTS = re.compile(r"/events/account/([^/]+)/events/callbacks(?:/([^/]+))?")
PROJECTS = re.compile(r"/projects/business/([^/]+)/projects?(?:/([^/]+))?")

type Work = Callable[[re.Match[str], Request], Response]
type Failure = Callable[[Refusal], Response]


class Router:
    def __init__(
        self,
        *,
        books: Books,
        business: Business,
        identities: dict[int, Identity],
        tokens: Tokens,
        oauth: OAuth,
        accounting: Accounting,
        ledger: Ledger,
        time_tracking: TimeTracking,
        callbacks: Callbacks,
    ) -> None:
        self._books = books
        self._business = business
        self._identities = identities
        self._tokens = tokens
        self._oauth = oauth
        self._accounting = accounting
        self._ledger = ledger
        self._time_tracking = time_tracking
        self._callbacks = callbacks

    def answer(self, request: Request) -> Response:
        if request.path.startswith(("/auth/", "/oauth/", "/service/")):
            return self._oauth.answer(request)
        families: tuple[tuple[re.Pattern[str], Work, Failure], ...] = (
            (ACCOUNTING, self._in_account, lambda no: accounting_error(no, request, self._books.switches)),
            (LEDGER, self._in_ledger, ledger_error),
            (TAXONOMY, self._in_taxonomy, ledger_error),
            (TIME, self._in_time, project_error),
            (PROJECTS, self._in_projects, project_error),
            (EVENTS, self._in_events, self._events_error),
        )
        for pattern, work, failure in families:
            if match := pattern.fullmatch(request.path.rstrip("/")):
                return self._worked(match, request, work, failure)
        return nowhere()

    def _worked(self, match: re.Match[str], request: Request, work: Work, failure: Failure) -> Response:
        if "authorization" not in request.headers:
            return unauthenticated()
        try:
            return work(match, request)
        except Refusal as refusal:
            own_words = failure in (project_error, self._events_error)
            if refusal.status == 401 and not own_words and "x-api-version" not in request.headers:
                return unauthenticated()
            return failure(refusal)

    def _in_account(self, match: re.Match[str], request: Request) -> Response:
        account_id, path, row_id = match.groups()
        grant = self._grant(request)
        resource = self._accounting.resources.get(path)
        if account_id != self._business.account_id or resource is None:
            raise not_found("resource", field="", value=account_id)
        self._permit(grant, resource.scope, request)
        return self._accounting.answer(resource, row_id, request)

    def _in_ledger(self, match: re.Match[str], request: Request) -> Response:
        business_uuid, account_uuid = match.groups()
        grant = self._grant(request)
        if business_uuid != self._business.business_uuid:
            raise not_found("resource", field="", value=business_uuid)
        self._permit(grant, self._books.switches.ledger_scope, request)
        return self._ledger.answer(account_uuid, request)

    def _in_taxonomy(self, match: re.Match[str], request: Request) -> Response:
        kind, row_id = match.groups()
        self._grant(request)
        return self._ledger.taxonomy(kind, row_id) if request.method == "GET" else nowhere()

    def _in_time(self, match: re.Match[str], request: Request) -> Response:
        business_id, entry_id = match.groups()
        grant = self._in_business(business_id, "time_entries", request)
        return self._time_tracking.entries(entry_id, request, identity_id=grant.identity_id)

    def _in_projects(self, match: re.Match[str], request: Request) -> Response:
        business_id, project_id = match.groups()
        self._in_business(business_id, "projects", request)
        return self._time_tracking.projects(project_id, request)

    def _in_events(self, match: re.Match[str], request: Request) -> Response:
        """Listening takes no right to write, unless the person has none at all."""
        account_id, callback_id = match.groups()
        grant = self._grant(request)
        if account_id != self._business.account_id:
            raise not_found("resource", field="", value=account_id)
        if request.method != "GET" and self._identities[grant.identity_id].reads_only:
            raise denied("A client of this account may not write.")
        return self._callbacks.answer(callback_id, request, scopes=grant.scopes)

    def _events_error(self, refusal: Refusal) -> Response:
        return events_error(refusal, old=self._books.switches.events_errors_old)

    def _in_business(self, business_id: str, scope: str, request: Request) -> Grant:
        grant = self._grant(request)
        if business_id != str(self._business.business_id):
            raise not_found("resource", field="", value=business_id)
        self._permit(grant, scope, request)
        return grant

    def _grant(self, request: Request) -> Grant:
        grant = bearer(request, self._tokens)
        if grant is None:
            raise Refusal(401, Problem(errno=ACCESS_DENIED, message="The access token is unknown or expired."))
        return grant

    def _permit(self, grant: Grant, scope: str, request: Request) -> None:
        writes = request.method != "GET"
        needed = f"user:{scope}:{'write' if writes else 'read'}"
        if needed not in grant.scopes:
            raise denied(f"The token has the scopes {', '.join(grant.scopes)}; this call needs {needed}.")
        if writes and self._identities[grant.identity_id].reads_only:
            raise denied("A client of this account may not write.")
