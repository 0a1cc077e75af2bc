"""A system that does not answer costs a worker the time of one call, and no healthy notice its attempts (P9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.runtime.systems import OpenSystems
from tests.contract.template import reading
from tests.fakes.clock import FakeDeadline
from tests.fakes.system import SerialParallel
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.serving import transport

LIMIT = timedelta(seconds=reading.resource("IngestWorkerFunction").properties["Timeout"])


def hanging(is_hanging: Callable[[httpx.URL], bool]) -> Pair:
    """Invoices are posted; from then on these requests take all the time that they may."""
    pair = a_pair()
    pair.run()
    world = pair.world
    living = {"jaggaer.example.com": transport(pair.jaggaer), "freshbooks.example.com": transport(pair.freshbooks)}

    def answer(request: httpx.Request) -> httpx.Response:
        if not is_hanging(request.url):
            return living[request.url.host].handle_request(request)
        world.fakes.clock.advance(timedelta(seconds=request.extensions["timeout"]["read"]))
        raise httpx.ReadTimeout("no answer", request=request)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    world.open_systems = lambda ports: OpenSystems(ports, world.catalog, SerialParallel(), local=True, http=http)
    world.restart()
    return pair


@pytest.mark.parametrize(
    ("cause", "is_hanging"),
    [
        (NoticeCause.POLLED, lambda url: "/invoices/" in url.path),
        (NoticeCause.CHECKED, lambda url: "/bills/bills/" in url.path),
        (NoticeCause.WATCHED, lambda url: "/bills/bills/" in url.path),
    ],
    ids=["source", "target checked", "target watched"],
)
def test_a_delivery_ends_in_the_functions_time_while_a_system_hangs(
    cause: NoticeCause, is_hanging: Callable[[httpx.URL], bool]
) -> None:
    pair = hanging(is_hanging)
    clock, notices = pair.world.fakes.clock, pair.world.fakes.notices
    rows = pair.world.fakes.ledger.rows.values()
    records = [row.record for row in rows if row.record.flow == pair.invoices and row.state is State.POSTED][:5]
    deadline = FakeDeadline(clock, ends=clock.now() + LIMIT)

    for record in records:
        noticed = (NoticedRecord(external_id=record.external_id),)
        pair.world.services.ingestor.handle(
            Notice(flow=record.flow, cause=cause, records=noticed, run_id="r"), deadline
        )

    assert deadline.remaining() > timedelta(0)
    assert {one.external_id for notice in notices.bodies for one in notice.records} == {
        one.external_id for one in records
    }
