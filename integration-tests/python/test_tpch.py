"""TPC-H at scale factor 0.01: the answers of the binary, in process and over Flight, are DuckDB's."""

import csv
import io
import pathlib
import subprocess

import pyarrow as pa
import pyarrow.ipc
import pytest
import tpch_answers
from conftest import ROOT
from values import difference

ANSWERS = ROOT / "integration-tests" / "tpch" / "answers" / "sf0.01"


@pytest.fixture(scope="module")
def duck(tpch: pathlib.Path):
    return tpch_answers.connect(tpch)


@pytest.fixture(scope="module")
def server(serve, tpch: pathlib.Path):
    return serve("--data", str(tpch))


def run(polybolos: str, tpch: pathlib.Path, number: int, *args: str) -> pa.Table:
    names = "".join(f"create external table {table} stored as parquet location '{tpch / table}';" for table in tpch_answers.TABLES)
    command = [polybolos, "sql", "-c", names + tpch_answers.sql(number), "--format", "arrow", *args]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return last_stream(done.stdout)


def last_stream(data: bytes) -> pa.Table:
    """The last of the Arrow streams that follow each other: one for each statement."""
    source, table = pa.BufferReader(data), None
    while source.tell() < len(data):
        table = pa.ipc.open_stream(source).read_all()
    assert table is not None, "no result"
    return table


@pytest.mark.parametrize("door", ["embedded", "flight"])
@pytest.mark.parametrize("number", range(1, 23))
def test_answer_is_duckdbs(polybolos: str, tpch: pathlib.Path, duck, server, number: int, door: str) -> None:
    args = ["--url", server.url] if door == "flight" else []
    actual = run(polybolos, tpch, number, *args)
    expected = duck.execute(tpch_answers.sql(number))
    assert [column[0] for column in expected.description] == actual.column_names
    rows = list(zip(*(column.to_pylist() for column in actual.columns)))
    wrong = difference(expected.fetchall(), rows, ordered=False)
    assert wrong is None, wrong


@pytest.mark.parametrize("number", range(1, 23))
def test_committed_answers_are_duckdbs(tpch: pathlib.Path, duck, number: int) -> None:
    """The Rust tests compare with these files."""
    result = duck.execute(tpch_answers.sql(number))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column[0] for column in result.description])
    writer.writerows(result.fetchall())
    assert sorted(text.getvalue().splitlines()) == sorted((ANSWERS / f"q{number:02}.csv").read_text(encoding="utf-8").splitlines())
