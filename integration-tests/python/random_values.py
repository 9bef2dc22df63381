"""Random expressions, each as Python for a DataFrame and as SQL for DuckDB. Types carry bounds, so that nothing overflows in either engine."""

import dataclasses
import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

from random_tables import DAYS, KEYWORDS, WORDS

EXACT_FLOAT = 2**50
INT64 = 2**62
INT32 = 2**31 - 1
LONGEST_STRING = 200
DECIMAL_DIGITS = 24


@dataclasses.dataclass(frozen=True)
class Type:
    """A type with what is known of its values. `real` is a float64 of which the last digits depend on the engine: it is only passed on."""

    name: str
    # Of numbers the greatest absolute value, of strings the greatest length.
    bound: int = 0
    digits: int = 0
    scale: int = 0
    # Binary digits after the point of a float64.
    bits: int = 0

    @property
    def kind(self) -> str:
        return "int" if self.name in ("int32", "int64") else self.name

    @property
    def plan(self) -> str:
        names = {"decimal": f"decimal({self.digits}, {self.scale})", "timestamp": "timestamp(us)", "timestamptz": "timestamp(us, UTC)"}
        return names.get(self.name, "float64" if self.name == "real" else self.name)

    @property
    def sql(self) -> str:
        names = {"int32": "integer", "int64": "bigint", "float64": "double", "real": "double", "string": "varchar", "bool": "boolean"}
        return self.plan if self.name == "decimal" else names.get(self.name, self.name)

    def fits(self) -> bool:
        limits = {"int32": INT32, "int64": INT64, "float64": EXACT_FLOAT >> self.bits, "string": LONGEST_STRING}
        limits["decimal"] = 10 ** (self.digits - self.scale)
        return self.digits <= 38 and self.bound <= limits.get(self.name, self.bound)


KINDS = ["int", "float64", "decimal", "string", "bool", "date", "timestamp", "timestamptz"]

TABLE_TYPES = {
    "id": Type("int64", 1000),
    "k": Type("int64", 20),
    "g": Type("int32", 20),
    "n": Type("int64", 1_000_000),
    "x": Type("float64", 1000, bits=3),
    "d": Type("decimal", 10**5, digits=12, scale=2),
    "s": Type("string", 5),
    "w": Type("string", 12),
    "f": Type("bool"),
    "day": Type("date"),
    "at": Type("timestamp"),
    "z": Type("timestamptz"),
}


@dataclasses.dataclass(frozen=True)
class Value:
    """An expression in both languages."""

    python: str
    sql: str
    type: Type
    # How it may be written where a column is expected, and on the right of an operator.
    argument: str = ""
    operand: str = ""

    def as_argument(self) -> str:
        return self.argument or self.python

    def as_operand(self) -> str:
        return self.operand or self.python


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column(rng: random.Random, name: str, type_: Type, frame: str, side: str = "") -> Value:
    """A column by name or, as it must be where two inputs have the name, by its DataFrame."""
    by_origin = rng.choice([f"{frame}[{name!r}]", f"{frame}.col({name!r})"])
    sql = f'{side}"{name}"'
    if side or rng.random() < 0.2:
        return Value(by_origin, sql, type_)
    return Value(f"col({name!r})", sql, type_, argument=repr(name) if rng.random() < 0.5 else "")


def merged(*types: Type) -> Type:
    """The common type of several of one kind."""
    name = "int64" if any(t.name == "int64" for t in types) else types[0].name
    scale = max(t.scale for t in types)
    digits = max(t.digits - t.scale for t in types) + scale
    return Type(name, max(t.bound for t in types), digits, scale, max(t.bits for t in types))


def cast(value: Value, type_: Type) -> Value:
    return Value(f"{value.python}.cast({type_.plan!r})", f"cast({value.sql} as {type_.sql})", type_)


def sized(value: Value) -> Value:
    """A decimal with room for further arithmetic."""
    t = value.type
    if t.name != "decimal" or t.digits <= DECIMAL_DIGITS or t.bound > 10 ** (DECIMAL_DIGITS - t.scale):
        return value
    return cast(value, dataclasses.replace(t, digits=DECIMAL_DIGITS))


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

# Whole numbers of a string: Python, SQL, bound.
STRING_NUMBERS = [
    ("F.length({a})", "length({a})", LONGEST_STRING),
    ("F.octet_length({a})", "strlen({a})", 4 * LONGEST_STRING),
    ("F.strpos({a}, 'e')", "strpos({a}, 'e')", LONGEST_STRING),
    ("F.ascii({a})", "ascii({a})", 0x110000),
    ("F.levenshtein({a}, lit('apple'))", "levenshtein({a}, 'apple')", 4 * LONGEST_STRING),
]

