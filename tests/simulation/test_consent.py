"""A person's consent, from the link to the running connection; and every way in which somebody else could try it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from ml_connector.domain.connection import ConnectionState
from ml_connector.domain.errors import SettingsError
from ml_connector.pipeline.probe import steps_of
from tests.consenting import Browser, Scene
from tests.simulators.freshbooks import Business

MILL = Business(
    account_id="Mill01", business_id=4711, business_uuid="11111111-2222-4333-8444-555555555555", name="Mill"
)
SCOPES = {
    "user:profile:read",
    "user:bills:read",
    "user:bills:write",
    "user:bill_vendors:read",
    "user:bill_vendors:write",
    "user:expenses:read",
    "user:journal_entries:read",
}


def test_a_person_with_one_business_lets_us_in_and_its_three_ids_are_stored() -> None:
    scene = Scene().fresh()

    page = scene.consent()

    connection, business = scene.connection(), scene.pair.freshbooks.business
    assert (page.status, connection.state) == (200, ConnectionState.ACTIVE)
    assert "FreshBooks is connected" in page.html
    assert {name: connection.settings[name] for name in ("account_id", "business_id", "business_uuid")} == {
        "account_id": business.account_id,
        "business_id": str(business.business_id),
        "business_uuid": business.business_uuid,
    }
    assert connection.account == business.account_id


def test_what_was_authorised_works() -> None:
    scene = Scene().fresh()
    scene.consent()

    scene.pair.run()

    assert scene.pair.freshbooks.bills


def test_only_the_scopes_of_the_enabled_flows_are_asked_for() -> None:
    scene = Scene().fresh()

    departure = scene.browser().fetch(scene.link()).headers["location"]

    assert set(dict(parse_qsl(urlsplit(departure).query))["scope"].split()) == SCOPES


def test_a_flow_that_is_switched_off_needs_nothing() -> None:
    scene = Scene().fresh()
    scene.fakes.connections.save_flow(replace(scene.fakes.connections.flow(scene.pair.invoices), enabled=False))

    invitation = scene.desk.consent.invite(scene.connection(), actor="ann")

    assert set(invitation.scopes) == {"user:profile:read", "user:bill_vendors:read", "user:bill_vendors:write"}


def test_without_an_enabled_flow_there_is_nothing_to_consent_to() -> None:
    scene = Scene().fresh()
    for flow in (scene.pair.suppliers, scene.pair.invoices):
        scene.fakes.connections.save_flow(replace(scene.fakes.connections.flow(flow), enabled=False))

    with pytest.raises(SettingsError, match="no flow of freshbooks is enabled"):
        scene.link()


def test_an_address_that_nobody_could_come_back_to_is_told_before_anybody_sets_out() -> None:
    scene = Scene().fresh()
    scene.set(settings={"redirect_uri": "https://elsewhere.example/back"})

    with pytest.raises(SettingsError, match=r"redirect_uri: set it to this installation's own"):
        scene.link()


def test_a_person_with_several_businesses_chooses_one() -> None:
    scene = Scene().fresh()
    scene.pair.freshbooks.own_another(MILL)
    browser = scene.browser()

    page = scene.consent(browser=browser)
    stopped = scene.connection().state
    done = browser.choose(page, "4711")

    assert (page.status, stopped) == (200, ConnectionState.STOPPED)
    assert "Mill" in page.html
    assert "Hillside Joinery" in page.html
    assert done.status == 200
    assert scene.connection().settings["account_id"] == "Mill01"
    assert scene.connection().is_running


def test_a_business_that_was_not_offered_cannot_be_chosen() -> None:
    scene = Scene().fresh()
    scene.pair.freshbooks.own_another(MILL)
    browser = scene.browser()
    page = scene.consent(browser=browser)

    tampered = browser.choose(page, "9999")

    assert tampered.status == 400
    assert scene.connection().settings["account_id"] == ""
    assert browser.choose(page, "4711").status == 200


@pytest.mark.parametrize("thief", ["another browser", "the same, twice", "too late"])
def test_a_choice_is_the_browsers_own_once_and_in_time(thief: str) -> None:
    scene = Scene().fresh()
    scene.pair.freshbooks.own_another(MILL)
    browser = scene.browser()
    page = scene.consent(browser=browser)
    who = scene.browser() if thief == "another browser" else browser
    first = [browser.choose(page, "4711")] if thief == "the same, twice" else []
    scene.pair.later(minutes=10 if thief == "too late" else 0)

    assert who.choose(page, "4711").status == 400
    assert all(done.status == 200 for done in first)


def test_a_connection_that_has_its_business_is_not_asked_again() -> None:
    scene = Scene()
    scene.pair.freshbooks.own_another(MILL)

    page = scene.consent()

    assert "is connected" in page.html
    assert scene.connection().settings["account_id"] == scene.pair.freshbooks.account_id


def test_somebody_without_that_business_cannot_take_the_connection_to_another_one() -> None:
    scene = Scene()
    scene.set(settings={"account_id": "Other1"}, account="Other1")
    before = scene.connection()

    page = scene.consent()

    assert page.status == 400
    assert "in which you have no part" in page.html
    assert scene.connection() == before


def test_a_mere_client_of_the_business_is_told_so() -> None:
    scene = Scene().fresh()
    guest = scene.pair.freshbooks.add_identity(role="client")
    scene.pair.freshbooks.turn(signed_in=guest)

    page = scene.consent()

    assert page.status == 400
    assert "only a client of it" in page.html


def test_a_person_who_says_no_is_answered_in_plain_words_and_may_think_again() -> None:
    scene = Scene().fresh()
    browser, link = scene.browser(), scene.link()
    scene.pair.freshbooks.turn(says_yes=False)

    page = browser.open(link)
    scene.pair.freshbooks.turn(says_yes=True)

    assert page.status == 400
    assert "You said no, and nothing was authorised" in page.html
    assert browser.open(link).status == 200


def test_a_scope_that_was_not_given_is_named_and_nothing_moves_without_it() -> None:
    scene = Scene().fresh()
    scene.pair.freshbooks.turn(withheld_scopes=("user:bills:write",))

    page = scene.consent()

    assert "did not give: user:bills:write (for jaggaer_invoice_to_freshbooks_bill)" in page.html
    assert scene.connection().state is ConnectionState.STOPPED
    assert "not authorised for user:bills:write" in (scene.connection().state_why or "")


def test_a_pause_of_a_persons_is_not_lifted() -> None:
    scene = Scene()
    scene.set(state=ConnectionState.PAUSED, state_why="year end")

    scene.consent()

    assert scene.connection().state is ConnectionState.PAUSED


# who else could try


def test_a_link_works_once() -> None:
    scene = Scene().fresh()
    link = scene.link()
    scene.browser().open(link)

    again = scene.browser().open(link)

    assert again.status == 400
    assert "was used already" in again.html


def test_a_link_is_good_for_a_day() -> None:
    scene = Scene().fresh()
    link = scene.link()
    scene.pair.later(days=1)

    assert scene.browser().open(link).status == 400


def test_who_looks_at_a_link_without_going_on_does_not_use_it_up() -> None:
    scene = Scene().fresh()
    link = scene.link()
    scene.browser().fetch(link)

    assert scene.browser().open(link).status == 200


def test_two_consents_from_one_link_let_one_in() -> None:
    scene = Scene().fresh()
    ann, eve, link = scene.browser(), scene.browser(), scene.link()
    hers, his = ann.begin(link), eve.begin(link)

    assert (ann.fetch(hers).status, eve.fetch(his).status) == (200, 400)


def test_a_state_is_used_once() -> None:
    scene = Scene().fresh()
    browser = scene.browser()
    back = browser.begin(scene.link())

    assert (browser.fetch(back).status, browser.fetch(back).status) == (200, 400)


def test_a_state_is_good_for_ten_minutes() -> None:
    scene = Scene().fresh()
    browser = scene.browser()
    back = browser.begin(scene.link())
    scene.pair.later(minutes=10)

    page = browser.fetch(back)

    assert page.status == 400
    assert "longer than ten minutes" in page.html


@pytest.mark.parametrize("cookie", [None, "f" * 64, ""], ids=["none", "another", "empty"])
def test_a_sign_in_that_was_begun_in_another_browser_is_refused(cookie: str | None) -> None:
    scene = Scene().fresh()
    back = scene.browser().begin(scene.link())
    victim = Browser(scene, {} if cookie is None else {"__Host-consent": cookie})

    page = victim.fetch(back)

    assert page.status == 400
    assert "another browser" in page.html
    assert not scene.connection().is_running


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state[:-1] + ("0" if state[-1] != "0" else "1"),
        lambda state: state.replace("acme.", "globex."),
        lambda state: state.removeprefix("acme."),
        lambda state: "",
        lambda state: "acme.",
        lambda state: "a" * 5000,
        lambda state: "Not A Tenant.ffff",
    ],
    ids=["forged", "another tenant's", "no tenant", "empty", "no chance", "endless", "no name"],
)
def test_a_state_that_is_not_ours_is_refused(change: Callable[[str], str]) -> None:
    scene = Scene().fresh()
    browser = scene.browser()
    parts = urlsplit(browser.begin(scene.link()))
    query = dict(parse_qsl(parts.query))
    query["state"] = change(query["state"])

    page = browser.fetch(parts._replace(query=urlencode(query)).geturl())

    assert page.status == 400
    assert not scene.connection().is_running


@pytest.mark.parametrize("kind", ["invite", "state"])
def test_a_ticket_is_good_for_its_own_address_only(kind: str) -> None:
    scene = Scene().fresh()
    browser, link = scene.browser(), scene.link()
    state = dict(parse_qsl(urlsplit(browser.fetch(link).headers["location"]).query))["state"]
    invite = dict(parse_qsl(urlsplit(link).query))["invite"]
    wrong = {
        "invite": link.split("/start")[0] + f"/callback?code=x&state={invite}",
        "state": link.split("?")[0] + f"?invite={state}",
    }[kind]

    assert browser.fetch(wrong).status == 400


def test_a_code_that_was_slipped_in_from_elsewhere_has_no_verifier() -> None:
    """Somebody else's code in the victim's callback: FreshBooks bound it to another challenge."""
    scene = Scene().fresh()
    attacker, victim, link = scene.browser(), scene.browser(), scene.link()
    code = dict(parse_qsl(urlsplit(attacker.begin(link)).query))["code"]
    departure = victim.fetch(link).headers["location"]
    state = dict(parse_qsl(urlsplit(departure).query))["state"]

    page = victim.fetch(link.split("/start")[0] + f"/callback?code={code}&state={state}")

    assert page.status == 400
    assert "no longer takes this sign-in" in page.html


def test_another_systems_address_does_not_take_it() -> None:
    scene = Scene().fresh()

    assert scene.browser().fetch(scene.link().replace("/oauth/freshbooks/", "/oauth/jaggaer/")).status == 400


def test_nothing_secret_is_in_our_addresses_in_the_log_or_in_the_tables() -> None:
    scene = Scene().fresh()
    browser = scene.browser()
    back = browser.begin(scene.link())
    browser.fetch(back)
    tokens = scene.fakes.secrets.read(f"grants/acme/{scene.connection().grant}")
    code = dict(parse_qsl(urlsplit(back).query))["code"]

    seen = repr([browser.visited, scene.fakes.log.lines, scene.consents.tickets, scene.consents.claims])

    assert tokens["access_token"] not in seen
    assert tokens["refresh_token"] not in seen
    assert scene.pair.freshbooks.application.client_secret not in seen
    assert browser.cookies["__Host-consent"] not in seen
    assert code not in repr([scene.fakes.log.lines, scene.consents.tickets])


def test_pages_and_redirects_are_not_kept_and_tell_nobody_where_they_came_from() -> None:
    scene = Scene().fresh()
    browser = scene.browser()

    answers = [browser.fetch(scene.link()), browser.fetch("https://connector.example/oauth/freshbooks/callback")]

    assert {page.headers["cache-control"] for page in answers} == {"no-store"}
    assert {page.headers["referrer-policy"] for page in answers} == {"no-referrer"}
    assert all("frame-ancestors 'none'" in page.headers["content-security-policy"] for page in answers)


# one identity, one grant


def test_two_connections_of_one_identity_share_one_grant() -> None:
    scene = Scene().fresh()
    second = scene.another()
    scene.consent()

    scene.consent(second)

    assert scene.connection().grant == scene.connection(second).grant
    assert scene.connection().is_running
    assert scene.connection(second).is_running


def test_both_go_on_for_days_after_the_second_consent_ended_the_firsts_pair() -> None:
    scene = Scene().fresh()
    second = scene.another()
    scene.consent()
    scene.consent(second)

    scene.pair.later(hours=13)

    assert all(
        step.ok
        for each in (None, second)
        for step in steps_of(scene.restart().systems.open(scene.connection(each)).probe())
    )


@pytest.mark.parametrize("shares", [False, True], ids=["its own", "of one that shares the grant"])
def test_a_warm_process_lets_go_of_the_former_consents_token_at_once(shares: bool) -> None:
    """A wider consent would else be refused for its scopes until the former token's time in hand is over."""
    scene = Scene().fresh()
    second = scene.another()
    scene.consent()
    scene.consent(second)
    systems = scene.desk.systems
    before = systems.open(scene.connection())
    scene.pair.later(seconds=1)

    scene.consent(second if shares else None)

    assert systems.open(scene.connection()) is not before


