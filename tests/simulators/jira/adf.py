"""Atlassian documents: which nodes may stand where, and their plain text."""

from __future__ import annotations

from typing import Any

LISTS = frozenset({"bulletList", "orderedList", "taskList"})
BLOCKS = LISTS | {"paragraph", "heading", "codeBlock", "blockquote", "panel", "rule", "table", "expand"}
INLINE = frozenset({"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"})
IN_QUOTES = frozenset({"paragraph", "bulletList", "orderedList", "codeBlock"})
CHILDREN = {
    "doc": BLOCKS,
    "paragraph": INLINE,
    "heading": INLINE,
    "codeBlock": frozenset({"text"}),
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": IN_QUOTES,
    "blockquote": IN_QUOTES,
    "panel": IN_QUOTES | {"heading", "rule"},
    "expand": BLOCKS - {"expand"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": BLOCKS - {"table", "expand"},
    "tableHeader": BLOCKS - {"table", "expand"},
    "taskList": frozenset({"taskItem"}),
    "taskItem": INLINE,
}
MAY_BE_EMPTY = frozenset({"doc", "paragraph", "heading", "codeBlock", "taskItem"})
MARKS = frozenset({"strong", "em", "code", "link", "underline", "strike", "subsup", "textColor", "backgroundColor"})
NEEDED = {
    "heading": ("level",),
    "panel": ("panelType",),
    "mention": ("id",),
    "inlineCard": ("url",),
    "emoji": ("shortName",),
    "date": ("timestamp",),
    "status": ("text", "color"),
}
KEYS = frozenset({"type", "content", "attrs", "marks", "text", "version"})


def is_document(value: Any) -> bool:
    """Whether it claims to be one: a text in its place is another mistake than a crooked document."""
    return isinstance(value, dict) and value.get("type") == "doc"


def sound(document: Any) -> bool:
    return is_document(document) and document.get("version") == 1 and _sound(document)


def text_of(node: Any) -> str:
    """The plain text, a block to a line."""
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node["text"])
    if node.get("type") == "hardBreak":
        return "\n"
    inside = [text_of(child) for child in node.get("content", [])]
    return ("" if node.get("type") in ("paragraph", "heading", "codeBlock") else "\n").join(inside)


def _sound(node: Any) -> bool:
    if not isinstance(node, dict) or set(node) - KEYS:
        return False
    kind = node.get("type")
    if kind == "text":
        return _sound_text(node)
    if "text" in node or not _attributes(node):
        return False
    content = node.get("content", [])
    if kind not in CHILDREN:
        return kind in INLINE | {"rule"} and "content" not in node
    if not isinstance(content, list) or (not content and kind not in MAY_BE_EMPTY):
        return False
    return all(isinstance(child, dict) and child.get("type") in CHILDREN[kind] and _sound(child) for child in content)


def _sound_text(node: dict[str, Any]) -> bool:
    """An empty text is refused, as Jira does."""
    marks = node.get("marks", [])
    if not isinstance(node.get("text"), str) or not node["text"] or not isinstance(marks, list):
        return False
    return all(_sound_mark(mark) for mark in marks)


def _sound_mark(mark: Any) -> bool:
    if not isinstance(mark, dict) or mark.get("type") not in MARKS:
        return False
    return mark["type"] != "link" or isinstance(mark.get("attrs", {}).get("href"), str)


def _attributes(node: dict[str, Any]) -> bool:
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict):
        return False
    if node["type"] == "heading" and attributes.get("level") not in range(1, 7):
        return False
    return all(name in attributes for name in NEEDED.get(node.get("type", ""), ()))
