//! Where rows come from: files of every format, values, ranges; and every literal.

use chrono::{NaiveDate, NaiveTime};
use polybolos_client::{CsvOptions, Literal, col, lit, null};

use super::{Program, ordered, program};

const SIMPLE: &str = "select id, name, age, city, height, active from 'people.parquet'";

pub(super) fn programs() -> Vec<Program> {
    let mut all = files();
    all.extend(literals());
    all
}

fn files() -> Vec<Program> {
    vec![
        program("read/parquet", "All types of a Parquet file.", "select * from 'people.parquet'", |s| s.read_parquet("people.parquet")),
        program("read/parquet_nested", "Lists, structs and maps of a Parquet file.", "select * from 'orders.parquet'", |s| {
            s.read_parquet("orders.parquet")
        }),
        program("read/parquet_numbers", "Edge values of every numeric type.", "select * from 'numbers.parquet'", |s| {
            s.read_parquet("numbers.parquet")
        }),
        program("read/csv", "A CSV file with a header.", SIMPLE, |s| {
            s.read_csv("people.csv")?.select((col("id"), "name", col("age").cast("int32").alias("age"), "city", "height", "active"))
        }),
        program(
            "read/csv_as_text",
            "A CSV file without a header is columns of one row more.",
            "select count(*) + 1 from 'people.parquet'",
            |s| s.read_csv_with("people.csv", CsvOptions::default().header(false))?.agg(polybolos_client::functions::count(()).alias("n")),
        ),
        program("read/json", "A file of JSON lines.", SIMPLE, |s| {
            s.read_json("people.json")?.select((col("id"), "name", col("age").cast("int32").alias("age"), "city", "height", "active"))
        }),
        program("read/avro", "An Avro file.", SIMPLE, |s| s.read_avro("people.avro")),
        program("read/arrow", "An Arrow file.", SIMPLE, |s| s.read_arrow("people.arrow")),
        program("read/glob", "Several files by a pattern.", "select item, amount from 'sales/*/*.parquet'", |s| {
            s.read_parquet("sales/*/*.parquet")?.select(["item", "amount"])
        }),
        program("read/several_paths", "Several paths are one table.", "select item, amount from 'sales/*/*.parquet'", |s| {
            s.read_parquet(["sales/year=2023/part-0.parquet", "sales/year=2024/part-0.parquet"])?.select(["item", "amount"])
        }),
        ordered("range/ascending", "A range goes up to its end, without it.", "select unnest(range(0, 10, 3)) as id", |s| {
            s.range_by(0, 10, 3)?.sort("id")
        }),
        ordered("range/descending", "A range may go down.", "select * from (select unnest(range(5, 0, -2)) as id) order by id desc", |s| {
            s.range_by(5, 0, -2)?.sort(col("id").desc())
        }),
        program("range/empty", "A range that ends before it starts is empty.", "select 1::bigint as id where false", |s| {
            s.range_by(5, 5, 1)
        }),
        program(
            "sql/query",
            "SQL text is a relation like any other.",
            "select city, count(*) as n from 'people.parquet' group by city having count(*) > 1",
            |s| s.sql("select city, count(*) as n from 'people.parquet' group by city having count(*) > 1"),
        ),
        program(
            "sql/then_dataframe",
            "A DataFrame goes on from SQL.",
            "select n * 2 as twice from (select count(*) as n from 'people.parquet')",
            |s| s.sql("select count(*) as n from 'people.parquet'")?.select((col("n") * 2).alias("twice")),
        ),
    ]
}

fn literals() -> Vec<Program> {
    vec![
        program(
            "literal/integers",
            "Integers of every width.",
            "select (-128)::tinyint, 32767::smallint, (-2147483648)::int, 9223372036854775807::bigint, 255::utinyint, 65535::usmallint, 4294967295::uinteger, 18446744073709551615::ubigint",
            |s| {
                s.range(0, 1)?.select((
                    lit(i8::MIN).alias("a"),
                    lit(i16::MAX).alias("b"),
                    lit(i32::MIN).alias("c"),
                    lit(i64::MAX).alias("d"),
                    lit(u8::MAX).alias("e"),
                    lit(u16::MAX).alias("f"),
                    lit(u32::MAX).alias("g"),
                    lit(u64::MAX).alias("h"),
                ))
            },
        ),
        program(
            "literal/floats",
            "Floating point numbers, with NaN and infinity.",
            "select 1.5::float, -2.5e300::double, 'nan'::double, '-inf'::double",
            |s| {
                s.range(0, 1)?.select((
                    lit(1.5f32).alias("a"),
                    lit(-2.5e300).alias("b"),
                    lit(f64::NAN).alias("c"),
                    lit(f64::NEG_INFINITY).alias("d"),
                ))
            },
        ),
        program(
            "literal/text",
            "Text with quotes, line ends, and no ASCII.",
            "select 'it''s', 'a' || chr(10) || 'b', '日本語 🎯', ''",
            |s| s.range(0, 1)?.select((lit("it's").alias("a"), lit("a\nb").alias("b"), lit("日本語 🎯").alias("c"), lit("").alias("d"))),
        ),
        program(
            "literal/booleans_and_nulls",
            "Booleans, typed nulls, and the null of no type.",
            "select true, false, null::bigint, null::varchar",
            |s| {
                s.range(0, 1)?.select((
                    lit(true).alias("a"),
                    lit(false).alias("b"),
                    lit(None::<i64>).alias("c"),
                    lit(None::<&str>).alias("d"),
                ))
            },
        ),
        program("literal/null_of_no_type", "The null of no type takes the type of its place.", "select coalesce(null, 5::bigint)", |s| {
            s.range(0, 1)?.select(polybolos_client::functions::coalesce(null(), [lit(5i64)]).alias("five"))
        }),
        program(
            "literal/decimals",
            "Decimals keep their scale.",
            "select 1.50::decimal(10,2), -0.001::decimal(5,3), 12345678901234567890.12::decimal(38,2)",
            |s| {
                s.range(0, 1)?.select((
                    lit(Literal::decimal("1.50", 10, 2)?).alias("a"),
                    lit(Literal::decimal("-0.001", 5, 3)?).alias("b"),
                    lit(Literal::decimal("12345678901234567890.12", 38, 2)?).alias("c"),
                ))
            },
        ),
        program(
            "literal/dates_and_times",
            "Dates, times, timestamps.",
            "select date '2024-02-29', time '12:30:45.5', timestamp '1969-12-31 23:59:59.5'",
            |s| {
                let day = NaiveDate::from_ymd_opt(2024, 2, 29);
                let time = NaiveTime::from_hms_milli_opt(12, 30, 45, 500);
                let moment = NaiveDate::from_ymd_opt(1969, 12, 31).and_then(|day| day.and_hms_milli_opt(23, 59, 59, 500));
                s.range(0, 1)?.select((lit(day).alias("a"), lit(time).alias("b"), lit(moment).alias("c")))
            },
        ),
        program(
            "literal/nested",
            "Lists, structs and maps.",
            "select [1, 2, null]::bigint[], {'a': 1::bigint, 'b': 'x'}, map {'k': 1::bigint}",
            |s| {
                s.range(0, 1)?.select((
                    lit(Literal::list([Some(1i64), Some(2), None])).alias("l"),
                    lit(Literal::struct_([
                        ("a", polybolos_client::IntoLiteral::into_literal(1i64)),
                        ("b", polybolos_client::IntoLiteral::into_literal("x")),
                    ]))
                    .alias("s"),
                    lit(Literal::map([("k", 1i64)])).alias("m"),
                ))
            },
        ),
    ]
}
