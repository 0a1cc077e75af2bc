from __future__ import annotations

from collections.abc import Mapping

import pytest

from ml_connector.domain.decision import Decision, Hold, Link, Post, Skip
from ml_connector.domain.matching import Ambiguous, How, Match, Matched, Missing, Unusable
from ml_connector.domain.records.vendor import Vendor
from ml_connector.domain.reference import Key, ReferenceItem
from ml_connector.pairs.freshbooks_jaggaer.supplier_to_vendor import natural_key, plan
from ml_connector.pipeline.flow import Known
from tests.builders import a_vendor

KEY = Key.vendor("0007", "Acme Paper Inc")
ITEM = ReferenceItem(id="V7", name="Acme Paper")
ELSEWHERE = {"acme paper": ("0007", "0008")}


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        (Missing(key=KEY), Post),
        (Matched(key=KEY, item=ITEM, how=How.NAME), Link),
        (Matched(key=KEY, item=ITEM, how=How.EXTERNAL_ID), Link),
        (Ambiguous(key=KEY, why="two have it"), Hold),
        (Unusable(key=KEY, item=ITEM, how=How.NAME, why="archived"), Hold),
    ],
    ids=["missing", "by name", "by number", "ambiguous", "unusable"],
)
def test_a_supplier_is_created_linked_or_held(match: Match, kind: type[Decision]) -> None:
    assert isinstance(planned(a_vendor(), match=match), kind)


@pytest.mark.parametrize(
    "match", [Missing(key=KEY), Matched(key=KEY, item=ITEM, how=How.NAME)], ids=["missing", "by name"]
)
def test_two_numbers_with_one_name_are_held(match: Match) -> None:
    decision = planned(a_vendor(), match=match, namesakes=ELSEWHERE)

    assert isinstance(decision, Hold)
    assert "0008" in decision.reasons[0].text


def test_a_number_decides_where_two_have_one_name() -> None:
    found = Matched(key=KEY, item=ITEM, how=How.MAPPING)

    assert isinstance(planned(a_vendor(), match=found, namesakes=ELSEWHERE), Link)


@pytest.mark.parametrize(
    "vendor", [a_vendor(number=""), a_vendor(active=False)], ids=["without a number", "not active"]
)
def test_a_supplier_that_is_none_yet_is_passed_over(vendor: Vendor) -> None:
    assert isinstance(planned(vendor), Skip)


def test_a_supplier_that_was_posted_is_updated_though_it_is_inactive_by_now() -> None:
    assert isinstance(planned(a_vendor(active=False), posted=True), Post)


def test_a_supplier_without_a_name_is_held() -> None:
    assert isinstance(planned(a_vendor(name="")), Hold)


def test_the_number_makes_a_vendor_unique() -> None:
    assert (natural_key(a_vendor()), natural_key(a_vendor(number=""))) == ("number:0007", None)


def planned(
    vendor: Vendor,
    *,
    match: Match | None = None,
    posted: bool = False,
    namesakes: Mapping[str, tuple[str, ...]] | None = None,
) -> Decision:
    return plan(vendor, Known(matches={KEY: match or Missing(key=KEY)}, posted=posted, namesakes=namesakes or {}))
