"""The embedded AWS engine: one process on loopback, with the template's IAM policies enforced.

Its saved state belongs to its port (it keys queues by URL), so each port has a folder of its own under `.local/`. What
it saves holds secrets in the clear: the folder is readable by its owner alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
BIN = ROOT / ".venv" / "bin"
PROGRAM = ROOT / ".engine" / "bin" / "ministack"
REGION = "us-east-1"
USUAL_PORT = 4566

# The engine's root user. Not a secret: the engine listens on loopback and knows nobody else.
ROOT_USER = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


_started: list[subprocess.Popen[bytes]] = []
"""Kept, since Python complains of a process that runs on when its object is gone; `make up` wants just that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running engine: where it listens, and the process to end it with."""

    port: int
    pid: int
    folder: Path

    @property
    def endpoint(self) -> str:
        return endpoint_of(self.port)


def endpoint_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def folder_of(port: int) -> Path:
    return LOCAL / str(port)


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there, else one the system picks."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("no free port on loopback")


def environment(port: int) -> dict[str, str]:
    """This environment, pointed at the engine. Nothing of the caller's own AWS account stays in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") or name == "AWS_CA_BUNDLE"}
    return kept | ROOT_USER | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AWS_ENDPOINT_URL": endpoint_of(port),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
        "ML_TARGET": "local",
    }  # fmt: skip


def client(service: str, port: int) -> Any:
    """A boto3 client for the engine, whatever this process's own environment says."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint_of(port),
        region_name=REGION,
        aws_access_key_id=ROOT_USER["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT_USER["AWS_SECRET_ACCESS_KEY"],
    )


def start(port: int, *, folder: Path | None = None, persist: bool = True) -> Engine:
    """Start the engine and wait until it answers. With `persist` it goes on from what it saved when last stopped."""
    folder = folder or folder_of(port)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    scratch = folder / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    with (folder / "engine.log").open("ab") as log:
        process = subprocess.Popen(
            [PROGRAM],
            env=_engine_environment(port, folder, scratch, persist=persist),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
        )
    _started.append(process)
    _await_answer(process, port, folder)
    return Engine(port=port, pid=process.pid, folder=folder)


def new_folder(purpose: str) -> Path:
    """A folder of its own for an engine that keeps nothing; see `discard`."""
    LOCAL.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=LOCAL))


def discard(folder: Path) -> None:
    """Delete it without waiting: the engine unpacks the layer for each worker, which is tens of thousands of files."""
    subprocess.Popen(["rm", "-rf", str(folder)], stdin=subprocess.DEVNULL, start_new_session=True)


def stop(engine: Engine, *, patience: float = 30.0) -> None:
    """End it. It saves its state only when asked to end in good order, so it is given time."""
    end(engine.pid, patience=patience)


def end(pid: int, *, patience: float = 30.0) -> None:
    """Ask one process to end, then its group, by force: the engine runs each function as a process of its own."""
    _signal(pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while _is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _engine_environment(port: int, folder: Path, scratch: Path, *, persist: bool) -> Mapping[str, str]:
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "AUTH": "true",  # the policies of the template are enforced
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(scratch),
    }
    if persist:
        settings |= {"PERSIST_STATE": "1", "STATE_DIR": str(folder / "state")}
        settings |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(folder / "s3")}
    # The functions inherit what is here, and must find the engine by themselves, as they would find AWS.
    inherited = environment(port)
    for name in ("AWS_ENDPOINT_URL", "VIRTUAL_ENV", "PYTHONPATH"):
        inherited.pop(name, None)
    return inherited | settings


def _await_answer(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"the engine stopped at once; see {folder / 'engine.log'}")
        try:
            urllib.request.urlopen(f"{endpoint_of(port)}/_ministack/health", timeout=1).read()
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
        else:
            return
    end(process.pid, patience=1)
    raise SystemExit(f"the engine did not answer within 30 s; see {folder / 'engine.log'}")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _is_alive(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:  # our own child, ended
            return False
    except ChildProcessError:
        pass  # started by an earlier command: not ours to wait for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
