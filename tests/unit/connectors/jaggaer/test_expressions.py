"""JMESPath as a profile may use it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ml_connector.connectors.jaggaer.expressions import Expression, ExpressionError

DOCUMENT = {"fees": [Decimal("0.10"), 2, Decimal("0.20")], "id": 2000001, "zero": Decimal("0.00"), "text": "x"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sum(fees)", Decimal("2.30")),
        ("max(fees)", 2),
        ("fees[0] == `0.1`", True),
        ("zero == `0`", True),
        ("to_number(to_string(fees[0]))", Decimal("0.10")),
        ("to_string(id)", "2000001"),
        ("to_string(nothing)", None),
        ("nothing.at[].all", None),
    ],
)
def test_the_standard_functions_are_exact(text: str, found: Any) -> None:
    assert Expression(text).find(DOCUMENT) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a ===", "is not a JMESPath expression"),
        ("", "1 to 500 characters"),
        ("a" * 501, "1 to 500 characters"),
        ("items[].shout(@)", "no function shout()"),
        ("sum(a, b)", "sum() takes 1 arguments, not 2"),
        ("(" * 400 + "a" + ")" * 99, ""),
    ],
    ids=["grammar", "empty", "long", "function", "arity", "nesting"],
)
def test_a_bad_expression_is_refused_before_it_is_used(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        Expression(text)

    assert why in str(raised.value)


def test_an_expression_that_does_not_fit_says_so() -> None:
    with pytest.raises(ExpressionError, match="does not fit the document"):
        Expression("sum(text)").find(DOCUMENT)


def test_an_expression_that_would_fill_the_memory_is_stopped() -> None:
    doubling = Expression("@" + " | [@,@][]" * 40)

    with pytest.raises(ExpressionError, match="more than 20000 items"):
        doubling.find([1])


@pytest.mark.parametrize(
    ("text", "holds"), [("id", True), ("nothing", False), ("text == 'y'", False), ("fees[?@ > `9`]", False)]
)
def test_truth_is_jmespaths(text: str, *, holds: bool) -> None:
    assert Expression(text).holds(DOCUMENT) is holds
