"""Writes the tables of ShowTest: Arrow streams, and what the Python package prints of them.

    python bindings/jvm/client/src/test/resources/show/make_tables.py [FOLDER [FACTOR]]

For each table there is NAME.arrows; cases.txt has a line `NAME ROWS WIDTH` for each text, which is NAME.ROWS.WIDTH.txt (width 0: as
wide as the table). With a factor there are so many times more random values: for a search, not to be kept.
"""

import datetime as dt
import decimal
import pathlib
import random
import struct
import sys

import numpy as np
import polybolos as pb
import pyarrow as pa
from polybolos._site import call_site

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
FACTOR = int(sys.argv[2]) if len(sys.argv) > 2 else 1
RANDOM = random.Random(20_260_101)
EVERY_ROW = 1_000_000

UNITS = ["s", "ms", "us", "ns"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "+05:30", "-0930", "+14", "EST", "Etc/GMT-14"]
INT64_MAX = 2**63 - 1


def integers():
    columns = {}
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
        signed = str(kind).startswith("int")
        low, high = (-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1) if signed else (0, 2**kind.bit_width - 1)
        columns[str(kind)] = pa.array([low, high, None, 0, 7], kind)
    return pa.table(columns)


def doubles():
    edges = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1 / 3,
        1e15,
        1e16,
        1e17,
        123456789012345680.0,
        1e-4,
        1e-5,
        1e-6,
        1.5e300,
        5e-324,
        2.2250738585072014e-308,
    ]
    edges += [1.7976931348623157e308, 9007199254740993.0, 2.0**-1074, 9.5367431640625e-7, 2e-323, float("nan"), float("inf"), -float("inf")]
    edges += [1.0e23, 8.41e21, 2.0e-3, 9.999999999999999e22, 5.0e-5, 4.35, 100.0, 12345.678]
    powers = [2.0**power for power in range(-1074, 1024, 13)]
    return edges + powers + [struct.unpack("<d", RANDOM.randbytes(8))[0] for _ in range(200 * FACTOR)]


def singles():
    edges = [
        0.0,
        -0.0,
        1.0,
        0.1,
        1e12,
        1e13,
        1e14,
        1e-5,
        1e-6,
        1e-7,
        3.4028235e38,
        1e-45,
        1.17549435e-38,
        float("nan"),
        float("-inf"),
        16777216.0,
    ]
    powers = [2.0**power for power in range(-149, 128, 3)]
    return edges + powers + [struct.unpack("<f", RANDOM.randbytes(4))[0] for _ in range(200 * FACTOR)]


def halves():
    edges = np.array([0.0, -0.0, 1.0, 0.1, 65504.0, 6e-8, 6.1e-5, np.nan, np.inf, -np.inf, 1000.0, 0.333], np.float16)
    return pa.array(np.concatenate([edges, np.frombuffer(RANDOM.randbytes(200), np.float16)]))


def floats():
    return {
        "float64": pa.table({"x": pa.array([*doubles(), None], pa.float64())}),
        "float32": pa.table({"x": pa.array(np.array(singles(), np.float32))}),
        "float16": pa.table({"x": halves()}),
    }


