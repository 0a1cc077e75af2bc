"""Pages are safe whatever is in them: text is escaped, and nothing is loaded or run."""

from __future__ import annotations

from ml_connector.console.page import TableRow, heading, page, paragraph, table

NASTY = '<script>alert("x")</script>'


def test_whatever_a_system_says_is_text() -> None:
    shown = page(
        NASTY,
        [heading(NASTY), paragraph(NASTY), table([NASTY], [TableRow(cells=[NASTY])])],
    )

    assert "<script" not in shown
    assert shown.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;") == 5


def test_a_page_forbids_scripts_and_loads_nothing() -> None:
    shown = page("Title", [])

    assert "default-src 'none'" in shown
    assert "http://" not in shown
    assert "src=" not in shown.replace("default-src", "")


def test_numbers_stand_to_the_right_and_mismatches_are_marked() -> None:
    shown = table(["Name", "Amount"], [TableRow(cells=["a", "1.00"], tone="bad")], numbers=["Amount"])

    assert '<tr class="bad"><td>a</td><td class="number">1.00</td></tr>' in shown
