//! Which value: cases and their like, and what becomes of nulls.

use polybolos_client::functions as f;
use polybolos_client::{DropNulls, case, col, lit, when};

use super::{Program, numbers, people, program, words};

pub(super) fn programs() -> Vec<Program> {
    vec![
        program(
            "compute/case_searched",
            "A case takes the first branch that is true.",
            "select id, case when age < 30 then 'young' when age < 50 then 'middle' else 'old' end from 'people.parquet'",
            |s| {
                people(s)?
                    .select(("id", when(col("age").lt(30), "young").when(col("age").lt(50), "middle").otherwise("old").alias("stage")))
            },
        ),
        program(
            "compute/case_without_else",
            "A case without else is null where nothing matches.",
            "select id, case when age > 40 then 1::bigint end from 'people.parquet'",
            |s| people(s)?.select(("id", when(col("age").gt(40), 1i64).alias("flag"))),
        ),
        program(
            "compute/case_of_value",
            "A case may compare one value.",
            "select id, case city when 'Paris' then 'F' when 'Berlin' then 'D' else '?' end from 'people.parquet'",
            |s| people(s)?.select(("id", case("city").when("Paris", "F").when("Berlin", "D").otherwise("?").alias("country"))),
        ),
        program(
            "compute/coalesce",
            "The first value that is not null.",
            "select id, coalesce(city, name, '?') from 'people.parquet'",
            |s| people(s)?.select(("id", f::coalesce("city", [col("name"), lit("?")]).alias("v"))),
        ),
        program(
            "compute/fill_null_of_column",
            "Nulls of one column are filled; it keeps its type.",
            "select id, coalesce(age, 0)::int as age from 'people.parquet'",
            |s| people(s)?.select(["id", "age"])?.fill_null_of([("age", 0i64)]),
        ),
        program(
            "nulls/drop_any",
            "Rows with a null in any column go.",
            "select * from 'words.parquet' where n is not null and word is not null",
            |s| words(s)?.drop_nulls(()),
        ),
        program(
            "nulls/drop_in_columns",
            "Rows with a null in some columns go.",
            "select id, age, city from 'people.parquet' where age is not null",
            |s| people(s)?.select(["id", "age", "city"])?.drop_nulls("age"),
        ),
        program(
            "nulls/drop_with_threshold",
            "Rows with fewer values than this go.",
            "select id, name, city, born from 'people.parquet' where (name is not null)::int + (city is not null)::int + (born is not null)::int + 1 >= 4",
            |s| people(s)?.select(["id", "name", "city", "born"])?.drop_nulls_with(DropNulls::default().keep_with_at_least(4)),
        ),
        program(
            "nulls/replace",
            "Values are replaced, in some columns.",
            "select id, case city when 'Paris' then 'Lyon' else city end as city from 'people.parquet'",
            |s| people(s)?.select(["id", "city"])?.replace("city", [("Paris", "Lyon")]),
        ),
        program(
            "compute/case_of_two_widths",
            "The branches of a case meet in their common type.",
            "select id, case when age > 40 then age when age > 25 then id else 0.5::double end, case when active then age else id end from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    when(col("age").gt(40i64), col("age")).when(col("age").gt(25i64), col("id")).otherwise(0.5).alias("a"),
                    when(col("active"), col("age")).otherwise(col("id")).alias("b"),
                ))
            },
        ),
        program(
            "compute/case_of_null",
            "A case never finds a null by value, and a null condition is not true.",
            "select id, case city when null then 'null' when 'Paris' then 'P' else 'other' end, case when active then 'yes' when not active then 'no' end from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    case("city").when(lit(None::<&str>), "null").when("Paris", "P").otherwise("other").alias("a"),
                    when(col("active"), "yes").when(!col("active"), "no").alias("b"),
                ))
            },
        ),
        program(
            "compute/case_protects",
            "A branch that is not taken is not computed.",
            "select id, case when id % 2 <> 0 then 100 // (id % 2) else 0 end from 'people.parquet'",
            |s| {
                let odd = || col("id") % 2i64;
                people(s)?.select(("id", when(odd().ne(0i64), lit(100i64) / odd()).otherwise(0i64).alias("v")))
            },
        ),
        program(
            "compute/coalesce_of_two_widths",
            "The values of coalesce meet in their common type.",
            "select id, coalesce(age, id), coalesce(height, age, 0), nullif(age, 41), nullif(city, 'Paris') from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::coalesce("age", ["id"]).alias("a"),
                    f::coalesce("height", [col("age"), lit(0i64)]).alias("b"),
                    f::nullif("age", 41i64).alias("c"),
                    f::nullif("city", lit("Paris")).alias("d"),
                ))
            },
        ),
        program(
            "compute/greatest_and_least",
            "The greatest and the least value, nulls left out; NaN is the greatest.",
            "select label, greatest(i32, i8, 5), least(i32, u8, 5), greatest(f64, 0::double), least(f32, 0::float) from 'numbers.parquet'",
            |s| {
                numbers(s)?.select((
                    "label",
                    f::greatest("i32", [col("i8"), lit(5i64)]).alias("a"),
                    f::least("i32", [col("u8"), lit(5i64)]).alias("b"),
                    f::greatest("f64", [0.0]).alias("c"),
                    f::least("f32", [lit(0f32)]).alias("d"),
                ))
            },
        ),
        program(
            "compute/distinct_from",
            "Nulls as values: whether two columns differ.",
            "select id, age is distinct from 36, city is not distinct from null, active is not true, active is unknown from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    col("age").is_distinct_from(36i64).alias("a"),
                    col("city").is_not_distinct_from(lit(None::<&str>)).alias("b"),
                    col("active").is_not_true().alias("c"),
                    col("active").is_unknown().alias("d"),
                ))
            },
        ),
    ]
}
