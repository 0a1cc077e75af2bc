"""What a plan of faults does to one call: some troubles come instead of the work, some after it."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulators.faults import Fault
from tests.simulators.freshbooks.answers import answer, page, unauthenticated
from tests.simulators.freshbooks.switches import TooMany
from tests.simulators.freshbooks.throttle import too_many
from tests.simulators.serving import AnswerLost, Response

WAIT_SECONDS = 30


def instead(fault: Fault) -> Response | None:
    """The answer that comes although nothing was done."""
    match fault:
        case Fault.REFUSE:
            return too_many(TooMany.WITH_HEADER, wait_seconds=WAIT_SECONDS)
        case Fault.REFUSE_BARE:
            return too_many(TooMany.BARE, wait_seconds=WAIT_SECONDS)
        case Fault.BREAK:
            return page(503)
        case Fault.STALE_TOKEN:
            return unauthenticated()
        case _:
            return None


def after(fault: Fault, work: Callable[[], Response]) -> Response:
    """Does the work; then the answer, or what the caller gets in its place."""
    response = work()
    match fault:
        case Fault.LOSE_ANSWER:
            raise AnswerLost
        case Fault.REFUSE_AFTER:
            return too_many(TooMany.WITH_HEADER, wait_seconds=WAIT_SECONDS)
        case Fault.BREAK_AFTER:
            return answer(500, {"message": "Internal Server Error"})
        case Fault.GARBLE:
            return page(200)
        case _:
            return response
