"""Random conditions."""

from .base import Base
from .types import KINDS, Type, Value

# Questions about one string.
STRING_TESTS = [
    ("F.contains({a}, 'an')", "contains({a}, 'an')"),
    ("F.starts_with({a}, 'a')", "starts_with({a}, 'a')"),
    ("F.ends_with({a}, 'e')", "ends_with({a}, 'e')"),
    ("{p}.like('%p%')", "({a} like '%p%')"),
    ("{p}.like('_e%')", "({a} like '_e%')"),
    ("{p}.not_like('a%')", "({a} not like 'a%')"),
    ("{p}.like('%!%b%', escape='!')", "({a} like '%!%b%' escape '!')"),
    ("{p}.ilike('%a_p%')", "({a} ilike '%a_p%')"),
    ("{p}.ilike('ÄP%')", "({a} ilike 'ÄP%')"),
    ("{p}.not_ilike('R%')", "({a} not ilike 'R%')"),
    ("{p}.regex_match('^[a-m]')", "regexp_matches({a}, '^[a-m]')"),
    ("{p}.regex_match('[0-9]+$')", "regexp_matches({a}, '[0-9]+$')"),
    ("F.regexp_like({a}, 'o.*e|日')", "regexp_matches({a}, 'o.*e|日')"),
    ("{p}.similar_to('(a|b|r)%')", "regexp_full_match({a}, '(a|b|r)(.|\n)*')"),
]

COMPARISONS = [("==", "="), ("!=", "<>"), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")]


class Conditions(Base):
    """Booleans."""

    def _bool(self, depth: int) -> Value:
        shape = self.rng.choice(["compare", "compare", "compare", "logic", "logic", "null", "in", "between", "text", "is"])
        return getattr(self, f"_bool_{shape}")(depth)

    def _pair(self, depth: int) -> tuple[Value, Value]:
        """Two values that compare."""
        if self.rng.random() < 0.15:
            left, right = self.rng.choice([("int", "float64"), ("int", "decimal"), ("date", "timestamp"), ("decimal", "int")])
            return self.of(left, depth), self.of(right, 0)
        kind = self.rng.choice(KINDS)
        return self.of(kind, depth), self.of(kind, 0) if self.rng.random() < 0.4 else self.literal(kind)

    def _bool_compare(self, depth: int) -> Value:
        a, b = self._pair(depth)
        if self.rng.random() < 0.15:
            name, sql = self.rng.choice([("is_distinct_from", "is distinct from"), ("is_not_distinct_from", "is not distinct from")])
            return Value(f"{a.python}.{name}({b.as_operand()})", f"({a.sql} {sql} {b.sql})", Type("bool"))
        sign, sql = self.rng.choice(COMPARISONS)
        return Value(f"({a.python} {sign} {b.as_operand()})", f"({a.sql} {sql} {b.sql})", Type("bool"))

    def _bool_logic(self, depth: int) -> Value:
        a, b = self.of("bool", depth), self.of("bool", depth)
        forms = [
            (f"({a.python} & {b.python})", f"({a.sql} and {b.sql})"),
            (f"({a.python} | {b.python})", f"({a.sql} or {b.sql})"),
            (f"(~{a.python})", f"(not {a.sql})"),
            (f"{a.python}.xor({b.python})", f"({a.sql} <> {b.sql})"),
        ]
        return Value(*self.rng.choice(forms), Type("bool"))

    def _bool_null(self, depth: int) -> Value:
        a = self.any(depth)
        forms = [(f"{a.python}.is_null()", f"({a.sql} is null)"), (f"{a.python}.is_not_null()", f"({a.sql} is not null)")]
        return Value(*self.rng.choice(forms), Type("bool"))

    def _bool_is(self, depth: int) -> Value:
        a = self.of("bool", depth)
        name = self.rng.choice(["is_true", "is_false", "is_not_true", "is_not_false"])
        return Value(f"{a.python}.{name}()", f"({a.sql} {name.replace('_', ' ')})", Type("bool"))

    def _bool_in(self, depth: int) -> Value:
        kind = self.rng.choice(["int", "int", "string", "string", "date", "decimal"])
        a, items = self.of(kind, depth), [self.literal(kind) for _ in range(self.rng.randint(1, 5))]
        python, sql = [item.as_operand() for item in items], [item.sql for item in items]
        if self.rng.random() < 0.15:
            python, sql = [*python, "None"], [*sql, "null"]
        name = self.rng.choice(["in_", "not_in"])
        return Value(
            f"{a.python}.{name}([{', '.join(python)}])", f"({a.sql} {name.replace('_', ' ').strip()} ({', '.join(sql)}))", Type("bool")
        )

    def _bool_between(self, depth: int) -> Value:
        kind = self.rng.choice(["int", "float64", "decimal", "string", "date", "timestamp", "timestamptz"])
        a, low, high = self.of(kind, depth), self.leaf(kind), self.literal(kind)
        name = self.rng.choice(["between", "not_between"])
        sql = f"({a.sql} {name.replace('_', ' ')} {low.sql} and {high.sql})"
        return Value(f"{a.python}.{name}({low.as_operand()}, {high.as_operand()})", sql, Type("bool"))

    def _bool_text(self, depth: int) -> Value:
        python, sql, _, _ = self.filled(STRING_TESTS, "string", depth)
        return Value(python, sql, Type("bool"))
