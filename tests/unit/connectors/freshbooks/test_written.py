"""What may be written where FreshBooks has no list."""

from __future__ import annotations

import pytest

from ml_connector.connectors.freshbooks.connector import CONNECTOR
from ml_connector.connectors.freshbooks.written import WRITTEN
from ml_connector.connectors.jira.connector import CONNECTOR as JIRA
from ml_connector.domain.records.kinds import ReferenceKind

DEPARTMENT, TERMS, CURRENCY = ReferenceKind.DEPARTMENT, ReferenceKind.TERMS, ReferenceKind.CURRENCY


@pytest.mark.parametrize(
    ("kind", "text", "target"),
    [
        (DEPARTMENT, "  Life   Sciences ", "Life Sciences"),
        (DEPARTMENT, "[ml:1]", "[ml 1]"),
        (TERMS, "045", "45"),
        (TERMS, "0", "0"),
        (CURRENCY, "cny", "CNY"),
    ],
)
def test_a_text_is_read_as_freshbooks_can_hold_it(kind: ReferenceKind, text: str, target: str) -> None:
    assert WRITTEN[kind](text).id == target


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (DEPARTMENT, "x" * 61, "at most 60 characters"),
        (DEPARTMENT, " ", "at most 60 characters"),
        (TERMS, "Net 30", "whole number of days"),
        (TERMS, "3651", "from 0 to 3650"),
        (TERMS, "-1", "whole number of days"),
        (CURRENCY, "RMB", "not a currency of ISO 4217"),
    ],
)
def test_a_text_that_freshbooks_cannot_hold_is_refused(kind: ReferenceKind, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        WRITTEN[kind](text)


def test_every_kind_of_mapping_but_those_of_jira_has_its_place() -> None:
    assert CONNECTOR.mapped_kinds == set(ReferenceKind) - JIRA.mapped_kinds
