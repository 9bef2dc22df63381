"""TPC-H at scale factor 0.01: the answers of the Python DataFrames, in process and over Flight, are DuckDB's."""

import pathlib

import polybolos as pb
import pytest
import tpch_answers
from tpch_dataframes import QUERIES, Tables
from values import difference

# The keys of their ORDER BY tell all rows apart.
IN_TOTAL_ORDER = {1, 2, 4, 7, 8, 9, 12, 13, 15, 16, 20, 21, 22}


@pytest.fixture(scope="module")
def duck(tpch: pathlib.Path):
    return tpch_answers.connect(tpch)


@pytest.fixture(scope="module", params=["embedded", "flight"])
def tables(request, serve, tpch: pathlib.Path):
    url = serve("--data", str(tpch)).url if request.param == "flight" else None
    with pb.connect(url) as session:
        yield Tables(session, tpch)


@pytest.mark.parametrize("number", QUERIES)
def test_answer_is_duckdbs(tables: Tables, duck, number: int) -> None:
    frame = QUERIES[number](tables)
    expected = duck.execute(tpch_answers.sql(number))
    assert frame.columns == [column[0] for column in expected.description]
    wrong = difference(expected.fetchall(), frame.collect().rows(), ordered=number in IN_TOTAL_ORDER)
    assert wrong is None, wrong
