"""P1, P7: mappings and codes are kept by the target, so two sources that number by themselves do not share one."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.pipeline.connections.onboarding import OnboardingError
from tests.unit.pipeline.newcomer import FILE, onboard
from tests.unit.pipeline.office import BILLS, VENDORS, Office

OTHER: dict[str, Any] = FILE["connections"]["jaggaer"]


def second(**settings: Any) -> dict[str, Any]:
    """A file's changes that bring another JAGGAER, into the same FreshBooks."""
    flow = {"flow": VENDORS.flow, "source": "other", "target": "freshbooks", "settings": settings}
    return {"connections.other": OTHER, "flows": [*FILE["flows"], flow]}


def test_a_second_source_into_one_target_is_refused() -> None:
    with pytest.raises(OnboardingError) as caught:
        onboard(Office(), second())

    assert [problem.setting for problem in caught.value.problems] == ["flows[3].settings.common_codes"]
    assert "looked up in freshbooks alike" in str(caught.value)


def test_a_second_source_is_refused_beside_one_that_is_stored() -> None:
    office = Office()
    onboard(office)

    with pytest.raises(OnboardingError, match="looked up in freshbooks alike"):
        onboard(office, {**second(), "flows": [{"flow": BILLS.flow, "source": "other", "target": "freshbooks"}]})


def test_a_second_source_is_taken_where_somebody_says_that_it_numbers_alike() -> None:
    office = Office()

    onboard(office, second(common_codes=True))

    assert {flow.id.source for flow in office.ports.connections.flows("acme")} == {"jaggaer", "other"}


def test_a_word_that_is_neither_true_nor_false_is_told() -> None:
    with pytest.raises(OnboardingError, match=r"common_codes: write true or false"):
        onboard(Office(), {"flows.0.settings": {"common_codes": "yes"}})
