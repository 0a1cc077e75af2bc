"""Nothing secret in what is logged, and what is not secret stays readable."""

from __future__ import annotations

import pytest

from ml_connector.transport.redaction import redact, redact_text, short

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2",
        "Basic aHVudGVyMjpodW50ZXIy",
        "https://user:hunter2@example.com/x",
        "grant_type=x&client_secret=hunter2&y=1",
        '{"refresh_token": "hunter2"}',
        "<SharedSecret>hunter2</SharedSecret>",
        "password: hunter2",
        f"saw {JWT} there",
        "key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_a_secret_is_hidden_in_text(text: str) -> None:
    cleaned = redact_text(text)

    assert "***" in cleaned
    assert "hunter2" not in cleaned
    assert "eyJ" not in cleaned
    assert "9f86d0" not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "invoice I00092 of vendor 006510005 was held: account 600100 is not mapped",
        "posting 3f2a9c0d1e4b5a6978877665544332ff at 2026-01-14T19:58:56.973Z",
        "https://prep-reg02.api.jaggaer.com/j1p/api/public/ji/v1/invoices",
        "code 422: the basic amount is wrong",
    ],
)
def test_what_is_not_secret_stays(text: str) -> None:
    assert redact_text(text) == text


def test_fields_are_hidden_by_name_all_the_way_down() -> None:
    value = {"client_id": "c", "nested": [{"accessToken": "a", "Set-Cookie": "b", "total": 12, "token_url": "u"}]}

    assert redact(value) == {
        "client_id": "c",
        "nested": [{"accessToken": "***", "Set-Cookie": "***", "total": 12, "token_url": "u"}],
    }


def test_somebody_elses_words_become_one_short_line() -> None:
    assert short("a\n\tb\x00  c") == "a b c"
    assert len(short("x y " * 200)) == 200
