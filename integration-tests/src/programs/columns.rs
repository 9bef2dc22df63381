//! Which columns: selecting, computing, renaming, dropping.

use polybolos_client::functions as f;
use polybolos_client::{DropNulls, Literal, case, col, lit, star, when};

use super::{Program, numbers, orders, people, program, words};

pub(super) fn programs() -> Vec<Program> {
    let mut all = selecting();
    all.extend(computing());
    all
}

fn selecting() -> Vec<Program> {
    vec![
        program("select/by_name", "Columns come in the order in which they are named.", "select name, id from 'people.parquet'", |s| {
            people(s)?.select(["name", "id"])
        }),
        program("select/expressions", "A selection computes.", "select id + 1 as next, id as id from 'people.parquet'", |s| {
            people(s)?.select(((col("id") + 1).alias("next"), "id"))
        }),
        program(
            "select/star",
            "A star is all columns.",
            "select *, id * 2 as twice from 'words.parquet' join (select id from 'people.parquet') on n = id",
            |s| {
                words(s)?
                    .join(&people(s)?.select("id")?, col("n").eq(col("id")), polybolos_client::JoinKind::Inner)?
                    .select((star(), (col("id") * 2).alias("twice")))
            },
        ),
        program("select/star_excluding", "A star may leave columns out.", "select * exclude (word) from 'words.parquet'", |s| {
            words(s)?.select(star().excluding(["word"]))
        }),
        program(
            "select/same_column_twice",
            "A column may be selected twice under two names.",
            "select id as a, id as b from 'people.parquet'",
            |s| people(s)?.select((col("id").alias("a"), col("id").alias("b"))),
        ),
        program(
            "select/odd_names",
            "A name may hold anything: it is never parsed.",
            "select id as \"a.b\", name as \"Größe in cm\", age as \"select\" from 'people.parquet'",
            |s| people(s)?.select((col("id").alias("a.b"), col("name").alias("Größe in cm"), col("age").alias("select"))),
        ),
        program("with_columns/add", "with_columns adds columns after the others.", "select *, n * 10 as ten from 'words.parquet'", |s| {
            words(s)?.with_column("ten", col("n") * 10)
        }),
        program(
            "with_columns/replace",
            "with_columns replaces a column in its place.",
            "select n + 100 as n, word from 'words.parquet'",
            |s| words(s)?.with_column("n", col("n") + 100),
        ),
        program(
            "with_columns/all_see_the_input",
            "Columns of one with_columns see the input, not each other.",
            "select n + 1 as n, word, n * 2 as twice from 'words.parquet'",
            |s| words(s)?.with_columns(((col("n") + 1).alias("n"), (col("n") * 2).alias("twice"))),
        ),
        program(
            "with_columns/chain",
            "A chain of steps sees the steps before it.",
            "select n, word, n + 3 as c from 'words.parquet'",
            |s| words(s)?.with_column("a", col("n") + 1)?.with_column("b", col("a") + 1)?.with_column("c", col("b") + 1)?.drop(["a", "b"]),
        ),
        program("rename/columns", "Renaming keeps the place.", "select n as number, word as text from 'words.parquet'", |s| {
            words(s)?.rename([("n", "number"), ("word", "text")])
        }),
        program("rename/swap", "Two columns may swap names.", "select n as word, word as n from 'words.parquet'", |s| {
            words(s)?.rename([("n", "word"), ("word", "n")])
        }),
        program("drop/columns", "Dropping keeps the others.", "select id, name from 'people.parquet'", |s| {
            people(s)?.drop(["age", "city", "born", "height", "salary", "active", "joined", "seen"])
        }),
        program(
            "alias/qualifies",
            "An alias qualifies the columns of one side of a self-join.",
            "select a.id as id, b.id as other from 'people.parquet' a join 'people.parquet' b on a.city = b.city and a.id < b.id",
            |s| {
                let (a, b) = (people(s)?.alias("a")?, people(s)?.alias("b")?);
                let same = a.col("city").eq(b.col("city")) & a.col("id").lt(b.col("id"));
                a.join(&b, same, polybolos_client::JoinKind::Inner)?.select((a.col("id").alias("id"), b.col("id").alias("other")))
            },
        ),
    ]
}

