"""The second act of `make demo`: consent, pushes, a hold, its cure, a change, a deletion, the lists compared."""

from __future__ import annotations

import pytest

from local.second_act import NUMBER, tell_second_act
from local.telling import Story
from tests.e2e.conftest import Installation

pytestmark = pytest.mark.engine

INVENTED = False


@pytest.fixture(scope="module")
def told(installation: Installation) -> Installation:
    """Each step ends the story if what it waits for does not come."""
    tell_second_act(Story(), installation.lab, installation.run)
    return installation


def test_the_person_who_consented_is_who_the_connection_speaks_for(told: Installation) -> None:
    grants = [call for call in told.freshbooks.calls if call == ("POST", "/auth/oauth/token")]

    assert told.lab.shown("ping", "freshbooks")["ok"] is True
    assert grants


def test_every_push_is_verified_on_both_sides(told: Installation) -> None:
    assert {row.verified for row in told.freshbooks.callbacks.all()} == {True}


def test_the_history_tells_hold_release_creation_and_change(told: Installation) -> None:
    sentences = [moment["text"].partition(":")[0] for moment in told.record(NUMBER)["moments"]]

    assert [text for text in sentences if not text.startswith("Bill")] == [
        "Held",
        "Released",
        "Planned",
        "Posted",
        "Planned",
        "Updated",
    ]


def test_there_was_one_bill_and_it_was_not_made_again_when_a_person_deleted_it(told: Installation) -> None:
    made = [bill for bill in told.freshbooks.all_bills if bill["bill_number"] == NUMBER]

    assert [(bill["amount"]["amount"], bill["vis_state"]) for bill in made] == [("465.00", 1)]


def test_the_comparison_names_the_deleted_bill_and_nothing_else(told: Installation) -> None:
    done = told.lab.cli("reconcile", "--json", check=False)

    assert done.returncode == 1
    assert done.stdout.count('"kind": "deleted_in_target"') == 1
