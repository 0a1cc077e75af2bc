"""How the demonstration speaks: numbered steps with the time they took, and what a command printed set in beneath."""

from __future__ import annotations

import shlex
import shutil
import textwrap
import time
from collections.abc import Callable

from local.lab import Lab

_PINGS = 4
_WIDTH = min(110, shutil.get_terminal_size((100, 20)).columns)


class Story:
    """One numbering through all acts."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._step = 0

    def act(self, title: str) -> None:
        print(f"\n\n{title}\n{'-' * len(title)}", flush=True)

    def step(self, title: str) -> None:
        self._step += 1
        print(f"\n{self._step}. {title}  [{time.monotonic() - self._began:.0f} s]", flush=True)

    def say(self, text: str) -> None:
        print(textwrap.fill(text, _WIDTH, initial_indent="   ", subsequent_indent="   "), flush=True)

    def show(self, text: str) -> None:
        print(textwrap.indent(text.rstrip(), "   | ", lambda _: True), flush=True)

    def ran(self, at: Lab, *arguments: str, check: bool = True) -> int:
        """Shows what the command printed; its exit code."""
        print(f"   $ ml-connector {shlex.join(arguments)}", flush=True)
        done = at.cli(*arguments, check=check)
        self.show(done.stdout)
        return done.returncode

    def pings(self, at: Lab, *connections: str) -> None:
        """As the command advises, it is tried again: it waits five seconds, and on a busy laptop that may be short."""
        print(f"   $ ml-connector {shlex.join(['ping', *connections])}", flush=True)
        for left in reversed(range(_PINGS)):
            done = at.cli("ping", *connections, check=not left)
            if not done.returncode:
                self.show(done.stdout)
                return


def wait[Got](what: Callable[[], Got], *, otherwise: str, seconds: float = 240) -> Got:
    """The first truthy answer; ends the demonstration with `otherwise` if none comes."""
    until = time.monotonic() + seconds
    while not (got := what()):
        if time.monotonic() > until:
            raise SystemExit(f"{otherwise} within {seconds:.0f} s; see `make up` for a stack to look into")
        time.sleep(0.3)
    return got
