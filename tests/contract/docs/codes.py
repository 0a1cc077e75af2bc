"""Every reason code that the product can give, read from its source: what a document of them is compared with."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import isclass
from pathlib import Path
from types import ModuleType

from ml_connector.connectors.freshbooks.written import MAPPED_AMONG, WRITTEN
from ml_connector.domain.decision import reason_of
from ml_connector.domain.errors import NeedsReviewError, RejectedError
from ml_connector.domain.matching import Ambiguous, How, Missing, Unusable
from ml_connector.domain.reference import Key, ReferenceItem
from ml_connector.pairs import freshbooks_jaggaer, freshbooks_jira
from tests.contract.template.reading import ROOT

LIBRARY = ROOT / "layers" / "shared"
INSIDE = ("domain", "pairs", "pipeline")
TARGETS = ("connectors/freshbooks", "connectors/jira")
FLOWS = (*freshbooks_jaggaer.FLOWS, *freshbooks_jira.FLOWS)

COMPUTED = {("domain/decision.py", "code"), ("pairs/freshbooks_jaggaer/invoice_to_bill.py", "code")}
"""Reasons whose code is a variable: the first is called below, the second's values stand where it is called."""


@dataclass(kw_only=True)
class Found:
    codes: set[str] = field(default_factory=set)
    computed: set[tuple[str, str]] = field(default_factory=set)


def of_ours() -> Found:
    """Codes of reasons that plans and postings give."""
    found = Found(codes=_of_matches())
    for path in _sources(INSIDE):
        module = _module(path)
        for call in _calls(path):
            value = _keyword(call, "code")
            if value is None or _is_error(call, module):
                continue
            codes = list(_texts(value, module))
            found.codes.update(codes)
            if _name(call) == "Reason" and not codes:
                found.computed.add((str(path.relative_to(LIBRARY / "ml_connector")), ast.unparse(value)))
    return found


def of_refusals() -> set[str]:
    """Codes that a target's connector refuses a write with."""
    codes: set[str] = set()
    for path in _sources(TARGETS):
        module = _module(path)
        codes |= _defaults(path)
        for call in _calls(path):
            value = _keyword(call, "code")
            if value is not None and _refuses(call, module):
                codes.update(_texts(value, module))
    return codes


def _of_matches() -> set[str]:
    """What `reason_of` says for each kind of list that a flow into a target asks, and what only a mapping says."""
    codes = set()
    for kind in {kind for flow in FLOWS for kind in flow.references}:
        key = Key(kind=kind, code="1")
        item = ReferenceItem(id="1", name="one")
        matches = (
            Missing(key=key),
            Ambiguous(key=key, why="two"),
            Unusable(key=key, item=item, how=How.EXTERNAL_ID, why="closed"),
        )
        codes |= {reason_of(match, what=kind, target="target").code for match in matches}
    for kind in WRITTEN:
        codes.add(reason_of(Missing(key=Key(kind=kind, code="1")), what=kind, target="target").code)
    for kind in MAPPED_AMONG:
        key, item = Key(kind=kind, code="1"), ReferenceItem(id="1", name="one")
        chosen = (Ambiguous(key=key, why="gone"), Unusable(key=key, item=item, how=How.MAPPING, why="closed"))
        codes |= {reason_of(match, what=kind, target="target").code for match in chosen}
    return codes


def _sources(rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((LIBRARY / "ml_connector" / room).rglob("*.py"))


def _module(path: Path) -> ModuleType:
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return importlib.import_module(".".join(parts).removesuffix(".__init__"))


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def _defaults(path: Path) -> set[str]:
    """`def _unsendable(detail, *, code="unsendable")`."""
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))
    pairs = (pair for one in functions for pair in zip(one.args.kwonlyargs, one.args.kw_defaults, strict=True))
    values = (value for name, value in pairs if name.arg == "code" and isinstance(value, ast.Constant))
    return {value.value for value in values if isinstance(value.value, str)}


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_error(call: ast.Call, module: ModuleType) -> bool:
    made = getattr(module, _name(call), None)
    return isclass(made) and issubclass(made, Exception)


def _refuses(call: ast.Call, module: ModuleType) -> bool:
    """The call makes a refusal, itself or through a function of the module."""
    made = getattr(module, _name(call), None)
    return issubclass(made, RejectedError | NeedsReviewError) if isclass(made) else callable(made)


def _texts(value: ast.expr, module: ModuleType) -> Iterator[str]:
    """The texts that an expression may come to; a name counts where the module gives it a text."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if isinstance(getattr(module, name, None), str):
            yield getattr(module, name)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _texts(part, module)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, module)
            yield from _texts(orelse, module)
