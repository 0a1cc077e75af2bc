"""`/_control/...`: what a test does by calling methods, done over HTTP, for a demonstration in another process.

No token is asked for: serve it on loopback only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.simulators.faults import FaultPlan
from tests.simulators.jaggaer import answers, exact_json
from tests.simulators.jaggaer.simulator import JaggaerSimulator
from tests.simulators.serving import Request, Response

_PREFIX = "/_control/"

type Words = dict[str, Any]


class Controlled:
    """The simulator with its control surface in front. Control calls do not count as calls to JAGGAER."""

    def __init__(self, simulator: JaggaerSimulator) -> None:
        self._simulator = simulator
        self._reads: dict[str, Callable[[], Any]] = {
            "invoices": lambda: simulator.invoices,
            "suppliers": lambda: simulator.suppliers,
            "purchase_orders": lambda: simulator.purchase_orders,
            "calls": self._calls,
            "writes": lambda: [asdict(write) for write in simulator.writes],
            "switches": self._switches,
        }
        self._acts: dict[str, Callable[[Words], Any]] = {
            "add_invoice": lambda words: simulator.add_invoice(**words),
            "edit_invoice": lambda words: simulator.edit_invoice(_id(words), **words),
            "approve_invoice": lambda words: simulator.approve_invoice(_id(words)),
            "unapprove_invoice": lambda words: simulator.unapprove_invoice(_id(words)),
            "cancel_invoice": lambda words: simulator.cancel_invoice(_id(words)),
            "add_supplier": lambda words: simulator.add_supplier(**words),
            "edit_supplier": lambda words: simulator.edit_supplier(words.pop("number"), **words),
            "add_purchase_order": lambda words: simulator.add_purchase_order(**words),
            "edit_purchase_order": lambda words: simulator.edit_purchase_order(words.pop("number"), **words),
            "set_purchase_order_status": lambda words: simulator.set_purchase_order_status(
                words.pop("number"), **words
            ),
            "revoke_tokens": lambda _: simulator.revoke_tokens(),
            "faults": self._plan_faults,
            "switches": self._throw_switches,
        }

    def handle(self, request: Request) -> Response:
        if not request.path.startswith(_PREFIX):
            return self._simulator.handle(request)
        name = request.path.removeprefix(_PREFIX)
        if request.method == "GET" and name in self._reads:
            return answers.document({"result": self._reads[name]()})
        if request.method == "POST" and name in self._acts:
            return _attempt(self._acts[name], request)
        return answers.not_found(f"no control {request.method} {name}")

    def _calls(self) -> Words:
        return {"calls": self._simulator.calls, "counts": self._simulator.call_counts}

    def _switches(self) -> Words:
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self._simulator.switches).items()
        }

    def _throw_switches(self, words: Words) -> Words:
        self._simulator.switch(**words)
        return self._switches()

    def _plan_faults(self, words: Words) -> Words:
        """`{"faults": ["refuse", ...], "path": "/ji/v1/invoices"}`: in order, for the paths that contain this."""
        part = str(words.get("path", ""))
        plan = FaultPlan(words["faults"], only=lambda request: part in request.path)
        self._simulator.faults = plan
        return {"left": plan.left}


def _attempt(act: Callable[[Words], Any], request: Request) -> Response:
    """A mistake in the words is the caller's: it gets its reason back."""
    try:
        words = exact_json.loads(request.body) if request.body else {}
        return answers.document({"result": act(words)})
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        return answers.document({"error": f"{type(error).__name__}: {error}"}, status=400)


def _id(words: Words) -> int:
    return int(words.pop("id"))
