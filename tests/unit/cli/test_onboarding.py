"""`onboard`: from a file, from standard input, from questions."""

from __future__ import annotations

from collections import deque

from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.system import Grant
from tests.unit.cli.desk import Desk, a_connector
from tests.unit.pipeline.reporting.office import CATALOG, INVOICES

YAML = """\
tenant: acme
connections:
  jaggaer: {system: jaggaer, settings: {instance: acme}, secret: {client_secret: hunter2}}
"""


def test_a_yaml_file_is_onboarded(desk: Desk) -> None:
    desk.terminal.files["acme.yaml"] = YAML

    printed = desk.run("onboard", "acme.yaml")

    (document,) = desk.services.onboarding.documents
    assert document["connections"]["jaggaer"]["secret"] == {"client_secret": "hunter2"}
    assert printed.out.splitlines() == [
        "Tenant acme:",
        "  connection jaggaer: new, jaggaer",
        "2 records released by the new mappings.",
        "",
        "Next: ml-connector ping --tenant acme",
    ]


def test_json_from_standard_input_takes_its_tenant_from_the_command_line(desk: Desk) -> None:
    desk.terminal.files["-"] = '{"connections": {}}'

    desk.run("onboard", "-", "--tenant", "globex")

    assert desk.services.onboarding.documents == [{"tenant": "globex", "connections": {}}]


def test_a_document_for_another_tenant_is_refused(desk: Desk) -> None:
    desk.terminal.files["acme.yaml"] = YAML

    printed = desk.run("onboard", "acme.yaml", "--tenant", "globex")

    assert (printed.code, desk.services.onboarding.documents) == (2, [])
    assert "the document is for 'acme', but --tenant or ML_TENANT is 'globex'" in printed.err


def test_a_broken_document_is_told_by_its_place_and_shows_no_secret(desk: Desk) -> None:
    desk.terminal.files["acme.yaml"] = "tenant: acme\nsecret: 'hunter2\n"

    printed = desk.run("onboard", "acme.yaml")

    assert (printed.code, "hunter2" in printed.err) == (2, False)
    assert "acme.yaml is not YAML in line 3" in printed.err


def test_a_file_that_is_not_there_is_said_in_a_line(desk: Desk) -> None:
    printed = desk.run("onboard", "nowhere.yaml")

    assert (printed.code, printed.err) == (2, "ml-connector: nowhere.yaml cannot be read: no such file\n")


def test_without_a_file_each_system_asks_for_what_it_needs(desk: Desk) -> None:
    desk.services.catalog = Catalog(
        flows={INVOICES: CATALOG.flows[INVOICES]},
        connectors={name: a_connector(name) for name in ("freshbooks", "jaggaer")},
    )
    desk.terminal.answers = deque(["globex", "y", "y", "books", "", "wrong", "acme", "acme", "yes", ""])
    desk.terminal.secrets = deque(["hunter2", "hunter3"])

    desk.run("onboard")

    (document,) = desk.services.onboarding.documents
    flow = {"flow": INVOICES, "source": "jaggaer", "target": "books", "cadence": "rate(15 minutes)"}
    assert document == {
        "tenant": "globex",
        "connections": {
            "books": {"system": "freshbooks", "settings": {"instance": "acme"}, "secret": {"client_secret": "hunter2"}},
            "jaggaer": {"system": "jaggaer", "settings": {"instance": "acme"}, "secret": {"client_secret": "hunter3"}},
        },
        "flows": [flow],
    }


def test_a_system_that_wants_a_grant_asks_for_its_tokens_without_showing_them(desk: Desk) -> None:
    wanting = a_connector("freshbooks", grant=Grant.AUTHORIZATION_CODE)
    desk.services.catalog = Catalog(connectors={"freshbooks": wanting})
    desk.terminal.answers = deque(["globex", "y", "", "acme", "y"])
    desk.terminal.secrets = deque(["one", "two", "three"])

    desk.run("onboard")

    (document,) = desk.services.onboarding.documents
    assert document["connections"]["freshbooks"]["grant"] == {"access_token": "two", "refresh_token": "three"}


def test_nothing_chosen_sets_nothing_up(desk: Desk) -> None:
    desk.services.catalog = Catalog(connectors={"jaggaer": a_connector("jaggaer")})
    desk.terminal.answers = deque(["globex", "n"])

    printed = desk.run("onboard")

    assert (printed.code, desk.services.onboarding.documents) == (2, [])
