"""What the entry points share: one log line's keys, and deliveries in which one bad message is ordinary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ml_connector.aws.queues import notice_from_message, push_from_message, record_from_message
from ml_connector.domain.codec import encode
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.runtime.clock import LambdaDeadline
from ml_connector.runtime.wiring import Services

type Failures = dict[str, list[dict[str, str]]]


class UpkeepFailedError(Exception):
    """Raised once all the rest of the run is done, so that what failed counts as an error of the function."""


class DeadLettersFailedError(Exception):
    """The same of letters that could not be marked."""


def ingest(event: Mapping[str, Any], context: Any, services: Services) -> Failures:
    """Each message by itself: a notice, or what was pushed; one that cannot be read or handled goes back alone."""

    def work(body: str) -> None:
        if (push := push_from_message(body)) is not None:
            services.push_ingestor.handle(push)
        else:
            services.ingestor.handle(notice_from_message(body), LambdaDeadline(context))

    failed = [message["messageId"] for message in event["Records"] if not _done(services, message, work)]
    return _failures(failed)


def post(event: Mapping[str, Any], context: Any, services: Services) -> Failures:
    """All rows of the delivery together, so that sends run in parallel; one by one where that failed as a whole."""
    records: dict[str, RecordId] = {}
    failed: list[str] = []
    for message in event["Records"]:
        try:
            records[message["messageId"]] = record_from_message(message["body"])
        except ValueError as error:
            services.ports.log.error("message is no posting hint", message_id=message["messageId"], why=str(error))
            failed.append(message["messageId"])
    try:
        services.poster.handle(list(records.values()), LambdaDeadline(context))
    except Exception as error:
        services.ports.log.warning("delivery failed as a whole", why=repr(error), records=len(records))
        failed += _one_by_one(services, records, context)
    return _failures(failed)


def poll(event: Mapping[str, Any], context: Any, services: Services) -> dict[str, Any]:
    """`event` names the flow; a schedule gives no more than that."""
    report = services.poller.run(
        FlowId.parse(event["flow"]),
        run_id=event.get("run_id") or context.aws_request_id,
        deadline=LambdaDeadline(context),
        full=bool(event.get("full", False)),
        actor=event.get("actor") or "schedule",
    )
    services.ports.log.info("poll", **encode(report))
    answer: dict[str, Any] = encode(report)
    return answer


def keep_up(context: Any, services: Services) -> dict[str, Any]:
    report = services.upkeep.run(LambdaDeadline(context))
    if report.failed:
        raise UpkeepFailedError(
            f"pieces of work that failed: {report.failed}; the log names each under 'upkeep failed'"
        )
    answer: dict[str, Any] = encode(report)
    return answer


def note_dead_letters(context: Any, services: Services) -> dict[str, Any]:
    report = services.dead_letters.run(LambdaDeadline(context))
    if report.failed:
        raise DeadLettersFailedError(f"letters not marked: {report.failed}; see 'dead letter not marked' in the log")
    answer: dict[str, Any] = encode(report)
    return answer


def _one_by_one(services: Services, records: Mapping[str, RecordId], context: Any) -> list[str]:
    deadline = LambdaDeadline(context)

    def carried(message_id: str, record: RecordId) -> bool:
        return _succeeds(services, message_id, lambda: services.poster.handle([record], deadline))

    return [message_id for message_id, record in records.items() if not carried(message_id, record)]


def _done(services: Services, message: Mapping[str, Any], work: Callable[[str], None]) -> bool:
    return _succeeds(services, message["messageId"], lambda: work(message["body"]))


def _succeeds(services: Services, message_id: str, work: Callable[[], None]) -> bool:
    """The edge of the handler: whatever went wrong is logged by name, and the message tried again."""
    try:
        work()
    except Exception as error:
        services.ports.log.error("message failed", message_id=message_id, why=repr(error))
        services.ports.metrics.count("MessagesFailed")
        return False
    return True


def _failures(failed: Iterable[str]) -> Failures:
    identifiers: Sequence[str] = list(failed)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}
