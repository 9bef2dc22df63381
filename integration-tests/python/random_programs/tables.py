"""Small random tables: nulls everywhere but in the id, few distinct values so that joins and groups meet, and the values that are often wrong."""

import datetime as dt
import decimal
import random

import pyarrow as pa

from . import faults

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("k", pa.int64()),
        ("g", pa.int32()),
        ("n", pa.int64()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("d", pa.decimal128(12, 2)),
        ("s", pa.string()),
        ("w", pa.string()),
        ("f", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("z", pa.timestamp("us", tz="UTC")),
    ]
)

# Floats are multiples of an eighth, so that every engine adds them up exactly, in any order.
FLOATS = [0.0, 0.0 if faults.NEGATIVE_ZERO else -0.0, 0.125, -0.5, 1.0, 2.5, -3.75, 100.0, 1000.0, -1000.0, 8.0, 0.25]
STRANGE_FLOATS = [float("nan"), float("inf"), float("-inf")]
KEYWORDS = ["red", "green", "blue", "", "Red", "rød", "赤", "🔴"]
WORDS = [
    "",
    " ",
    "apple",
    "Banana",
    "äpfel",
    "naïve café",
    "日本語",
    "🎯 dart",
    "apple pie",
    "a%b_c",
    "  padded  ",
    "UPPER lower",
    "ЖЁлтый",
]
WORDS += ["0", "7", "-12", "42", "it's", 'a"b', "a,b,c", "x\ny", "Zebra", "zebra"]
DAYS = [dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(1999, 12, 31), dt.date(2000, 2, 29), dt.date(2023, 1, 31), dt.date(2024, 2, 29)]
DAYS += [dt.date(2024, 3, 1), dt.date(2024, 12, 30), dt.date(2021, 1, 3)]
CENTURY = 100 * 365 * 86400 * 10**6
EPOCH = dt.datetime(1970, 1, 1)


def make(rng: random.Random) -> dict[str, pa.Table]:
    """Three tables of the same columns: `a` and `b` of about 200 rows, `c` of a few."""
    sizes = {"a": rng.randint(150, 250), "b": rng.randint(150, 250), "c": rng.randint(0, 12)}
    if rng.random() < 0.02:
        sizes[rng.choice("ab")] = 0
    return {name: _table(rng, rows) for name, rows in sizes.items()}


def _table(rng: random.Random, rows: int) -> pa.Table:
    columns = {
        "id": rng.sample(range(-rows, 2 * rows + 1), rows),
        "k": rng.choices(range(12), k=rows),
        "g": rng.choices(range(-4, 9), k=rows),
        "n": [rng.randint(-1_000_000, 1_000_000) for _ in range(rows)],
        "x": rng.choices(FLOATS, k=rows),
        "y": rng.choices(FLOATS, k=rows),
        "d": rng.choices([decimal.Decimal(rng.randint(-99_999_99, 99_999_99)).scaleb(-2) for _ in range(40)], k=rows),
        "s": rng.choices(KEYWORDS, k=rows),
        "w": rng.choices(WORDS, k=rows),
        "f": rng.choices([True, False], k=rows),
        "day": rng.choices(DAYS, k=rows),
        "at": rng.choices([_moment(rng) for _ in range(30)], k=rows),
        "z": rng.choices([_moment(rng).replace(tzinfo=dt.UTC) for _ in range(30)], k=rows),
    }
    if rng.random() < 0.3:
        columns["x"] = [rng.choice(STRANGE_FLOATS) if rng.random() < 0.05 else value for value in columns["x"]]
    arrays = [pa.array(values if name == "id" else _with_nulls(rng, values), SCHEMA.field(name).type) for name, values in columns.items()]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _moment(rng: random.Random) -> dt.datetime:
    """Some moment; often a full day or second, sometimes before the epoch."""
    step = rng.choice([1, 10**6, 86400 * 10**6])
    return EPOCH + dt.timedelta(microseconds=rng.randint(-CENTURY // 10, CENTURY // 2) // step * step)


def _with_nulls(rng: random.Random, values: list) -> list:
    share = rng.choice([0.0, 0.05, 0.15, 0.3]) if rng.random() > 0.01 else 1.0
    return [None if rng.random() < share else value for value in values]
