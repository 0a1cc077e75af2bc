"""Whatever is sent to Jira's door: an answer, no accident, and nothing is kept that Jira did not prove (FI7, P6)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.runtime import door
from tests.functions import Context, handler
from tests.jira_pushing import PushingJira
from tests.simulation.test_jira_webhooks import admin, dynamic
from tests.unit.bad_input.doors import ANY_TEXT, Answer, all_kept, events, examples, mutated, sane

TOKEN, SIGNATURE = "authorization", "x-hub-signature"
RECEIVE = handler("webhook_receiver")
PLACES = {"system": ["jira"], "registration": ["0" * 32]}


class Knocked:
    """A site that pushes to us, and one push of it as it came."""

    def __init__(self, begun: Callable[[], PushingJira], proof: str) -> None:
        self.pushing, self.proof = begun(), proof
        self.genuine: dict[str, Any] = {}
        self.pushing.jira.deliveries.post = self.keep
        self.pushing.jira.desk.move_issue(self.pushing.key, "OPS")
        self.pushing.jira.send_events()

    def keep(self, uri: str, headers: dict[str, str], body: bytes) -> int:
        self.genuine = an_event(uri, headers, body)
        return 200

    def knock(self, event: Any) -> Answer:
        pushing = self.pushing
        metrics = pushing.customer.world.services.ports.metrics
        log = SimpleNamespace(begin=lambda **_: None)
        made: Any = SimpleNamespace(receiver=pushing.door.receiver, metrics=metrics, log=log, stack="ours")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(door, "_made", lambda: made)
            return sane(RECEIVE(event, Context()))

    def kept(self) -> Any:
        doors = self.pushing.door.doors
        return all_kept(self.pushing.customer.world.fakes, doors.registrations, doors.pushes)

    def with_proof(self, proof: str) -> dict[str, Any]:
        return self.genuine | {"headers": self.genuine["headers"] | {self.proof: proof}}


def an_event(uri: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    system, registration = uri.split("/")[-2:]
    lowered = {name.lower(): value for name, value in headers.items()}
    place = {"system": system, "registration": registration}
    return {"pathParameters": place, "headers": lowered, "body": body.decode(), "isBase64Encoded": False}


DYNAMIC, ADMIN = Knocked(dynamic, TOKEN), Knocked(admin, SIGNATURE)
BOTH = pytest.mark.parametrize("site", [DYNAMIC, ADMIN], ids=["dynamic", "admin"])


@BOTH
def test_what_jira_sent_is_queued_so_the_pictures_below_can_differ(site: Knocked) -> None:
    before = site.kept()

    assert site.knock(site.genuine).status == 200

    assert site.kept() != before


@BOTH
@examples(150)
@given(event=events(["/in/jira/" + "0" * 32], PLACES))
def test_anything_at_all_is_refused_and_changes_nothing(site: Knocked, event: dict[str, Any]) -> None:
    before = site.kept()

    assert site.knock(event).status in (400, 401, 404, 413, 415)

    assert site.kept() == before


@BOTH
@examples(150)
@given(data=st.data())
def test_no_other_proof_than_the_right_one_is_taken(site: Knocked, data: st.DataObject) -> None:
    right = site.genuine["headers"][site.proof]
    forged = data.draw(mutated(right))
    before = site.kept()

    answer = site.knock(site.with_proof(forged))

    if answer.status == 200:
        assert told_by(forged) == told_by(right)
    else:
        assert site.kept() == before


def test_a_token_with_half_a_letter_in_it_is_no_token() -> None:
    assert DYNAMIC.knock(DYNAMIC.with_proof("JWT \ud800.e30.c2ln")).status == 401


@examples(100)
@given(claims=st.dictionaries(st.sampled_from(["exp", "iat", "nbf", "iss"]), st.one_of(st.integers(), ANY_TEXT)))
def test_a_token_that_we_did_not_agree_on_a_key_for_changes_nothing(claims: dict[str, Any]) -> None:
    head = {"alg": "none", "typ": "JWT"}
    token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (head, claims))
    before = DYNAMIC.kept()

    for forged in (f"JWT {token}.", f"Bearer {token}.c2lnbmVk", f"JWT {token}"):
        assert DYNAMIC.knock(DYNAMIC.with_proof(forged)).status == 401

    assert DYNAMIC.kept() == before


@examples(150)
@given(data=st.data())
def test_a_signed_body_that_was_tampered_with_changes_nothing(data: st.DataObject) -> None:
    body = data.draw(mutated(ADMIN.genuine["body"]))
    before = ADMIN.kept()

    answer = ADMIN.knock(ADMIN.genuine | {"body": body})

    assert (answer.status == 200) == (body == ADMIN.genuine["body"])
    assert answer.status == 200 or ADMIN.kept() == before


@examples(150)
@given(data=st.data())
def test_a_body_that_the_token_does_not_cover_is_a_hint_at_most(data: st.DataObject) -> None:
    """A token says who sends, not what: what a body claims is read from Jira before anything is believed."""
    before = DYNAMIC.pushing.customer.world.fakes.ledger.rows.copy()

    DYNAMIC.knock(DYNAMIC.genuine | {"body": data.draw(mutated(DYNAMIC.genuine["body"]))})

    assert before == DYNAMIC.pushing.customer.world.fakes.ledger.rows


def told_by(proof: str) -> str:
    """What a proof says, whatever surrounds it: the scheme may be written in either case, padding left out."""
    return proof.partition(" ")[2].strip().rstrip("=") or proof
