"""A refusal: what a rule raises. Which of FreshBooks' error shapes it takes is decided by the family that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REQUIRED = 1001
ACCESS_DENIED = 1003
INVALID = 1004
UNPARSABLE = 1005
WRONG_TYPE = 1006
DELETED = 1011
NOT_FOUND = 1012
PER_PAGE = 1013
PAGE = 1014
TOO_LONG = 1017
DATE = 1033
READ_ONLY = 1038


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    errno: int
    message: str
    field: str = ""
    object: str = ""
    value: str = ""


class Refusal(Exception):
    """FreshBooks says no, and nothing was done."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.status = status
        self.problems = problems


def not_found(thing: str, *, field: str = "id", value: Any = "", status: int = 404) -> Refusal:
    message = f"{thing.replace('_', ' ').capitalize()} not found."
    return Refusal(status, Problem(errno=NOT_FOUND, message=message, field=field, object=thing, value=str(value)))


def deleted(thing: str, *, field: str = "id", value: Any = "", status: int = 404) -> Refusal:
    message = f"This {thing.replace('_', ' ')} is deleted."
    return Refusal(status, Problem(errno=DELETED, message=message, field=field, object=thing, value=str(value)))


def denied(message: str) -> Refusal:
    return Refusal(403, Problem(errno=ACCESS_DENIED, message=message))
