"""Options, tenants, exit codes and errors, whatever the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ml_connector.domain.errors import SettingsError
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import Office


def test_global_options_count_before_and_after_the_command(desk: Desk) -> None:
    desk.run("--stack", "mine", "states", "--json")
    desk.run("states", "--stack", "mine", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:4566")

    assert [one.stack for one in desk.built] == ["mine", "mine"]
    assert (desk.built[0].json, desk.built[1].region) == (True, "eu-west-1")
    assert desk.built[1].endpoint_url == "http://127.0.0.1:4566"


def test_global_options_count_between_the_two_words_of_a_command(desk: Desk) -> None:
    printed = desk.run("--stack", "mine", "audit", "--json", "report", "--region", "eu-west-1")

    assert (printed.code, printed.data["tenant"]) == (0, "acme")
    assert (desk.built[0].stack, desk.built[0].json, desk.built[0].region) == ("mine", True, "eu-west-1")


def test_the_environment_names_tenant_and_stack_where_the_command_line_does_not(desk: Desk) -> None:
    desk.environment = {"ML_TENANT": "acme", "ML_STACK": "theirs"}

    printed = desk.run("states", "--json")

    assert (printed.data["tenant"], desk.built[0].stack) == ("acme", "theirs")


def test_the_only_tenant_need_not_be_named(desk: Desk) -> None:
    assert desk.run("states", "--json").data["tenant"] == "acme"


def test_with_several_tenants_one_must_be_named(desk: Desk) -> None:
    Office(tenant="globex", world=desk.office.world)

    printed = desk.run("states")

    assert (printed.code, printed.out) == (2, "")
    assert "--tenant: say whose, with --tenant or ML_TENANT; one of: acme, globex" in printed.err


def test_a_tenant_nobody_knows_is_not_found(desk: Desk) -> None:
    printed = desk.run("holds", "--tenant", "acmee")

    assert (printed.code, printed.err) == (3, "ml-connector: there is no tenant 'acmee'; the tenants are: acme\n")


def test_wrong_usage_ends_with_two(desk: Desk) -> None:
    assert desk.run("no-such-command").code == 2
    assert desk.run().code == 2


def test_a_wrong_setting_is_one_message_without_a_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_stack(said: object) -> object:
        raise SettingsError("stack 'mine' was not found: deploy it", setting="stack")

    monkeypatch.setattr(desk, "_build", no_stack)
    printed = desk.run("states")

    assert (printed.code, printed.err) == (2, "ml-connector: stack: stack 'mine' was not found: deploy it\n")


def test_an_unexpected_error_shows_its_traceback_only_when_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(said: object) -> object:
        raise RuntimeError("client_secret=hunter2 was refused")

    monkeypatch.setattr(desk, "_build", broken)
    quiet, loud = desk.run("states"), desk.run("states", "--debug")

    assert quiet.err == "ml-connector: RuntimeError: client_secret=*** was refused. More with --debug\n"
    assert (quiet.code, "Traceback" in loud.err) == (1, True)


def test_errors_of_aws_say_what_to_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_credentials(said: object) -> object:
        raise type("NoCredentialsError", (Exception,), {})("Unable to locate credentials")

    monkeypatch.setattr(desk, "_build", no_credentials)
    printed = desk.run("states")

    assert printed.code == 2
    assert "name a profile with --profile, or set AWS_PROFILE" in printed.err


def test_importing_the_command_line_builds_and_loads_nothing_heavy() -> None:
    heavy = "{'boto3', 'botocore', 'httpx', 'pydantic', 'yaml', 'ml_connector.runtime'}"
    code = f"import sys, ml_connector.cli.main; print(sorted({heavy} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_path())

    assert loaded.stdout.strip() == "[]"


def _path() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path)}
