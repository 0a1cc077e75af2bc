"""What a plan of faults does to one call: some troubles come instead of the work, some after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.simulators.faults import Fault
from tests.simulators.jira.answers import answer, gateway, page
from tests.simulators.jira.switches import Reason, TooMany
from tests.simulators.jira.throttle import too_many
from tests.simulators.serving import AnswerLost, Response

WAIT = timedelta(seconds=30)


def instead(fault: Fault, form: TooMany, now: datetime) -> Response | None:
    """The answer that comes although nothing was done."""
    match fault:
        case Fault.REFUSE:
            return too_many(Reason.BURST, form, wait=WAIT, now=now)
        case Fault.REFUSE_BARE:
            return too_many(Reason.BURST, form, wait=None, now=now)
        case Fault.BREAK:
            return page(503)
        case Fault.STALE_TOKEN:
            return gateway(401, "Unauthorized")
        case _:
            return None


def after(fault: Fault, work: Callable[[], Response], form: TooMany, now: datetime) -> Response:
    """Does the work; then the answer, or what the caller gets in its place."""
    response = work()
    match fault:
        case Fault.LOSE_ANSWER:
            raise AnswerLost
        case Fault.REFUSE_AFTER:
            return too_many(Reason.BURST, form, wait=WAIT, now=now)
        case Fault.BREAK_AFTER:
            return answer(500, {"errorMessages": ["Internal server error"], "errors": {}})
        case Fault.GARBLE:
            return page(200)
        case _:
            return response
