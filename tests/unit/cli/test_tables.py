"""Tables line up, and give way where the screen is narrow."""

from __future__ import annotations

from ml_connector.cli.tables import pairs, table


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    shown = table(["NAME", "COUNT"], [["a", "7"], ["longer", "1,200"]], width=None, right=["COUNT"])

    assert shown.splitlines() == ["NAME    COUNT", "a           7", "longer  1,200"]


def test_an_empty_cell_is_a_dash() -> None:
    assert table(["A", "B"], [["", "x"]], width=None).splitlines() == ["A  B", "-  x"]


def test_the_widest_column_gives_way_on_a_narrow_screen() -> None:
    shown = table(["N", "WHY"], [["1", "a reason that is longer than the screen"]], width=24)

    assert shown.splitlines() == ["N  WHY", "1  a reason that is", "   longer than the", "   screen"]


def test_nothing_is_wrapped_where_nobody_looks() -> None:
    long = "word " * 100

    assert len(table(["WHY"], [[long.strip()]], width=None).splitlines()) == 2


def test_pairs_leave_out_what_is_empty_and_wrap_under_their_value() -> None:
    shown = pairs([("name", "one two three four"), ("none", "")], width=24)

    assert shown.splitlines() == ["  name  one two three", "        four"]
