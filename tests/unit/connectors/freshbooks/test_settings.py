"""A wrong setting is named before anything is called."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.connectors.freshbooks.settings import check_settings
from ml_connector.domain.errors import SettingsError

GOOD = {"account_id": "6BApk", "business_id": 77213, "business_uuid": "0f6b1b52-6f5e-4f0e-9c1f-0f1d6a5c7a11"}


def test_what_is_not_said_takes_its_default() -> None:
    checked = check_settings(GOOD)

    assert checked["business_id"] == "77213"
    assert (checked["base_url"], checked["language"]) == ("https://api.freshbooks.com", "en")
    assert (checked["requests_per_minute"], checked["parallel"]) == (60, 4)
    assert checked["timestamps"] == {"bill": "utc", "vendor": "utc"}


def test_checked_settings_check_again() -> None:
    assert check_settings(check_settings(GOOD)) == check_settings(GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_id", "6BApk/../x"),
        ("business_id", "abc"),
        ("business_uuid", "../x"),
        ("base_url", "http://api.freshbooks.com"),
        ("base_url", "https://127.0.0.1"),
        ("redirect_uri", "https://ml.example/callback?x=1"),
        ("requests_per_minute", 0),
        ("parallel", True),
        ("settle_seconds", 149),
        ("vendor_number_field", "website"),
        ("timestamps", {"bill": "Mars"}),
        ("timestamps", {"expense": "utc"}),
        ("language", "english"),
        ("list_rows_have_lines", "yes"),
        ("description_length", 10),
        ("currency", "usd"),
        ("callback_base_url", "http://connector.example"),
        ("callback_base_url", "https://connector.example/?x=1"),
        ("webhook_rules", "json_dump"),
        ("webhook_rules", ["guess"]),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as wrong:
        check_settings({**GOOD, name: value})

    assert wrong.value.setting == name


def test_a_simulator_on_this_machine_may_stand_in_on_a_laptop() -> None:
    assert check_settings({**GOOD, "base_url": "http://127.0.0.1:8081/"}, local=True)["base_url"] == (
        "http://127.0.0.1:8081"
    )
    assert check_settings({**GOOD, "settle_seconds": 2}, local=True)["settle_seconds"] == 2


def test_limits_and_the_counted_account_follow_from_the_settings() -> None:
    limits = CONNECTOR.limits({**GOOD, "parallel": 2, "requests_per_minute": 30})

    assert (limits.parallel, limits.requests_per_minute, limits.settle.total_seconds()) == (2, 30, 150)
    assert CONNECTOR.account_of(GOOD) == "6BApk"
