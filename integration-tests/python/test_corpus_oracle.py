"""Every case of the corpus that states an oracle expects what DuckDB answers."""

import duckdb
import pytest
from conftest import CORPUS
from corpus import CASES, expected, load, rows_of
from values import difference


@pytest.mark.parametrize("name", [name for name in CASES if "oracle" in load(name)])
def test_expected_result_is_what_duckdb_answers(name: str, monkeypatch) -> None:
    case = load(name)
    monkeypatch.chdir(CORPUS / "data")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    answer = connection.sql(case["oracle"]).to_arrow_table()
    promised = expected(name)
    assert promised.num_columns == answer.num_columns
    tolerance = max(case.get("float_tolerance", 0.0), 1e-9)
    wrong = difference(rows_of(answer), rows_of(promised), case.get("ordered", False), tolerance)
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
