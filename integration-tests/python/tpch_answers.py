"""TPC-H answers by DuckDB: `python tpch_answers.py DATA OUT` writes OUT/qNN.csv for the tables in DATA/<table>/*.parquet."""

import csv
import pathlib
import sys

import duckdb

QUERIES = pathlib.Path(__file__).resolve().parents[1] / "tpch"
TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]


def connect(data: pathlib.Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB with a view over each table."""
    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"create view {table} as select * from read_parquet('{data / table / '*.parquet'}')")
    return connection


def sql(number: int) -> str:
    return (QUERIES / f"q{number:02}.sql").read_text()


def write(data: pathlib.Path, out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    connection = connect(data)
    for number in range(1, 23):
        result = connection.execute(sql(number))
        with open(out / f"q{number:02}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column[0] for column in result.description])
            writer.writerows(result.fetchall())


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
