"""Atlassian Document Format: what a description, a comment and a long text field are written in.

A text node must not be empty: Jira refuses the whole document for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ml_connector.domain.records.issue import Fact

LONGEST_TEXT = 30_000
"""Jira takes 32,767 characters in a text; ours ends before that."""

_BLOCKS = frozenset({"paragraph", "heading", "listItem", "tableRow", "codeBlock", "blockquote"})


def document(facts: Iterable[Fact]) -> dict[str, Any]:
    """One paragraph a fact: its label in bold, its text, which is a link where it leads somewhere."""
    return _doc([paragraph for fact in facts if (paragraph := _paragraph(fact))])


def text_document(text: str) -> dict[str, Any]:
    """One paragraph a line."""
    lines = [line.strip() for line in text[:LONGEST_TEXT].splitlines()]
    return _doc([{"type": "paragraph", "content": [_text(line)]} for line in lines if line])


def plain(document: Any) -> str:
    """The words of a document, one line a block, blanks evened out. A string stands for itself."""
    if isinstance(document, str):
        return _evened(document)
    return _evened("".join(_words(document)))


def _doc(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(fact: Fact) -> dict[str, Any] | None:
    text = " ".join(fact.text.split())[:LONGEST_TEXT]
    if not text:
        return None
    marks = [{"type": "link", "attrs": {"href": fact.link}}] if fact.link else []
    label = _text(f"{fact.label}: ", [{"type": "strong"}])
    return {"type": "paragraph", "content": [label, _text(text, marks)]}


def _text(text: str, marks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"marks": marks} if marks else {})


def _words(node: Any) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    if node.get("type") == "text":
        yield str(node.get("text") or "")
    if node.get("type") == "hardBreak":
        yield "\n"
    for child in node.get("content") or ():
        yield from _words(child)
    if node.get("type") in _BLOCKS:
        yield "\n"


def _evened(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
