"""What SQS refuses or does not tell at first: an error of ours for one letter, and no queue that looks empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ml_connector.aws.dead_letters import QueuePair, SqsDeadLetterQueues
from ml_connector.domain.errors import TransientError
from ml_connector.pipeline.ports_dead import DeadLetter, DeadLetterQueues, DeadQueue

THROTTLED = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slow down"}}, "Any")
NO_NETWORK = EndpointConnectionError(endpoint_url="https://sqs.eu-central-1.amazonaws.com")
LETTER = DeadLetter(queue=DeadQueue.POSTING, id="m1", body="{}", content=None, handle="h1")


class Shy:
    """SQS without a long wait asks only some of its servers; `empty` answers come before the letters do.

    `elsewhere`: so many letters are in other hands.
    """

    def __init__(self, letters: int = 12, *, empty: int = 0, elsewhere: int = 0) -> None:
        self._elsewhere = elsewhere
        self.asked: list[dict[str, Any]] = []
        self.given_back: list[str] = []
        self._empty = empty
        self._left = [{"MessageId": f"m{n}", "Body": "{}", "ReceiptHandle": f"h{n}"} for n in range(letters)]

    def receive_message(self, **how: Any) -> dict[str, Any]:
        self.asked.append(how)
        if len(self.asked) <= self._empty:
            return {}
        some, self._left = self._left[:10], self._left[10:]
        return {"Messages": some} if some else {}

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessagesNotVisible": str(self._elsewhere)}}

    def change_message_visibility(self, *, ReceiptHandle: str, **_: Any) -> None:
        self.given_back.append(ReceiptHandle)


class Refusing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(**_: Any) -> Any:
            raise self._error

        return refuse


def over(client: Any) -> SqsDeadLetterQueues:
    pairs = {queue: QueuePair(dead_url="dead", source_url="source") for queue in DeadQueue}
    return SqsDeadLetterQueues(client, client, pairs, bucket="b")


def test_sqs_is_asked_to_wait_so_that_it_asks_all_of_its_servers() -> None:
    sqs = Shy()

    with over(sqs).peek(DeadQueue.POSTING, limit=100):
        pass

    assert {how["WaitTimeSeconds"] for how in sqs.asked} == {1}


def test_an_empty_answer_is_not_taken_for_an_empty_queue() -> None:
    with over(Shy(12, empty=1)).peek(DeadQueue.POSTING, limit=100) as letters:
        assert len(letters) == 12


def test_letters_in_other_hands_are_waited_for() -> None:
    with over(Shy(3, empty=5, elsewhere=3)).peek(DeadQueue.POSTING, limit=100) as letters:
        assert len(letters) == 3


def test_letters_that_stay_in_other_hands_are_not_waited_for_without_end() -> None:
    sqs = Shy(0, elsewhere=3)

    with over(sqs).peek(DeadQueue.POSTING, limit=100) as letters:
        assert letters == []

    assert len(sqs.asked) == 8


def test_a_queue_is_empty_after_two_empty_answers() -> None:
    sqs = Shy(0)

    with over(sqs).peek(DeadQueue.POSTING, limit=100) as letters:
        assert letters == []

    assert len(sqs.asked) == 2


@pytest.mark.parametrize("error", [THROTTLED, NO_NETWORK], ids=["refused", "unreachable"])
@pytest.mark.parametrize(
    "act",
    [
        lambda queues: queues.delete(LETTER),
        lambda queues: queues.send_back(LETTER),
        lambda queues: queues.keep(LETTER, {"by": "ann"}),
        lambda queues: queues.peek(DeadQueue.POSTING, limit=1).__enter__(),
    ],
    ids=["delete", "send back", "keep", "peek"],
)
def test_what_aws_refuses_is_an_error_of_ours(error: Exception, act: Callable[[DeadLetterQueues], Any]) -> None:
    with pytest.raises(TransientError):
        act(over(Refusing(error)))


def test_a_letter_that_cannot_be_given_back_loses_nothing_of_what_was_found() -> None:
    sqs = Shy(2)
    sqs.change_message_visibility = Refusing(THROTTLED).change_message_visibility  # type: ignore[method-assign]

    with over(sqs).peek(DeadQueue.POSTING, limit=100) as letters:
        found = [letter.id for letter in letters]

    assert found == ["m0", "m1"]


def test_two_looks_at_once_give_back_each_its_own() -> None:
    sqs = Shy(12)
    queues = over(sqs)

    with queues.peek(DeadQueue.POSTING, limit=10), queues.peek(DeadQueue.POSTING, limit=10) as second:
        assert [letter.id for letter in second] == ["m10", "m11"]

    assert sorted(sqs.given_back) == sorted(f"h{n}" for n in range(12))
