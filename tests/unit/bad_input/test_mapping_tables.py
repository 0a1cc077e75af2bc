"""Tables of mappings, beside an onboarding file and by themselves: all of a table is taken, or none of it."""

from __future__ import annotations

import pytest

from tests.unit.bad_input.desk import Desk, one_message

GOOD = "kind,code,target\naccount,600100,Supplies\naccount,610000,Freight & Shipping\n"
FILE = "mappings.freshbooks"


def mapped(desk: Desk) -> list[str]:
    return [entry.code for entries in desk.stored()["mappings"] for entry in entries]


def test_an_onboarding_file_may_name_a_table_beside_it(desk: Desk) -> None:
    desk.file("accounts.csv", GOOD)

    printed = desk.onboard({FILE: {"file": "accounts.csv", "account": {"630000": "Rent"}}})

    assert (printed.code, mapped(desk)) == (0, ["600100", "610000", "630000"])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("nowhere.csv", "nowhere.csv cannot be read: No such file or directory; a relative path counts from the docu"),
        (7, "name a table (CSV) with the columns kind, code, target"),
        ("", "name a table (CSV) with the columns kind, code, target"),
    ],
)
def test_a_missing_table_is_told_by_its_setting(desk: Desk, named: object, message: str) -> None:
    printed = desk.onboard({FILE: {"file": named}})

    assert (printed.code, desk.stored()["connections"]) == (2, {})
    assert one_message(printed).startswith("mappings.freshbooks.file: ")
    assert message in printed.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "accounts.csv line 1: the columns are kind, code, target; missing: kind, code, target"),
        ("kind;code;target\n", "accounts.csv line 1: the columns are kind, code, target; missing: kind, code, target"),
        ("kind,code,target\naccount,600100\n", "accounts.csv line 2: kind (one of vendor, account,"),
        ("kind,code,target\nledger,600100,Rent\n", "accounts.csv line 2: kind (one of vendor, account,"),
        (GOOD + "account,600100,Rent\n", "accounts.csv line 4: account 600100 is there twice, with different targets"),
        ("kind,code,target\naccount,630000,Gifts\n", "630000 is in the document too, with another target"),
        (f'kind,code,target\naccount,1,"{"x" * 140_000}"\n', "accounts.csv line 2: this is no table of comma-sep"),
        (b"kind,code,target\naccount,\xff,Rent\n", "accounts.csv is not text in UTF-8: save it as that"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_wrong_table_is_told_by_its_line_and_sets_nothing_up(desk: Desk, content: str | bytes, message: str) -> None:
    desk.file("accounts.csv", content)

    printed = desk.onboard({FILE: {"file": "accounts.csv", "account": {"630000": "Rent"}}})

    assert (printed.code, desk.stored()["connections"]) == (2, {})
    assert message in one_message(printed)


def test_a_table_is_imported_and_exported_as_it_was(desk: Desk) -> None:
    desk.onboard({"mappings": {}})

    imported = desk.run("import-mappings", desk.file("accounts.csv", GOOD), "--connection", "freshbooks")
    exported = desk.run("export-mappings", "--connection", "freshbooks")
    again = desk.run("import-mappings", desk.file("again.csv", exported.out))

    assert imported.out == "2 mappings set in freshbooks.\n"
    assert [line.split(",")[1] for line in exported.out.splitlines()] == ["code", "600100", "610000"]
    assert again.out == "0 mappings set in freshbooks, 2 stood already.\n"


def test_an_import_with_a_wrong_line_changes_nothing(desk: Desk) -> None:
    desk.onboard()
    before = desk.stored()

    printed = desk.run("import-mappings", desk.file("accounts.csv", GOOD + "account,620000,Gifts\n"))

    assert (printed.code, desk.stored() == before) == (2, True)
    assert one_message(printed).startswith("line 4: 'Gifts' is not in the target")


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["nowhere.csv"], 2, "nowhere.csv cannot be read: No such file or directory"),
        (["nowhere.csv", "--connection", "oracle"], 3, "acme has no connection 'oracle'; its connections are:"),
    ],
)
def test_an_import_from_nowhere_or_to_nowhere_says_so(desk: Desk, argv: list[str], code: int, message: str) -> None:
    desk.onboard()

    printed = desk.run("import-mappings", *argv)

    assert (printed.code, message in one_message(printed)) == (code, True)
