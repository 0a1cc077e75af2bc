"""Both ways into the Jira simulator, at their own addresses, and the life of a grant."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.simulators.jira import Place
from tests.simulators.jira.caller import Caller, as_basic, body_of
from tests.simulators.serving import Response


def consent(caller: Caller, **changes: str) -> Response:
    application = caller.simulator.application
    asked = {
        "audience": "api.atlassian.com",
        "client_id": application.client_id,
        "redirect_uri": application.redirect_uri,
        "scope": "read:jira-work write:jira-work offline_access",
        "state": "a state",
        "response_type": "code",
        "prompt": "consent",
        **changes,
    }
    return caller.send("GET", "/authorize", query=list(asked.items()))


def returned(response: Response) -> dict[str, list[str]]:
    assert response.status == 302
    return parse_qs(urlsplit(response.headers["location"]).query)


def exchange(caller: Caller, code: str) -> Response:
    application = caller.simulator.application
    return caller.token(grant_type="authorization_code", code=code, redirect_uri=application.redirect_uri)


def test_an_api_token_opens_the_site_and_not_the_gateway() -> None:
    caller = Caller()

    site, gateway = caller.api("GET", "myself"), caller.app("GET", "myself", signed=caller.basic)

    assert (site.status, gateway.status) == (200, 401)
    assert site.headers["x-aaccountid"] == body_of(site)["accountId"]


def test_a_token_with_scopes_opens_the_gateway_and_not_the_site() -> None:
    caller = Caller()
    signed = as_basic(*caller.simulator.api_token(scoped=True))

    assert caller.app("GET", "myself", signed=signed).status == 200
    assert caller.api("GET", "myself", signed=signed).status == 401


def test_an_oauth_token_opens_the_gateway_and_not_the_site() -> None:
    caller = Caller()

    assert caller.app("GET", "myself").status == 200
    assert caller.api("GET", "myself", signed=caller.bearer).status == 401


@pytest.mark.parametrize("signed", ["", "Basic !!", "Bearer no", "Basic bm9ib2R5Om5vdGhpbmc="])
def test_nobody_is_let_in_without_a_credential(signed: str) -> None:
    caller = Caller()

    assert caller.api("GET", "myself", signed=signed).status == 401
    assert caller.app("GET", "myself", signed=signed).status == 401


def test_an_api_token_ends() -> None:
    caller = Caller()
    signed = as_basic(*caller.simulator.api_token(days=1))

    before = caller.api("GET", "myself", signed=signed).status
    caller.clock.pass_time(days=1)

    assert (before, caller.api("GET", "myself", signed=signed).status) == (200, 401)


def test_the_gateway_knows_its_sites_alone() -> None:
    caller = Caller()

    elsewhere = caller.send("GET", "/ex/jira/another-cloud/rest/api/3/myself", signed=caller.bearer)

    assert elsewhere.status == 404


def test_anybody_may_ask_for_the_cloud_id() -> None:
    caller = Caller()

    assert body_of(caller.send("GET", "/_edge/tenant_info")) == {"cloudId": caller.simulator.cloud_id}


def test_a_missing_scope_is_a_401_that_says_so() -> None:
    caller = Caller()
    caller.pair = caller.simulator.grant(scopes=("read:jira-work",))

    response = caller.app("POST", "issue", body=caller.an_issue())

    assert (response.status, body_of(response)["message"]) == (401, "Unauthorized; scope does not match")
    assert caller.app("GET", "field").status == 200


def test_a_consent_becomes_a_pair_that_names_the_site() -> None:
    caller = Caller()
    caller.simulator.own_another(Place(cloud_id="other-cloud", name="other"))

    back = returned(consent(caller))
    caller.pair = body_of(exchange(caller, back["code"][0]))

    sites = body_of(caller.send("GET", "/oauth/token/accessible-resources", signed=caller.bearer))
    assert back["state"] == ["a state"]
    assert [(site["id"], site["url"]) for site in sites] == [
        (caller.simulator.cloud_id, "https://hillside.atlassian.net"),
        ("other-cloud", "https://other.atlassian.net"),
    ]
    assert sites[0]["scopes"] == ["read:jira-work", "write:jira-work"]


def test_a_code_works_once_and_not_for_long() -> None:
    caller = Caller()
    code = returned(consent(caller))["code"][0]
    late = returned(consent(caller))["code"][0]

    first, second = exchange(caller, code), exchange(caller, code)
    caller.clock.pass_time(minutes=10)

    assert [first.status, second.status, exchange(caller, late).status] == [200, 403, 403]


def test_a_no_and_a_wrong_scope_come_back_as_errors() -> None:
    caller = Caller()

    assert returned(consent(caller, scope="write:everything"))["error"] == ["invalid_scope"]
    caller.simulator.turn(says_yes=False)
    assert returned(consent(caller))["error"] == ["access_denied"]


def test_another_redirect_uri_is_not_followed() -> None:
    assert consent(Caller(), redirect_uri="https://thief.example/").status == 400


def test_without_offline_access_there_is_no_refresh_token() -> None:
    pair = Caller().simulator.grant(scopes=("read:jira-work",))

    assert "refresh_token" not in pair


def test_a_refresh_rotates_and_the_old_token_is_forgiven_for_ten_minutes() -> None:
    caller = Caller()
    first = caller.pair["refresh_token"]

    second = body_of(caller.refresh(first))["refresh_token"]
    caller.clock.pass_time(minutes=9)
    again = caller.refresh(first)
    caller.clock.pass_time(minutes=1)
    late = caller.refresh(first)

    assert second != first
    assert (again.status, late.status) == (200, 403)
    assert body_of(late) == {"error": "unauthorized_client", "error_description": "refresh_token is invalid"}


@pytest.mark.parametrize(("kills", "status"), [(True, 403), (False, 200)])
def test_a_late_reuse_may_end_the_whole_grant(kills: bool, status: int) -> None:
    caller = Caller(reuse_kills_chain=kills)
    first = caller.pair["refresh_token"]
    second = body_of(caller.refresh(first))["refresh_token"]
    caller.clock.pass_time(hours=1)

    caller.refresh(first)

    assert caller.refresh(second).status == status


def test_a_grant_ends_after_90_idle_days_and_after_a_year() -> None:
    caller = Caller()
    token, days = caller.pair["refresh_token"], 0
    while (response := caller.refresh(token)).status == 200:
        token = body_of(response)["refresh_token"]
        caller.clock.pass_time(days=73)
        days += 73

    idle = caller.simulator.grant()["refresh_token"]
    caller.clock.pass_time(days=90)

    assert days == 365
    assert caller.refresh(idle).status == 403


def test_an_access_token_lives_an_hour() -> None:
    caller = Caller()

    caller.clock.pass_time(hours=1)

    assert caller.app("GET", "myself").status == 401


def test_a_wrong_client_secret_is_another_error_than_a_dead_token() -> None:
    caller = Caller()

    response = caller.refresh(caller.pair["refresh_token"], client_secret="wrong")

    assert (response.status, body_of(response)["error"]) == (401, "access_denied")
    assert caller.refresh(caller.pair["refresh_token"]).status == 200


def test_a_disconnected_application_has_no_token_left() -> None:
    caller = Caller()

    caller.simulator.disconnect()

    assert caller.app("GET", "myself").status == 401
    assert caller.refresh(caller.pair["refresh_token"]).status == 403
    assert caller.api("GET", "myself").status == 200
