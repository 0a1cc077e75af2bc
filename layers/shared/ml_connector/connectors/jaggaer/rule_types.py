"""The values that a profile is made of: expressions, paths, patterns, and rules for one field."""

from __future__ import annotations

import re
from datetime import timedelta, tzinfo
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ml_connector.connectors.jaggaer.expressions import Expression
from ml_connector.connectors.jaggaer.stamps import Pattern, read_duration, read_zone

_PATH = re.compile(r"/[A-Za-z0-9._~%{}/-]*")
_SEGMENT = re.compile(r"[^'`\\{}]{1,100}")
_KINDS = ("text", "words", "decimal", "integer", "date", "instant", "boolean")


def _expression(value: Any) -> Any:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a JMESPath expression, in quotation marks")
    return Expression(value)


def _expressions(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _rule(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _path(value: Any) -> Any:
    if not isinstance(value, str) or not _PATH.fullmatch(value) or ".." in value or "//" in value:
        raise ValueError("must be a path below the base URL, such as /j1p/api/public/ji/v1/invoices")
    return value


def _segment(value: Any) -> Any:
    if not isinstance(value, str) or not _SEGMENT.fullmatch(value):
        raise ValueError("must be the name of an account segment, without quotation marks or braces")
    return value


def _from_text(read: Any) -> Any:
    return lambda value: read(value) if isinstance(value, str) else value


type Found = Annotated[Expression, BeforeValidator(_expression)]
type FoundAll = Annotated[tuple[Found, ...], BeforeValidator(_expressions)]
type Path = Annotated[str, BeforeValidator(_path)]
type Segment = Annotated[str, BeforeValidator(_segment)]
type Duration = Annotated[timedelta, BeforeValidator(_from_text(read_duration))]
type Zone = Annotated[tzinfo, BeforeValidator(_from_text(read_zone))]
type SincePattern = Annotated[Pattern, BeforeValidator(_from_text(Pattern))]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=False)


class FieldRule(Part):
    """Where a value is, and as what it is read. `values` translates a code list; `otherwise` is for the rest."""

    path: Found
    kind: str = Field(default="text", alias="as")
    values: dict[str, Any] | None = None
    otherwise: Any = None
    required: bool = False

    @model_validator(mode="after")
    def _kind_is_known(self) -> FieldRule:
        kind, _, pattern = self.kind.partition(":")
        if kind not in _KINDS or (pattern and kind not in ("date", "instant")):
            raise ValueError(
                f"`as` is one of {', '.join(_KINDS)}; a date or an instant may add a pattern after a colon"
            )
        if pattern:
            Pattern(pattern)
        return self

    @property
    def pattern(self) -> Pattern | None:
        text = self.kind.partition(":")[2]
        return Pattern(text) if text else None


type Rule = Annotated[FieldRule, BeforeValidator(_rule)]
