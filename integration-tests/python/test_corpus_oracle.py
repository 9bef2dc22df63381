"""Every case of the corpus that states an oracle expects what DuckDB answers."""

import tomllib

import duckdb
import pyarrow as pa
import pyarrow.ipc
import pytest
from conftest import CORPUS
from values import difference

CASES = {str(path.relative_to(CORPUS / "cases").with_suffix("")): path for path in sorted((CORPUS / "cases").rglob("*.toml"))}


def load(name: str) -> dict:
    return tomllib.loads(CASES[name].read_text(encoding="utf-8"))


def rows_of(table: pa.Table) -> list[tuple]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns)) if columns else [()] * table.num_rows


@pytest.mark.parametrize("name", [name for name in CASES if "oracle" in load(name)])
def test_expected_result_is_what_duckdb_answers(name: str, monkeypatch) -> None:
    case = load(name)
    monkeypatch.chdir(CORPUS / "data")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    answer = connection.execute(case["oracle"]).to_arrow_table()
    with pa.ipc.open_stream(CASES[name].with_suffix(".arrow")) as reader:
        expected = reader.read_all()
    assert expected.num_columns == answer.num_columns
    tolerance = max(case.get("float_tolerance", 0.0), 1e-9)
    wrong = difference(rows_of(answer), rows_of(expected), case.get("ordered", False), tolerance)
    assert wrong is None, wrong


@pytest.mark.parametrize("name", CASES)
def test_case_expects_one_thing_and_says_where_it_is_from(name: str) -> None:
    case = load(name)
    has_result = CASES[name].with_suffix(".arrow").exists()
    assert ("error" in case) != has_result
    assert has_result == (("oracle" in case) != ("no_oracle" in case)), "a result needs an oracle, or the reason why there is none"


def test_corpus_is_large_enough() -> None:
    cases = [load(name) for name in CASES]
    assert len(cases) >= 400
    assert sum("error" in case for case in cases) >= 130
    assert sum(case.get("program", False) for case in cases) >= 270
