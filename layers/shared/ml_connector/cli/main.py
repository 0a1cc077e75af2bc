"""The `ml-connector` command: parse, build the services, run one command, print what it answers."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence

from ml_connector.cli import (
    auditing,
    authorising,
    connecting,
    correcting,
    flowing,
    holding,
    journal,
    linking,
    mapping,
    onboarding,
    partnering,
    pinging,
    planning,
    reconciling,
    recovering,
    registering,
    running,
    telling,
    totalling,
)
from ml_connector.cli.calls import Call, RealTerminal, Terminal, user_name
from ml_connector.cli.choosing import tenant_meant
from ml_connector.cli.failures import explained
from ml_connector.cli.options import Globals, global_options, parser
from ml_connector.cli.output import Output
from ml_connector.cli.services import Services

GROUPS = (
    onboarding.add_to,
    connecting.add_to,
    pinging.add_to,
    authorising.add_to,
    registering.add_to,
    partnering.add_to,
    flowing.add_to,
    running.add_to,
    totalling.add_to,
    planning.add_to,
    reconciling.add_to,
    auditing.add_to,
    holding.add_to,
    telling.add_to,
    journal.add_to,
    mapping.add_to,
    correcting.add_to,
    linking.add_to,
    recovering.add_to,
)
INTERRUPTED = 130

type Build = Callable[[Globals], Services]


def main(
    argv: Sequence[str] | None = None,
    *,
    build: Build | None = None,
    terminal: Terminal | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """The exit code. Tests pass what is otherwise made here."""
    try:
        options = parser(GROUPS).parse_args(argv)
    except SystemExit as stopped:  # argparse has said why
        return int(stopped.code or 0)
    said = global_options(options, os.environ if environment is None else environment)
    try:
        output = _answer(options, said, build or build_services, terminal or RealTerminal())
    except KeyboardInterrupt:
        print("ml-connector: interrupted; what was begun on the stack goes on by itself", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # the command line's edge
        return _failed(error, debug=said.debug)
    _show(output.as_json() if said.json else output.text)
    return output.code


def build_services(said: Globals) -> Services:
    """Imported here, so that help and wrong usage cost nothing."""
    from ml_connector.runtime.target import Target
    from ml_connector.runtime.wiring import services_for

    target = Target(stack=said.stack, profile=said.profile, region=said.region, endpoint_url=said.endpoint_url)
    return services_for(target)


def _answer(options: Namespace, said: Globals, build: Build, terminal: Terminal) -> Output:
    tenant = said.tenant or ""
    if options.offline:
        alone: Callable[[Call], Output] = options.run
        return alone(Call(tenant=tenant, actor=user_name(), options=options, terminal=terminal))
    services = build(said)
    if not options.any_tenant:
        tenant = tenant_meant(said.tenant, services.ports.connections.tenants())
    run: Callable[[Services, Call], Output] = options.run
    return run(services, Call(tenant=tenant, actor=user_name(), options=options, terminal=terminal))


def _show(text: str) -> None:
    """A reader that has seen enough, such as `head`, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(error: Exception, *, debug: bool) -> int:
    code, text = explained(error)
    if debug:
        traceback.print_exception(error)
    print(f"ml-connector: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
