"""Endpoint profiles and settings: what a customer may say, and one clear message for each mistake."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.connectors.jaggaer import CONNECTOR
from ml_connector.connectors.jaggaer.profile import load_profile, read_yaml
from ml_connector.connectors.jaggaer.settings import check_settings
from ml_connector.domain.errors import SettingsError

TOKEN_PATH = "/auth/realms/J1p-integrations/protocol/openid-connect/token"


def invoice(**overlay: Any) -> dict[str, Any]:
    return {"resources": {"invoice": overlay}}


MISTAKES = [
    (invoice(list={"path": "https://evil.example.com/x"}), "profile.resources.invoice.list.path", "a path below"),
    (invoice(list={"path": "/../admin"}), "profile.resources.invoice.list.path", "a path below"),
    (invoice(accept="a ==="), "profile.resources.invoice.accept", "is not a JMESPath expression"),
    (invoice(fields={"total": "shout(a)"}), "profile.resources.invoice.fields.total.path", "no function shout()"),
    (invoice(fields={"vendr": "x"}), "profile.resources.invoice.fields.vendr", "the keys here are: accounting_on"),
    (
        invoice(fields={"total": {"path": "x", "as": "money"}}),
        "profile.resources.invoice.fields.total",
        "`as` is one of",
    ),
    (invoice(detail={"path": "/one"}), "profile.resources.invoice.detail", "must have {id}"),
    (invoice(detail=None), "profile.resources.invoice", "needs a `detail`"),
    (invoice(splits={"account": ["it's"]}), "profile.resources.invoice.splits.account.0", "without quotation marks"),
    (invoice(lines=5), "profile.resources.invoice.lines", "must be a JMESPath expression"),
    ({"transport": "carrier-pigeon"}, "profile.transport", "'j1p-json', not 'carrier-pigeon'"),
    ({"defaults": {"overlap": "2 hours"}}, "profile.defaults.overlap", "a duration like PT2H"),
    ({"defaults": {"since_zone": "Mars"}}, "profile.defaults.since_zone", "neither UTC nor an offset"),
    ({"defaults": {"paging": {"style": "pages"}}}, "profile.defaults.paging.style", "'start-count'"),
    ({"connection": {"max_requests_per_second": 0}}, "profile.connection.max_requests_per_second", "greater than 0"),
    ({"colour": "blue"}, "profile.colour", "is not a key of a profile; the keys here are: connection"),
]


@pytest.mark.parametrize(("overlay", "setting", "text"), MISTAKES)
def test_a_mistake_in_a_profile_is_named_by_its_key_with_the_fix(overlay: Any, setting: str, text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_profile(overlay)

    assert raised.value.setting == setting
    assert text in str(raised.value)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError, match="accept") as raised:
        load_profile(invoice(accept="a ===", cancelled="b ==="))

    assert "profile.resources.invoice.cancelled" in str(raised.value)


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="there are: j1p-default"):
        load_profile("../../etc/passwd")


def test_an_overlay_changes_only_what_it_names() -> None:
    rules = load_profile(invoice(list={"path": "/v2/invoices"}, fields={"total": "header.sum"})).resources.invoice

    assert (rules.listing.path, rules.listing.items.text) == ("/v2/invoices", "jiinvoiceList.jiinvoice[].header")
    assert (rules.fields.total.path.text, rules.fields.total.kind) == ("header.sum", "decimal")


def test_numbers_from_a_table_are_numbers() -> None:
    profile = load_profile(
        {"connection": {"timeout_seconds": Decimal("90"), "max_requests_per_second": Decimal("0.5")}}
    )

    assert profile.connection.timeout_seconds == 90
    assert profile.connection.max_requests_per_second == Decimal("0.5")


@pytest.mark.parametrize("text", ["- a", "a: [", "just words"])
def test_a_profile_file_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        read_yaml(text)


def test_a_yaml_profile_cannot_make_objects() -> None:
    with pytest.raises(SettingsError, match="not YAML"):
        read_yaml("a: !!python/object/apply:os.system ['true']")


def test_an_instance_is_enough() -> None:
    assert check_settings({"instance": "acme"}, local=False) == {
        "instance": "acme",
        "base_url": "https://acme.jaggaer.com",
        "token_url": f"https://acme.jaggaer.com{TOKEN_PATH}",
        "confirmed": [],
    }


def test_addresses_may_be_given_each_by_itself() -> None:
    given = {"base_url": "https://prep-reg02.api.jaggaer.com/", "token_url": "https://login.example.com/token"}

    found = check_settings({**given, "confirmed": ["invoice"]}, local=False)

    assert found == {**given, "base_url": "https://prep-reg02.api.jaggaer.com", "confirmed": ["invoice"]}


def test_checking_again_changes_nothing() -> None:
    once = check_settings(
        {"instance": "acme", "confirmed": ["supplier", "invoice"], "profile": invoice(lines="a[]")}, local=False
    )

    assert check_settings(once, local=False) == once


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({}, "instance"),
        ({"instance": "acme.evil.com/"}, "instance"),
        ({"instance": "ACME"}, "instance"),
        ({"base_url": "http://acme.jaggaer.com"}, "base_url"),
        ({"base_url": "https://169.254.169.254"}, "base_url"),
        ({"base_url": "https://acme.jaggaer.com?x=1"}, "base_url"),
        ({"instance": "acme", "token_url": "https://localhost/token"}, "token_url"),
        ({"instance": "acme", "confirmed": ["bills"]}, "confirmed"),
        ({"instance": "acme", "confirmed": "invoice"}, "confirmed"),
        ({"instance": "acme", "profile": ["x"]}, "profile"),
        ({"instance": "acme", "client_secret": "x"}, "client_secret"),
    ],
)
def test_a_bad_setting_is_named(settings: Any, setting: str) -> None:
    with pytest.raises(SettingsError) as raised:
        check_settings(settings, local=False)

    assert raised.value.setting == setting
    assert raised.value.__str__().startswith(setting)


def test_a_laptop_may_use_its_simulator() -> None:
    found = check_settings({"base_url": "http://127.0.0.1:8123"}, local=True)

    assert found["token_url"] == f"http://127.0.0.1:8123{TOKEN_PATH}"


def test_the_token_call_follows_the_profile() -> None:
    assert CONNECTOR.oauth is not None
    token = {"access": "token", "lifetime": "expire_in", "lifetime_unit": "milliseconds"}
    overlay = {"connection": {"token": token, "grant": {"scope": "read"}, "unauthorized_statuses": [401, 440]}}

    found = CONNECTOR.oauth({"instance": "acme", "profile": overlay})

    assert (found.access_field, found.lifetime_field, found.lifetime_unit) == ("token", "expire_in", "milliseconds")
    assert (dict(found.form), found.unauthorized_statuses) == ({"scope": "read"}, (401, 440))
    assert found.early == timedelta(seconds=30)


def test_the_pace_follows_the_profile() -> None:
    limits = CONNECTOR.limits({"instance": "acme", "profile": {"connection": {"max_requests_per_second": 3}}})

    assert (limits.requests_per_minute, limits.parallel) == (180, 3)


def test_the_account_is_the_host() -> None:
    assert CONNECTOR.account_of(check_settings({"instance": "acme"}, local=False)) == "acme.jaggaer.com"
