"""What `make up` keeps running, written down so that `make down`, the demo and the command line find it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.engine import LOCAL, end

FILE = LOCAL / "running.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Process ids by part (`engine`, `alarms`, a simulator's name), and where each part is reached."""

    port: int
    processes: Mapping[str, int] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)

    def save(self, file: Path = FILE) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(file)


def load(file: Path = FILE) -> Running | None:
    """What is written down, less the parts that have ended since; `None` when nothing runs."""
    try:
        saved = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    alive = {part: pid for part, pid in saved["processes"].items() if is_ours(part, pid)}
    return Running(port=saved["port"], processes=alive, urls=saved["urls"]) if alive else None


def is_ours(part: str, pid: int) -> bool:
    """Whether that process is still the one that was started: ids are used again, and a stranger is not to be ended."""
    mark = {"engine": "ministack", "alarms": "local.alarms"}.get(part, f"tests.simulators.{part}")
    return mark in _command_line(pid)


def _command_line(pid: int) -> str:
    if Path("/proc/self").exists():  # Linux, where `ps` may not be installed
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        except OSError:
            return ""
    return subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False).stdout


def stop_all(running: Running, file: Path = FILE) -> None:
    """End the watcher and the simulators, then the engine, which saves its state as it goes."""
    for part in sorted(running.processes, key=lambda part: part == "engine"):
        end(running.processes[part], patience=30 if part == "engine" else 5)
    file.unlink(missing_ok=True)


def start_part(module: str, *arguments: str, log: Path, environment: Mapping[str, str], root: Path) -> int:
    """One more process in the background, in a group of its own so that Ctrl-C here does not reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(root / ".venv/bin/python"), "-m", module, *arguments],
            cwd=root,
            env={**environment, "PYTHONPATH": os.pathsep.join([str(root), str(root / "layers/shared")])},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ).pid


def answers(url: str) -> bool:
    """Whether somebody speaks HTTP there; which answer does not matter."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
