"""Makes the input files of the corpus. Run it only to add files: cases depend on the ones that are here.

people    10 rows, every scalar type, nulls in every nullable column
orders    14 rows, some of people that do not exist, nested columns
numbers   edge values of each numeric type
words     text with accents, emoji, empty and null
"""

import datetime as dt
import decimal
import pathlib

import fastavro
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
D = decimal.Decimal
UTC = dt.UTC


def people() -> pa.Table:
    rows = [
        # id, name, age, city, born, height, salary, active, joined, seen
        (1, "Ada", 36, "London", dt.date(1987, 12, 10), 1.65, D("5200.50"), True, dt.datetime(2019, 3, 1, 9, 30), dt.datetime(2024, 1, 1, 0, 0, tzinfo=UTC)),
        (2, "Béla", 41, "Budapest", dt.date(1982, 3, 25), 1.80, D("4100.00"), True, dt.datetime(2020, 2, 29, 12, 0), dt.datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        (3, "Chen", None, "Shanghai", dt.date(1990, 7, 1), 1.72, D("6150.75"), False, dt.datetime(2018, 11, 11, 11, 11, 11), None),
        (4, "Dora", 29, None, dt.date(1994, 2, 28), None, D("3900.25"), True, None, dt.datetime(2024, 6, 15, 23, 59, 59, 999999, tzinfo=UTC)),
        (5, "Emil", 53, "Berlin", None, 1.77, None, False, dt.datetime(2010, 1, 1), dt.datetime(2023, 12, 31, 23, 0, tzinfo=UTC)),
        (6, "Fay", 36, "London", dt.date(1988, 1, 5), 1.58, D("5200.50"), None, dt.datetime(2021, 7, 4, 8, 0), dt.datetime(2024, 1, 1, 12, 0, tzinfo=UTC)),
        (7, "Gus", 61, "Paris", dt.date(1963, 9, 30), 1.69, D("7000.00"), True, dt.datetime(2001, 9, 9, 1, 46, 40), dt.datetime(2024, 2, 29, 6, 0, tzinfo=UTC)),
        (8, "Hao", 22, "Shanghai", dt.date(2002, 5, 17), 1.83, D("2500.10"), True, dt.datetime(2023, 10, 29, 2, 30), dt.datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (9, None, 41, "Berlin", dt.date(1983, 4, 4), 1.75, D("4100.00"), False, dt.datetime(2020, 2, 29, 12, 0), None),
        (10, "Iris", 29, "Paris", dt.date(1995, 8, 19), 1.61, D("-10.00"), None, dt.datetime(2022, 12, 31, 23, 59, 59), dt.datetime(2024, 5, 5, 5, 5, 5, tzinfo=UTC)),
    ]
    schema = pa.schema([
        pa.field("id", pa.int64(), nullable=False), ("name", pa.string()), ("age", pa.int32()), ("city", pa.string()), ("born", pa.date32()),
        ("height", pa.float64()), ("salary", pa.decimal128(10, 2)), ("active", pa.bool_()), ("joined", pa.timestamp("us")),
        ("seen", pa.timestamp("us", tz="UTC")),
    ])
    return table(rows, schema)


def orders() -> pa.Table:
    def order(id, person, product, quantity, price, day, tags, address, attributes):
        return (id, person, product, quantity, D(price) if price else None, day and dt.datetime(2024, 1, day, 10 + id % 8, 15), tags, address, attributes)

    home = {"street": "High St 1", "zip": 10115}
    rows = [
        order(100, 1, "lamp", 2, "19.99", 2, ["home", "light"], home, [("color", "red")]),
        order(101, 1, "desk", 1, "250.00", 3, ["home"], {"street": "Low St 2", "zip": None}, []),
        order(102, 2, "lamp", 1, "19.99", 3, [], None, None),
        order(103, 2, "chair", 4, "75.50", 5, None, home, [("color", "blue"), ("size", "m")]),
        order(104, 3, "desk", 2, "240.00", 8, ["office", None], home, [("size", None)]),
        order(105, 4, "pen", 100, "0.35", 8, ["office"], {"street": None, "zip": 75001}, [("color", "black")]),
        order(106, 5, "lamp", 3, "18.50", 9, ["home", "light", "sale"], None, []),
        order(107, 7, "chair", 2, None, 12, ["home"], home, None),
        order(108, 7, "pen", 10, "0.40", 12, [], home, [("color", "blue")]),
        order(109, 8, "desk", 1, "260.00", None, None, None, None),
        order(110, 99, "lamp", 5, "17.00", 20, ["wholesale"], home, [("color", "white")]),
        order(111, None, "pen", 7, "0.30", 21, ["lost"], None, []),
        order(112, 8, None, None, "5.00", 28, ["?"], home, [("color", None)]),
        order(113, 1, "lamp", 1, "21.00", 31, ["home"], home, [("color", "red")]),
    ]
    schema = pa.schema([
        pa.field("order_id", pa.int64(), nullable=False), ("person_id", pa.int64()), ("product", pa.string()), ("quantity", pa.int32()),
        ("price", pa.decimal128(8, 2)), ("placed", pa.timestamp("us")), ("tags", pa.list_(pa.string())),
        ("address", pa.struct([("street", pa.string()), ("zip", pa.int32())])), ("attributes", pa.map_(pa.string(), pa.string())),
    ])
    return table(rows, schema)


def numbers() -> pa.Table:
    rows = [
        ("zero", 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, D("0")),
        ("one", 1, 1, 1, 1, 1, 1, 1, 1, 1.0, 1.0, D("1")),
        ("minus", -1, -1, -1, -1, 0, 0, 0, 0, -1.5, -1.5, D("-1.5")),
        ("max", 127, 32767, 2147483647, 9223372036854775807, 255, 65535, 4294967295, 18446744073709551615, 3.4028235e38, 1.7976931348623157e308,
         D("9999999999999999999999999999.9999999999")),
        ("min", -128, -32768, -2147483648, -9223372036854775808, 0, 0, 0, 0, -3.4028235e38, -1.7976931348623157e308,
         D("-9999999999999999999999999999.9999999999")),
        ("nan", 2, 2, 2, 2, 2, 2, 2, 2, float("nan"), float("nan"), D("2")),
        ("inf", 3, 3, 3, 3, 3, 3, 3, 3, float("inf"), float("-inf"), D("3")),
        ("null", None, None, None, None, None, None, None, None, None, None, None),
    ]
    schema = pa.schema([
        ("label", pa.string()), ("i8", pa.int8()), ("i16", pa.int16()), ("i32", pa.int32()), ("i64", pa.int64()), ("u8", pa.uint8()), ("u16", pa.uint16()),
        ("u32", pa.uint32()), ("u64", pa.uint64()), ("f32", pa.float32()), ("f64", pa.float64()), ("dec", pa.decimal128(38, 10)),
    ])
    return table(rows, schema)


def words() -> pa.Table:
    texts = ["apple", "Banana", "äpfel", "", None, "naïve café", "日本語", "🎯 dart", "apple pie", "a%b_c", "  padded  ", "UPPER lower"]
    return pa.table({"n": pa.array(range(1, len(texts) + 1), pa.int32()), "word": pa.array(texts, pa.string())})


def table(rows, schema: pa.Schema) -> pa.Table:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows), schema)]
    return pa.Table.from_arrays(columns, schema=schema)


