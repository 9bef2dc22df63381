"""Random DataFrame programs give what DuckDB answers to SQL of the same meaning; every tenth also over Flight.

POLYBOLOS_RANDOM_PROGRAMS says how many, POLYBOLOS_RANDOM_SEED the seed of the first. To see one: `python test_random_programs.py SEED`.
"""

import datetime as dt
import os
import sys
from decimal import Decimal

import duckdb
import polybolos as pb
import pytest
from polybolos import functions as F
from random_programs import Program
from values import difference

COUNT = int(os.environ.get("POLYBOLOS_RANDOM_PROGRAMS", "500"))
FIRST = int(os.environ.get("POLYBOLOS_RANDOM_SEED", "1"))
NAMES = {name: getattr(pb, name) for name in ["case", "col", "exists", "lit", "scalar", "when"]}
NAMES |= {"pb": pb, "F": F, "D": Decimal, "dt": dt}


def run(program: Program, session: pb.Session) -> dict[str, pb.DataFrame]:
    """The frames of the program by their names."""
    frames = {**NAMES, "session": session, **{name: session.from_arrow(table) for name, table in program.tables.items()}}
    exec(program.text, frames)
    return frames


def rows_of(table) -> list[tuple]:
    return list(zip(*(column.to_pylist() for column in table.columns))) if table.num_columns else [()] * table.num_rows


class Oracle:
    """DuckDB over the tables of a program."""

    def __init__(self):
        self.failures = 0
        self.connect()

    def connect(self):
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")

    def broke(self):
        """DuckDB failed by a fault of its own, after which a connection answers nothing: what the program means stays unknown."""
        self.failures += 1
        self.connect()

    def answer(self, program: Program, step: str | None = None):
        for name, table in program.tables.items():
            self.connection.register(name, table)
        return self.connection.sql(program.sql(step)).to_arrow_table()


def fault(program: Program, session: pb.Session, oracle: Oracle, step: str | None = None) -> str | None:
    """How the answers to a step, or to the whole, differ."""
    expected = oracle.answer(program, step)
    try:
        actual = run(program, session)[step or program.last].to_arrow()
    except pb.Error as error:
        return f"{type(error).__name__}: {error}"
    if expected.column_names != actual.column_names:
        return f"expected the columns {expected.column_names}, got {actual.column_names}"
    ordered = program.ordered and step in (None, program.last)
    return difference(rows_of(expected), rows_of(actual), ordered)


def report(seed: int, program: Program, session: pb.Session, oracle: Oracle, wrong: str) -> str:
    first = next((step for step in program.steps if fault(program, session, oracle, step)), "the whole")
    return f"seed {seed}, from {first} on: {wrong}\n\n{program.text}\n\n{program.sql()}\n"


def check(seed: int, session: pb.Session, oracle: Oracle) -> str | None:
    program = Program(seed)
    try:
        wrong = fault(program, session, oracle)
        return wrong and report(seed, program, session, oracle, wrong)
    except duckdb.InternalException:
        oracle.broke()
        return None


@pytest.mark.parametrize("door", ["embedded", "flight"])
def test_a_random_program_answers_as_duckdb_does(door: str, request) -> None:
    url = request.getfixturevalue("serve")().url if door == "flight" else None
    oracle, wrong = Oracle(), []
    with pb.connect(url) as session:
        for seed in range(FIRST, FIRST + COUNT, 10 if door == "flight" else 1):
            wrong += filter(None, [check(seed, session, oracle)])
            assert len(wrong) < 5, "\n".join(wrong)
    assert not wrong, "\n".join(wrong)
    assert oracle.failures <= max(1, COUNT // 1000), f"DuckDB failed {oracle.failures} times"


if __name__ == "__main__":
    print(check(int(sys.argv[1]), pb.connect(), Oracle()) or Program(int(sys.argv[1])).text)
