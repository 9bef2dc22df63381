//! Decimals: precision and scale, rounding, comparison.

use polybolos_client::functions as f;
use polybolos_client::{Expr, Literal, Result, col, lit, when};

use super::{Program, numbers, orders, people, program};

fn decimal(text: &str, precision: u8, scale: i8) -> Result<Expr> {
    Ok(lit(Literal::decimal(text, precision, scale)?))
}

pub(super) fn programs() -> Vec<Program> {
    let mut all = arithmetic();
    all.extend(values());
    all
}

fn arithmetic() -> Vec<Program> {
    vec![
        program(
            "decimal/addition",
            "A sum or difference has the larger scale of both sides.",
            "select order_id, price + 0.005::decimal(4, 3), 1::decimal(1, 0) - price from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    (col("price") + decimal("0.005", 4, 3)?).alias("more"),
                    (decimal("1", 1, 0)? - col("price")).alias("less"),
                ))
            },
        ),
        program(
            "decimal/multiplication",
            "A product has the digits after the point of both sides.",
            "select order_id, price * 1.075::decimal(4, 3), price * price from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    (col("price") * decimal("1.075", 4, 3)?).alias("gross"),
                    (col("price") * col("price")).alias("square"),
                ))
            },
        ),
        program(
            "decimal/division",
            "A quotient has four digits after the point more than the dividend.",
            "select order_id, price / quantity, price / 7::decimal(1, 0) from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    (col("price") / col("quantity")).alias("each"),
                    (col("price") / decimal("7", 1, 0)?).alias("seventh"),
                ))
            },
        ),
        program(
            "decimal/modulo",
            "The remainder has the sign of the dividend.",
            "select order_id, price % 0.30::decimal(3, 2), -price % 7::decimal(3, 0) from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    (col("price") % decimal("0.30", 3, 2)?).alias("cents"),
                    (-col("price") % decimal("7", 3, 0)?).alias("negative"),
                ))
            },
        ),
        program(
            "decimal/with_integers",
            "An integer beside a decimal becomes a decimal.",
            "select id, salary + age, salary * id, age - salary from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    (col("salary") + col("age")).alias("a"),
                    (col("salary") * col("id")).alias("b"),
                    (col("age") - col("salary")).alias("c"),
                ))
            },
        ),
        program(
            "decimal/with_float",
            "A decimal beside a float becomes a float.",
            "select order_id, price * 1.5::double, price > 19.99::double from 'orders.parquet'",
            |s| orders(s)?.select(("order_id", (col("price") * 1.5).alias("more"), col("price").gt(19.99).alias("dear"))),
        ),
        program(
            "decimal/rounding",
            "Halves are rounded away from zero; trunc, ceil and floor keep the scale.",
            "select order_id, round(price, 1)::varchar, round(-price, 1)::varchar, round(price)::varchar, trunc(price)::decimal(8, 2), ceil(-price)::decimal(8, 2), floor(-price)::decimal(8, 2) from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::round("price", 1i64).cast("string").alias("a"),
                    f::round(-col("price"), 1i64).cast("string").alias("b"),
                    f::round("price", ()).cast("string").alias("c"),
                    f::trunc("price", ()).alias("d"),
                    f::ceil(-col("price")).alias("e"),
                    f::floor(-col("price")).alias("f"),
                ))
            },
        ),
        program(
            "decimal/average",
            "An average has four digits after the point more than its values.",
            "select product, avg(price), sum(price), sum(price * quantity) from 'orders.parquet' group by product",
            |s| {
                orders(s)?.group_by("product")?.agg((
                    f::avg("price").alias("mean"),
                    f::sum("price").alias("sum"),
                    f::sum(col("price") * col("quantity")).alias("revenue"),
                ))
            },
        ),
    ]
}

fn values() -> Vec<Program> {
    vec![
        program(
            "decimal/comparison",
            "Decimals compare by value, whatever their scale.",
            "select order_id from 'orders.parquet' where price in (19.990::decimal(6, 3), 21) or price < 0.351::decimal(4, 3) or price = 250",
            |s| {
                let price = || col("price");
                let chosen = price().in_([decimal("19.990", 6, 3)?, decimal("21", 2, 0)?]);
                orders(s)?.filter(chosen | price().lt(decimal("0.351", 4, 3)?) | price().eq(250i64))?.select("order_id")
            },
        ),
        program(
            "decimal/casts",
            "A cast to a smaller scale rounds, one to an integer drops the fraction.",
            "select id, salary::decimal(6, 1)::varchar, salary::decimal(14, 4)::varchar, trunc(salary)::bigint, salary::double, salary::varchar from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    col("salary").cast("decimal(6, 1)").cast("string").alias("a"),
                    col("salary").cast("decimal(14, 4)").cast("string").alias("b"),
                    col("salary").cast("int64").alias("c"),
                    col("salary").cast("float64").alias("d"),
                    col("salary").cast("string").alias("e"),
                ))
            },
        ),
        program(
            "decimal/of_text",
            "Text is read as a decimal; try_cast gives null where it is none or does not fit.",
            "select id, salary::varchar::decimal(12, 3)::varchar, try_cast(city as decimal(5, 2)), try_cast(salary::varchar as decimal(5, 2)) from 'people.parquet'",
            |s| {
                let text = || col("salary").cast("string");
                people(s)?.select((
                    "id",
                    text().cast("decimal(12, 3)").cast("string").alias("a"),
                    col("city").try_cast("decimal(5, 2)").alias("b"),
                    text().try_cast("decimal(5, 2)").alias("c"),
                ))
            },
        ),
        program(
            "decimal/widest",
            "38 digits are exact.",
            "select label, abs(dec), -dec, dec = 2, dec > 1e20::decimal(38, 10) from 'numbers.parquet'",
            |s| {
                numbers(s)?.select((
                    "label",
                    f::abs("dec").alias("a"),
                    (-col("dec")).alias("b"),
                    col("dec").eq(2i64).alias("c"),
                    col("dec").gt(decimal("100000000000000000000", 38, 10)?).alias("d"),
                ))
            },
        ),
        program(
            "decimal/widest_aggregates",
            "The sum of the largest and the smallest decimal is zero.",
            "select sum(dec), min(dec), max(dec), count(distinct dec) from 'numbers.parquet' where label in ('max', 'min', 'one')",
            |s| {
                numbers(s)?.filter(col("label").in_(["max", "min", "one"]))?.agg((
                    f::sum("dec").alias("sum"),
                    f::min("dec").alias("min"),
                    f::max("dec").alias("max"),
                    f::count("dec").distinct().alias("n"),
                ))
            },
        ),
        program(
            "decimal/as_keys",
            "Decimals are keys of groups.",
            "select salary, count(*), min(id) from 'people.parquet' group by salary",
            |s| people(s)?.group_by("salary")?.agg((f::count(()).alias("n"), f::min("id").alias("first"))),
        ),
        program(
            "decimal/common_type",
            "Branches of two scales meet in a decimal that holds both.",
            "select order_id, case when quantity > 2 then price else 0.125::decimal(3, 3) end, coalesce(price, 0), greatest(price, 20.125::decimal(5, 3)) from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    when(col("quantity").gt(2i64), col("price")).otherwise(decimal("0.125", 3, 3)?).alias("a"),
                    f::coalesce("price", [0i64]).alias("b"),
                    f::greatest("price", [decimal("20.125", 5, 3)?]).alias("c"),
                ))
            },
        ),
    ]
}
