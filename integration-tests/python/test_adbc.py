"""A stock ADBC Flight SQL client runs SQL on the server."""

import adbc_driver_flightsql.dbapi
import adbc_driver_manager
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


def test_parameters_are_bound(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select name from 'people.parquet' where id = $1", (7,))
        assert cursor.fetchall() == [("Gus",)]


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
