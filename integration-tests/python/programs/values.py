"""Where rows come from: files of every format, values, ranges; and every literal."""

import datetime as dt
from decimal import Decimal

from polybolos import col, lit, null
from polybolos import functions as F

from . import i32, program

# Files and other sources


def simple(frame):
    """The columns that text formats have, too, in the types of the Parquet file."""
    return frame.select("id", "name", col("age").cast("int32").alias("age"), "city", "height", "active")


@program("read/parquet")
def parquet(s):
    return s.read_parquet("people.parquet")


@program("read/parquet_nested")
def parquet_nested(s):
    return s.read_parquet("orders.parquet")


@program("read/parquet_numbers")
def parquet_numbers(s):
    return s.read_parquet("numbers.parquet")


@program("read/csv")
def csv(s):
    return simple(s.read_csv("people.csv"))


@program("read/csv_as_text")
def csv_as_text(s):
    return s.read_csv("people.csv", header=False).agg(n=F.count())


@program("read/json")
def json(s):
    return simple(s.read_json("people.json"))


@program("read/avro")
def avro(s):
    return s.read_avro("people.avro")


@program("read/arrow")
def arrow(s):
    return s.read_arrow("people.arrow")


@program("read/glob")
def glob(s):
    return s.read_parquet("sales/*/*.parquet").select("item", "amount")


@program("read/several_paths")
def several_paths(s):
    return s.read_parquet(["sales/year=2023/part-0.parquet", "sales/year=2024/part-0.parquet"]).select("item", "amount")


@program("range/ascending")
def ascending(s):
    return s.range(0, 10, 3).sort("id")


@program("range/descending")
def descending(s):
    return s.range(5, 0, -2).sort("id", descending=True)


@program("range/empty")
def empty(s):
    return s.range(5, 5)


@program("sql/query")
def query(s):
    return s.sql("select city, count(*) as n from 'people.parquet' group by city having count(*) > 1")


@program("sql/then_dataframe")
def then_dataframe(s):
    return s.sql("select count(*) as n from 'people.parquet'").select(twice=col("n") * i32(2))


# Literals


@program("literal/integers")
def integers(s):
    return s.select(
        a=lit(-(2**7), "int8"),
        b=lit(2**15 - 1, "int16"),
        c=lit(-(2**31), "int32"),
        d=lit(2**63 - 1),
        e=lit(2**8 - 1, "uint8"),
        f=lit(2**16 - 1, "uint16"),
        g=lit(2**32 - 1, "uint32"),
        h=lit(2**64 - 1, "uint64"),
    )


@program("literal/floats")
def floats(s):
    return s.select(a=lit(1.5, "float32"), b=lit(-2.5e300), c=lit(float("nan")), d=lit(float("-inf")))


@program("literal/text")
def text(s):
    return s.select(a=lit("it's"), b=lit("a\nb"), c=lit("日本語 🎯"), d=lit(""))


@program("literal/booleans_and_nulls")
def booleans_and_nulls(s):
    return s.select(a=lit(True), b=lit(False), c=lit(None, int), d=lit(None, str))


@program("literal/null_of_no_type")
def null_of_no_type(s):
    return s.select(five=F.coalesce(null(), 5))


@program("literal/decimals")
def decimals(s):
    return s.select(
        a=lit(Decimal("1.50"), "decimal(10, 2)"),
        b=lit(Decimal("-0.001"), "decimal(5, 3)"),
        c=lit(Decimal("12345678901234567890.12"), "decimal(38, 2)"),
    )


@program("literal/dates_and_times")
def dates_and_times(s):
    return s.select(
        a=dt.date(2024, 2, 29),
        b=dt.time(12, 30, 45, 500_000),
        c=dt.datetime(1969, 12, 31, 23, 59, 59, 500_000),
    )


@program("literal/nested")
def nested(s):
    return s.select(l=lit([1, 2, None]), s=lit({"a": 1, "b": "x"}), m=lit({"k": 1}, "map<string, int64>"))
