"""The program in the making: steps become assignments in Python and common table expressions in SQL, under the same names."""

import dataclasses
import random

from . import faults
from .expressions import Expressions
from .types import TABLE_TYPES, Type, Value, column


@dataclasses.dataclass(frozen=True)
class Frame:
    """A DataFrame of the program, which is a common table expression of the same name in SQL."""

    name: str
    columns: dict[str, Type]
    # Columns that tell all rows apart; none: only all columns together do, up to equal rows.
    key: tuple[str, ...]
    # How many rows there are at most, and perhaps.
    rows: int
    guess: float
    # The order of the rows, in SQL; empty where there is none.
    order: str = ""


@dataclasses.dataclass(frozen=True)
class SortKey:
    """A key of an order in both languages."""

    python: str
    sql: str


class Maker:
    """Writes the program."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.lines: list[str] = []
        self.parts: list[tuple[str, str]] = []
        self._columns = 0
        self._tags = 0

    def table(self, name: str) -> Frame:
        """One of the tables that the program starts from."""
        rows = 12 if name == "c" else 250
        return Frame(name, {column: self._tagged(type_) for column, type_ in TABLE_TYPES.items()}, ("id",), rows, rows)

    def step(self, python: str, sql: str, like: Frame, **changes) -> Frame:
        """The next frame: its expression in both languages, and how it differs from another frame. An order is lost unless said otherwise."""
        name = f"s{len(self.parts) + 1}"
        if "columns" in changes:
            changes["columns"] = {column: self._tagged(type_) for column, type_ in changes["columns"].items()}
        self.lines.append(f"{name} = {python}")
        self.parts.append((name, sql))
        changes.setdefault("order", "")
        frame = dataclasses.replace(like, name=name, **changes)
        key = frame.key if all(column in frame.columns for column in frame.key) else ()
        return dataclasses.replace(frame, key=key)

    def _tagged(self, type_: Type) -> Type:
        if type_.tag:
            return type_
        self._tags += 1
        return dataclasses.replace(type_, tag=self._tags)

    def fresh(self) -> str:
        """A new name for a column; sometimes an odd one."""
        self._columns += 1
        return self.rng.choice([f"c {self._columns}", f"Größe.{self._columns}"]) if self.chance(0.05) else f"c{self._columns}"

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def some(self, items: list, least: int, most: int) -> list:
        """Between `least` and `most` of the items, or all where there are fewer; in any order."""
        return self.rng.sample(items, min(len(items), self.rng.randint(least, max(least, most))))

    def column(self, frame: Frame, name: str, side: str = "") -> Value:
        return column(self.rng, name, frame.columns[name], frame.name, side)

    def over(self, *frames: tuple[Frame, str]) -> Expressions:
        """Expressions over the columns of frames, each with its qualifier in SQL."""
        return Expressions(self.rng, lambda: [self.column(frame, name, side) for frame, side in frames for name in frame.columns])

    def exprs(self, frame: Frame) -> Expressions:
        return self.over((frame, ""))

    def named(self, values: list[tuple[str, Value]]) -> tuple[str, list[tuple[str, Value]]]:
        """Named arguments in Python, some of them with `alias`; and the values in the order in which their columns come."""
        keywords = [name.isidentifier() and self.chance(0.6) for name, _ in values]
        positional = [value for value, keyword in zip(values, keywords) if not keyword]
        by_name = [value for value, keyword in zip(values, keywords) if keyword]
        texts = [value.as_argument() if value.argument == repr(name) else f"{value.python}.alias({name!r})" for name, value in positional]
        return ", ".join(texts + [f"{name}={value.as_argument()}" for name, value in by_name]), positional + by_name

    def sortable(self, frame: Frame) -> list[str]:
        """Columns whose values are the same in both engines to the last digit."""
        return [name for name, type_ in frame.columns.items() if type_.name != "real"]

    def exact(self, frame: Frame) -> Frame:
        """The frame without the columns that have no place in an order or a set."""
        real = [name for name in frame.columns if frame.columns[name].name == "real"]
        if not real or len(real) == len(frame.columns):
            return frame
        kept = self.sortable(frame)
        columns = {name: frame.columns[name] for name in kept}
        return self.step(
            f"{frame.name}.drop({', '.join(map(repr, real))})", f"select {names(kept)} from {frame.name}", frame, columns=columns
        )

    def sort_key(self, frame: Frame, name: str, side: str = "") -> SortKey:
        value = self.column(frame, name, side)
        if not side and self.chance(0.3):
            return SortKey(repr(name), f"{value.sql} asc nulls last")
        direction, nulls = self.rng.choice(["asc", "desc"]), self.rng.choice(["first", "last", None])
        said = nulls or ("last" if direction == "asc" else "first")
        argument = f"nulls={nulls!r}" if nulls else ""
        return SortKey(f"{value.python}.{direction}({argument})", f"{value.sql} {direction} nulls {said}")

    def total_order(self, frame: Frame) -> list[SortKey]:
        """Keys that leave no two different rows equal; the frame is `exact` or has a key."""
        return [self.sort_key(frame, name) for name in self._ordering(frame)]

    def order_of_rows(self, frame: Frame) -> list[SortKey]:
        """Such an order for an aggregate."""
        names = self._ordering(frame)
        return [self.sort_key(frame, name) for name in (self.apart(frame, names) if faults.COPIES_OF_COLUMNS else names)]

    def _ordering(self, frame: Frame) -> list[str]:
        first = self.some(self.sortable(frame), 0, 2)
        return list(dict.fromkeys([*first, *(frame.key or self.sortable(frame))]))

    def apart(self, frame: Frame, names: list[str]) -> list[str]:
        """The columns without copies of others of them."""
        return list({frame.columns[name].tag: name for name in reversed(names)}.values())[::-1]


def names(columns) -> str:
    """A list of columns in SQL."""
    return ", ".join(f'"{name}"' for name in columns)


def strings(columns) -> str:
    """A list of names in Python."""
    return ", ".join(repr(name) for name in columns)


def python_keys(keys: list[SortKey]) -> str:
    return ", ".join(key.python for key in keys)


def sql_keys(keys: list[SortKey]) -> str:
    return ", ".join(key.sql for key in keys)
