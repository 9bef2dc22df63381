"""The wheel: into an empty environment, with nothing but itself."""

import os
import pathlib
import subprocess
import sys
import venv
import zipfile

import pytest

PROGRAM = "import polybolos as pb; print(pb.__version__, pb.connect().sql('select 41 + 1').scalar())"


@pytest.fixture(scope="module")
def wheel() -> pathlib.Path:
    """What scripts/wheel.sh has packed."""
    folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pathlib.Path(__file__).resolve().parents[3] / "target")) / "wheels"
    [found] = folder.glob("polybolos-*.whl")
    return found


def test_it_installs_into_an_empty_environment_and_answers(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = str(tmp_path / "env" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", str(wheel)], check=True)
    answer = subprocess.run([python, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.split()[1] == "42"
    installed = subprocess.run([python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True).stdout
    assert {line.split("==")[0] for line in installed.split()} <= {"pip", "setuptools", "polybolos"}
    line = subprocess.run([tmp_path / "env/bin/polybolos", "sql", "-c", "select 1 as x", "--format", "csv"], capture_output=True, text=True)
    assert line.stdout == "x\n1\n"


def test_it_holds_licences_types_and_one_native_module(wheel: pathlib.Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("LICENSE", "NOTICE", "THIRD_PARTY", "py.typed"):
        assert any(name.endswith(wanted) for name in names), wanted
    assert sum(name.endswith(".so") for name in names) == 1 or sys.platform != "linux"
    third_party = next(name for name in names if name.endswith("THIRD_PARTY"))
    assert b"datafusion" in zipfile.ZipFile(wheel).read(third_party)
