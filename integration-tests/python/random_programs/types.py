"""Values of both languages with their types, which know bounds, so that nothing overflows in either engine."""

import dataclasses
import random

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
    # Perhaps NaN or infinite.
    strange: bool = dataclasses.field(default=False, compare=False)
    # Columns with equal tags hold the same values.
    tag: int = dataclasses.field(default=0, compare=False)

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

    def tagged(self, tag: int) -> "Type":
        return self if self.tag else dataclasses.replace(self, tag=tag)

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
    "x": Type("float64", 1000, bits=3, strange=True),
    "y": Type("float64", 1000, bits=3),
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
    strange = any(t.strange for t in types)
    return Type(name, max(t.bound for t in types), digits, scale, max(t.bits for t in types), strange)


def cast(value: Value, type_: Type) -> Value:
    return Value(f"{value.python}.cast({type_.plan!r})", f"cast({value.sql} as {type_.sql})", type_)


def sized(value: Value) -> Value:
    """A decimal with room for further arithmetic."""
    t = value.type
    if t.name != "decimal" or t.digits <= DECIMAL_DIGITS or t.bound > 10 ** (DECIMAL_DIGITS - t.scale):
        return value
    return cast(value, dataclasses.replace(t, digits=DECIMAL_DIGITS))


def total(a: Type, b: Type) -> Type:
    common = merged(a, b)
    return dataclasses.replace(common, bound=a.bound + b.bound, digits=common.digits + 1 if common.name == "decimal" else 0)


def product(a: Type, b: Type) -> Type:
    common = merged(a, b)
    if common.name != "decimal":
        return dataclasses.replace(common, bound=a.bound * b.bound, bits=a.bits + b.bits)
    scale = a.scale + b.scale
    # Too many digits after the point do not fit, so that `fits` refuses them.
    return Type("decimal", a.bound * b.bound, digits=a.digits + b.digits + 1 if scale <= 6 else 99, scale=scale)
