"""JMESPath as a profile may use it: the standard grammar, exact over decimals, bounded in length, work and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

import jmespath
from jmespath import exceptions, functions, visitor

LONGEST = 500
_MOST_STEPS = 200_000
_MOST_ITEMS = 20_000
_LONGEST_TEXT = 1_000_000


class ExpressionError(ValueError):
    """An expression that does not compile, or does not fit what it was given."""


class Expression:
    """One compiled expression. It keeps its text, so that a message can name it."""

    __slots__ = ("_parsed", "text")

    def __init__(self, text: str) -> None:
        """Raises: ExpressionError, saying where."""
        self.text = text
        if not text.strip() or len(text) > LONGEST:
            raise ExpressionError(f"an expression has 1 to {LONGEST} characters")
        try:
            self._parsed: Any = deepcopy(jmespath.compile(text).parsed)  # jmespath shares its own
        except exceptions.JMESPathError as error:
            raise ExpressionError(f"{text!r} is not a JMESPath expression: {_first_line(error)}") from error
        except RecursionError as error:
            raise ExpressionError(f"{text!r} is nested too deeply") from error
        for node in _nodes(self._parsed):
            _check_function(node)
            _make_exact(node)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def find(self, document: Any) -> Any:
        """What the expression finds, None for nothing. Raises: ExpressionError where it does not fit the document."""
        try:
            return _Bounded().visit(self._parsed, document)
        except (exceptions.JMESPathError, TypeError, ValueError, InvalidOperation, RecursionError) as error:
            raise ExpressionError(f"{self.text!r} does not fit the document: {_first_line(error)}") from error

    def holds(self, document: Any) -> bool:
        """Whether it finds something true, in JMESPath's sense: not null, false or empty."""
        found = self.find(document)
        return found is not None and found is not False and found not in ("", [], {})


class _Exact(functions.Functions):
    """The standard functions, with Decimal among the numbers; `to_string` of nothing is nothing, not "null"."""

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, inner = super()._get_allowed_pytypes(types)  # type: ignore[misc]
        return _with_decimal(allowed), [_with_decimal(kinds) for kinds in inner]

    def _convert_to_jmespath_type(self, pyobject: str) -> str:
        return "number" if pyobject == "Decimal" else functions.TYPES_MAP.get(pyobject, "unknown")

    @functions.signature({"types": []})
    def _func_to_string(self, arg: Any) -> Any:
        if arg is None or isinstance(arg, str):
            return arg
        return plain(arg) if isinstance(arg, int | Decimal) and not isinstance(arg, bool) else None

    @functions.signature({"types": []})
    def _func_to_number(self, arg: Any) -> Any:
        if isinstance(arg, bool) or not isinstance(arg, int | Decimal | str):
            return None
        try:
            return Decimal(arg)
        except InvalidOperation:
            return None


class _Bounded(visitor.TreeInterpreter):
    """Stops an expression that would run for ever or fill the memory, whatever its document."""

    def __init__(self) -> None:
        super().__init__(visitor.Options(custom_functions=_FUNCTIONS))
        self._steps = 0

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ExpressionError("it takes too many steps")
        found = super().visit(node, *args, **kwargs)
        if isinstance(found, list | dict) and len(found) > _MOST_ITEMS:
            raise ExpressionError(f"it finds more than {_MOST_ITEMS} items")
        if isinstance(found, str) and len(found) > _LONGEST_TEXT:
            raise ExpressionError(f"it finds a text longer than {_LONGEST_TEXT} characters")
        return found


_FUNCTIONS = _Exact()


def plain(number: int | Decimal) -> str:
    """Digits as a person writes them: 2000001 for an id, whether it came as 2000001 or 2000001.0."""
    if isinstance(number, Decimal) and number == number.to_integral_value():
        return format(number.to_integral_value(), "f")
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def _with_decimal(kinds: Any) -> Any:
    return (*kinds, "Decimal") if "float" in kinds else kinds


def _nodes(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a parsed expression. A literal's value is data, not a node."""
    yield node  # type: ignore[misc]
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_function(node: Mapping[str, Any]) -> None:
    """jmespath itself looks a function up only when it is reached, which may be never in a test."""
    if node.get("type") != "function_expression":
        return
    name = node["value"]
    known = functions.Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise ExpressionError(f"there is no function {name}() in JMESPath")
    wanted, given = known["signature"], len(node["children"])
    variadic = bool(wanted) and wanted[-1].get("variadic")
    if given < len(wanted) or (given > len(wanted) and not variadic):
        raise ExpressionError(f"{name}() takes {len(wanted)} arguments, not {given}")


def _make_exact(node: dict[str, Any]) -> None:
    if node.get("type") == "literal" and isinstance(node.get("value"), float):
        node["value"] = Decimal(repr(node["value"]))


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
