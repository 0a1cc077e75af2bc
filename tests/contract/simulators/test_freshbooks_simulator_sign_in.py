"""Signing in to the FreshBooks simulator: codes, tokens, scopes, addresses."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.simulators.freshbooks import Business
from tests.simulators.freshbooks.caller import BILLS, Caller, body_of, refusal_in
from tests.simulators.serving import Request


def test_a_code_is_good_for_one_pair() -> None:
    caller = Caller()
    code = caller.simulator.authorisation_code()

    first = caller.token(grant_type="authorization_code", code=code)
    second = caller.token(grant_type="authorization_code", code=code)

    assert body_of(first)["expires_in"] == 43_200
    assert (second.status, body_of(second)["error"]) == (400, "invalid_grant")


def test_a_code_dies_after_five_minutes() -> None:
    caller = Caller()
    code = caller.simulator.authorisation_code()

    caller.clock.pass_time(minutes=5)

    assert caller.token(grant_type="authorization_code", code=code).status == 400


def test_a_refresh_token_is_spent_by_its_use() -> None:
    caller = Caller()
    spent = caller.pair["refresh_token"]

    renewed = body_of(caller.refresh(spent))

    assert body_of(caller.refresh(spent))["error"] == "invalid_grant"
    assert caller.refresh(renewed["refresh_token"]).status == 200


def test_a_new_consent_kills_the_earlier_refresh_token() -> None:
    caller = Caller()

    caller.simulator.grant()

    assert caller.refresh(caller.pair["refresh_token"]).status == 400


def test_another_persons_consent_leaves_mine_alive() -> None:
    caller = Caller()

    caller.simulator.grant(identity_id=caller.simulator.add_identity())

    assert caller.refresh(caller.pair["refresh_token"]).status == 200


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
    ],
    ids=["secret", "other redirect", "no redirect"],
)
def test_a_refresh_needs_the_secret_and_the_redirect_too(wrong: dict[str, str], status: int, error: str) -> None:
    caller = Caller()

    response = caller.refresh(caller.pair["refresh_token"], **wrong)

    assert (response.status, body_of(response)["error"]) == (status, error)


@pytest.mark.parametrize(("survives", "status"), [(True, 200), (False, 401)], ids=["survives", "dies"])
def test_the_earlier_access_token_survives_a_refresh_by_switch(survives: bool, status: int) -> None:
    caller = Caller(access_survives_refresh=survives)

    caller.refresh(caller.pair["refresh_token"])

    assert caller.account("GET", BILLS).status == status


def test_an_access_token_dies_after_twelve_hours() -> None:
    caller = Caller()

    caller.clock.pass_time(hours=12)

    assert body_of(caller.account("GET", BILLS))["error"] == "unauthenticated"


def test_a_revoked_token_dies_at_once() -> None:
    caller = Caller()
    application = caller.simulator.application
    sent = {"client_id": application.client_id, "client_secret": application.client_secret}

    caller.call(
        "POST",
        "/auth/oauth/revoke",
        body={**sent, "token": caller.pair["access_token"]},
        headers={"content-type": "application/json"},
    )

    assert caller.account("GET", BILLS).status == 401


def test_a_missing_scope_is_named() -> None:
    caller = Caller()
    caller.pair = caller.simulator.grant(scopes=["user:bills:read"])

    response = caller.create_bill()

    assert refusal_in(response)[:2] == (403, 1003)
    assert b"user:bills:write" in response.body


def test_a_client_of_the_account_reads_but_never_writes() -> None:
    caller = Caller(owner_role="client")

    assert caller.account("GET", BILLS).status == 200
    assert caller.create_bill().status == 403


def test_the_account_id_may_be_found_in_the_roles_alone() -> None:
    caller = Caller(account_id_shown=False)

    me = body_of(caller.call("GET", "/auth/api/v1/users/me"))["response"]

    assert me["business_memberships"][0]["business"]["account_id"] is None
    assert me["roles"][0]["accountid"] == caller.simulator.account_id


@pytest.mark.parametrize(
    "path",
    ["/accounting/account/zzzzzz/bills/bills", "/accounting/businesses/no-uuid/ledger_accounts/accounts", "/nowhere"],
    ids=["account", "business", "path"],
)
def test_a_wrong_address_is_a_404(path: str) -> None:
    assert Caller().call("GET", path).status == 404


def test_the_consent_page_sends_back_a_code_that_takes_the_verifier() -> None:
    caller = Caller()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).decode().rstrip("=")

    code = consented(caller, code_challenge=challenge, code_challenge_method="S256")["code"]

    assert caller.token(grant_type="authorization_code", code=code, code_verifier="w" * 43).status == 400
    code = consented(caller, code_challenge=challenge, code_challenge_method="S256")["code"]
    assert caller.token(grant_type="authorization_code", code=code, code_verifier="v" * 43).status == 200


def test_a_person_may_say_no() -> None:
    assert consented(Caller(says_yes=False)) == {"error": "access_denied", "state": "s"}


def test_a_scope_that_does_not_exist_fails_the_whole_consent() -> None:
    assert consented(Caller(), scope="user:bills:read user:moon:read")["error"] == "invalid_scope"


def test_another_person_may_be_signed_in_and_have_several_businesses() -> None:
    caller = Caller()
    simulator = caller.simulator
    other = simulator.add_identity()
    simulator.own_another(Business(account_id="Zz9", business_id=1, business_uuid="u", name="Mill"), identity_id=other)
    simulator.turn(signed_in=other)

    caller.pair = body_of(caller.token(grant_type="authorization_code", code=consented(caller)["code"]))

    me = body_of(caller.call("GET", "/auth/api/v1/users/me"))["response"]
    assert me["identity_id"] == other
    assert [one["business"]["name"] for one in me["business_memberships"]] == ["Hillside Joinery", "Mill"]


def consented(caller: Caller, **more: str) -> dict[str, str]:
    application = caller.simulator.application
    query = {"client_id": application.client_id, "redirect_uri": application.redirect_uri, "state": "s", **more}
    response = caller.simulator.handle(Request(method="GET", path="/oauth/authorize/", query=tuple(query.items())))
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))
