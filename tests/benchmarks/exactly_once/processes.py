"""Processes that can be killed and paid for, and objects in one of them that the others call.

A call of such an object is one message there and one back. It is carried out whole by the process that has the
object, whatever becomes of the caller: as a call of DynamoDB or SQS is.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from ml_connector.pipeline.ports import GuardTakenError

copyreg.pickle(GuardTakenError, lambda error: (GuardTakenError, (error.guard, error.owner)))


def start(work: Callable[[], None]) -> int:
    """A process of its own for `work`; answers its id. What was open before stays this process's."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def ended(pid: int, *, wait: bool) -> tuple[int, float] | None:
    """How the process ended and the seconds of CPU that it took, killed or not; None where it is still running."""
    found, status, usage = os.wait4(pid, 0 if wait else os.WNOHANG)
    return (status, usage.ru_utime + usage.ru_stime) if found else None


def serve(path: Path, objects: Mapping[str, Any]) -> None:
    """Answers calls of these objects, one at a time, for ever. `objects` may be changed by what it serves."""
    lock = threading.Lock()
    with Listener(str(path), "AF_UNIX", backlog=64) as listener:
        while True:
            threading.Thread(target=_answer, args=(listener.accept(), objects, lock), daemon=True).start()


def _answer(caller: Connection, objects: Mapping[str, Any], lock: threading.Lock) -> None:
    with contextlib.suppress(EOFError, ConnectionError), caller:
        while True:
            name, method, args, kwargs = caller.recv()
            try:
                with lock:
                    found = getattr(objects[name], method)(*args, **kwargs)
                    found = list(found) if isinstance(found, Iterator) else found
                caller.send((True, found))
            except ConnectionError:
                raise
            except Exception as error:
                caller.send((False, error))


class Far:
    """The way to one process's objects. Safe to use from several threads, and not after a fork."""

    def __init__(self, path: Path) -> None:
        self._caller = _connected(path)
        self._lock = threading.Lock()

    def of(self, name: str) -> Any:
        return _FarObject(self, name)

    def call(self, name: str, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        with self._lock:
            self._caller.send((name, method, args, kwargs))
            is_well, answer = self._caller.recv()
        if not is_well:
            raise answer
        return answer


class _FarObject:
    def __init__(self, far: Far, name: str) -> None:
        self._far = far
        self._name = name

    def __getattr__(self, method: str) -> Any:
        return lambda *args, **kwargs: self._far.call(self._name, method, args, kwargs)


def _connected(path: Path) -> Connection:
    """The process may have been started a moment ago, and have much to make ready."""
    for _ in range(60_000):
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            return Client(str(path), "AF_UNIX")
        time.sleep(0.01)
    raise TimeoutError(f"nobody answers at {path}")
