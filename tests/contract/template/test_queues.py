"""A message is never lost in silence: each queue has a dead-letter queue, and both have an alarm."""

import pytest

from tests.contract.template import reading
from tests.contract.template.reading import Resource, by_name


@pytest.mark.parametrize("queue", reading.queues(), ids=by_name)
def test_a_queue_sets_aside_what_crashes_its_worker(queue: Resource) -> None:
    redrive = queue.properties["RedrivePolicy"]

    assert reading.names_in(redrive["deadLetterTargetArn"]) == {f"{queue.role}DeadLetterQueue"}
    assert 2 <= reading.default(redrive["maxReceiveCount"]) <= 10


@pytest.mark.parametrize("queue", reading.queues(), ids=by_name)
def test_a_queue_has_an_alarm_on_its_oldest_message(queue: Resource) -> None:
    assert reading.alarms(metric="ApproximateAgeOfOldestMessage", of=queue.name)


@pytest.mark.parametrize("queue", reading.dead_letter_queues(), ids=by_name)
def test_a_dead_letter_queue_has_an_alarm_on_its_first_message(queue: Resource) -> None:
    (alarm,) = reading.alarms(metric="ApproximateNumberOfMessagesVisible", of=queue.name)

    assert alarm.properties["Threshold"] == 0
    assert alarm.properties["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("queue", reading.dead_letter_queues(), ids=by_name)
def test_a_dead_letter_is_kept_for_fourteen_days(queue: Resource) -> None:
    assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("queue", reading.resources("SQS::Queue"), ids=by_name)
def test_a_queue_is_encrypted_under_our_key(queue: Resource) -> None:
    assert reading.names_in(queue.properties["KmsMasterKeyId"]) == {"DataKey"}


WORKERS = [function for function in reading.functions() if reading.sqs_events(function)]


@pytest.mark.parametrize("worker", WORKERS, ids=by_name)
def test_one_bad_message_does_not_send_its_batch_back(worker: Resource) -> None:
    (event,) = reading.sqs_events(worker)

    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("worker", WORKERS, ids=by_name)
def test_a_message_stays_hidden_for_six_timeouts_of_its_worker(worker: Resource) -> None:
    (event,) = reading.sqs_events(worker)
    (queue,) = reading.names_in(event["Queue"])

    visibility = reading.default(reading.resource(queue).properties["VisibilityTimeout"])

    assert visibility >= 6 * worker.properties["Timeout"]


@pytest.mark.parametrize("worker", WORKERS, ids=by_name)
def test_a_workers_concurrency_is_a_number_and_no_parameter(worker: Resource) -> None:
    (event,) = reading.sqs_events(worker)

    assert isinstance(event["ScalingConfig"]["MaximumConcurrency"], int)


def test_every_queue_has_its_worker() -> None:
    served = [reading.names_in(event["Queue"]) for worker in WORKERS for event in reading.sqs_events(worker)]

    assert sorted(served, key=sorted) == sorted(({queue.name} for queue in reading.queues()), key=sorted)
