"""The tests that clauses of JQL come down to: words in a text, one of several names, an order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.simulators.jira import adf
from tests.simulators.jira.answers import Fields, Refusal
from tests.simulators.jira.jql import Clause


def in_text(asked: str, text: str) -> bool:
    """Every word of the search is a word of the text, whatever its case; `*` at an end stands for more letters.

    The text keeps its underscores and the search loses them, so a word with underscores is not found.
    """
    words = set(re.findall(r"\w+", text.lower()))
    wanted = re.findall(r"[^\W_]+\*?", asked.lower().replace('"', ""))
    return bool(wanted) and all(_is_word(each, words) for each in wanted)


def _is_word(wanted: str, words: set[str]) -> bool:
    if wanted.endswith("*"):
        return any(word.startswith(wanted[:-1]) for word in words)
    return wanted in words


def plain(value: Any) -> str:
    return adf.text_of(value) if isinstance(value, dict) else "" if value is None else str(value)


def day(text: str) -> float:
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    raise ValueError(text)


def allow(clause: Clause, operators: Sequence[str]) -> None:
    if clause.operator not in operators:
        message = f"The operator '{clause.operator.lower()}' is not supported by the '{clause.field}' field."
        raise Refusal(400, message)


def among(
    clause: Clause, values: Callable[[Fields], Sequence[str]], asked: Sequence[str | None]
) -> Callable[[Fields], bool]:
    """An issue without any value passes no `!=` and no `NOT IN`, as in JQL."""
    wanted = set(asked)

    def found(kept: Fields) -> bool:
        has = values(kept)
        return bool(wanted.intersection(has)) or (None in wanted and not has)

    match clause.operator:
        case "=" | "IN" | "IS":
            return found
        case "IS NOT":
            return lambda kept: bool(values(kept))
    return lambda kept: bool(values(kept)) and not found(kept)


def compared(
    clause: Clause, value: Callable[[Fields], float | None], read: Callable[[str], float]
) -> Callable[[Fields], bool]:
    if clause.operator in ("IS", "IS NOT"):
        empty = clause.operator == "IS"
        return lambda kept: (value(kept) is None) == empty
    try:
        asked = [read(each) for each in clause.values if each is not None]
    except ValueError as error:
        raise Refusal(400, f"The value for the field '{clause.field}' is not a number.") from error
    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda has: has in asked,
        "IN": lambda has: has in asked,
        "!=": lambda has: has not in asked,
        "NOT IN": lambda has: has not in asked,
        "<": lambda has: has < asked[0],
        ">": lambda has: has > asked[0],
        "<=": lambda has: has <= asked[0],
        ">=": lambda has: has >= asked[0],
    }
    test = tests[clause.operator]

    def passes(kept: Fields) -> bool:
        has = value(kept)
        return has is not None and test(has)

    return passes
