"""The command that lets a record go on which waits for a person, by the reason code that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ml_connector.cli.words import hint

RECORD = "<record>"

_BY_CODE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "crashed": (("redrive", "--queue", "posting"),),
    "not_planned": (("redrive", "--queue", "notice"),),
    "create_failed": (("release", RECORD), ("link", RECORD, "<counterpart>")),
}
"""Where a message lies in a dead-letter queue, it is sent back; whatever is not named here is released."""

_ELSE = (("release", RECORD),)


def goes_on_with(codes: Iterable[str], record: str = RECORD) -> tuple[str, ...]:
    """Each of these would do. `record` is a record's id, or a blank to be filled in."""
    found = next((_BY_CODE[code] for code in codes if code in _BY_CODE), _ELSE)
    return tuple(hint(*(record if word == RECORD else word for word in words)) for words in found)
