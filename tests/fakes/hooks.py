"""Where a simulation cuts in: every port call passes here first and last, under the name `port.method`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, cast


class Crash(BaseException):
    """The process was killed. No `except Exception` catches it, and no later port call of its incarnation succeeds."""


def _nothing(call: str) -> None:
    """The hook that does nothing."""


class Hooks:
    """`before(call)` and `after(call)` may raise: a `Crash`, which fences this incarnation, or an error of a store.

    Raised by `before` nothing took effect; raised by `after` it did, and the answer was lost.
    """

    def __init__(self, *, before: Callable[[str], None] = _nothing, after: Callable[[str], None] = _nothing) -> None:
        self.on_before = before
        self.on_after = after
        self.counts: Counter[str] = Counter()
        self.calls: list[str] = []
        self.is_dead = False

    def before(self, call: str) -> None:
        self.counts[call] += 1
        self.calls.append(call)
        self._run(self.on_before, call)

    def after(self, call: str) -> None:
        self._run(self.on_after, call)

    def _run(self, hook: Callable[[str], None], call: str) -> None:
        if self.is_dead:
            raise Crash(f"{call}: this incarnation is dead")
        try:
            hook(call)
        except Crash:
            self.is_dead = True
            raise

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Passed(Hooks):
    """Passes every call on to the hooks of whoever makes it at that moment; nobody's call is not announced."""

    def __init__(self, current: Callable[[], Hooks | None]) -> None:
        super().__init__()
        self._current = current

    def before(self, call: str) -> None:
        if (hooks := self._current()) is not None:
            hooks.before(call)

    def after(self, call: str) -> None:
        if (hooks := self._current()) is not None:
            hooks.after(call)


class CrashAt:
    """Dies at the n-th call (from 1) of those whose name begins with `prefix`; use as `before` or as `after`."""

    def __init__(self, n: int, prefix: str = "") -> None:
        self.left = n
        self.prefix = prefix

    def __call__(self, call: str) -> None:
        if not call.startswith(self.prefix):
            return
        self.left -= 1
        if self.left == 0:
            raise Crash(call)


class _Hooked:
    """Passes each method call of `target` through the hooks."""

    def __init__(self, target: object, name: str, hooks: Hooks) -> None:
        self._target = target
        self._name = name
        self._hooks = hooks

    def __getattr__(self, method: str) -> Any:
        value = getattr(self._target, method)
        if not callable(value):
            return value
        call = f"{self._name}.{method}"

        def hooked(*args: Any, **kwargs: Any) -> Any:
            self._hooks.before(call)
            answer = value(*args, **kwargs)
            self._hooks.after(call)
            return answer

        return hooked


def hooked[Port](target: Port, name: str, hooks: Hooks) -> Port:
    """`target`, with every call of it announced."""
    return cast(Port, _Hooked(target, name, hooks))
