"""Random numbers."""

import dataclasses

from . import faults
from .base import Base
from .times import DATE_PARTS, TIME_PARTS
from .types import LONGEST_STRING, Type, Value, cast, product, total

# Whole numbers of a string: Python, SQL, bound.
STRING_NUMBERS = [
    ("F.length({a})", "length({a})", LONGEST_STRING),
    ("F.octet_length({a})", "strlen({a})", 4 * LONGEST_STRING),
    ("F.strpos({a}, 'e')", "strpos({a}, 'e')", LONGEST_STRING),
    ("F.ascii({a})", "ascii({a})", 0x110000),
]


class Numbers(Base):
    """Integers, floats and decimals."""

    def _int(self, depth: int) -> Value:
        shape = self.rng.choice(["arithmetic", "arithmetic", "divide", "negate", "string", "date", "cast", "try", "days", "bits"])
        if shape == "arithmetic":
            return self._arithmetic("int", depth)
        if shape == "string":
            python, sql, _, bound = self.filled(STRING_NUMBERS, "string", depth)
            return Value(f"{python}.cast('int64')", f"cast({sql} as bigint)", Type("int64", bound))
        if shape == "date":
            return self._part(depth)
        if shape == "cast":
            source = self.of("bool", depth)
            return cast(source, Type("int64", 1))
        if shape == "try":
            text = self.leaf("string")
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
        type_ = product(a.type, b.type) if sign == "*" else total(a.type, b.type)
        result = Value(f"({a.python} {sign} {b.as_operand()})", f"({a.sql} {sign} {b.sql})", type_)
        new_nan = type_.strange and faults.NAN_OF_BOTH_SIGNS
        return _one_zero(result) if type_.fits() and not new_nan else a

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
            return Value(f"({a.python} + {b.as_operand()})", f"({a.sql} + {b.sql})", total(a.type, Type("float64", b.type.bound)))
        if shape == "halve":
            divisor = self.rng.choice([2.0, 4.0, -8.0])
            bits = a.type.bits + 3
            type_ = dataclasses.replace(a.type, bits=bits)
            return _one_zero(Value(f"({a.python} / {divisor})", f"({a.sql} / cast({divisor} as double))", type_))
        name = self.rng.choice(["abs", "floor", "ceil", "trunc"])
        bound = a.type.bound + 1
        return _one_zero(Value(f"F.{name}({a.as_argument()})", f"{name}({a.sql})", dataclasses.replace(a.type, bound=bound)))

    def _decimal(self, depth: int) -> Value:
        shape = self.rng.choice(["arithmetic", "arithmetic", "mixed", "function", "cast"])
        if shape == "arithmetic":
            return self._arithmetic("decimal", depth)
        if shape == "cast":
            a = self.of("int", depth)
            return cast(a, Type("decimal", a.type.bound, digits=20, scale=2)) if a.type.bound < 10**18 else self.leaf("decimal")
        a = self.of("decimal", depth)
        if shape == "mixed":
            sign, b = self.rng.choice(["+", "-", "*"]), self.literal("int")
            number = Type("decimal", b.type.bound, digits=20)
            type_ = product(a.type, number) if sign == "*" else total(a.type, number)
            return Value(f"({a.python} {sign} {b.as_operand()})", f"({a.sql} {sign} {b.sql})", type_) if type_.fits() else a
        forms = [("(-{})", "(-{})"), ("F.abs({})", "abs({})"), ("F.round({}, 1)", "round({}, 1)")]
        python, sql = self.rng.choice(forms)
        return Value(python.format(a.python), sql.format(a.sql), dataclasses.replace(a.type, bound=a.type.bound + 1))


def _one_zero(value: Value) -> Value:
    """The value without -0.0."""
    if value.type.name != "float64" or not faults.NEGATIVE_ZERO:
        return value
    return Value(f"({value.python} + 0.0)", f"({value.sql} + cast(0 as double))", value.type)
