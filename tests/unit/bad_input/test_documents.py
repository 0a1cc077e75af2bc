"""Onboarding files that are no onboarding file: told in one message by their place, and nothing is written."""

from __future__ import annotations

import pytest
import yaml

from tests.unit.bad_input.desk import Desk, as_json, one_message

BOMB = "\n".join(
    ["tenant: acme", "a: &a [x, x, x, x, x, x, x, x, x, x]"]
    + [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)
TWICE = "tenant: acme\nconnections:\n  books: {system: freshbooks}\n  books: {system: jaggaer}\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "holds more than 50,000 values: write its anchors (& and *) out"),
        ("tenant: acme\nflows: &all [*all]\n", "holds more than 50,000 values: write its anchors (& and *) out"),
        (TWICE, "has the same name twice under one heading, in lines 3 and 4: keep one of them"),
        ('{"tenant": "acme", "tenant": "globex"}', "has the same name twice in one object: keep one of them"),
        ("tenant: acme\n---\ntenant: globex\n", "holds several documents in line 2: one tenant, one file"),
        ("tenant: acme\n\tflows: []\n", "is not YAML in line 2: check its indentation and quotation marks"),
        ("tenant: !!python/object/apply:os.system [ls]\n", "is not YAML in line 1: check its indentation"),
        ("tenant: acme\nsince: 2026-13-45\n", "holds a number or a date that cannot be one: put it in quotation marks"),
        ('{"tenant": "acme",}', "is not JSON: "),
        ("[" * 5000, "is nested too deeply"),
        ('{"a": ' * 100_000, "is nested too deeply"),
        ("just words", "must be a mapping with tenant, connections and flows"),
        ("", "must be a mapping with tenant, connections and flows"),
        (b"tenant: \xff\xfe", "is not text in UTF-8: save it as that"),
        ("tenant: acme # " + "x" * 1_000_001, "is longer than 1,000,000 characters"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_file_that_is_none_is_refused_by_its_place(desk: Desk, content: str | bytes, message: str) -> None:
    before = desk.stored()

    printed = desk.run("onboard", desk.file("acme.yaml", content))

    assert (printed.code, desk.stored() == before) == (2, True)
    assert message in one_message(printed)


def test_what_stands_in_a_broken_file_is_not_repeated(desk: Desk) -> None:
    content = f"{yaml.safe_dump(desk.document({}))}\nbroken: [\n"

    printed = desk.run("onboard", desk.file("acme.yaml", content))

    assert printed.code == 2
    assert [secret for secret in desk.secrets if secret in printed.err] == []


def test_a_file_that_is_not_there_is_said_in_a_line(desk: Desk) -> None:
    printed = desk.run("onboard", str(desk.folder / "nowhere.yaml"))

    assert (printed.code, desk.stored()["connections"]) == (2, {})
    assert "nowhere.yaml cannot be read: No such file or directory" in one_message(printed)


def test_a_folder_is_no_file(desk: Desk) -> None:
    printed = desk.run("onboard", str(desk.folder))

    assert (printed.code, "cannot be read: Is a directory" in one_message(printed)) == (2, True)


def test_a_file_for_another_tenant_than_the_one_named_is_refused(desk: Desk) -> None:
    file = desk.file("acme.json", as_json(desk.document({})))

    printed = desk.run("onboard", file, "--tenant", "globex")

    assert (printed.code, desk.stored()["connections"]) == (2, {})
    assert "tenant: the document is for 'acme', but --tenant or ML_TENANT is 'globex'" in one_message(printed)


def test_an_anchor_that_stays_small_is_taken(desk: Desk) -> None:
    document = desk.document({})
    document["flows"] = [
        document["flows"][0],
        {**document["flows"][1], "settings": document["flows"][0].get("settings", {})},
    ]
    shared = {"overlap_minutes": 30}
    document["flows"] = [{**flow, "settings": shared} for flow in document["flows"]]
    content = yaml.safe_dump(document)

    printed = desk.run("onboard", desk.file("acme.yaml", content))

    assert (printed.code, "&id001" in content) == (0, True)
