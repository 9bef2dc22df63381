"""The DataFrame programs of the corpus: each builds the plan of the case of its name, as those in `src/programs` do in Rust."""

import importlib
import pathlib
from collections.abc import Callable

import polybolos as pb
from polybolos import lit

Program = Callable[[pb.Session], pb.DataFrame]

_PROGRAMS: dict[str, Program] = {}


def program(name: str) -> Callable[[Program], Program]:
    """The function states the case of this name."""

    def keep(function: Program) -> Program:
        assert name not in _PROGRAMS, f"two programs are called {name}"
        _PROGRAMS[name] = function
        return function

    return keep


def programs() -> dict[str, Program]:
    """Every program, by the name of its case."""
    for path in sorted(pathlib.Path(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return _PROGRAMS


def i32(value: int) -> pb.Expr:
    """A literal of 32 bits; a plain `int` has 64."""
    return lit(value, "int32")


def people(s: pb.Session) -> pb.DataFrame:
    return s.read_parquet("people.parquet")


def orders(s: pb.Session) -> pb.DataFrame:
    return s.read_parquet("orders.parquet")


def numbers(s: pb.Session) -> pb.DataFrame:
    return s.read_parquet("numbers.parquet")


def words(s: pb.Session) -> pb.DataFrame:
    return s.read_parquet("words.parquet")
