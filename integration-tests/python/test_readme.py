"""What the README shows runs: its shell lines and its Python program as they stand, its Rust program as a test of the same text."""

import contextlib
import io
import os
import pathlib
import re
import subprocess

import pytest
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RUST = (ROOT / "integration-tests" / "tests" / "it" / "quickstart.rs").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def trips(polybolos: str, tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("readme") / "trips"
    command = [polybolos, "demo", "taxi", "--rows", "20000", "--files", "2", "--output", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_sql_lines_run(polybolos: str, trips: pathlib.Path) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("bin/polybolos sql -c")]
    assert lines
    for line in lines:
        command = line.replace("bin/polybolos", polybolos, 1)
        done = subprocess.run(
            ["bash", "-c", command], cwd=trips.parent, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(trips.parent)}
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout


def test_the_rust_program_is_the_tested_one() -> None:
    tested = RUST.split("// ----\n")[1].strip()
    assert any(block.strip() == tested for block in blocks("rust")), "the README's Rust program differs from tests/it/quickstart.rs"


def test_the_python_program_runs_against_a_server(serve, trips: pathlib.Path, monkeypatch) -> None:
    server = serve("--data", str(trips))
    [program] = blocks("python")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program.replace("grpc://localhost:50051", server.flight_sql_uri), "README.md", "exec"), {})
    assert "passenger_count" in out.getvalue()
