"""Which deployed stack a command works on: AWS or the embedded engine, told apart by nothing but its address."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.domain.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    stack: str = "ml-connector"
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


def no_stack(target: Target, why: str) -> SettingsError:
    where = f" at {target.endpoint_url}" if target.endpoint_url else ""
    text = f"stack {target.stack!r} was not found{where} ({why}): deploy it, or name another with --stack and --region"
    return SettingsError(text, setting="stack")