def test_two_people_have_a_grant_each() -> None:
    scene = Scene().fresh()
    second = scene.another()
    scene.consent()
    scene.pair.freshbooks.turn(signed_in=scene.pair.freshbooks.add_identity())

    scene.consent(second)

    assert scene.connection().grant != scene.connection(second).grant


def test_one_consent_asks_for_what_all_connections_through_the_application_need() -> None:
    scene = Scene().fresh()
    second = scene.another()
    bills = replace(scene.pair.invoices, target=second.name)
    scene.fakes.connections.save_flow(replace(scene.fakes.connections.flow(bills), enabled=False))

    assert set(scene.desk.consent.invite(scene.connection(second), actor="ann").scopes) == SCOPES


def test_connections_that_shared_a_grant_from_a_file_go_along() -> None:
    scene = Scene()
    second = scene.another(account_id=scene.pair.freshbooks.account_id)
    scene.set(second, grant="freshbooks", account=scene.pair.freshbooks.account_id)

    scene.consent()

    assert scene.connection(second).grant == scene.connection().grant != "freshbooks"
    assert scene.connection(second).is_running


def test_the_same_identity_in_a_second_tenant_is_refused_with_advice_and_the_first_goes_on() -> None:
    scene = Scene().fresh()
    elsewhere = scene.another("books", tenant="globex")
    scene.consent()

    page = scene.consent(elsewhere)
    scene.pair.later(hours=13)

    assert page.status == 400
    assert "Use an application of this customer&#x27;s own" in page.html
    assert "acme" not in page.html
    assert not scene.connection(elsewhere).is_running
    assert all(step.ok for step in steps_of(scene.restart().systems.open(scene.connection()).probe()))


