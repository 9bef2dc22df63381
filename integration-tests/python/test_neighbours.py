"""Other libraries read our results through Arrow's interface, and a stock ADBC client reads our server."""

import pathlib

import adbc_driver_flightsql.dbapi
import duckdb
import pandas as pd
import polars as pl
import polybolos as pb
import pyarrow as pa
import pytest
from conftest import CORPUS
from polybolos import col

PEOPLE = "select id, name, salary, joined from 'people.parquet' order by id"


@pytest.fixture(scope="module")
def server(serve):
    return serve("--data", str(CORPUS / "data"))


@pytest.fixture(params=["embedded", "flight"])
def people(request, server) -> pb.DataFrame:
    data = CORPUS / "data"
    session = pb.connect(roots={"data": (data, "r")}) if request.param == "embedded" else pb.connect(server.url)
    return session.sql(PEOPLE)


@pytest.fixture(scope="module")
def wanted() -> pa.Table:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection.execute(PEOPLE.replace("people.parquet", str(CORPUS / "data" / "people.parquet"))).to_arrow_table()


def addresses(table: pa.Table) -> list[int]:
    buffers = [buffer for column in table.columns for chunk in column.chunks for buffer in chunk.buffers()]
    return [buffer.address for buffer in buffers if buffer is not None and buffer.size > 0]


def test_pyarrow_takes_the_buffers_themselves(people: pb.DataFrame, wanted: pa.Table) -> None:
    table = people.collect()
    first, second = pa.table(table), pa.table(table)
    assert first.to_pylist() == wanted.to_pylist()
    assert addresses(first) == addresses(second), "the same memory twice: nothing was copied"


def test_polars_reads_a_frame(people: pb.DataFrame, wanted: pa.Table) -> None:
    assert pl.DataFrame(people).rows() == pl.DataFrame(wanted).rows()
    assert people.to_polars().get_column("id").sum() == sum(wanted["id"].to_pylist())


def test_pandas_reads_a_frame(people: pb.DataFrame, wanted: pa.Table) -> None:
    pd.testing.assert_frame_equal(people.to_pandas(), wanted.to_pandas(), check_dtype=False)


def test_duckdb_reads_a_frame_and_we_read_duckdb(people: pb.DataFrame, wanted: pa.Table) -> None:
    rows = people.collect()
    again = duckdb.sql("select count(*) as n, max(id) as id from rows")
    assert again.fetchall() == [(wanted.num_rows, max(wanted["id"].to_pylist()))]
    assert people.session.from_arrow(again).rows() == [(rows.num_rows, max(wanted["id"].to_pylist()))]


def test_polars_lazily_read_goes_back_into_a_query(people: pb.DataFrame) -> None:
    names = pl.LazyFrame({"id": [1, 2]}).collect()
    both = people.join(people.session.from_polars(names), "id").select(col("id")).sort("id")
    assert both.rows() == [(1,), (2,)]


def test_a_stock_adbc_client_reads_into_pandas_and_polars(server, wanted: pa.Table) -> None:
    with adbc_driver_flightsql.dbapi.connect(server.flight_sql_uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        pd.testing.assert_frame_equal(cursor.fetch_df(), wanted.to_pandas(), check_dtype=False)
        cursor.execute(PEOPLE)
        assert pl.from_arrow(cursor.fetch_arrow_table()).rows() == pl.DataFrame(wanted).rows()
        assert pl.read_database(PEOPLE, connection).rows() == pl.DataFrame(wanted).rows()


def test_a_server_that_restarts_is_told_and_a_new_session_works(serve, tmp_path: pathlib.Path) -> None:
    first = serve("--data", str(tmp_path))
    session = pb.connect(first.url)
    frame = session.range(3)
    assert frame.count() == 3
    first.kill()
    with pytest.raises(pb.UnavailableError) as caught:
        frame.collect()
    assert caught.value.retryable
    again = serve("--data", str(tmp_path), "--listen", f"127.0.0.1:{first.port}")
    with pytest.raises(pb.Error) as caught:
        frame.collect()
    assert caught.value.code in ("SESSION_NOT_FOUND", "UNAVAILABLE"), "the session died with its server"
    with pb.connect(again.url) as fresh:
        assert fresh.range(3).count() == 3
