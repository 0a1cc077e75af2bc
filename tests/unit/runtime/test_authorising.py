"""The consent's addresses as API Gateway and the embedded engine call them: cookies, queries, forms, pages."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest

from ml_connector.domain.connection import Connection
from ml_connector.domain.identity import ConnectionId
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.consent import Authorised, Choice, ConsentError, Departure
from ml_connector.pipeline.ports_consent import Offer
from ml_connector.pipeline.system import Grant
from ml_connector.runtime.authorising import answer_consent
from tests.fakes.world import fake_ports
from tests.unit.pipeline.office import a_connector

BOOKS = Connection(id=ConnectionId(tenant="acme", name="books"), system="freshbooks")
DONE = Authorised(connection=BOOKS, business="Hill & <b>Sons</b>", who='"><script>', missing={})
COOKIE = "c" * 64


@dataclass
class Consent:
    """Notes what it is asked, and answers what a test says."""

    answer: Any = DONE
    asked: list[dict[str, Any]] = field(default_factory=list)

    def start(self, system: str, **given: Any) -> Departure:
        self._note(system, given)
        return Departure(url="https://vendor.example/authorize?state=s", browser=COOKIE)

    def callback(self, system: str, **given: Any) -> Any:
        return self._note(system, given)

    def choose(self, system: str, **given: Any) -> Any:
        return self._note(system, given)

    def _note(self, system: str, given: dict[str, Any]) -> Any:
        self.asked.append({"system": system, **given})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Services:
    consent: Consent = field(default_factory=Consent)
    is_local: bool = False

    def __post_init__(self) -> None:
        self.ports = fake_ports()
        self.settings = self
        books = a_connector("freshbooks", Grant.AUTHORIZATION_CODE, backlog=1, open_system=None)
        self.catalog = Catalog(connectors={"freshbooks": books})


@pytest.fixture
def services() -> Services:
    return Services()


def call(services: Services, method: str, path: str, **event: Any) -> dict[str, Any]:
    whole = {"requestContext": {"http": {"method": method}}, "rawPath": path, **event}
    return answer_consent(whole, services)  # type: ignore[arg-type]  # the services it uses, and no more


@pytest.mark.parametrize(
    "event",
    [
        {"cookies": ["other=1", f"__Host-consent={COOKIE}"]},
        {"headers": {"cookie": f"other=1; __Host-consent={COOKIE}"}},
        {"headers": {"Cookie": f"__Host-consent={COOKIE}"}},
    ],
    ids=["API Gateway", "the embedded engine", "in capitals"],
)
def test_the_cookie_is_found_wherever_it_comes(services: Services, event: dict[str, Any]) -> None:
    call(services, "GET", "/oauth/freshbooks/callback", rawQueryString="state=s&code=c", **event)

    assert services.consent.asked == [
        {"system": "freshbooks", "state": "s", "browser": COOKIE, "code": "c", "error": None}
    ]


def test_the_start_gives_a_cookie_that_scripts_other_hosts_and_plain_http_cannot_have(services: Services) -> None:
    answer = call(services, "GET", "/oauth/freshbooks/start", rawQueryString="invite=acme.1")

    assert (answer["statusCode"], answer["headers"]["location"]) == (302, "https://vendor.example/authorize?state=s")
    assert answer["cookies"] == [f"__Host-consent={COOKIE}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"]


def test_on_a_laptop_the_cookie_goes_over_plain_http() -> None:
    answer = call(Services(is_local=True), "GET", "/oauth/freshbooks/start", rawQueryString="invite=acme.1")

    assert answer["cookies"] == [f"consent={COOKIE}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"]


def test_a_parameter_that_is_there_twice_counts_as_not_there(services: Services) -> None:
    call(services, "GET", "/oauth/freshbooks/callback", rawQueryString="state=a&state=b&code=c")

    assert services.consent.asked[0]["state"] == ""


def test_half_a_character_is_replaced_so_that_it_can_be_sent_on(services: Services) -> None:
    call(services, "GET", "/oauth/freshbooks/callback", rawQueryString="state=s\ud800&code=c\ud800")

    assert (services.consent.asked[0]["state"], services.consent.asked[0]["code"]) == ("s?", "c?")


@pytest.mark.parametrize("encoded", [True, False], ids=["base64", "plain"])
def test_a_form_is_read_as_it_comes(services: Services, encoded: bool) -> None:
    body = "ticket=acme.1&business=47+11"
    body = base64.b64encode(body.encode()).decode() if encoded else body

    call(services, "POST", "/oauth/freshbooks/choose", body=body, isBase64Encoded=encoded)

    asked = services.consent.asked[0]
    assert (asked["ticket"], asked["business"]) == ("acme.1", "47 11")


@pytest.mark.parametrize("body", ["x" * 100_000, "%", "é", "ticket"], ids=["endless", "broken", "no ASCII", "no value"])
def test_a_form_that_cannot_be_read_is_empty(services: Services, body: str) -> None:
    call(services, "POST", "/oauth/freshbooks/choose", body=body, isBase64Encoded=body in "%é")

    assert services.consent.asked[0]["ticket"] == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/oauth/freshbooks/start"), ("GET", "/oauth/freshbooks/choose"), ("GET", "/oauth"), ("GET", "/")],
)
def test_anywhere_else_there_is_nothing(services: Services, method: str, path: str) -> None:
    assert call(services, method, path)["statusCode"] == 404


def test_what_others_wrote_is_text_on_our_pages(services: Services) -> None:
    html = call(services, "GET", "/oauth/freshbooks/callback")["body"]

    assert "Hill &amp; &lt;b&gt;Sons&lt;/b&gt;" in html
    assert "<script" not in html
    assert "<b>" not in html


def test_the_list_of_businesses_is_one_form_without_a_script(services: Services) -> None:
    offer = Offer(id='7"x', name="<Mill>", settings={"account_id": "A1"})
    services.consent.answer = Choice(ticket="acme.2", offers=(offer,), who="olive@hillside.example")

    answer = call(services, "GET", "/oauth/freshbooks/callback")

    assert '<form method="post" action="choose">' in answer["body"]
    assert 'value="7&quot;x" required> &lt;Mill&gt; <small>(A1)</small>' in answer["body"]
    assert "<script" not in answer["body"]
    assert "form-action 'self'" in answer["headers"]["content-security-policy"]


def test_a_refusal_is_a_page_in_plain_words(services: Services) -> None:
    services.consent.answer = ConsentError("This link is too old.", code="bad_ticket")

    answer = call(services, "GET", "/oauth/freshbooks/callback", rawQueryString="error=%3Cscript%3E")

    assert (answer["statusCode"], answer["headers"]["cache-control"]) == (400, "no-store")
    assert "This link is too old." in answer["body"]
    assert "script" not in answer["body"]


def test_what_is_missing_and_who_still_pauses_is_said(services: Services) -> None:
    missing = {"user:bills:write": ("jaggaer_invoice_to_freshbooks_bill",)}
    services.consent.answer = Authorised(connection=BOOKS, business="Mill", who="olive", missing=missing)

    html = call(services, "GET", "/oauth/freshbooks/callback")["body"]

    assert "user:bills:write (for jaggaer_invoice_to_freshbooks_bill)" in html
    assert "Until then nothing is moved" in html