def test_a_second_tenants_narrower_consent_is_not_given_to_the_first() -> None:
    """It would lack what the first needs: better plainly dead than refused write by write."""
    scene = Scene().fresh()
    elsewhere = scene.another("books", tenant="globex")
    scene.consent()
    before = scene.fakes.grants.load("acme", scene.connection().grant or "")
    scene.pair.freshbooks.turn(withheld_scopes=("user:bills:write",))

    scene.consent(elsewhere)

    assert scene.fakes.grants.load("acme", scene.connection().grant or "") == before


def test_another_person_may_connect_a_second_tenant_through_the_same_application() -> None:
    scene = Scene().fresh()
    elsewhere = scene.another("books", tenant="globex")
    scene.consent()
    scene.pair.freshbooks.turn(signed_in=scene.pair.freshbooks.add_identity())

    assert scene.consent(elsewhere).status == 200


def test_a_withdrawn_authorisation_stops_all_who_share_it_and_frees_the_person_for_another_tenant() -> None:
    scene = Scene().fresh()
    second, elsewhere = scene.another(), scene.another("books", tenant="globex")
    scene.consent()
    scene.consent(second)
    grant = scene.connection().grant

    stopped = scene.desk.consent.withdraw(scene.connection(), actor="ann")

    assert [one.id for one in stopped] == [second, scene.books]
    assert scene.connection(second).state_why == "authorisation withdrawn by ann"
    assert f"grants/acme/{grant}" not in scene.fakes.secrets.versions
    assert scene.consent(elsewhere).status == 200


