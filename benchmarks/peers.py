"""Times TPC-H on the peers, in this process: `python peers.py DATA duckdb|datafusion ROUNDS` prints one JSON line a query.

Each line: {"query": n, "seconds": [one per round], "rows": n}. One warm-up a query is not counted; results arrive as Arrow.
"""

import json
import pathlib
import sys
import time

TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]
QUERIES = pathlib.Path(__file__).resolve().parents[1] / "integration-tests" / "tpch"


def duckdb_runner(data: pathlib.Path):
    import duckdb

    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"create view {table} as select * from read_parquet('{data / table / '*.parquet'}')")
    return lambda sql: connection.execute(sql).to_arrow_table().num_rows


def datafusion_runner(data: pathlib.Path):
    import datafusion

    context = datafusion.SessionContext()
    for table in TABLES:
        context.register_parquet(table, str(data / table) + "/")
    return lambda sql: sum(batch.num_rows for batch in context.sql(sql).collect())


def main() -> None:
    data, engine, rounds = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    run = {"duckdb": duckdb_runner, "datafusion": datafusion_runner}[engine](data)
    for number in range(1, 23):
        sql = (QUERIES / f"q{number:02}.sql").read_text()
        rows = run(sql)
        seconds = []
        for _ in range(rounds):
            started = time.perf_counter()
            run(sql)
            seconds.append(time.perf_counter() - started)
        print(json.dumps({"query": number, "seconds": seconds, "rows": rows}), flush=True)


if __name__ == "__main__":
    main()
