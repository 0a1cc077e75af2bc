"""Whatever is sent to the webhook's door: an answer, no accident, and nothing is kept that its sender did not sign."""

from __future__ import annotations

import base64
import hmac
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.registration import Push, Registration, RegistrationState
from ml_connector.runtime import door
from tests.functions import Context, handler
from tests.pushing import FORM, Pushed
from tests.simulators.freshbooks.deliveries import SIGNATURE, VERIFY, signature
from tests.unit.bad_input.doors import ANY_TEXT, Answer, all_kept, events, examples, mutated, sane

PLACES = {"system": ["freshbooks", "jaggaer"], "registration": ["0" * 32]}
RECEIVE = handler("webhook_receiver")


class Knocked:
    """FreshBooks' callbacks, registered and verified; or, as `waiting`, not yet."""

    def __init__(self, *, waiting: bool = False) -> None:
        self.world = Pushed()
        self.world.tend() if waiting else self.world.registered()

    def knock(self, event: Any) -> Answer:
        world = self.world
        metrics = world.world.services.ports.metrics
        log = SimpleNamespace(begin=lambda **_: None)
        made: Any = SimpleNamespace(receiver=world.receiver, metrics=metrics, log=log, stack="ours")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(door, "_made", lambda: made)
            return sane(RECEIVE(event, Context()))

    def kept(self) -> Any:
        doors, calls = self.world.doors, self.world.freshbooks.calls
        return all_kept(self.world.fakes, doors.registrations, doors.pushes, calls, self.world.pair.jaggaer.calls)

    def signed(self, one: Registration) -> dict[str, Any]:
        """A push as FreshBooks sends it to this registration."""
        form = self.world.form(name=one.event)
        return an_event(one, urlencode(form), signature([*form.items()], self.world.key(one)))

    def is_signed(self, event: dict[str, Any]) -> bool:
        """By the simulator's own signature of what came, for the registration that it came to."""
        one = self.world.doors.registrations.find(event["pathParameters"]["registration"])
        given = {name.lower(): value for name, value in event["headers"].items()}.get(SIGNATURE.lower(), "")
        expected = signature(fields_of(event), self.world.key(one)) if one else ""
        return hmac.compare_digest(expected.encode(), given.encode(errors="replace")) and expected != ""

    @property
    def newest(self) -> Push:
        return self.world.doors.pushes.bodies[-1]


def an_event(one: Registration, body: str, signed: str | None = None) -> dict[str, Any]:
    headers = {"content-type": FORM} | ({SIGNATURE.lower(): signed} if signed is not None else {})
    place = {"system": "freshbooks", "registration": one.id}
    return {"pathParameters": place, "headers": headers, "body": body, "isBase64Encoded": False}


def fields_of(event: dict[str, Any]) -> list[tuple[str, str]]:
    body = event["body"]
    text = base64.b64decode(body).decode() if event["isBase64Encoded"] else body
    return parse_qsl(text, keep_blank_values=True)


@pytest.fixture(scope="module")
def live() -> Knocked:
    return Knocked()


@st.composite
def tampered(draw: st.DrawFn, genuine: dict[str, Any], others: list[str]) -> dict[str, Any]:
    """A genuine push with its body, its signature, its address or its coding changed."""
    headers = dict(genuine["headers"])
    name = SIGNATURE.lower()
    match draw(st.sampled_from(["kept", "changed", "twice", "other name", "gone"])):
        case "changed":
            headers[name] = draw(mutated(headers[name]))
        case "twice":
            headers[name] = f"{headers[name]},{headers[name]}"
        case "other name":
            headers[draw(st.sampled_from([SIGNATURE, name.upper(), f"{name} ", "x-hmac"]))] = headers.pop(name)
        case "gone":
            del headers[name]
    place = {"system": "freshbooks", "registration": draw(st.sampled_from(others))}
    body, encoded = draw(mutated(genuine["body"])), draw(st.booleans())
    if encoded:
        body = base64.b64encode(body.encode(errors="replace")).decode()
        body = draw(st.sampled_from([body, body[:-1], f"{body}é", body + body]))
    return {"pathParameters": place, "headers": headers, "body": body, "isBase64Encoded": encoded}


def test_what_freshbooks_signed_is_queued_so_the_pictures_below_can_differ(live: Knocked) -> None:
    before = live.kept()

    for one in live.world.live:
        assert live.knock(live.signed(one)).status == 200

    assert live.kept() != before
    assert live.newest.registration == live.world.live[-1].id


@examples(200)
@given(event=events(["/in/freshbooks/" + "0" * 32], PLACES))
def test_anything_at_all_is_refused_and_changes_nothing(live: Knocked, event: dict[str, Any]) -> None:
    before = live.kept()

    assert live.knock(event).status in (400, 404, 413, 415)

    assert live.kept() == before


@examples(200)
@given(data=st.data())
def test_a_genuine_push_that_was_tampered_with_changes_nothing(live: Knocked, data: st.DataObject) -> None:
    ids = [one.id for one in live.world.live]
    event = data.draw(tampered(live.signed(live.world.live[0]), [*ids[:1] * 6, *ids]))
    before = live.kept()

    answer = live.knock(event)

    if answer.status == 200:
        assert live.is_signed(event)
        told = dict(fields_of(event))
        assert (live.newest.event, live.newest.object_id) == (told["name"], told["object_id"])
    else:
        assert live.kept() == before


@examples(150)
@given(given=st.one_of(ANY_TEXT, st.integers(0, 255).map(chr)), place=st.integers(0, 43))
def test_no_other_signature_than_the_right_one_is_taken(live: Knocked, given: str, place: int) -> None:
    event = live.signed(live.world.live[0])
    right = event["headers"][SIGNATURE.lower()]
    forged = right[:place] + given + right[place + 1 :]
    before = live.kept()

    answer = live.knock(event | {"headers": event["headers"] | {SIGNATURE.lower(): forged}})

    assert (answer.status == 200) == (forged == right)
    assert forged == right or live.kept() == before


@examples(100)
@given(code=ANY_TEXT, number=st.sampled_from(["1", "2", "1001"]))
def test_a_handshake_for_a_key_that_was_verified_changes_nothing(live: Knocked, code: str, number: str) -> None:
    one = live.world.live[0]
    form = live.world.form(name=VERIFY, object_id=one.callback_id or number, verifier=code)
    before = live.kept()

    answer = live.knock(an_event(one, urlencode(form, errors="replace")))

    assert answer.status in (400, 401)
    assert live.kept() == before


@examples(150)
@given(data=st.data())
def test_where_a_handshake_is_awaited_nothing_else_comes_in_and_no_key_takes_effect(data: st.DataObject) -> None:
    waiting = _WAITING
    one = waiting.world.live[0]
    form = waiting.world.form(name=VERIFY, object_id=one.callback_id or "", verifier="a-code")
    event = an_event(one, data.draw(mutated(urlencode(form))), data.draw(st.sampled_from([None, "x"])))
    before = waiting.kept()

    answer = waiting.knock(event)

    assert waiting.world.states == {RegistrationState.PENDING}
    if answer.status != 200:
        assert waiting.kept() == before
        return
    told = dict(fields_of(event))
    assert (told["name"], told["object_id"], told["account_id"]) == (VERIFY, one.callback_id, form["account_id"])
    assert waiting.newest.candidate is not None


_WAITING = Knocked(waiting=True)
