"""What every command is given beside the services: whose call it is, its options, and the person's terminal."""

from __future__ import annotations

import getpass
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ml_connector.cli.failures import UsageError
from ml_connector.cli.output import Output
from ml_connector.cli.services import Services


class Terminal(Protocol):
    @property
    def width(self) -> int | None:
        """None where the output is not read on a screen: nothing is wrapped then."""
        ...

    def note(self, text: str) -> None:
        """Progress, beside the output."""
        ...

    def ask(self, prompt: str) -> str: ...

    def ask_secret(self, prompt: str) -> str:
        """Nothing of the answer is shown."""
        ...

    def read(self, path: str) -> str:
        """A file's text; `-` is standard input. Raises UsageError."""
        ...

    def write(self, path: str, text: str) -> None:
        """A file, whole. Raises UsageError."""
        ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`tenant` is set for every command that needs one; `actor` is the person, for the audit trail."""

    tenant: str
    actor: str
    options: Namespace
    terminal: Terminal


type Command = Callable[[Services, Call], Output]
type OfflineCommand = Callable[[Call], Output]


class RealTerminal:
    @property
    def width(self) -> int | None:
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def ask(self, prompt: str) -> str:
        self._needs_person()
        print(prompt, end=" ", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()

    def ask_secret(self, prompt: str) -> str:
        self._needs_person()
        return getpass.getpass(f"{prompt} ")

    def read(self, path: str) -> str:
        try:
            return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:  # its own words show what stands in the file
            raise UsageError(f"{path} is not text in UTF-8: save it as that") from None

    def write(self, path: str, text: str) -> None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _needs_person(self) -> None:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to ask: give a file, or - for standard input")


def user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "command line"
