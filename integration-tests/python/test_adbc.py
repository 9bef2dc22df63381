"""A stock ADBC Flight SQL client runs SQL on the server."""

import datetime
import decimal

import adbc_driver_flightsql.dbapi
import adbc_driver_manager
import pyarrow
import pytest
from conftest import CORPUS


@pytest.fixture(scope="module")
def server(serve):
    return serve("--data", str(CORPUS / "data"))


@pytest.fixture
def connection(server):
    with adbc_driver_flightsql.dbapi.connect(server.flight_sql_uri, autocommit=True) as connection:
        yield connection


def test_a_query_answers_arrow(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select id, name from 'people.parquet' where age > 40 order by id")
        table = cursor.fetch_arrow_table()
    assert table.to_pydict() == {"id": [2, 5, 7, 9], "name": ["Béla", "Emil", "Gus", None]}


def test_a_view_lives_as_long_as_the_connection(server) -> None:
    with adbc_driver_flightsql.dbapi.connect(server.flight_sql_uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create view grown as select * from 'people.parquet' where age >= 18")
        cursor.execute("select count(*) as n from grown")
        assert cursor.fetchall() == [(9,)]
    with (
        adbc_driver_flightsql.dbapi.connect(server.flight_sql_uri, autocommit=True) as other,
        other.cursor() as cursor,
        pytest.raises(adbc_driver_manager.Error, match="grown"),
    ):
        cursor.execute("select * from grown")


def test_a_statement_that_takes_its_time_is_done_when_execute_comes_back(server) -> None:
    with adbc_driver_flightsql.dbapi.connect(server.flight_sql_uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table slow as select n, md5(n::varchar) as h from generate_series(1, 300000) t(n)")
        cursor.execute("select count(h) from slow")
        assert cursor.fetchall() == [(300_000,)]


def test_parameters_are_bound(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select name from 'people.parquet' where id = $1", (7,))
        assert cursor.fetchall() == [("Gus",)]


def test_a_question_mark_takes_the_next_value(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select ?", [1])
        assert cursor.fetchall() == [(1,)]
        cursor.execute("select name, '?' from 'people.parquet' where age > ? and id < ? order by id limit ?", (40, 8, 2))
        assert cursor.fetchall() == [("Béla", "?"), ("Emil", "?")]


VALUES = [
    True,
    2**40,
    -1.5,
    "it's; -- fine ?",
    b"\x00\xff",
    datetime.date(2024, 2, 29),
    datetime.time(12, 30, 15),
    decimal.Decimal("12.34"),
    None,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was_bound(connection, value) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select ?", (value,))
        assert cursor.fetchall() == [(value,)]


def test_a_time_comes_back_as_it_was_bound(connection) -> None:
    moment = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_000)
    zoned = moment.replace(tzinfo=datetime.UTC)
    with connection.cursor() as cursor:
        cursor.execute("select ? as a, ? as b", (moment, zoned))
        assert cursor.fetchall() == [(moment, zoned)]


def test_too_few_and_too_many_values_are_told(connection) -> None:
    with connection.cursor() as cursor:
        with pytest.raises(adbc_driver_manager.Error, match=r"\$2"):
            cursor.execute("select ?, ?", (1,))
        with pytest.raises(adbc_driver_manager.Error, match=r"\$2"):
            cursor.execute("select ?", (1, 2))
        cursor.execute("select ?", (1,))
        assert cursor.fetchall() == [(1,)]


def test_a_statement_runs_once_for_each_row_of_values(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table many as select 0 as id, 'none' as name")
        cursor.executemany("insert into many values (?, ?)", [(1, "one"), (2, None), (3, "it's")])
        cursor.execute("select id, name from many order by id")
        assert cursor.fetchall() == [(0, "none"), (1, "one"), (2, None), (3, "it's")]


def test_a_table_is_ingested_in_every_mode(connection) -> None:
    rows = pyarrow.table({"id": [1, 2], "name": ["a", None]})

    def count() -> int:
        cursor.execute("select count(*) from taken")
        return cursor.fetchone()[0]

    with connection.cursor() as cursor:
        with pytest.raises(adbc_driver_manager.Error, match="taken"):
            cursor.adbc_ingest("taken", rows, mode="append")
        assert cursor.adbc_ingest("taken", rows, mode="create") == 2
        assert count() == 2
        with pytest.raises(adbc_driver_manager.Error, match="ALREADY_EXISTS"):
            cursor.adbc_ingest("taken", rows, mode="create")
        cursor.adbc_ingest("taken", rows, mode="append")
        assert count() == 4
        cursor.adbc_ingest("taken", rows, mode="create_append")
        assert count() == 6
        cursor.adbc_ingest("taken", rows.slice(0, 1), mode="replace")
        assert count() == 1
        cursor.adbc_ingest("taken_too", rows, mode="create_append")
        cursor.execute("select id, name from taken_too order by id")
        assert cursor.fetch_arrow_table().to_pydict() == rows.to_pydict()


def test_a_large_table_is_ingested_whole(connection) -> None:
    rows = pyarrow.table({"id": pyarrow.array(range(500_000)), "name": pyarrow.array([f"name {id}" for id in range(500_000)])})
    with connection.cursor() as cursor:
        assert cursor.adbc_ingest("large", rows.to_reader(max_chunksize=10_000), mode="create") == 500_000
        cursor.execute("select count(*), sum(id), max(name) from large")
        assert cursor.fetchall() == [(500_000, 124_999_750_000, "name 99999")]


def test_wrong_sql_is_a_programming_error_that_names_the_place(connection) -> None:
    with connection.cursor() as cursor:
        with pytest.raises(adbc_driver_manager.Error, match="nam") as caught:
            cursor.execute("select nam from 'people.parquet'")
        assert "name" in str(caught.value)
        cursor.execute("select 1 as one")
        assert cursor.fetchall() == [(1,)]


def test_tables_are_listed(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create view listed as select 1 as x")
    objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
    names = {table["table_name"] for catalog in objects for schema in catalog["catalog_db_schemas"] for table in schema["db_schema_tables"]}
    assert "listed" in names


def test_columns_of_tables_are_listed(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create view with_columns as select 1 as x, 'a' as y")
    objects = connection.adbc_get_objects(depth="all", table_name_filter="with_columns").read_all().to_pylist()
    tables = [table for catalog in objects for schema in catalog["catalog_db_schemas"] or [] for table in schema["db_schema_tables"] or []]
    assert [(table["table_name"], table["table_type"]) for table in tables] == [("with_columns", "VIEW")]
    assert [column["column_name"] for column in tables[0]["table_columns"]] == ["x", "y"]
    assert connection.adbc_get_table_schema("with_columns").names == ["x", "y"]
    assert set(connection.adbc_get_table_types()) == {"BASE TABLE", "VIEW"}


def test_the_server_says_what_it_is(connection) -> None:
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "polybolos"
    assert info["vendor_version"]
