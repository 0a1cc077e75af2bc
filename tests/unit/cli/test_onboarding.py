"""`onboard`: from a file, from standard input, from questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from ml_connector.domain.errors import SettingsError
from ml_connector.domain.posting import Limits
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.system import Connector, Grant, Reach
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import CATALOG, INVOICES

YAML = """\
tenant: acme
connections:
  - {name: jaggaer, system: jaggaer, settings: {instance: acme}, secret: {client_secret: hunter2}}
"""


def _check(settings: Mapping[str, Any], *, local: bool) -> Mapping[str, Any]:
    if settings.get("instance") != "acme":
        raise SettingsError("give the first part of the address", setting="instance")
    return settings


def _connector(system: str) -> Connector:
    return Connector(
        system=system,
        title=system.upper(),
        reach=Reach.CALLED,
        grant=Grant.CLIENT_CREDENTIALS,
        reads=frozenset(),
        writes=frozenset(),
        references=frozenset(),
        secret_fields=("client_secret",),
        check_settings=_check,
        oauth=None,
        open=lambda opening: None,  # type: ignore[arg-type, return-value]
        account_of=lambda settings: "",
        limits=lambda settings: Limits(),
    )


def test_a_yaml_file_is_onboarded(desk: Desk) -> None:
    desk.terminal.files["acme.yaml"] = YAML

    printed = desk.run("onboard", "acme.yaml")

    (document,) = desk.services.onboarding.documents
    assert document["connections"][0]["secret"] == {"client_secret": "hunter2"}
    assert printed.out == "2 connections and 1 flow are set up\n\nNext: ml-connector ping --tenant acme\n"


def test_json_from_standard_input_takes_its_tenant_from_the_command_line(desk: Desk) -> None:
    desk.terminal.files["-"] = '{"connections": []}'

    desk.run("onboard", "-", "--tenant", "globex")

    assert desk.services.onboarding.documents == [{"tenant": "globex", "connections": []}]


def test_a_document_for_another_tenant_is_refused(desk: Desk) -> None:
    desk.terminal.files["acme.yaml"] = YAML

    printed = desk.run("onboard", "acme.yaml", "--tenant", "globex")

    assert (printed.code, desk.services.onboarding.documents) == (2, [])
    assert "the document is for 'acme', but --tenant says 'globex'" in printed.err


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
        connectors={name: _connector(name) for name in ("freshbooks", "jaggaer")},
    )
    desk.terminal.answers = deque(["globex", "y", "", "books", "wrong", "acme", "", "acme", "yes", ""])
    desk.terminal.secrets = deque(["hunter2", "hunter3"])

    desk.run("onboard")

    (document,) = desk.services.onboarding.documents
    assert document["tenant"] == "globex"
    assert document["flows"][0]["source"] == "jaggaer"


def test_nothing_chosen_sets_nothing_up(desk: Desk) -> None:
    desk.services.catalog = Catalog(connectors={"jaggaer": _connector("jaggaer")})
    desk.terminal.answers = deque(["globex", "n"])

    printed = desk.run("onboard")

    assert (printed.code, desk.services.onboarding.documents) == (2, [])
