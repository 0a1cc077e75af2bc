"""Vendor names with the company that each means, labelled by hand, and slips of the finger made by chance.

`families.txt` has one company a paragraph: the name in the target's list, other names of the same company, names of
companies that only look like it. `directory.txt` fills the list with strangers. Nothing here knows how the product
compares names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "unit" / "domain" / "vendor_names"
SEED = 20260115
_BESIDE = {
    key: row[max(at - 1, 0) : at + 2].replace(key, "")
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for at, key in enumerate(row)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """`means` is the name in the list, None where the company is not in it."""

    name: str
    means: str | None
    kind: str


@cache
def directory() -> tuple[str, ...]:
    strangers = [name.strip() for line in _lines("directory.txt") for name in line.split("|")]
    return (*(line.removeprefix("> ") for line in _lines("families.txt") if line.startswith("> ")), *strangers)


@cache
def labelled() -> tuple[Labelled, ...]:
    return (*_written_down(), *_slips())


def _written_down() -> Iterator[Labelled]:
    target = ""
    for line in _lines("families.txt"):
        if line.startswith("> "):
            target = line.removeprefix("> ")
            yield Labelled(name=target, means=target, kind="as it is")
            continue
        kind, _, names = line.partition(": ")
        for name in names.split(" | "):
            yield Labelled(name=name, means=target if kind == "same" else None, kind=kind)


def _slips() -> Iterator[Labelled]:
    """One and two at a time: a letter dropped, doubled, swapped with the next, or the key beside it.

    Never another company's name: nobody could tell who is meant.
    """
    chance, taken = random.Random(SEED), {name.casefold() for name in directory()}
    for target in directory():
        for slip in (_slip(target, chance), _slip(_slip(target, chance), chance)):
            if slip.casefold() not in taken:
                yield Labelled(name=slip, means=target, kind="slip")


def _slip(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1)
    before, letter, after = name[:at], name[at], name[at + 1 :]
    match chance.choice(("dropped", "doubled", "swapped", "beside")):
        case "dropped":
            return before + after
        case "doubled":
            return before + letter * 2 + after
        case "swapped":
            return before + after[0] + letter + after[1:]
        case _:
            return before + chance.choice(_BESIDE.get(letter.casefold(), "e")) + after


def _lines(file: str) -> list[str]:
    return [line for line in (FOLDER / file).read_text(encoding="utf-8").splitlines() if line.strip()]
