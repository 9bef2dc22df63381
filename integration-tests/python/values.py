"""Whether two results hold the same values, whatever the engines call their types."""

import datetime as dt
import decimal
import math


def same(a, b, tolerance: float = 1e-9) -> bool:
    """Equal, or numbers that differ by at most a relative `tolerance`."""
    if a is None or b is None:
        return a is b
    if isinstance(a, bool) or isinstance(b, bool):
        return a == b
    if isinstance(a, (int, float, decimal.Decimal)) and isinstance(b, (int, float, decimal.Decimal)):
        return _same_number(a, b, tolerance)
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key], tolerance) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    return normal(a) == normal(b)


def _same_number(a, b, tolerance: float) -> bool:
    if a == b or (isinstance(a, decimal.Decimal) and isinstance(b, decimal.Decimal)):
        return a == b
    x, y = float(a), float(b)
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return abs(x - y) <= max(tolerance * max(abs(x), abs(y)), _unit(a), _unit(b))


def _unit(number) -> float:
    """What the last digit of a decimal counts: an average of decimals has six digits here and is a float in DuckDB."""
    return 10.0 ** number.as_tuple().exponent if isinstance(number, decimal.Decimal) and number.as_tuple().exponent < 0 else 0.0


def normal(value):
    """A zoned time as UTC; bytes as bytes."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return value


def difference(expected: list, actual: list, ordered: bool, tolerance: float = 1e-9) -> str | None:
    """Says how two lists of rows differ, as lists or as multisets."""
    if len(expected) != len(actual):
        return f"expected {len(expected)} rows, got {len(actual)}"
    if not ordered:
        expected, actual = sorted(expected, key=_key), sorted(actual, key=_key)
    for at, (a, b) in enumerate(zip(expected, actual)):
        if not same(tuple(a), tuple(b), tolerance):
            return f"row {at}: expected {a}, got {b}"
    return None


def _key(row):
    return tuple(_sortable(value) for value in row)


def _sortable(value):
    if isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool):
        # Both zeros are one number, also what rounds to them.
        return "n" + ("nan" if math.isnan(float(value)) else f"{round(float(value), 6) + 0.0:+025.6f}")
    return str(type(value).__name__ == "NoneType") + str(normal(value))
