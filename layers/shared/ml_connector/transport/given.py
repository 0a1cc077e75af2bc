"""Values that a person gave in a connection's settings. Raises: SettingsError that names the setting and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.domain.errors import SettingsError


def whole(settings: Mapping[str, Any], name: str, *, default: int, least: int, most: int) -> int:
    given = settings.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise SettingsError(f"must be a whole number from {least} to {most}", setting=name)
    return given


def one_of(settings: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """The first choice is the default."""
    given = settings.get(name, choices[0])
    if given not in choices:
        raise SettingsError(f"must be one of {', '.join(choices)}", setting=name)
    return str(given)


def yes_or_no(settings: Mapping[str, Any], name: str, *, default: bool) -> bool:
    given = settings.get(name, default)
    if not isinstance(given, bool):
        raise SettingsError("must be true or false", setting=name)
    return given
