"""What the makers of random expressions share: leaves, and choices between two values of a kind."""

import random
from collections.abc import Callable

from .types import KINDS, Type, Value, merged, sized


class Base:
    """Chooses among the makers of each kind; every kind has a class of its own, and `Expressions` is all of them."""

    def __init__(self, rng: random.Random, columns: Callable[[], list[Value]]):
        self.rng = rng
        self.columns = columns

    def any(self, depth: int = 2) -> Value:
        return self.of(self.rng.choice(KINDS), depth)

    def of(self, kind: str, depth: int) -> Value:
        """A value of a kind, as deep as `depth` at most."""
        if depth <= 0:
            return self.leaf(kind)
        draw = self.rng.random()
        if draw < 0.25:
            return self.leaf(kind)
        if draw < 0.45:
            return self._choice(kind, depth - 1)
        made = sized(getattr(self, f"_{kind}")(depth - 1))
        return made if made.type.fits() else self.leaf(kind)

    def condition(self, depth: int = 2) -> Value:
        return self.of("bool", depth)

    def literal(self, kind: str) -> Value:
        return getattr(self, f"_literal_{kind}")()

    def leaf(self, kind: str) -> Value:
        found = [value for value in self.columns() if value.type.kind == kind]
        if found and self.rng.random() < 0.85:
            return self.rng.choice(found)
        if self.rng.random() < 0.1:
            type_ = self.literal(kind).type
            return Value(f"lit(None, {type_.plan!r})", f"cast(null as {type_.sql})", type_)
        return self.literal(kind)

    def _choice(self, kind: str, depth: int) -> Value:
        """One of two values, by a condition or by nulls."""
        a, b = self.of(kind, depth), self.of(kind, depth)
        type_ = merged(a.type, b.type)
        if not type_.fits():
            return a
        shape = self.rng.choice(["case", "case", "open", "if", "coalesce", "nvl", "nullif", "greatest", "of"])
        if shape in ("case", "open", "if"):
            return self._case(shape, a, b, type_)
        if shape == "of":
            key = self.of(self.rng.choice(["int", "string"]), 0)
            match = self.literal(key.type.kind)
            python = f"case({key.python}).when({match.as_operand()}, {a.as_operand()}).otherwise({b.as_operand()})"
            return Value(python, f"(case {key.sql} when {match.sql} then {a.sql} else {b.sql} end)", type_)
        if shape == "nullif":
            return Value(f"F.nullif({a.as_argument()}, {b.python})", f"nullif({a.sql}, {b.sql})", a.type)
        name = {"greatest": self.rng.choice(["greatest", "least"])}.get(shape, shape)
        sql = "coalesce" if name == "nvl" else name
        return Value(f"F.{name}({a.as_argument()}, {b.python})", f"{sql}({a.sql}, {b.sql})", type_)

    def _case(self, shape: str, a: Value, b: Value, type_: Type) -> Value:
        test = self.condition(1)
        if shape == "if":
            return Value(
                f"F.if_else({test.python}, {a.python}, {b.python})", f"(case when {test.sql} then {a.sql} else {b.sql} end)", type_
            )
        if shape == "open":
            return Value(f"when({test.python}, {a.as_operand()})", f"(case when {test.sql} then {a.sql} end)", a.type)
        python = f"when({test.python}, {a.as_operand()}).otherwise({b.as_operand()})"
        return Value(python, f"(case when {test.sql} then {a.sql} else {b.sql} end)", type_)

    def filled(self, templates: list, kind: str, depth: int) -> tuple[str, str, Value, int]:
        """One of the templates, filled with a value: Python, SQL, the value, and what else the template says."""
        value = self.of(kind, depth)
        python, sql, *more = self.rng.choice(templates)
        filled = python.format(a=value.as_argument(), p=value.python), sql.replace("{a}", value.sql)
        return (*filled, value, more[0] if more else 0)
