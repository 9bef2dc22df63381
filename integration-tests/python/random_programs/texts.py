"""Random texts, and questions about them."""

from .base import Base
from .types import Type, Value, cast

# Functions of one string: Python, SQL, and by how much they lengthen it.
STRING_FUNCTIONS = [
    ("F.upper({a})", "upper({a})", 0),
    ("F.lower({a})", "lower({a})", 0),
    ("F.reverse({a})", "reverse({a})", 0),
    ("F.trim({a})", "trim({a})", 0),
    ("F.ltrim({a})", "ltrim({a})", 0),
    ("F.rtrim({a})", "rtrim({a})", 0),
    ("F.trim({a}, 'ae')", "trim({a}, 'ae')", 0),
    ("F.substring({a}, 2, 3)", "substring({a}, 2, 3)", 0),
    ("F.substring({a}, 3)", "substring({a}, 3)", 0),
    ("F.left({a}, 2)", "left({a}, 2)", 0),
    ("F.left({a}, -1)", "left({a}, -1)", 0),
    ("F.right({a}, 3)", "right({a}, 3)", 0),
    ("F.lpad({a}, 6, '*')", "lpad({a}, 6, '*')", 6),
    ("F.rpad({a}, 4, 'äb')", "rpad({a}, 4, 'äb')", 4),
    ("F.replace({a}, 'a', 'ø')", "replace({a}, 'a', 'ø')", 0),
    ("F.replace({a}, 'pp', '')", "replace({a}, 'pp', '')", 0),
    ("F.translate({a}, 'aeb', 'uo')", "translate({a}, 'aeb', 'uo')", 0),
    ("F.split_part({a}, ',', 2)", "split_part({a}, ',', 2)", 0),
    ("F.split_part({a}, ' ', -1)", "split_part({a}, ' ', -1)", 0),
    ("F.concat({a}, lit('!'))", "concat({a}, '!')", 1),
    ("F.regexp_replace({a}, '[aeiou]+', '_', 'g')", "regexp_replace({a}, '[aeiou]+', '_', 'g')", 0),
    ("F.md5({a})", "md5({a})", 32),
]


class Texts(Base):
    """Strings."""

    def _string(self, depth: int) -> Value:
        shape = self.rng.choice(["function", "function", "function", "join", "join", "cast"])
        if shape == "cast":
            source = self.of(self.rng.choice(["int", "bool", "date", "decimal"]), depth)
            return cast(source, Type("string", 40))
        if shape == "function":
            python, sql, a, more = self.filled(STRING_FUNCTIONS, "string", depth)
            return Value(python, sql, Type("string", a.type.bound + more))
        a, b = self.of("string", depth), self.of("string", depth)
        forms = [
            (f"{a.python}.concat_op({b.as_operand()})", f"({a.sql} || {b.sql})"),
            (f"F.concat({a.as_argument()}, {b.python})", f"concat({a.sql}, {b.sql})"),
            (f"F.concat_ws('-', {a.as_argument()}, {b.python})", f"concat_ws('-', {a.sql}, {b.sql})"),
        ]
        return Value(*self.rng.choice(forms), Type("string", a.type.bound + b.type.bound + 1))
