"""Registrations, handshakes and pushes, over the fakes and over the real adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ml_connector.aws.queues import SqsPushes, notice_from_message, push_from_message
from ml_connector.aws.registrations import DynamoRegistrations, KmsCandidates
from ml_connector.domain.registration import Push, Registration, RegistrationState
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from tests.contract.ports.builders import ACME, GLOBEX
from tests.contract.ports.emulated import Emulated
from tests.fakes.clock import START, FakeClock
from tests.fakes.registrations import FakeDoors

BOOKS, SAME_NAME_ELSEWHERE = ACME.target_connection, GLOBEX.target_connection
ONE, OTHER = "0" * 31 + "1", "0" * 31 + "2"


@dataclass(frozen=True, kw_only=True)
class Doors:
    ports: RegistrationPorts
    taken: Callable[[], list[Push]]


@pytest.fixture(params=["fake", "aws"])
def doors(request: pytest.FixtureRequest) -> Doors:
    if request.param == "fake":
        fakes = FakeDoors(FakeClock())
        return Doors(ports=fakes.ports(), taken=lambda: [message.body for message in fakes.pushes.receive()])
    aws: Emulated = request.getfixturevalue("aws")
    resources = aws.resources()
    ports = RegistrationPorts(
        registrations=DynamoRegistrations(aws.dynamodb, resources),
        candidates=KmsCandidates(aws.kms, resources),
        pushes=SqsPushes(aws.sqs, resources),
    )
    return Doors(ports=ports, taken=lambda: _received(aws, resources.notice_queue_url))


def _received(aws: Emulated, url: str) -> list[Push]:
    messages = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    pushes = [push_from_message(message["Body"]) for message in messages]
    return [push for push in pushes if push is not None]


def a_registration(registration_id: str = ONE, **changes: Any) -> Registration:
    whole: dict[str, Any] = {
        "id": registration_id,
        "connection": BOOKS,
        "system": "freshbooks",
        "event": "bill.update",
        "uri": f"https://connector.example/in/freshbooks/{registration_id}",
        "created_at": START,
        "facts": {"account_id": "6BApk", "business_id": ""},
    }
    return Registration(**{**whole, **changes})


def test_a_registration_is_found_by_its_id_alone_as_it_was_put(doors: Doors) -> None:
    put = a_registration(state=RegistrationState.RESEND, callback_id="7", asked=3, asked_at=START, why="x")

    doors.ports.registrations.put(put, expected=None)

    assert doors.ports.registrations.find(ONE) == put


@pytest.mark.parametrize("nobody", [OTHER, "", "x", "#tenants", "0" * 33, ONE.replace("1", "A")])
def test_an_id_that_is_nobodys_finds_nothing(doors: Doors, nobody: str) -> None:
    doors.ports.registrations.put(a_registration(), expected=None)

    assert doors.ports.registrations.find(nobody) is None


def test_registrations_are_listed_by_connection_and_tenants_are_apart(doors: Doors) -> None:
    mine, theirs = a_registration(), a_registration(OTHER, connection=SAME_NAME_ELSEWHERE)

    doors.ports.registrations.put(mine, expected=None)
    doors.ports.registrations.put(theirs, expected=None)

    assert doors.ports.registrations.list(BOOKS) == [mine]
    assert doors.ports.registrations.list(SAME_NAME_ELSEWHERE) == [theirs]


def test_only_the_one_that_was_read_is_replaced(doors: Doors) -> None:
    first = a_registration()
    second = replace(first, callback_id="7")
    doors.ports.registrations.put(first, expected=None)

    assert doors.ports.registrations.put(second, expected=first)
    assert not doors.ports.registrations.put(replace(first, callback_id="8"), expected=first)
    assert not doors.ports.registrations.put(replace(first, callback_id="9"), expected=None)
    assert doors.ports.registrations.find(ONE) == second
    assert doors.ports.registrations.list(BOOKS) == [second]


def test_putting_one_thing_twice_is_harmless(doors: Doors) -> None:
    first = a_registration()
    second = replace(first, callback_id="7")
    doors.ports.registrations.put(first, expected=None)
    doors.ports.registrations.put(second, expected=first)

    assert doors.ports.registrations.put(second, expected=first)


def test_a_removed_one_is_nowhere_and_removing_it_again_is_harmless(doors: Doors) -> None:
    doors.ports.registrations.put(a_registration(), expected=None)

    doors.ports.registrations.remove(a_registration())
    doors.ports.registrations.remove(a_registration())

    assert doors.ports.registrations.find(ONE) is None
    assert doors.ports.registrations.list(BOOKS) == []


def test_a_handshakes_code_is_sealed_and_opens_for_its_own_registration_alone(doors: Doors) -> None:
    sealed = doors.ports.candidates.seal(ONE, "verifier-1")

    assert "verifier-1" not in sealed
    assert doors.ports.candidates.open(ONE, sealed) == "verifier-1"
    with pytest.raises(ValueError, match="another registration"):
        doors.ports.candidates.open(OTHER, sealed)


def test_a_push_travels_whole(doors: Doors) -> None:
    push = Push(registration=ONE, connection=BOOKS, event="bill.update", object_id="1001", candidate="c", attempt=2)

    doors.ports.pushes.send(push)

    assert doors.taken() == [push]


def test_the_first_key_of_a_registration_stays_its_key(ports: Ports) -> None:
    keys = SigningKeys(ports.secrets)
    keys.keep(a_registration(), "first")

    keys.keep(a_registration(), "second")

    assert keys.find(a_registration()) == "first"
    assert keys.find(a_registration(OTHER)) is None


def test_a_forgotten_key_is_gone(ports: Ports) -> None:
    keys = SigningKeys(ports.secrets)
    keys.keep(a_registration(), "first")

    keys.forget(a_registration())

    assert keys.find(a_registration()) is None


@pytest.mark.parametrize("body", ["{", "[]", "null", "{}", '{"push": 1}', '{"push": {}}', '{"flow": "x"}'])
def test_what_is_no_push_is_not_taken_for_one(body: str) -> None:
    assert push_from_message(body) is None


def test_a_push_is_no_notice() -> None:
    with pytest.raises(ValueError, match="not a notice"):
        notice_from_message('{"push":{"registration":"1"}}')


def test_no_key_is_written_to_a_table(aws: Emulated) -> None:
    resources = aws.resources()
    DynamoRegistrations(aws.dynamodb, resources).put(a_registration(), expected=None)

    (first, second) = aws.dynamodb.scan(TableName=resources.connection_table)["Items"]

    assert {item["pk"]["S"] for item in (first, second)} == {f"#registration#{ONE}", "acme#registration#books"}
    assert {*first} == {"pk", "sk", "body", "revision"}
