"""The package is typed: mypy and pyright have nothing to say in their strict modes."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parents[1]


def test_mypy_is_content(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, env={**os.environ, "MYPYPATH": "python"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_is_content() -> None:
    command = [sys.executable, "-m", "pyright", "--project", "pyrightconfig.json", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
