"""The layer as it is shipped: for Lambda's processor, with byte code, and with nothing that does not belong there."""

from __future__ import annotations

import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from local.engine import ROOT

AARCH64 = 183
"""ELF's e_machine."""


def build(folder: Path, **settings: str) -> Path:
    """What `sam build` calls, with a folder of our choosing."""
    environment = {name: value for name, value in os.environ.items() if name != "ML_TARGET"}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **settings}
    environment.pop("MAKEFLAGS", None)
    command = ["make", "--silent", "build-SharedLayer", f"ARTIFACTS_DIR={folder}"]
    subprocess.run(command, cwd=ROOT / "layers/shared", env=environment, check=True, capture_output=True)
    return folder / "python"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("shipped"))


def machine_of(library: Path) -> int:
    header = library.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    machine: int = struct.unpack("<H", header[18:20])[0]
    return machine


def is_unchecked(compiled: Path) -> bool:
    """PEP 552: hash-based, and trusted without a look at the source."""
    header = compiled.read_bytes()[:8]
    return header[:4] == importlib.util.MAGIC_NUMBER and struct.unpack("<I", header[4:])[0] == 0b01


@pytest.mark.xdist_group("layer")
def test_every_native_library_is_for_arm64(shipped: Path) -> None:
    libraries = [path for path in shipped.rglob("*") if path.suffix == ".so" or ".so." in path.name]

    assert libraries
    assert {machine_of(library) for library in libraries} == {AARCH64}


@pytest.mark.xdist_group("layer")
def test_every_module_comes_with_byte_code_that_is_trusted(shipped: Path) -> None:
    compiled = list(shipped.rglob("*.pyc"))
    modules = list((shipped / "ml_connector").rglob("*.py"))

    assert {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled} >= set(modules)
    assert all(is_unchecked(path) for path in compiled)


@pytest.mark.xdist_group("layer")
def test_the_layer_leaves_out_tests_tools_and_what_lambda_brings(shipped: Path) -> None:
    offered = {path.name for path in shipped.iterdir()}

    assert {"ml_connector", "httpx", "pydantic", "aws_lambda_powertools"} <= offered
    assert not offered & {"boto3", "botocore", "tests", "local", "bin", "pytest", "aws_xray_sdk"}


@pytest.mark.xdist_group("layer")
def test_the_layer_is_small_enough_for_lambda(shipped: Path) -> None:
    unpacked = sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file())

    assert unpacked < 60_000_000


@pytest.mark.xdist_group("layer")
def test_the_layer_built_for_this_machine_is_enough_to_import_the_library(tmp_path: Path) -> None:
    layer = build(tmp_path, ML_TARGET="local")
    names = ", ".join(["ml_connector", "httpx", "pydantic", "cryptography.hazmat.primitives.ciphers.aead", "jmespath"])
    program = f"import sys; sys.path = [sys.argv[1], *sys.path]; import {names}; print(ml_connector.__path__[0])"

    done = subprocess.run(
        [_bare_python(), "-I", "-S", "-c", program, str(layer)], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == str(layer / "ml_connector"), done.stderr


def _bare_python() -> str:
    """The interpreter behind this environment, without its packages."""
    return str(Path(sys.executable).resolve())