fn computing() -> Vec<Program> {
    vec![
        program(
            "compute/arithmetic",
            "Arithmetic of integers stays integer; division truncates.",
            "select id + 2, id - 2, id * 3, id // 4, id % 4, -id from 'people.parquet'",
            |s| {
                let id = || col("id");
                people(s)?.select((
                    (id() + 2).alias("a"),
                    (id() - 2).alias("b"),
                    (id() * 3).alias("c"),
                    (id() / 4).alias("d"),
                    (id() % 4).alias("e"),
                    (-id()).alias("f"),
                ))
            },
        ),
        program("compute/decimals", "Decimal arithmetic is exact.", "select salary + 0.05, salary * 2 from 'people.parquet'", |s| {
            people(s)?.select(((col("salary") + lit(Literal::decimal("0.05", 3, 2)?)).alias("more"), (col("salary") * 2).alias("twice")))
        }),
        program(
            "compute/floats",
            "Floating point division follows IEEE 754.",
            "select label, f64 / 0.0::double, f32::double from 'numbers.parquet' where label in ('one', 'minus', 'zero', 'null')",
            |s| {
                numbers(s)?.filter(col("label").in_(["one", "minus", "zero", "null"]))?.select((
                    "label",
                    (col("f64") / 0.0).alias("q"),
                    col("f32").cast("float64").alias("w"),
                ))
            },
        ),
        program(
            "compute/comparison_gives_null",
            "A comparison with null is null.",
            "select id, age > 30 as older, age = age as same from 'people.parquet'",
            |s| people(s)?.select(("id", col("age").gt(30).alias("older"), col("age").eq(col("age")).alias("same"))),
        ),
        program(
            "compute/three_valued_logic",
            "AND and OR with null.",
            "select id, active and age > 30 as both, active or age > 30 as either from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    (col("active") & col("age").gt(30)).alias("both"),
                    (col("active") | col("age").gt(30)).alias("either"),
                ))
            },
        ),
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
            "compute/cast_widening",
            "Casts that always fit.",
            "select i8::bigint, u32::bigint, i32::double, label::varchar from 'numbers.parquet'",
            |s| {
                numbers(s)?.select((
                    col("i8").cast("int64").alias("a"),
                    col("u32").cast("int64").alias("b"),
                    col("i32").cast("float64").alias("c"),
                    col("label").cast("string").alias("d"),
                ))
            },
        ),
        program(
            "compute/cast_to_text",
            "Numbers, booleans and dates as text.",
            "select id::varchar, active::varchar, born::varchar, salary::varchar from 'people.parquet'",
            |s| {
                people(s)?.select((
                    col("id").cast("string").alias("a"),
                    col("active").cast("string").alias("b"),
                    col("born").cast("string").alias("c"),
                    col("salary").cast("string").alias("d"),
                ))
            },
        ),
        program(
            "compute/try_cast",
            "try_cast gives null where the value does not fit.",
            "select word, try_cast(word as bigint) from 'words.parquet'",
            |s| words(s)?.select(("word", col("word").try_cast("int64").alias("number"))),
        ),
        program(
            "compute/try_cast_narrowing",
            "try_cast of a number that is too large gives null.",
            "select label, try_cast(i64 as tinyint) from 'numbers.parquet'",
            |s| numbers(s)?.select(("label", col("i64").try_cast("int8").alias("small"))),
        ),
        program(
            "compute/coalesce",
            "The first value that is not null.",
            "select id, coalesce(city, name, '?') from 'people.parquet'",
            |s| people(s)?.select(("id", f::coalesce("city", [col("name"), lit("?")]).alias("v"))),
        ),
        program(
            "compute/string_functions",
            "Text functions count characters, not bytes.",
            "select n, upper(word), length(word)::bigint, substring(word, 2, 3), reverse(word) from 'words.parquet' where n <> 6",
            |s| {
                words(s)?.filter(col("n").ne(6))?.select((
                    "n",
                    f::upper("word").alias("u"),
                    f::length("word").cast("int64").alias("l"),
                    f::substring("word", 2, 3).alias("m"),
                    f::reverse("word").alias("r"),
                ))
            },
        ),
        program(
            "compute/dates",
            "Parts of dates, and truncation.",
            "select id, year(born)::bigint, month(born)::bigint, date_trunc('month', joined) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::year("born").cast("int64").alias("y"),
                    f::month("born").cast("int64").alias("m"),
                    f::date_trunc("month", "joined").alias("t"),
                ))
            },
        ),
        program(
            "compute/timestamp_plus_interval",
            "A month after the end of January is the end of February.",
            "select id, joined + interval 1 month from 'people.parquet'",
            |s| people(s)?.select(("id", (col("joined") + lit(Literal::interval(1, 0, 0))).alias("later"))),
        ),
        program("compute/struct_field", "A field of a struct.", "select order_id, address.zip from 'orders.parquet'", |s| {
            orders(s)?.select(("order_id", col("address").field("zip").alias("zip")))
        }),
        program(
            "compute/list_item",
            "An item of a list, 1-based; out of range is null.",
            "select order_id, tags[1], tags[9] from 'orders.parquet'",
            |s| orders(s)?.select(("order_id", col("tags").get_item(1).alias("first"), col("tags").get_item(9).alias("ninth"))),
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
        program("describe/statistics", "A summary of some columns as text.", "no:the text of statistics is ours", |s| {
            people(s)?.select(["id", "age"])?.describe(())
        }),
        program("observe/passes_through", "Observing changes nothing.", "select id from 'people.parquet'", |s| {
            people(s)?.select("id")?.observe("seen", f::count(()).alias("rows"))
        }),
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
