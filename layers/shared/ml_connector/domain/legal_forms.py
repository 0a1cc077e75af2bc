"""Legal forms at the end of a company's name, by family: `Inc.` and `Corp.` are one, `GmbH` and `Ltd` are not.

Only at the end, and before a few Russian names: `AB Electric` and `SA Water` are not forms of anything.
"""

from __future__ import annotations

from collections.abc import Sequence

_FAMILIES = {
    "inc": "inc, incorporated, corp, corporation, co, company, co inc, company inc",
    "llc": "llc, l l c, lc, limited liability company",
    "llp": "llp, l l p, limited liability partnership",
    "lp": "lp, l p, limited partnership",
    "pllc": "pllc",
    "ltd": "ltd, limited, co ltd, company limited, company ltd, co limited",
    "pty ltd": "pty ltd, pty limited, proprietary limited, pty",
    "pte ltd": "pte ltd, pte limited, pte",
    "pvt ltd": "pvt ltd, private limited, private ltd, pvt limited, p ltd",
    "plc": "plc, public limited company",
    "gmbh": "gmbh, mbh, gesellschaft mit beschrankter haftung, g m b h",
    "gmbh kg": "gmbh and co kg, gmbh co kg, gmbh and cokg, gmbh and co",
    "ag": "ag, aktiengesellschaft",
    "kg": "kg, kommanditgesellschaft, co kg, and co kg",
    "kgaa": "kgaa, kg aa",
    "ohg": "ohg",
    "ug": "ug, ug haftungsbeschrankt",
    "ek": "ek, e k",
    "se": "se",
    "sa": "sa, s a, societe anonyme, sociedad anonima",
    "sas": "sas, s a s, sasu",
    "sarl": "sarl, sa rl, s a r l, eurl",
    "srl": "srl, s r l",
    "spa": "spa, s p a",
    "sl": "sl, s l, slu, sociedad limitada",
    "sa de cv": "sa de cv, s a de c v, sapi de cv",
    "srl de cv": "s de rl de cv, srl de cv",
    "ltda": "ltda, limitada",
    "bv": "bv, b v",
    "bvba": "bvba",
    "nv": "nv, n v",
    "ab": "ab, aktiebolag",
    "as": "as, a s, asa",
    "aps": "aps",
    "oy": "oy, oyj, oy ab",
    "zoo": "sp z oo, sp z o o, spzoo, spolka z oo",
    "sro": "sro, s r o, spol s ro",
    "kft": "kft",
    "zrt": "zrt, nyrt",
    "doo": "doo, d o o",
    "ood": "ood, eood",
    "kk": "kk, k k, kabushiki kaisha, 株式会社",
    "sdn bhd": "sdn bhd, bhd",
    "ltd sti": "ltd sti",
    "ooo": "ooo, ооо",
    "zao": "zao, oao, pao, зао, оао, пао",
}
_FORMS = {tuple(form.split()): family for family, forms in _FAMILIES.items() for form in forms.split(", ")}
_LONGEST = max(map(len, _FORMS))
_IN_FRONT = frozenset({"ooo", "ооо", "zao", "oao", "pao", "зао", "оао", "пао", "株式会社"})


def without_form(words: Sequence[str]) -> tuple[list[str], str | None]:
    """The words before the form, and its family; of several forms in a row the last one's. Never no words at all."""
    kept, family = list(words), None
    while len(kept) > 1 and kept[0] in _IN_FRONT:
        family = _FORMS[(kept[0],)]
        kept = kept[1:]
    while (length := _length_at_end(kept)) > 0:
        family = family or _FORMS[tuple(kept[-length:])]
        kept = kept[:-length]
    return kept, family


def compatible(one: str | None, other: str | None) -> bool:
    """Whether two names may be one company's as far as their forms go: a form that is left out contradicts nothing."""
    return one is None or other is None or one == other


def _length_at_end(words: Sequence[str]) -> int:
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        if tuple(words[-length:]) in _FORMS:
            return length
    return 0
