"""A wrong setting in an onboarding file: one message that names the setting and the fix, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.bad_input.desk import Desk, one_message

PROFILE = "connections.jaggaer.settings.profile"
JAGGAER_URL = "connections.jaggaer.settings.base_url"
TOKEN_URL = "connections.jaggaer.settings.token_url"
FRESHBOOKS_URL = "connections.freshbooks.settings.base_url"
REDIRECT = "connections.freshbooks.settings.redirect_uri"


def invoice(**overlay: Any) -> dict[str, Any]:
    return {"resources": {"invoice": overlay}}


def test_the_file_is_good_as_it_stands(desk: Desk) -> None:
    printed = desk.onboard()

    assert (printed.code, printed.err) == (0, "")
    assert len(desk.stored()["schedules"]) == 2


@pytest.mark.parametrize(
    ("place", "value", "names", "fix"),
    [
        (PROFILE, invoice(list={"path": "https://evil.example.com"}), ".resources.invoice.list.path", "a path below"),
        (PROFILE, invoice(list={"path": "/../admin"}), ".resources.invoice.list.path", "a path below"),
        (PROFILE, invoice(detail={"path": "/one"}), ".resources.invoice.detail", "must have {id}"),
        (PROFILE, invoice(accept="status = 'x"), ".resources.invoice.accept", "is not a JMESPath expression"),
        (PROFILE, invoice(fields={"total": "sum(("}), ".resources.invoice.fields.total.path", "is not a JMESPath"),
        (PROFILE, invoice(fields={"totl": "x"}), ".resources.invoice.fields.totl", "the keys here are: "),
        (PROFILE, "j2p", "", "there is no profile 'j2p'; there are: j1p-default"),
        (PROFILE, 7, "", "must be a profile's name, or a mapping"),
        (PROFILE, {"connection": {"max_requests_per_second": 0}}, ".connection.max_requests_per_second", "greater"),
        ("flows.0.flow", "jaggaer_to_sap", "flows[1].flow", "the flows are: freshbooks_bill_to_jira_issue"),
        ("flows.0.cadence", "every 5 minutes", "flows[1].cadence", "write rate(15 minutes) or cron("),
        ("flows.0.settings", {"overlap_minutes": float("nan")}, "flows[1].settings.overlap_minutes", "greater than 0"),
        ("flows.0.settings", {"full_read_hours": 1e300}, "flows[1].settings.full_read_hours", "100000 at most"),
        (
            "connections.freshbooks.settings.acount_id",
            "x",
            "freshbooks.settings.acount_id",
            "the settings are: account_",
        ),
        ("connections.freshbooks.settings.account_id", "my books", "settings.account_id", "such as 6BApk"),
        ("connections.freshbooks.settings.timestamps", {"bill": ["utc"]}, "settings.timestamps", "one of utc, eastern"),
        ("connections.jaggaer.settings.confirmed", "invoice", "settings.confirmed", "must be a list of resources"),
        ("connections.jaggaer.secret", "hunter2", "connections.jaggaer.secret", "write it as names with values"),
        ("connections.jaggaer.secret.client_secret", 12345, "jaggaer.secret.client_secret", "give it as text"),
        ("connections.jaggaer.settings", [1, 2], "connections.jaggaer.settings", "write it as names with values"),
        ("connections.jaggaer", None, "connections.jaggaer.system", "there is no system 'None'; the systems are:"),
        ("connections.jaggaer.system", ["jaggaer"], "connections.jaggaer.system", "the systems are: freshbooks, jagg"),
        ("connections", ["jaggaer"], "connections", "write it as names with values"),
        ("flows", "all", "flows", "write them as a list"),
        ("flows.0", "all", "flows[1]", "write it as names with values"),
        ("mappings", ["600100"], "mappings", "write it as names with values"),
        ("mappings.freshbooks.account.600100", {"id": 1}, "mappings.freshbooks.account.600100", "name the entry of"),
        ("mappings.freshbooks.account.600100", "Suplies", "mappings.freshbooks.account.600100", "near it: "),
        ("tenant", ["acme", "globex"], "tenant", "use up to 40 lower-case letters"),
        ("tenant", "../acme", "tenant", "use up to 40 lower-case letters"),
        ("tenant", None, "tenant", "name it in the document, or with --tenant"),
    ],
)
def test_a_wrong_setting_is_named_with_the_fix(desk: Desk, place: str, value: Any, names: str, fix: str) -> None:
    before = desk.stored()

    printed = desk.onboard({place: value})

    message = one_message(printed)
    assert (printed.code, desk.stored() == before) == (2, True)
    assert names in message
    assert fix in message


@pytest.mark.parametrize("place", [JAGGAER_URL, TOKEN_URL, FRESHBOOKS_URL, REDIRECT])
@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("http://vendor.example.com", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("https://169.254.169.254/latest/meta-data", "is not a public address; use the vendor's host name"),
        ("https://2852039166", "is not a public address; use the vendor's host name"),
        ("https://[fd00:ec2::254]", "is not a public address; use the vendor's host name"),
        ("https://metadata.google.internal", "is a name inside a network; use the vendor's public host name"),
        ("https://10.1.2.3", "is not a public address; use the vendor's host name"),
        ("https://192.168.0.9:8443/api", "is not a public address; use the vendor's host name"),
        ("https://127.0.0.1:4566", "is not a public address; use the vendor's host name"),
        ("https://localhost", "is this machine; use the vendor's host name"),
        ("https://me:secret@vendor.example.com", "credentials belong in the secret"),
        (["https://vendor.example.com"], "must be a URL"),
    ],
    ids=str,
)
def test_an_address_that_must_not_be_called_is_refused(desk: Desk, place: str, url: Any, fix: str) -> None:
    before = desk.stored()

    printed = desk.onboard({place: url})

    message = one_message(printed)
    assert (printed.code, desk.stored() == before) == (2, True)
    assert message.startswith(f"{place}: ")
    assert fix in message


@pytest.mark.parametrize("place", [JAGGAER_URL, FRESHBOOKS_URL])
def test_plain_http_to_another_machine_is_refused_even_on_the_local_stage(desk: Desk, place: str) -> None:
    desk = Desk(capsys=desk.capsys, folder=desk.folder, stage="local")

    printed = desk.onboard({place: "http://169.254.169.254"})

    assert printed.code == 2
    assert f"{place}: 169.254.169.254 is not a public address" in one_message(printed)


def test_no_refusal_repeats_a_secret(desk: Desk) -> None:
    printed = desk.onboard({"connections.jaggaer.url": "x", "flows": "all", "connections.freshbooks.secret.key": "k"})

    shown = printed.out + printed.err
    assert [secret for secret in desk.secrets if secret in shown] == []


def test_every_problem_of_a_file_is_told_in_one_go(desk: Desk) -> None:
    printed = desk.onboard({"tenant": "Acme", JAGGAER_URL: "http://x.example.com", "flows.1.cadence": "hourly"})

    assert [line.split(": ")[0] for line in one_message(printed).splitlines()] == [
        "tenant",
        JAGGAER_URL,
        "flows[2].cadence",
    ]


def test_a_refused_change_leaves_what_was_set_up_before(desk: Desk) -> None:
    desk.onboard()
    before = desk.stored()

    printed = desk.onboard({JAGGAER_URL: "https://10.0.0.5", "flows.0.cadence": "rate(2 hours)"})

    assert (printed.code, desk.stored() == before) == (2, True)