def write_csv(name: str, data: pa.Table) -> None:
    pa.csv.write_csv(data, HERE / f"{name}.csv", pa.csv.WriteOptions(quoting_style="needed"))


def write_avro(name: str, data: pa.Table) -> None:
    kinds = {"int32": "int", "int64": "long", "string": "string", "double": "double", "bool": "boolean"}
    fields = [{"name": f.name, "type": ["null", kinds[str(f.type)]]} for f in data.schema]
    with open(HERE / f"{name}.avro", "wb") as out:
        fastavro.writer(out, {"type": "record", "name": name, "fields": fields}, data.to_pylist())


def write_json(name: str, data: pa.Table) -> None:
    import json

    with open(HERE / f"{name}.json", "w", encoding="utf-8") as out:
        for row in data.to_pylist():
            out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def main() -> None:
    tables = {"people": people(), "orders": orders(), "numbers": numbers(), "words": words()}
    for name, data in tables.items():
        pq.write_table(data, HERE / f"{name}.parquet")
    simple = people().select(["id", "name", "age", "city", "height", "active"])
    write_csv("people", simple)
    write_json("people", simple)
    write_avro("people", simple)
    pa.feather.write_feather(simple, HERE / "people.arrow", compression="uncompressed")
    for year in (2023, 2024):
        folder = HERE / "sales" / f"year={year}"
        folder.mkdir(parents=True, exist_ok=True)
        part = pa.table({"item": ["lamp", "desk", "pen"], "amount": pa.array([year - 2000, 10, 1], pa.int64())})
        pq.write_table(part, folder / "part-0.parquet")


if __name__ == "__main__":
    main()
