"""Whatever a browser brings to the consent's addresses: a page, no accident, and no change without a token of ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.pipeline.ports_consent import TicketKind
from ml_connector.runtime import wiring
from tests.consenting import Scene
from tests.functions import Context, handler
from tests.simulators.freshbooks import Business
from tests.unit.bad_input.doors import ANY_TEXT, Answer, all_kept, events, examples, mutated, sane

AUTHORISE = handler("authorisation")
PLACES = {"system": ["freshbooks", "jaggaer"]}
PATHS = ["/oauth/freshbooks/start", "/oauth/freshbooks/callback", "/oauth/freshbooks/choose", "/oauth/x/start", "/"]
MILL = Business(
    account_id="Mill01", business_id=4711, business_uuid="11111111-2222-4333-8444-555555555555", name="Mill"
)


class Begun:
    """A consent up to one of its steps, and the genuine request of that step: a token, and the browser's cookie."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.scene = Scene().fresh()
        if step == "choose":
            self.scene.pair.freshbooks.own_another(MILL)
        self.token, self.cookie, self.rest = getattr(self, f"_{step}")()

    def _start(self) -> tuple[str, str, dict[str, str]]:
        return self._sent(self.scene.link())["invite"], "", {}

    def _callback(self) -> tuple[str, str, dict[str, str]]:
        browser = self.scene.browser()
        sent = self._sent(browser.begin(self.scene.link()))
        return sent["state"], browser.cookies["__Host-consent"], {"code": sent["code"]}

    def _choose(self) -> tuple[str, str, dict[str, str]]:
        browser = self.scene.browser()
        page = browser.open(self.scene.link())
        ticket = page.html.split('name="ticket" value="')[1].split('"')[0]
        return ticket, browser.cookies["__Host-consent"], {"business": "4711"}

    @staticmethod
    def _sent(url: str) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(url).query))

    # what is sent

    @property
    def name(self) -> str:
        return {"start": "invite", "callback": "state", "choose": "ticket"}[self.step]

    @property
    def words(self) -> str:
        return urlencode({self.name: self.token, **self.rest})

    def event(self, words: str, cookies: list[str], *, encoded: bool = False) -> dict[str, Any]:
        is_form = self.step == "choose"
        body = base64.b64encode(words.encode(errors="replace")).decode() if encoded and words.isascii() else words
        return {
            "requestContext": {"http": {"method": "POST" if is_form else "GET"}},
            "rawPath": f"/oauth/freshbooks/{self.step}",
            "rawQueryString": "" if is_form else words,
            "cookies": cookies,
            "body": body if is_form else None,
            "isBase64Encoded": is_form and encoded,
        }

    def send(self, event: Any) -> Answer:
        @contextmanager
        def process(*_: Any) -> Iterator[Any]:
            yield self.scene.desk

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "invocation", process)
            return sane(AUTHORISE(event, Context()))

    # what is kept

    def kept(self) -> Any:
        """All but the tickets, and the vendors' calls: what a consent is about."""
        return all_kept(self.scene.fakes, self.scene.consents.claims, self.calls)

    @property
    def tickets(self) -> dict[Any, Any]:
        return dict(self.scene.consents.tickets)

    @property
    def calls(self) -> list[Any]:
        return [*self.scene.pair.freshbooks.calls, *self.scene.pair.jaggaer.calls]

    def has_token(self, words: str) -> bool:
        return (self.name, self.token) in parse_qsl(words, keep_blank_values=True)

    def has_cookie(self, cookies: list[str]) -> bool:
        return f"__Host-consent={self.cookie}" in [pair.strip() for pair in cookies]


BEGUN = {step: Begun(step) for step in ("start", "callback", "choose")}
"""Put back, or replaced by a new one, wherever an example changed something."""


@pytest.mark.parametrize("step", BEGUN)
def test_the_genuine_request_of_each_step_is_let_in_so_the_pictures_below_can_differ(step: str) -> None:
    begun = Begun(step)
    tickets, before = begun.tickets, begun.kept()

    answer = begun.send(begun.event(begun.words, [f"__Host-consent={begun.cookie}"]))

    assert answer.status == (302 if step == "start" else 200)
    assert begun.tickets != tickets
    assert (begun.kept() != before) == (step != "start")
    assert begun.scene.connection().is_running == (step != "start")


@examples(200)
@given(event=events(PATHS, PLACES))
def test_anything_at_all_is_refused_and_changes_nothing(event: dict[str, Any]) -> None:
    begun = BEGUN["callback"]
    tickets, before = begun.tickets, begun.kept()

    assert begun.send(event).status in (400, 404)

    assert (begun.tickets, begun.kept()) == (tickets, before)


@st.composite
def tampered(draw: st.DrawFn, begun: Begun) -> tuple[str, list[str]]:
    """A genuine request with its token, its other words or its cookie changed."""
    words = draw(st.sampled_from([begun.words, begun.words, f"{begun.words}&{begun.name}=x"]))
    if draw(st.booleans()):
        words = draw(mutated(words))
    right = f"__Host-consent={begun.cookie}"
    wrong = draw(st.one_of(mutated(right), ANY_TEXT, st.just(f"__Host-consent={'0' * 64}")))
    return words, draw(st.sampled_from([[right], [right], [wrong], [], [wrong, right], [right, wrong]]))


@pytest.mark.parametrize("step", BEGUN)
@examples(80)
@given(data=st.data())
def test_a_tampered_request_changes_nothing_without_its_token_nor_in_another_browser(
    step: str, data: st.DataObject
) -> None:
    begun = BEGUN[step]
    words, cookies = data.draw(tampered(begun))
    tickets, before = begun.tickets, begun.kept()

    answer = begun.send(begun.event(words, cookies, encoded=data.draw(st.booleans())))

    gone = [ticket.kind for mark, ticket in tickets.items() if mark not in begun.tickets]
    is_changed, is_other = begun.kept() != before, begun.tickets != tickets
    begun.scene.consents.tickets = tickets
    if is_changed:
        BEGUN[step] = Begun(step)
        assert begun.has_cookie(cookies)
    elif gone:
        assert (step, gone, answer.status) == ("callback", [TicketKind.STATE], 400)
    assert begun.has_token(words) or not (is_changed or is_other)
