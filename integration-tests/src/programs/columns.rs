//! Which columns: selecting, computing, renaming, dropping.

use polybolos_client::functions as f;
use polybolos_client::{Literal, col, lit, star};

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
        program("describe/statistics", "A summary of some columns as text.", "no:the text of statistics is ours", |s| {
            people(s)?.select(["id", "age"])?.describe(())
        }),
        program("observe/passes_through", "Observing changes nothing.", "select id from 'people.parquet'", |s| {
            people(s)?.select("id")?.observe("seen", f::count(()).alias("rows"))
        }),
    ]
}
