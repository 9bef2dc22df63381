"""Random programs over small tables: DataFrames in Python, and SQL for DuckDB that means the same.

`Program(seed)` has the tables, the text of the program (assignments `s1 = ...`, `s2 = ...` over the tables `a`, `b` and `c`) and the SQL
(common table expressions of the same names), so that the first step at which two engines part can be found.
"""

import dataclasses
import random

from . import columns, groups, joins, rows, tables, windows
from .frames import Frame, Maker

STEPS = [
    (4, rows.filter_),
    (4, columns.with_columns),
    (2, columns.select),
    (1, columns.rename),
    (1, columns.drop),
    (1, columns.cast_columns),
    (1, columns.fill_null),
    (1, columns.replace),
    (1, columns.unpivot),
    (1, rows.drop_nulls),
    (2, rows.sort),
    (1, rows.with_ties),
    (2, rows.distinct),
    (1, rows.unchanged),
    (5, joins.join),
    (1, joins.cross),
    (3, joins.set_operation),
    (3, joins.subquery),
    (4, groups.aggregate),
    (1, groups.pivot),
    (4, windows.window),
]

# Beyond so many rows only steps that make no more of them.
CROWD = 1500
CALM = [rows.filter_, rows.sort, rows.distinct, groups.aggregate, columns.select, columns.drop]


class Program:
    """The program of a seed."""

    def __init__(self, seed: int):
        rng = random.Random(seed)
        self.tables = tables.make(rng)
        make = Maker(rng)
        frame = make.table(rng.choice("ab"))
        for _ in range(rng.randint(2, 7)):
            frame = _next(make, frame)
        self.last = frame.name
        self.ordered = bool(frame.order)
        self._lines, self._parts, self._order = make.lines, make.parts, frame.order

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    @property
    def steps(self) -> list[str]:
        return [name for name, _ in self._parts]

    def sql(self, step: str | None = None) -> str:
        """The query of the whole program, or up to a step."""
        order = f" order by {self._order}" if step in (None, self.last) and self._order else ""
        parts = ",\n     ".join(f"{name} as ({sql})" for name, sql in self._parts)
        return f"with {parts}\nselect * from {step or self.last}{order}"


def _next(make: Maker, frame: Frame) -> Frame:
    weights, steps = zip(*STEPS)
    while True:
        step = make.rng.choice(CALM) if frame.guess > CROWD else make.rng.choices(steps, weights)[0]
        after = step(make, frame)
        if after is not None:
            return after


__all__ = ["Program", "dataclasses"]
