"""The table of defences says what the simulation shows: each one, its rule, its schedule, what breaks and with what."""

from __future__ import annotations

from tests.contract.docs.test_docs import all_codes, code, table
from tests.contract.template.reading import ROOT
from tests.simulation.defences import DEFENCES

DOCUMENT = ROOT / "docs/defences.md"


def test_every_defence_is_in_the_table_with_the_promise_that_breaks_without_it_and_no_other() -> None:
    told = {
        code(name): (rule, schedule, breaks, all_codes(behind))
        for name, rule, _, schedule, breaks, behind in table(DOCUMENT, "The table")
    }

    assert told == {
        name: (
            defence.rule,
            defence.schedule.__name__.replace("_", " "),
            defence.breaks.value,
            [defence.behind] if defence.behind else [],
        )
        for name, defence in DEFENCES.items()
    }


def test_the_defences_that_chance_finds_are_named_as_such() -> None:
    paragraph = DOCUMENT.read_text().split("**By chance.**")[1].split("\n\n")[0]

    assert set(all_codes(paragraph)) == {name for name, defence in DEFENCES.items() if defence.found_by_chance}
