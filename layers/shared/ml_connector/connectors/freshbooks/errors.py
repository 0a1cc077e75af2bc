"""FreshBooks' own reading of an answer. HTTP 200 proves nothing here: the body decides with it.

On a write, only a refusal that FreshBooks documents counts as one; anything stranger is an unknown outcome. That a
record is not there is FreshBooks' to say, in one of its own shapes: a bare 404 may be anybody's on the way.
"""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.connectors.freshbooks.problems import Problem, problems_in
from ml_connector.domain.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ml_connector.transport.answer import Answer, GarbledError
from ml_connector.transport.classify import retry_after
from ml_connector.transport.redaction import short

NOT_IN_PLAN = {41_001: "bills", 31_001: "bill vendors", 41_101: "bill payments", 12_001: "items"}
TOO_MANY, CONFLICT = 429, 409
DENIED, DELETED, NOT_FOUND, READ_ONLY = 1003, 1011, 1012, 1038
EVENTS_NOT_FOUND = 404
"""The events family's errno is its HTTP status."""
REFUSALS = frozenset({1001, *range(1003, 1009), *range(1011, 1023), 1031, 1033, DENIED, READ_ONLY, 1039, 1042})

UNSAID = "unsaid"
"""The code of a 404 that FreshBooks does not explain."""

_GONE = frozenset({404, 410})
_NO_SUCH_RESOURCE = "requested resource could not be found"
"""Projects and time entries have no errno for it."""
_REFUSING = frozenset({400, 403, 404, 405, 413, 422})
_UNAUTHENTICATED = frozenset({"unauthenticated", "invalid_token", "unauthorized"})
_REFERENCES = frozenset({"vendorid", "categoryid"})
_MOST_TOLD = 5


def refine(answer: Answer, is_write: bool) -> ConnectorError | None:
    """None leaves it to the general table: a 401, 429 or 5xx says all by its status, and an unknown body nothing."""
    if answer.status in (401, TOO_MANY) or answer.status >= 500:
        return None
    problems = _problems(answer)
    detail = _told(problems)
    known = problems and (
        _by_errno(problems, answer, detail, is_write=is_write)
        or _refusal(problems, answer, detail, is_write=is_write)
        or _stranger(problems[0], detail, is_write=is_write)
    )
    return known or _unsaid(answer, detail, is_write=is_write)


def _problems(answer: Answer) -> Sequence[Problem]:
    """Raises: GarbledError, but where the status alone could be taken for an answer."""
    try:
        return problems_in(answer.json())
    except GarbledError:
        if answer.status in _GONE:
            return ()
        raise


def _by_errno(problems: Sequence[Problem], answer: Answer, detail: str, *, is_write: bool) -> ConnectorError | None:
    """What another act than "refused" follows from."""
    errnos = {problem.errno for problem in problems}
    if TOO_MANY in errnos:
        return RateLimitedError(detail, retry_after=retry_after(answer.headers, now=None), code=str(TOO_MANY))
    if CONFLICT in errnos or answer.status == CONFLICT:
        busy = f"the record is being changed by somebody else: {detail}"
        return OutcomeUnknownError(busy, code="busy") if is_write else TransientError(busy, code="busy")
    if any(problem.word in _UNAUTHENTICATED for problem in problems):
        return AuthError(f"the access token was refused: {detail}")
    return None


def _refusal(problems: Sequence[Problem], answer: Answer, detail: str, *, is_write: bool) -> ConnectorError | None:
    errnos = {problem.errno for problem in problems}
    if missing := [NOT_IN_PLAN[errno] for errno in errnos if errno in NOT_IN_PLAN]:
        return RejectedError(_plan_words(missing[0], detail), code="plan")
    if READ_ONLY in errnos:
        return RejectedError(f"a field that only FreshBooks sets was sent: {detail}", code="read_only")
    if DENIED in errnos or answer.status == 403:
        return RejectedError(f"access denied: {detail}", code="scope")
    if errnos & {DELETED, NOT_FOUND, EVENTS_NOT_FOUND} or _says_no_such_resource(problems, answer):
        return _missing(problems, detail, is_write=is_write)
    if errnos & REFUSALS or (answer.status in _REFUSING and any(problem.errno is not None for problem in problems)):
        return RejectedError(detail, code=str(problems[0].errno))
    return None


def _says_no_such_resource(problems: Sequence[Problem], answer: Answer) -> bool:
    said = any(problem.message.casefold().startswith(_NO_SUCH_RESOURCE) for problem in problems)
    return said and answer.status == 404


def _unsaid(answer: Answer, detail: str, *, is_write: bool) -> ConnectorError | None:
    """A gateway, a proxy, a wrong address: it says nothing of the record."""
    if answer.status not in _GONE:
        return None
    text = f"HTTP {answer.status} that is not FreshBooks' own word on a record" + (f": {detail}" if detail else "")
    return OutcomeUnknownError(text, code=UNSAID) if is_write else TransientError(text, code=UNSAID)


def _missing(problems: Sequence[Problem], detail: str, *, is_write: bool) -> ConnectorError:
    """The record itself, or, in a write, something that the record names."""
    if is_write and any(problem.field in _REFERENCES for problem in problems):
        return RejectedError(f"it names what is not in FreshBooks: {detail}", code="reference")
    deleted = any(problem.errno == DELETED for problem in problems)
    return NotFoundError(detail, code="deleted" if deleted else "not_found")


def _stranger(problem: Problem, detail: str, *, is_write: bool) -> ConnectorError | None:
    """An errno that no page of FreshBooks' names, with a status that refuses nothing."""
    if problem.errno is None:
        return None
    unknown = f"an answer that we do not know: {detail}"
    code = str(problem.errno)
    return OutcomeUnknownError(unknown, code=code) if is_write else RejectedError(unknown, code=code)


def _plan_words(what: str, detail: str) -> str:
    return (
        f"the FreshBooks plan of this business does not include {what}; change to a plan that has them, or buy the"
        f" add-on, then try again ({detail})"
    )


def _told(problems: Sequence[Problem]) -> str:
    return short("; ".join(str(problem) for problem in problems[:_MOST_TOLD]), 400)
