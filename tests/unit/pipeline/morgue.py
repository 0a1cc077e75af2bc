"""An office with letters that died, and the services that look after them."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Unsettled
from ml_connector.domain.identity import RecordId
from ml_connector.domain.notice import Notice, NoticeCause, NoticedRecord
from ml_connector.domain.posting import Action
from ml_connector.pipeline.dead_letters import DeadLetters, DeadReport
from ml_connector.pipeline.ports_dead import DeadQueue
from ml_connector.pipeline.redrive import Chosen, Redrive, Redriven
from tests.fakes.clock import START
from tests.fakes.dead_letters import FakeDeadLetterQueues
from tests.fakes.queues import Message
from tests.unit.pipeline.office import BILLS, BOOKS, Office

DOUBT = Unsettled(n=1, action=Action.CREATE, digest="d", source_digest="s", since=START)


@dataclass
class Morgue:
    """An office with letters that died."""

    office: Office
    queues: FakeDeadLetterQueues

    def posting(self, record: RecordId, *, key: str = "m1") -> None:
        self.office.world.postings.dead.append(Message(id=key, body=record, group=BOOKS, visible_at=START))

    def notice(self, *external_ids: str, key: str = "n1", attempt: int = 0) -> Notice:
        records = tuple(NoticedRecord(external_id=one) for one in external_ids)
        notice = Notice(flow=BILLS, cause=NoticeCause.POLLED, records=records, run_id="r", attempt=attempt)
        self.office.world.notices.dead.append(Message(id=key, body=notice, group=BOOKS, visible_at=START))
        return notice

    def run(self) -> DeadReport:
        return DeadLetters(self.office.ports, self.office.catalog, self.queues).run()

    def redrive(self, queue: DeadQueue, chosen: Chosen | None = None) -> list[Redriven]:
        return Redrive(self.office.ports, self.queues).run(queue, chosen, actor="ann")

    def told(self, record: RecordId) -> list[tuple[Step, str]]:
        return [(entry.event.step, entry.event.actor) for entry in self.office.world.ledger.trail(record)]


def a_morgue() -> Morgue:
    office = Office().set_up()
    return Morgue(office, FakeDeadLetterQueues(office.world))