DATE_PARTS = [("year", "year"), ("month", "month"), ("day", "day"), ("quarter", "quarter"), ("week", "week"), ("day_of_year", "dayofyear")]
DATE_PARTS += [("day_of_week", "dayofweek"), ("iso_day_of_week", "isodow"), ("iso_year", "isoyear")]
TIME_PARTS = [("hour", "hour"), ("minute", "minute"), ("second", "second")]
UNITS = ["year", "quarter", "month", "week", "day"]
TIME_UNITS = ["hour", "minute", "second", "millisecond"]
COMPARISONS = [("==", "="), ("!=", "<>"), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")]


class Expressions:
    """Makes random expressions over columns."""

    def __init__(self, rng: random.Random, columns: Callable[[], list[Value]]):
        self.rng = rng
        self.columns = columns

    def any(self, depth: int = 2) -> Value:
        return self.of(self.rng.choice(KINDS), depth)

    def of(self, kind: str, depth: int) -> Value:
        """A value of a kind, as deep as `depth` at most."""
        if depth <= 0:
            return self._leaf(kind)
        draw = self.rng.random()
        if draw < 0.25:
            return self._leaf(kind)
        if draw < 0.45:
            return self._choice(kind, depth - 1)
        made = sized(getattr(self, f"_{kind}")(depth - 1))
        return made if made.type.fits() else self._leaf(kind)

    def condition(self, depth: int = 2) -> Value:
        return self.of("bool", depth)

    def literal(self, kind: str) -> Value:
        return getattr(self, f"_literal_{kind}")()

    # What stands at the ends.

    def _leaf(self, kind: str) -> Value:
        found = [value for value in self.columns() if value.type.kind == kind]
        if found and self.rng.random() < 0.85:
            return self.rng.choice(found)
        if self.rng.random() < 0.1:
            type_ = self.literal(kind).type
            return Value(f"lit(None, {type_.plan!r})", f"cast(null as {type_.sql})", type_)
        return self.literal(kind)

    def _written(self, python: str, sql: str, type_: Type) -> Value:
        return Value(f"lit({python})", f"cast({sql} as {type_.sql})", type_, operand=python if self.rng.random() < 0.7 else "")

    def _literal_int(self) -> Value:
        number = self.rng.choice([self.rng.randint(-5, 12), self.rng.randint(-1000, 1000)])
        if self.rng.random() < 0.2:
            type_ = Type("int32", abs(number))
            return Value(f"lit({number}, 'int32')", f"cast({number} as integer)", type_)
        return self._written(str(number), str(number), Type("int64", abs(number)))

    def _literal_float64(self) -> Value:
        number = self.rng.randint(-80, 80) / 8
        return self._written(repr(number), repr(number), Type("float64", 10, bits=3))

    def _literal_decimal(self) -> Value:
        number = Decimal(self.rng.choice([-1, 1]) * self.rng.randint(100, 999_99)).scaleb(-2)
        digits = len(number.as_tuple().digits)
        return self._written(f'D("{number}")', str(number), Type("decimal", 1000, digits=digits, scale=2))

    def _literal_string(self) -> Value:
        text = self.rng.choice(KEYWORDS + WORDS)
        return self._written(repr(text), quoted(text), Type("string", len(text)))

    def _literal_bool(self) -> Value:
        truth = self.rng.choice([True, False])
        return self._written(str(truth), str(truth).lower(), Type("bool"))

    def _literal_date(self) -> Value:
        day = self.rng.choice(DAYS)
        return self._written(f"dt.date({day.year}, {day.month}, {day.day})", f"date '{day}'", Type("date"))

    def _moment(self) -> dt.datetime:
        seconds = self.rng.randint(0, 86399) if self.rng.random() < 0.5 else 0
        return dt.datetime.combine(self.rng.choice(DAYS), dt.time()) + dt.timedelta(seconds=seconds)

    def _literal_timestamp(self) -> Value:
        moment = self._moment()
        parts = ", ".join(str(part) for part in moment.timetuple()[:6])
        return self._written(f"dt.datetime({parts})", f"timestamp '{moment}'", Type("timestamp"))

    def _literal_timestamptz(self) -> Value:
        moment = self._moment()
        parts = ", ".join(str(part) for part in moment.timetuple()[:6])
        return self._written(f"dt.datetime({parts}, tzinfo=dt.UTC)", f"timestamptz '{moment}+00'", Type("timestamptz"))

    # What every kind has.

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

    def _templated(self, templates: list, kind: str, depth: int) -> tuple[str, str, Value, int]:
        value = self.of(kind, depth)
        python, sql, *more = self.rng.choice(templates)
        filled = python.format(a=value.as_argument(), p=value.python), sql.replace("{a}", value.sql)
        return (*filled, value, more[0] if more else 0)

    # Numbers.

    def _int(self, depth: int) -> Value:
        shape = self.rng.choice(["arithmetic", "arithmetic", "divide", "negate", "string", "date", "cast", "try", "days", "bits"])
        if shape == "arithmetic":
            return self._arithmetic("int", depth)
        if shape == "string":
            python, sql, _, bound = self._templated(STRING_NUMBERS, "string", depth)
            return Value(f"{python}.cast('int64')", f"cast({sql} as bigint)", Type("int64", bound))
        if shape == "date":
            return self._part(depth)
        if shape == "cast":
            source = self.of("bool", depth)
            return cast(source, Type("int64", 1))
        if shape == "try":
            text = self._leaf("string")
            return Value(f"{text.python}.try_cast('int64')", f"try_cast({text.sql} as bigint)", Type("int64", 10**12))
        if shape == "days":
            a, b = self.of("date", depth), self.of("date", depth)
            sql = f"cast(date_diff('day', {b.sql}, {a.sql}) as integer)"
            return Value(f"F.date_diff({a.as_argument()}, {b.as_argument()})", sql, Type("int32", 100_000))
        a = self.of("int", depth)
        if shape == "negate":
            python, sql = self.rng.choice([("(-{})", "(-{})"), ("F.abs({})", "abs({})")])
            return Value(python.format(a.python), sql.format(a.sql), a.type)
        if shape == "bits":
            name, sign = self.rng.choice([("bit_and", "&"), ("bit_or", "|")])
            mask = self.rng.randint(0, 255)
            bound = 1 << max(a.type.bound, mask, 1).bit_length()
            return Value(f"{a.python}.{name}({mask})", f"({a.sql} {sign} cast({mask} as bigint))", Type("int64", bound))
        sign, sql = self.rng.choice([("/", "//"), ("%", "%")])
        divisor = self.rng.choice([-3, 2, 3, 7, 10])
        return Value(f"({a.python} {sign} {divisor})", f"({a.sql} {sql} cast({divisor} as bigint))", Type("int64", a.type.bound))

    def _part(self, depth: int) -> Value:
        kind = self.rng.choice(["date", "timestamp", "timestamptz"])
        value = self.of(kind, depth)
        name, sql = self.rng.choice(DATE_PARTS + (TIME_PARTS if kind != "date" else []))
        return Value(f"F.{name}({value.as_argument()})", f"cast({sql}({value.sql}) as integer)", Type("int32", 10_000))

    def _arithmetic(self, kind: str, depth: int) -> Value:
        a, b = self.of(kind, depth), self.of(kind, depth)
        sign = self.rng.choice(["+", "-", "*"])
        type_ = _product(a.type, b.type) if sign == "*" else _sum(a.type, b.type)
        return Value(f"({a.python} {sign} {b.as_operand()})", f"({a.sql} {sign} {b.sql})", type_) if type_.fits() else a

    def _float64(self, depth: int) -> Value:
        shape = self.rng.choice(["arithmetic", "arithmetic", "mixed", "halve", "function", "cast"])
        if shape == "arithmetic":
            return self._arithmetic("float64", depth)
        if shape == "cast":
            a = self.of("int", depth)
            return cast(a, Type("float64", a.type.bound))
        a = self.of("float64", depth)
        if shape == "mixed":
            b = self.of("int", depth)
            return Value(f"({a.python} + {b.as_operand()})", f"({a.sql} + {b.sql})", _sum(a.type, Type("float64", b.type.bound)))
        if shape == "halve":
            divisor = self.rng.choice([2.0, 4.0, -8.0])
            bits = a.type.bits + 3
            return Value(f"({a.python} / {divisor})", f"({a.sql} / cast({divisor} as double))", dataclasses.replace(a.type, bits=bits))
        name = self.rng.choice(["abs", "floor", "ceil", "trunc"])
        bound = a.type.bound + 1
        return Value(f"F.{name}({a.as_argument()})", f"{name}({a.sql})", dataclasses.replace(a.type, bound=bound))

    def _decimal(self, depth: int) -> Value:
        shape = self.rng.choice(["arithmetic", "arithmetic", "mixed", "function", "cast"])
        if shape == "arithmetic":
            return self._arithmetic("decimal", depth)
        if shape == "cast":
            a = self.of("int", depth)
            return cast(a, Type("decimal", a.type.bound, digits=20, scale=2)) if a.type.bound < 10**18 else self._leaf("decimal")
        a = self.of("decimal", depth)
        if shape == "mixed":
            sign, b = self.rng.choice(["+", "-", "*"]), self.literal("int")
            number = Type("decimal", b.type.bound, digits=20)
            type_ = _product(a.type, number) if sign == "*" else _sum(a.type, number)
            return Value(f"({a.python} {sign} {b.as_operand()})", f"({a.sql} {sign} {b.sql})", type_) if type_.fits() else a
        python, sql = self.rng.choice([("(-{})", "(-{})"), ("F.abs({})", "abs({})"), ("F.round({}, 1)", "round({}, 1)")])
        return Value(python.format(a.python), sql.format(a.sql), dataclasses.replace(a.type, bound=a.type.bound + 1))

    # Strings and conditions.

    def _string(self, depth: int) -> Value:
        shape = self.rng.choice(["function", "function", "function", "join", "join", "cast"])
        if shape == "cast":
            source = self.of(self.rng.choice(["int", "bool", "date", "decimal"]), depth)
            return cast(source, Type("string", 40))
        if shape == "function":
            python, sql, a, more = self._templated(STRING_FUNCTIONS, "string", depth)
            return Value(python, sql, Type("string", a.type.bound + more))
        a, b = self.of("string", depth), self.of("string", depth)
        forms = [
            (f"{a.python}.concat_op({b.as_operand()})", f"({a.sql} || {b.sql})"),
            (f"F.concat({a.as_argument()}, {b.python})", f"concat({a.sql}, {b.sql})"),
            (f"F.concat_ws('-', {a.as_argument()}, {b.python})", f"concat_ws('-', {a.sql}, {b.sql})"),
        ]
        return Value(*self.rng.choice(forms), Type("string", a.type.bound + b.type.bound + 1))

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
            (f"{a.python}.xor_({b.python})", f"({a.sql} <> {b.sql})"),
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
        a, low, high = self.of(kind, depth), self._leaf(kind), self.literal(kind)
        name = self.rng.choice(["between", "not_between"])
        sql = f"({a.sql} {name.replace('_', ' ')} {low.sql} and {high.sql})"
        return Value(f"{a.python}.{name}({low.as_operand()}, {high.as_operand()})", sql, Type("bool"))

    def _bool_text(self, depth: int) -> Value:
        python, sql, _, _ = self._templated(STRING_TESTS, "string", depth)
        return Value(python, sql, Type("bool"))

    # Dates and times.

    def _date(self, depth: int) -> Value:
        a = self.of("date", depth)
        number = self.rng.randint(-40, 400)
        forms = [
            (f"F.date_add({a.as_argument()}, {number})", f"cast({a.sql} + interval ({number}) day as date)"),
            (f"({a.python} + pb.interval(days={number})).cast('date')", f"cast({a.sql} + interval ({number}) day as date)"),
            (f"({a.python} - pb.interval(months={number % 5})).cast('date')", f"cast({a.sql} - interval ({number % 5}) month as date)"),
            (f"F.add_months({a.as_argument()}, {number % 7})", f"cast({a.sql} + interval ({number % 7}) month as date)"),
            (f"F.last_day({a.as_argument()})", f"last_day({a.sql})"),
        ]
        if self.rng.random() < 0.3:
            return cast(self.of(self.rng.choice(["timestamp", "timestamptz"]), depth), Type("date"))
        return Value(*self.rng.choice(forms), Type("date"))

    def _timestamp(self, depth: int) -> Value:
        if self.rng.random() < 0.3:
            return cast(self.of(self.rng.choice(["date", "timestamptz"]), depth), Type("timestamp"))
        return self._moved("timestamp", depth)

    def _timestamptz(self, depth: int) -> Value:
        if self.rng.random() < 0.2:
            return cast(self.of(self.rng.choice(["date", "timestamp"]), depth), Type("timestamptz"))
        return self._moved("timestamptz", depth)

    def _moved(self, kind: str, depth: int) -> Value:
        a, number = self.of(kind, depth), self.rng.randint(-50, 50)
        unit = self.rng.choice(UNITS + TIME_UNITS)
        step = self.rng.choice(["month", "week", "day", "hour", "minute", "second"])
        forms = [
            (f"F.date_trunc({unit!r}, {a.as_argument()})", f"date_trunc('{unit}', {a.sql})"),
            (f"({a.python} + pb.interval({step}s={number}))", f"({a.sql} + interval ({number}) {step})"),
        ]
        return Value(*self.rng.choice(forms), Type(kind))


def _sum(a: Type, b: Type) -> Type:
    common = merged(a, b)
    return dataclasses.replace(common, bound=a.bound + b.bound, digits=common.digits + 1 if common.name == "decimal" else 0)


def _product(a: Type, b: Type) -> Type:
    common = merged(a, b)
    if common.name != "decimal":
        return dataclasses.replace(common, bound=a.bound * b.bound, bits=a.bits + b.bits)
    scale = a.scale + b.scale
    # Too many digits after the point do not fit, so that `fits` refuses them.
    return Type("decimal", a.bound * b.bound, digits=a.digits + b.digits + 1 if scale <= 6 else 99, scale=scale)
