"""Measures the Python package: `python python_package.py DATA URL ROUNDS` prints one JSON line for each figure.

Each line: {"what": ..., "value": ..., "goal": ..., "remark": ...}. Two engines that are compared run in turn, query by query, so that a
machine whose speed drifts slows both. `URL` is a server over DATA; the package is the one on PYTHONPATH.
"""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import datafusion
import polybolos as pb
from peers import QUERIES, TABLES, datafusion_runner
from polybolos import col
from polybolos import functions as F

SELECTS = 3000
FIXED = """select l_orderkey, l_partkey, l_suppkey, l_linenumber, cast(l_quantity as double) as l_quantity,
    cast(l_extendedprice as double) as l_extendedprice, cast(l_discount as double) as l_discount, cast(l_tax as double) as l_tax
    from lineitem"""
FIXED_ROW_BYTES = 60


def say(what: str, value: str, goal: str = "", remark: str = "") -> None:
    print(json.dumps({"what": what, "value": value, "goal": goal, "remark": remark}), flush=True)


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median seconds of each, A B A B, after a run of both that does not count."""
    times = [(seconds(first), seconds(second)) for _ in range(rounds + 1)][1:]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def views(session: pb.Session, data: pathlib.Path) -> pb.Session:
    for table in TABLES:
        session.create_view(table, session.read_parquet(str(data / table)))
    return session


def tpch(here: pb.Session, there: pb.Session, data: pathlib.Path, rounds: int) -> None:
    peer = datafusion_runner(data)
    against, through, total = [], [], 0.0
    for number in range(1, 23):
        text = (QUERIES / f"q{number:02}.sql").read_text(encoding="utf-8")
        ours, theirs = in_turn(lambda text=text: here.sql(text).collect(), lambda text=text: peer(text), rounds)
        remote, local = in_turn(lambda text=text: there.sql(text).collect(), lambda text=text: here.sql(text).collect(), rounds)
        against.append(ours / theirs)
        through.append(remote / local)
        total += ours
    remark = f"geometric mean of 22; sum {total:.2f} s; datafusion {datafusion.__version__}"
    say("TPC-H in Python, embedded / datafusion package", f"{geometric_mean(against):.3f}", "<= 0.97", remark)
    say("TPC-H in Python, through the server / embedded", f"{geometric_mean(through):.3f}", "<= 1.03", "geometric mean of 22")


def latency(session: pb.Session, name: str, goal: str) -> None:
    times = sorted(seconds(lambda: session.sql("select 1").collect()) * 1e3 for _ in range(SELECTS + 200))[: SELECTS + 200]
    say(f"select 1 in Python, {name}", f"{statistics.median(times):.3f} ms p50", goal, f"{times[int(len(times) * 0.99)]:.3f} ms p99")


def transfer(session: pb.Session) -> None:
    session.execute(f"create table fixed as {FIXED}")
    rates = []
    for _ in range(9):
        rows = 0
        started = time.perf_counter()
        for batch in session.table("fixed").stream():
            rows += batch.num_rows
        rates.append(rows * FIXED_ROW_BYTES / (time.perf_counter() - started) / 1e9)
    say("8 fixed columns, server to Python", f"{statistics.median(rates):.2f} GB/s", ">= 2.0 GB/s", f"{rows:,} rows, median of 9")


def building(session: pb.Session) -> None:
    table = session.table("lineitem")

    def chain() -> pb.DataFrame:
        return (
            table.select("a", "b", "c")
            .filter(col("a") > 1)
            .with_columns(d=col("a") + col("b"))
            .group_by("c")
            .agg(F.sum("d").alias("total"))
            .sort("total")
            .limit(5)
        )

    runs, calls = 3000, 7
    chain()
    took = statistics.median(seconds(chain) for _ in range(runs))
    say(
        "building a plan, per DataFrame call",
        f"{took / calls * 1e6:.1f} us",
        "<= 10 us",
        "select, filter, with_columns, group_by, agg, sort, limit",
    )


def process(program: str) -> float:
    """Milliseconds of a Python process."""
    command = [sys.executable, "-c", program]
    return statistics.median(seconds(lambda: subprocess.run(command, check=True)) for _ in range(9)) * 1e3


def startup() -> None:
    bare, ours = process("pass"), process("import polybolos")
    say("import polybolos", f"{ours - bare:.0f} ms", "<= 60 ms", f"duckdb {process('import duckdb') - bare:.0f} ms")
    ours = process("import polybolos; polybolos.connect().sql('select 1').collect()")
    theirs = process("import duckdb; duckdb.connect().execute('select 1').fetchall()")
    say("process start to first answer, embedded", f"{ours:.0f} ms", "<= 200 ms", f"duckdb {theirs:.0f} ms")


def main() -> None:
    data, url, rounds = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    here, there = views(pb.connect(), data), views(pb.connect(url), data)
    building(here)
    startup()
    latency(here, "embedded", "<= 0.35 ms")
    latency(there, "through the server", "<= 0.8 ms")
    transfer(there)
    tpch(here, there, data, rounds)


if __name__ == "__main__":
    main()
