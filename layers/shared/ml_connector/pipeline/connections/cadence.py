"""How often a flow runs: `rate(15 minutes)` or `cron(0 6 ? * MON-FRI *)`, as EventBridge Scheduler reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ml_connector.domain.blackout import parse_blackout
from ml_connector.domain.errors import SettingsError

CRON_AT_LEAST_EVERY = timedelta(hours=25)
"""What a cron expression is taken for where only its rough frequency matters: once a day, with an hour for DST."""

_RATE = re.compile(r"rate\(\s*([1-9]\d{0,4})\s+(minute|hour|day)(s?)\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_FIELDS = (
    ("minutes", r"[0-9*,/-]+", 0, 59),
    ("hours", r"[0-9*,/-]+", 0, 23),
    ("day of the month", r"\?|[0-9*,/LW-]+", 1, 31),
    ("month", r"[0-9A-Z*,/-]+", 1, 12),
    ("day of the week", r"\?|[0-9A-Z*,/#L-]+", 1, 7),
    ("year", r"[0-9*,/-]+", 1970, 2199),
)


def check_cadence(text: object, *, setting: str) -> str:
    """The cadence as it is scheduled. Raises: SettingsError that names the setting and the fix."""
    if not isinstance(text, str) or not text.strip():
        raise SettingsError("write rate(15 minutes) or cron(0 6 ? * MON-FRI *)", setting=setting)
    found = _RATE.fullmatch(text.strip())
    if found:
        return _rate(found, setting=setting)
    cron = _CRON.fullmatch(text.strip())
    if cron is None:
        raise SettingsError(
            f"{text!r} is no cadence: write rate(15 minutes) or cron(0 6 ? * MON-FRI *)", setting=setting
        )
    return _cron(cron[1].split(), setting=setting)


def check_time_zone(name: object, *, setting: str) -> str:
    try:
        return ZoneInfo(str(name)).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{name!r} is no time zone: write one such as Europe/Berlin", setting=setting) from error


def check_blackouts(given: Iterable[object], *, setting: str) -> tuple[str, ...]:
    """As they were written, each once. Raises: SettingsError."""
    texts = tuple(dict.fromkeys(" ".join(str(text).split()) for text in given))
    for text in texts:
        parse_blackout(text, setting=setting)
    return texts


def due_every(cadence: str) -> timedelta:
    """How long a run may take to come round, roughly."""
    found = _RATE.fullmatch(cadence.strip())
    return int(found[1]) * _UNITS[found[2]] if found else CRON_AT_LEAST_EVERY


def _rate(found: re.Match[str], *, setting: str) -> str:
    number, unit, plural = int(found[1]), found[2], bool(found[3])
    proper = f"rate({number} {unit}{'s' if number > 1 else ''})"
    if plural != (number > 1):
        raise SettingsError(f"write it as {proper}", setting=setting)
    return proper


def _cron(fields: list[str], *, setting: str) -> str:
    if len(fields) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        raise SettingsError(f"a cron has six fields ({names}), this one {len(fields)}", setting=setting)
    for field, (name, pattern, least, most) in zip(fields, _FIELDS, strict=True):
        numbers = [int(number) for number in re.findall(r"(?<![/#\d])\d+", field)]
        if not re.fullmatch(pattern, field.upper()) or any(not least <= number <= most for number in numbers):
            raise SettingsError(f"{field!r} is no {name} of a cron ({least} to {most})", setting=setting)
    if (fields[2] == "?") == (fields[4] == "?"):
        raise SettingsError("in a cron, exactly one of day of the month and day of the week is ?", setting=setting)
    return f"cron({' '.join(fields)})"
