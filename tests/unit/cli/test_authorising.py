"""`authorise` and `expiries`, and what `connections` and `replace-secret` say of both."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.domain.connection import Connection, GrantRow, GrantState
from ml_connector.pipeline.catalog import Catalog
from tests.unit.cli.desk import Desk, a_connector

SETTINGS = {"redirect_uri": "https://ml.example/oauth/freshbooks/callback"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Its FreshBooks is the real connector, set up as far as a person's consent."""
    connectors = {"freshbooks": CONNECTOR, "jaggaer": a_connector("jaggaer")}
    desk.services.catalog = Catalog(flows=desk.services.catalog.flows, connectors=connectors)
    desk.office.world.secrets.write("s", {"client_id": "us", "client_secret": "hush"}, token="1")
    _set(desk, settings=SETTINGS, secret="s")
    return desk


def test_authorise_gives_a_link_for_somebody_without_aws(desk: Desk) -> None:
    data = desk.run("authorise", "freshbooks", "--json").data

    assert data["url"].startswith("https://ml.example/oauth/freshbooks/start?invite=acme.")
    assert data["expires_at"].startswith("2026-03-03T09:")
    assert "user:bills:write" in data["scopes"]
    assert "user:invoices:read" not in data["scopes"]


def test_authorise_says_how_long_and_for_what(desk: Desk) -> None:
    out = desk.run("authorise", "freshbooks").out

    assert "let us into FreshBooks. It works once, until 2026-03-03 09:" in out
    assert "\n  user:bills:write\n" in out


def test_a_system_that_takes_no_consent_says_so(desk: Desk) -> None:
    printed = desk.run("authorise", "jaggaer")

    assert (printed.code, printed.err.strip()) == (
        2,
        "ml-connector: connection: JAGGAER takes no consent: its secret is enough",
    )


def test_a_redirect_uri_of_elsewhere_is_named(desk: Desk) -> None:
    _set(desk, settings={"redirect_uri": "https://ml.example/elsewhere"})

    printed = desk.run("authorise", "freshbooks")

    assert printed.code == 2
    assert "connections.freshbooks.settings.redirect_uri: set it to this installation's own" in printed.err


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (None, "it was never authorised"),
        ({"state": GrantState.DEAD}, "its authorisation is dead"),
        ({"scopes": ("user:bills:read",)}, "its authorisation lacks user:bill_vendors:read"),
    ],
)
def test_connections_say_why_a_person_has_to_authorise_and_how(
    desk: Desk, row: dict[str, Any] | None, why: str
) -> None:
    _grant(desk, row)

    out = desk.run("connections").out

    assert f"freshbooks: {why}" in out
    assert out.endswith("The link for it: ml-connector authorise freshbooks\n")


def test_a_live_grant_with_all_its_scopes_needs_nobody(desk: Desk) -> None:
    _grant(desk, {"scopes": tuple(desk.run("authorise", "freshbooks", "--json").data["scopes"])})

    assert [one["must_authorise"] for one in desk.run("connections", "--json").data["connections"]] == [None, None]


def test_an_authorisation_is_withdrawn_and_what_is_left_to_do_is_said(desk: Desk) -> None:
    _grant(desk, {})

    first, second = (desk.run("authorise", "freshbooks", "--withdraw").out for _ in range(2))

    assert first.startswith("The tokens are forgotten; freshbooks stands still. FreshBooks still lists the application")
    assert second == "freshbooks has no authorisation.\n"


def test_expiries_say_what_when_and_what_to_do(desk: Desk) -> None:
    desk.run("authorise", "freshbooks")
    _set(desk, secret_expires_on=date(2026, 3, 20))
    _grant(desk, {"ends_at": desk.office.world.clock.now() - timedelta(hours=1)})

    lines = desk.run("expiries").out.splitlines()

    assert lines[0].split() == ["WHEN", "(UTC)", "LEFT", "WHAT", "CONNECTIONS", "NEXT"]
    over, link, secret = [line for line in lines if line.startswith("2026")]
    assert "over" in over
    assert "link to authorise, by anna" in link
    assert "18 days" in secret
    assert secret.endswith("ml-connector replace-secret freshbooks")


def test_nothing_that_expires_is_said_too(desk: Desk) -> None:
    assert desk.run("expiries").out == "Nothing of acme expires, as far as is known.\n"


def test_a_replaced_secret_may_bring_its_last_day(desk: Desk) -> None:
    desk.terminal.secrets = deque(["new"])

    desk.run("replace-secret", "freshbooks", "client_secret", "--expires-on", "2026-09-30")

    assert _connection(desk).secret_expires_on == date(2026, 9, 30)


def test_a_replaced_secret_without_a_day_forgets_the_old_ones(desk: Desk) -> None:
    _set(desk, secret_expires_on=date(2026, 3, 20))
    desk.terminal.secrets = deque(["new"])

    desk.run("replace-secret", "freshbooks", "client_secret")

    assert _connection(desk).secret_expires_on is None


def test_a_day_that_is_none_is_told_before_anything_is_replaced(desk: Desk) -> None:
    desk.terminal.secrets = deque(["new"])

    printed = desk.run("replace-secret", "freshbooks", "client_secret", "--expires-on", "soon")

    assert (printed.code, desk.office.world.secrets.read("s")["client_secret"]) == (2, "hush")


def _connection(desk: Desk) -> Connection:
    return desk.office.world.connections.get(desk.office.connection("freshbooks"))


def _set(desk: Desk, **changes: Any) -> None:
    desk.office.world.connections.save(replace(_connection(desk), **changes))


def _grant(desk: Desk, changes: dict[str, Any] | None) -> None:
    if changes is None:
        return
    _set(desk, grant="g")
    row = GrantRow(tenant="acme", grant="g", secret="grants/acme/g", secret_version="v1", **changes)
    desk.office.world.grants.rows[("acme", "g")] = row
