"""Which deployed stack a command works on: AWS or the embedded engine, told apart by nothing but its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector.domain.errors import SettingsError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from ml_connector.runtime.lazy import Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    stack: str = "ml-connector"
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


def outputs_of(clients: Clients, target: Target) -> Mapping[str, str]:
    """What the stack says of itself.

    Raises: SettingsError where there is no such stack, or no such address; botocore's own errors where AWS does not let
    us ask.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        stack = clients.make("cloudformation").describe_stacks(StackName=target.stack)["Stacks"][0]
    except ClientError as error:
        if _is_absent(error):
            raise _no_stack(target) from error
        raise
    except BotoCoreError:  # before the next: some of them are ValueErrors too
        raise
    except ValueError as error:  # an address that is none
        text = f"{error}: write it as https://host or http://127.0.0.1:4566"
        raise SettingsError(text, setting="--endpoint-url") from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _is_absent(error: ClientError) -> bool:
    """CloudFormation has no code for a stack that is not there: only its message tells it from other refusals."""
    said = error.response.get("Error", {})
    return said.get("Code") == "ValidationError" and "does not exist" in said.get("Message", "")


def _no_stack(target: Target) -> SettingsError:
    where = f" at {target.endpoint_url}" if target.endpoint_url else ""
    text = f"stack {target.stack!r} was not found{where}: deploy it, or name another with --stack and --region"
    return SettingsError(text, setting="stack")
