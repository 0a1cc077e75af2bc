"""JQL read into a tree: clauses, AND, OR, NOT, brackets, ORDER BY. What a clause means is `matching.py`'s matter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.simulators.jira.answers import Refusal

TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<op><=|>=|!=|!~|=|~|<|>|\(|\)|,)
      | (?P<word>issue\.property\[[^\]]+\](?:\.[\w.]+)?|cf\[\d+\]|currentUser\(\)|now\(\)|[^\s()=!~<>,"']+)
    )""",
    re.VERBOSE,
)
OPERATORS = ("=", "!=", "~", "!~", "<", ">", "<=", ">=")
MOST_ORDER_FIELDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """`operator` in capitals: `=`, `IN`, `NOT IN`, `IS`, `IS NOT` ...; EMPTY is the value ``None``."""

    field: str
    operator: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    part: Tree


type Tree = Clause | Both | Either | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`order` is (field, whether downwards)."""

    where: Tree | None
    order: tuple[tuple[str, bool], ...]


def parse(text: str) -> Query:
    """Raises Refusal with what is wrong, and where it can be said."""
    return _Parser(_tokens(text)).query()


def clauses(tree: Tree | None) -> list[Clause]:
    match tree:
        case None:
            return []
        case Clause():
            return [tree]
        case Not():
            return clauses(tree.part)
    return [clause for part in tree.parts for clause in clauses(part)]


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise _wrong(f"The character '{text[place:].lstrip()[:1]}' is not expected.")
        kind = str(match.lastgroup)
        value = match[kind]
        found.append((kind, re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "quoted" else value))
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    def query(self) -> Query:
        where = None if self._done() or self._next_word() == "ORDER" else self._either()
        order = self._order()
        if not self._done():
            raise _wrong(f"Expecting either 'OR' or 'AND' but got '{self._peek()[1]}'.")
        return Query(where=where, order=order)

    def _either(self) -> Tree:
        parts = [self._both()]
        while self._word("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(parts=tuple(parts))

    def _both(self) -> Tree:
        parts = [self._part()]
        while self._word("AND"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Both(parts=tuple(parts))

    def _part(self) -> Tree:
        if self._word("NOT"):
            return Not(part=self._part())
        if self._op("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._value()
        if self._word("IS"):
            operator = "IS NOT" if self._word("NOT") else "IS"
            return Clause(field=field, operator=operator, values=self._empty())
        if self._word("NOT"):
            if not self._word("IN"):
                raise _wrong("Expecting 'IN' after 'NOT'.")
            return Clause(field=field, operator="NOT IN", values=self._several())
        if self._word("IN"):
            return Clause(field=field, operator="IN", values=self._several())
        kind, operator = self._peek()
        if kind != "op" or operator not in OPERATORS:
            raise _wrong(f"Expecting operator but got '{operator}'.")
        self._place += 1
        return Clause(field=field, operator=operator, values=(self._one(),))

    def _several(self) -> tuple[str | None, ...]:
        self._expect("(")
        values = [self._one()]
        while self._op(","):
            values.append(self._one())
        self._expect(")")
        return tuple(values)

    def _one(self) -> str | None:
        kind, value = self._peek()
        found = self._value()
        return None if kind == "word" and value.upper() in ("EMPTY", "NULL") else found

    def _empty(self) -> tuple[None]:
        if self._one() is not None:
            raise _wrong("Expecting 'EMPTY' or 'NULL' after 'IS'.")
        return (None,)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._word("ORDER"):
            return ()
        if not self._word("BY"):
            raise _wrong("Expecting 'BY' after 'ORDER'.")
        fields = [self._ordered()]
        while self._op(","):
            fields.append(self._ordered())
        if len(fields) > MOST_ORDER_FIELDS:
            raise _wrong(f"At most {MOST_ORDER_FIELDS} fields may be ordered by.")
        return tuple(fields)

    def _ordered(self) -> tuple[str, bool]:
        field = self._value()
        down = self._word("DESC")
        return field, down or (self._word("ASC") and False)

    # tokens

    def _done(self) -> bool:
        return self._place >= len(self._tokens)

    def _peek(self) -> tuple[str, str]:
        return ("end", "end of query") if self._done() else self._tokens[self._place]

    def _next_word(self) -> str:
        kind, value = self._peek()
        return value.upper() if kind == "word" else ""

    def _word(self, word: str) -> bool:
        if self._next_word() != word:
            return False
        self._place += 1
        return True

    def _op(self, op: str) -> bool:
        if self._peek() != ("op", op):
            return False
        self._place += 1
        return True

    def _expect(self, op: str) -> None:
        if not self._op(op):
            raise _wrong(f"Expecting '{op}' but got '{self._peek()[1]}'.")

    def _value(self) -> str:
        kind, value = self._peek()
        if kind not in ("word", "quoted"):
            raise _wrong(f"Expecting a field name or a value but got '{value}'.")
        self._place += 1
        return value


def _wrong(message: str) -> Refusal:
    return Refusal(400, f"Error in the JQL Query: {message}")
