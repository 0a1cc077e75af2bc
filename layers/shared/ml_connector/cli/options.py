"""The command line's grammar: global options before, in or after the command, one parser a command."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_connector.cli.calls import Command, OfflineCommand

DEFAULT_STACK = "ml-connector"
_DESCRIPTION = "Keeps procurement and accounting systems in step: set up, run, look at, put right."
_EPILOG = "exit codes: 0 done, 1 failed, 2 wrong use or a wrong setting, 3 not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    tenant: str | None
    stack: str
    profile: str | None
    region: str | None
    endpoint_url: str | None
    json: bool
    debug: bool


class Commands:
    """Where each group of commands adds its own."""

    def __init__(self, subparsers: Any, common: ArgumentParser) -> None:
        self._subparsers = subparsers
        self._common = common

    def add(
        self, name: str, run: Command, text: str, *, aliases: Sequence[str] = (), any_tenant: bool = False
    ) -> ArgumentParser:
        """`any_tenant` is for the few commands that belong to no tenant, or name theirs themselves."""
        parser: ArgumentParser = self._subparsers.add_parser(
            name, help=text, description=f"{text[:1].upper()}{text[1:]}.", aliases=aliases, parents=[self._common]
        )
        parser.set_defaults(run=run, any_tenant=any_tenant, offline=False, command=name)
        return parser

    def add_offline(self, name: str, run: OfflineCommand, text: str) -> ArgumentParser:
        """A command that needs no stack: it works on files, on any machine."""
        parser = self.add(name, lambda _, call: run(call), text, any_tenant=True)
        parser.set_defaults(run=run, offline=True)
        return parser

    def group(self, name: str, text: str) -> Commands:
        """Commands of two words."""
        parser: ArgumentParser = self._subparsers.add_parser(
            name, help=text, description=f"{text[:1].upper()}{text[1:]}.", parents=[self._common]
        )
        return Commands(parser.add_subparsers(title="commands", metavar="COMMAND", required=True), self._common)


def parser(groups: Sequence[Callable[[Commands], None]]) -> ArgumentParser:
    common = _common()
    whole = ArgumentParser(
        prog="ml-connector",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        parents=[common],
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = Commands(whole.add_subparsers(title="commands", metavar="COMMAND", required=True), common)
    for add_to in groups:
        add_to(commands)
    return whole


def global_options(options: Namespace, environment: Mapping[str, str]) -> Globals:
    """What was said on the command line, else in the environment."""

    def given(name: str, variable: str | None = None) -> str | None:
        return getattr(options, name, None) or (environment.get(variable) if variable else None) or None

    return Globals(
        tenant=given("tenant", "ML_TENANT"),
        stack=given("stack", "ML_STACK") or DEFAULT_STACK,
        profile=given("profile"),
        region=given("region"),
        endpoint_url=given("endpoint_url"),
        json=getattr(options, "json", False),
        debug=getattr(options, "debug", False),
    )


def _common() -> ArgumentParser:
    """Without defaults: a subcommand's parser would overwrite with them what was said before the command."""
    common = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    group = common.add_argument_group("global options")
    group.add_argument("--tenant", help="whose data (environment: ML_TENANT); may be left out where there is only one")
    group.add_argument("--stack", help=f"the deployed stack (ML_STACK; default {DEFAULT_STACK})")
    group.add_argument("--profile", help="AWS profile")
    group.add_argument("--region", help="AWS region")
    group.add_argument("--endpoint-url", help="another AWS endpoint, such as the local engine's (AWS_ENDPOINT_URL)")
    group.add_argument("--json", action="store_true", help="one JSON document on standard output")
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common