def test_what_was_withdrawn_can_be_given_again() -> None:
    scene = Scene().fresh()
    scene.consent()
    scene.desk.consent.withdraw(scene.connection(), actor="ann")

    assert scene.consent().status == 200
    assert all(step.ok for step in steps_of(scene.restart().systems.open(scene.connection()).probe()))
    assert scene.desk.consent.withdraw(scene.connection(scene.another()), actor="ann") == []


# a grant that died


def test_a_dead_grant_stops_its_flows_says_so_and_they_go_on_at_their_mark_once_authorised_again() -> None:
    scene = Scene().fresh()
    scene.consent()
    scene.pair.run()
    mark = scene.fakes.polls.load(scene.pair.invoices).since
    bills = len(scene.pair.freshbooks.bills)
    _die(scene)
    scene.pair.run()
    stopped, stood_at = scene.connection(), scene.fakes.polls.load(scene.pair.invoices).since

    page = scene.consent()
    scene.pair.run()

    assert stopped.state is ConnectionState.STOPPED
    assert "authorise again" in (stopped.state_why or "")
    assert scene.fakes.metrics.counts["DeadGrants"] >= 1
    assert page.status == 200
    assert scene.connection().is_running
    goes_on = scene.fakes.polls.load(scene.pair.invoices).since
    assert mark is not None
    assert goes_on is not None
    assert stood_at == mark < goes_on
    assert len(scene.pair.freshbooks.bills) == bills


def test_what_was_planned_when_the_grant_died_is_posted_after_it_lives_again() -> None:
    scene = Scene().fresh()
    scene.consent()
    _die(scene)
    scene.pair.run()
    before = len(scene.pair.freshbooks.bills)

    scene.consent()
    scene.pair.run()

    assert (before, bool(scene.pair.freshbooks.bills)) == (0, True)


def _die(scene: Scene) -> None:
    """The person takes the application out of their account; upkeep finds out when the token runs out."""
    scene.pair.freshbooks.disconnect()
    scene.pair.later(hours=12)
    for _ in range(3):
        desk = scene.restart()
        desk.upkeep.run(scene.pair.world.deadline())
        scene.pair.later(minutes=2)