def decimals():
    columns = {}
    for precision, scale in [(1, 0), (5, 2), (18, 18), (38, 0), (38, 10), (38, 38), (76, 0), (76, 40), (10, -3), (50, -5)]:
        kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
        digits = [0, 1, -1, 10**precision - 1, -(10**precision - 1), RANDOM.randrange(10**precision), None, -(10 ** (precision // 2))]
        with decimal.localcontext(prec=100):
            columns[f"d{precision}_{scale}"] = pa.array([None if d is None else decimal.Decimal(d).scaleb(-scale) for d in digits], kind)
    return pa.table(columns)


def texts():
    values = ["", "a", None, "a\nb\tc\rd", "日本語", "ｈａｌｆ ｗｉｄｔｈ", "한국어", "e\u0301", "👩‍👩‍👧‍👦 family", "👍🏽", "🇩🇪🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]  # noqa: RUF001
    values += [
        "1️⃣",
        "☕",
        "☕\ufe0e",
        "☺️",
        "\u200b\u2060",
        "مرحبا بالعالم لا",
        "שלום",
        "x" * 39,
        "x" * 40,
        "x" * 41,
        "日" * 40,
        "日" * 41,
        "🎉" * 60,
    ]
    values += ["\x00\x01\x7f", "\u00ad-\u0600", "'quoted' \"twice\"", "NULL", "| + -", "ไทย", "हिन्दी", "\U000e0001", "end\r\n"]
    return pa.table(
        {
            "string": pa.array(values, pa.string()),
            "large": pa.array(list(reversed(values)), pa.large_string()),
            "view": pa.array(values[3:] + values[:3], pa.string_view()),
        }
    )


def sequences():
    """Characters that do something to those beside them."""
    special = (
        "\u200d\ufe0f\ufe0e\ufe01\u20e3\U0001f3fb\U0001f3ff\U0001f1e6\U0001f1ff\U0001f3f4\U000e007f\U000e0067\U000e0031👩👨❤🔥☺☕⌚*#1"
    )
    special += "\u0627\u0644\u0622\u06b5\u064b\u05d0\u05dc\u17d2\u1780\u17d8\u1a15\u1a17\u1a10\u2d31\u2d7f\ua4f8\ua4fc\U00010c32\U00010c03"
    special += "\U00016d63\U00016d67\U00016d68\U00016d69\u2018\u201d\u0301\u0338\u034f日한ab\u1100\u1161\u11a8\uff9e\u115f"
    pieces = [RANDOM.choices(special, k=RANDOM.randint(1, 12)) for _ in range(1000 * FACTOR)]
    any_char = [[chr(code) for code in RANDOM.choices([*range(0x20, 0xD800), *range(0xE000, 0x20000)], k=8)] for _ in range(300 * FACTOR)]
    return pa.table({"text": pa.array(["".join(piece) + "|" for piece in pieces + any_char])})


def binary():
    values = [b"", b"\x00\xff\x10", None, bytes(range(19)), bytes(20), bytes(range(256))]
    return pa.table(
        {
            "binary": pa.array(values, pa.binary()),
            "large": pa.array(values, pa.large_binary()),
            "view": pa.array(values, pa.binary_view()),
            "fixed": pa.array([b"abc", None, b"\x00\x01\x02", b"xyz", b"   ", None], pa.binary(3)),
        }
    )


def flags():
    return pa.table({"flag": pa.array([True, False, None]), "nothing": pa.nulls(3)})


def dates():
    days = [0, -1, 1, 19_000, -719_528, -719_529, 2_932_896, 2_932_897, None, 95_026_236, -96_465_292]
    days += [RANDOM.randint(-96_465_292, 95_026_236) for _ in range(100 * FACTOR)]
    beyond = [[2**31 - 1, 0], [-(2**31)], [95_026_237, None], [-96_465_293]]
    return {
        "dates": pa.table(
            {
                "date": pa.array(days, pa.int32()).cast(pa.date32()),
                "date64": pa.array([None if day is None else day * 86_400_000 for day in days], pa.int64()).cast(pa.date64()),
            }
        ),
        "dates_beyond": pa.table({"dates": pa.array(beyond, pa.list_(pa.int32())).cast(pa.list_(pa.date32()))}),
    }


def times():
    columns = {}
    for unit, per_second in zip(UNITS, [1, 10**3, 10**6, 10**9]):
        integer = pa.int32() if unit in ("s", "ms") else pa.int64()
        kind = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
        values = [0, 86_400 * per_second - 1, 45_296 * per_second, 45_296 * per_second + per_second // 10, None, 1]
        columns[unit] = pa.array(values, integer).cast(kind)
        columns[f"{unit}_beyond"] = pa.array([[-1], [86_400 * per_second], [0, None], None, [], [1]], pa.list_(integer)).cast(
            pa.list_(kind)
        )
    return pa.table(columns)


def instants(per_second):
    values = [0, -1, 1, 1_700_000_000 * per_second, 1_700_000_000 * per_second + per_second // 4, None, -62_135_596_800 * per_second]
    values += [253_402_300_799 * per_second, 253_402_300_800 * per_second, -62_167_219_201 * per_second]
    near = [RANDOM.randint(-3_000_000_000, 6_000_000_000) * per_second + RANDOM.randrange(per_second) for _ in range(60 * FACTOR)]
    far = [RANDOM.randint(-8_334_601_228_800, 8_210_266_876_799) * per_second for _ in range(20 * FACTOR)]
    return [value if value is None or abs(value) <= INT64_MAX else 0 for value in values + near + far]


def timestamps():
    tables = {}
    for unit, per_second in zip(UNITS, [1, 10**3, 10**6, 10**9]):
        columns = {"wall": pa.array(instants(per_second), pa.int64()).cast(pa.timestamp(unit))}
        # Where the clocks of other languages end, the zones of some cannot be shown by all.
        zoned = [value if value is None or abs(value) < 8_000_000_000_000 * per_second else 0 for value in instants(per_second)]
        for zone in ZONES:
            columns[zone] = pa.array(zoned, pa.int64()).cast(pa.timestamp(unit, zone))
        beyond = [[INT64_MAX, 0], [-INT64_MAX - 1], None]
        columns["beyond"] = pa.array((beyond * len(zoned))[: len(zoned)], pa.list_(pa.int64())).cast(pa.list_(pa.timestamp(unit, "UTC")))
        tables[f"timestamps_{unit}"] = pa.table(columns)
    return tables


def durations():
    values = [0, 1, -1, 1500, -1_500_000, 86_400, INT64_MAX, -INT64_MAX, -INT64_MAX - 1, None, INT64_MAX // 1000, INT64_MAX // 1000 + 1]
    values += [-(INT64_MAX // 1000), -(INT64_MAX // 1000) - 1, 10**9, 10**12]
    return pa.table({unit: pa.array(values, pa.duration(unit)) for unit in UNITS})


def intervals():
    values = [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3), (-14, -3, -1), (25, 400, 3_723_000_000_001), (0, 0, -3_600_000_000_000), None]
    values += [
        (2**31 - 1, 2**31 - 1, INT64_MAX),
        (-(2**31), -(2**31), -INT64_MAX),
        (0, 1, 60_000_000_000),
        (0, 0, 59_999_999_999),
        (0, 0, -1),
    ]
    return pa.table({"interval": pa.array([None if value is None else pa.MonthDayNano(value) for value in values])})


def nested():
    day = dt.date(2024, 2, 29)
    point = pa.struct([("x", pa.int32()), ("y z", pa.float64()), ("日", pa.string())])
    return pa.table(
        {
            "list": pa.array([[1, None, 3], [], None, [4]], pa.list_(pa.int64())),
            "large": pa.array([["a", None], None, [], ["x\ny"]], pa.large_list(pa.string())),
            "fixed": pa.array([[1, 2], None, [None, 4], [5, 6]], pa.list_(pa.uint8(), 2)),
            "deep": pa.array([[[1.5], None, []], None, [], [[None]]], pa.list_(pa.list_(pa.float32()))),
            "struct": pa.array(
                [{"x": 1, "y z": 0.5, "日": "本"}, {"x": None, "y z": None, "日": None}, None, {"x": 2, "y z": -0.0, "日": ""}], point
            ),
            "structs": pa.array([[{"x": 1, "y z": 1e20, "日": "a"}, None], [], None, []], pa.list_(point)),
            "map": pa.array([[("a", 1), ("b", None)], [], None, [("", 3)]], pa.map_(pa.string(), pa.int32())),
            "maps": pa.array([[(1, [day, None])], None, [], [(2, None), (3, [])]], pa.map_(pa.int8(), pa.list_(pa.date32()))),
            "empty": pa.array([{}, None, {}, {}], pa.struct([])),
        }
    )


def view_lists():
    return pa.table(
        {
            "view": pa.array([[1, None], [], None, [3]], pa.list_view(pa.int16())),
            "large_view": pa.array([["a"], None, ["b", "c"], []], pa.large_list_view(pa.string())),
        }
    )


def dictionaries():
    words = pa.array(["b", "a", None, "b", "日本"]).dictionary_encode()
    return pa.table(
        {
            "words": words,
            "numbers": pa.array([1, None, 3, 1, 3]).dictionary_encode(),
            "nulls": pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None, 0], pa.int8()), pa.array(["x", None])),
            "in_list": pa.ListArray.from_arrays(pa.array([0, 2, 2, 3, 4, 5], pa.int32()), words),
        }
    )


def run_ends():
    return pa.table({"runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 6], pa.int32()), pa.array(["a", None, "b"]))})


def names():
    array = pa.array([1, 2])
    return pa.table([array] * 6, ["", "a" * 50, "日本語の名前", "two\nlines", "same", "same"])


def wide():
    kinds = [pa.array([n, n * 1000, None]) if n % 3 else pa.array(["x" * n, None, "日" * n]) for n in range(1, 31)]
    return pa.table({f"column_{n}": array for n, array in enumerate(kinds)})


def batches():
    table = pa.table({"n": pa.array(range(50)), "half": pa.array([n / 2 for n in range(50)])})
    return pa.Table.from_batches(table.to_batches(max_chunksize=7))


def cases():
    """Each table with the numbers of rows and the widths that it is shown with."""
    for table in (
        integers,
        decimals,
        texts,
        sequences,
        binary,
        flags,
        times,
        durations,
        intervals,
        nested,
        view_lists,
        dictionaries,
        run_ends,
    ):
        yield table.__name__, table(), [(EVERY_ROW, 0)]
    for tables in (floats, dates, timestamps):
        for name, table in tables().items():
            yield name, table, [(EVERY_ROW, 0)]
    yield "names", names(), [(10, 0), (10, 60), (1, 20)]
    yield "wide", wide(), [(10, width) for width in (0, 1, 15, 40, 79, 80, 81, 120, 200, 300, 555)] + [(0, 80), (2, 100)]
    yield "batches", batches(), [(0, 0), (1, 0), (7, 0), (20, 0), (49, 0), (50, 0), (51, 0)]
    yield "no_rows", integers().slice(0, 0), [(20, 0), (20, 30)]
    yield "two_columns", pa.table({"a": ["x" * 30], "b": ["y" * 30]}), [(20, 10), (20, 66), (20, 67), (20, 68)]


def main():
    session = pb.connect()
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = []
    for name, table, shown in cases():
        with pa.ipc.new_stream(FOLDER / f"{name}.arrows", table.schema) as writer:
            writer.write_table(table)
        frame = session.from_arrow(table)
        for rows, width in shown:
            text = frame._native.table_text(call_site(), rows, width or None)
            (FOLDER / f"{name}.{rows}.{width}.txt").write_text(text, newline="")
            index.append(f"{name} {rows} {width}\n")
    (FOLDER / "cases.txt").write_text("".join(index))


main()
