//! Which rows, in what order: filters, sorts, limits, distinct, samples; subqueries in conditions.

use polybolos_client::functions::count;
use polybolos_client::{Sample, col, exists, lit, scalar};

use super::{Program, numbers, ordered, orders, people, program, words};

pub(super) fn programs() -> Vec<Program> {
    let mut all = filters();
    all.extend(order());
    all.extend(subqueries());
    all
}

fn filters() -> Vec<Program> {
    vec![
        program(
            "filter/greater_than",
            "A filter keeps the rows whose predicate is true; null is not true.",
            "select * from 'people.parquet' where age > 36",
            |s| people(s)?.filter(col("age").gt(36)),
        ),
        program(
            "filter/and_or",
            "AND binds as written, with nulls in three-valued logic.",
            "select id from 'people.parquet' where (age < 30 or city = 'Berlin') and active",
            |s| people(s)?.filter(col("age").lt(30).or(col("city").eq("Berlin")).and(col("active")))?.select("id"),
        ),
        program(
            "filter/not",
            "NOT of null is null, so a row with a null flag is in neither half.",
            "select id from 'people.parquet' where not active",
            |s| people(s)?.filter(!col("active"))?.select("id"),
        ),
        program("filter/is_null", "IS NULL finds nulls.", "select id from 'people.parquet' where city is null or born is null", |s| {
            people(s)?.filter(col("city").is_null() | col("born").is_null())?.select("id")
        }),
        program(
            "filter/is_not_distinct_from",
            "Null is not distinct from null.",
            "select a.id from 'people.parquet' a where a.city is not distinct from null",
            |s| people(s)?.filter(col("city").is_not_distinct_from(lit(None::<&str>)))?.select("id"),
        ),
        program("filter/between", "BETWEEN includes both ends.", "select id from 'people.parquet' where age between 29 and 41", |s| {
            people(s)?.filter(col("age").between(29, 41))?.select("id")
        }),
        program("filter/in_list", "IN with a list of values.", "select id from 'people.parquet' where city in ('Paris', 'Berlin')", |s| {
            people(s)?.filter(col("city").in_(["Paris", "Berlin"]))?.select("id")
        }),
        program(
            "filter/not_in_list",
            "NOT IN leaves out rows whose value is null.",
            "select id from 'people.parquet' where city not in ('Paris', 'Berlin')",
            |s| people(s)?.filter(col("city").not_in(["Paris", "Berlin"]))?.select("id"),
        ),
        program("filter/like", "LIKE with % and _.", "select word from 'words.parquet' where word like 'a_p%'", |s| {
            words(s)?.filter(col("word").like("a_p%"))?.select("word")
        }),
        program(
            "filter/like_escape",
            "LIKE with an escape character.",
            "select word from 'words.parquet' where word like '%!%%' escape '!'",
            |s| words(s)?.filter(col("word").like_escape("%!%%", '!'))?.select("word"),
        ),
        program(
            "filter/ilike",
            "ILIKE ignores case.",
            "select word from 'words.parquet' where word ilike 'BAN%' or word ilike 'upper%'",
            |s| words(s)?.filter(col("word").ilike("BAN%") | col("word").ilike("upper%"))?.select("word"),
        ),
        program(
            "filter/decimal_with_integer",
            "A decimal compares with an integer by value.",
            "select id from 'people.parquet' where salary >= 4100",
            |s| people(s)?.filter(col("salary").ge(4100))?.select("id"),
        ),
        program(
            "filter/date_literal",
            "Dates compare with date literals.",
            "select id from 'people.parquet' where born < date '1988-01-05'",
            |s| people(s)?.filter(col("born").lt(chrono::NaiveDate::from_ymd_opt(1988, 1, 5)))?.select("id"),
        ),
        program(
            "filter/nan_is_not_less",
            "NaN is greater than every other number.",
            "select label from 'numbers.parquet' where f64 > 1e300",
            |s| numbers(s)?.filter(col("f64").gt(1e300))?.select("label"),
        ),
        program(
            "filter/many_terms",
            "A chain of a hundred ORs is one call, not a hundred levels.",
            "select id from 'people.parquet' where id >= 2 and id <= 9",
            |s| {
                let terms = (2..=101).map(|n| col("id").eq(if n > 9 { n + 1000 } else { n }));
                people(s)?.filter(terms.reduce(|a, b| a | b).unwrap_or_else(|| lit(false)))?.select("id")
            },
        ),
    ]
}

fn order() -> Vec<Program> {
    vec![
        ordered(
            "sort/ascending_nulls_last",
            "Ascending with nulls last.",
            "select id, age from 'people.parquet' order by age asc nulls last, id",
            |s| people(s)?.select(["id", "age"])?.sort((col("age").asc().nulls_last(), col("id").asc())),
        ),
        ordered(
            "sort/ascending_nulls_first",
            "Ascending with nulls first.",
            "select id, city from 'people.parquet' order by city asc nulls first, id",
            |s| people(s)?.select(["id", "city"])?.sort((col("city").asc().nulls_first(), col("id").asc())),
        ),
        ordered(
            "sort/descending_nulls_last",
            "Descending with nulls last.",
            "select id, salary from 'people.parquet' order by salary desc nulls last, id desc",
            |s| people(s)?.select(["id", "salary"])?.sort((col("salary").desc().nulls_last(), col("id").desc())),
        ),
        ordered(
            "sort/descending_nulls_first",
            "Descending with nulls first, which is the default of descending.",
            "select id, age, city from 'people.parquet' order by age desc nulls first, city desc nulls first, id",
            |s| people(s)?.select(["id", "age", "city"])?.sort((col("age").desc(), col("city").desc(), col("id").asc())),
        ),
        ordered(
            "sort/keys_of_both_directions",
            "Each key has a direction and a place of nulls of its own.",
            "select id, active, joined from 'people.parquet' order by active desc nulls last, joined asc nulls first, id desc",
            |s| {
                let keys = (col("active").desc().nulls_last(), col("joined").asc().nulls_first(), col("id").desc());
                people(s)?.select(["id", "active", "joined"])?.sort(keys)
            },
        ),
        ordered(
            "sort/nan_is_largest",
            "NaN sorts after infinity, and nulls after NaN.",
            "select label, f32 from 'numbers.parquet' order by f32 asc nulls last, label",
            |s| numbers(s)?.select(["label", "f32"])?.sort((col("f32").asc().nulls_last(), col("label").asc())),
        ),
        ordered(
            "sort/default_is_nulls_last",
            "A plain column sorts ascending with nulls last.",
            "select order_id, quantity from 'orders.parquet' order by quantity nulls last, order_id",
            |s| orders(s)?.select(["order_id", "quantity"])?.sort(["quantity", "order_id"]),
        ),
        ordered("sort/by_expression", "A sort key is any expression.", "select id from 'people.parquet' order by id % 3, id desc", |s| {
            people(s)?.select("id")?.sort(((col("id") % 3).asc(), col("id").desc()))
        }),
        ordered(
            "sort/text_by_bytes",
            "Text sorts by its UTF-8 bytes, not by a locale.",
            "select word from 'words.parquet' order by word asc nulls first",
            |s| words(s)?.select("word")?.sort(col("word").asc().nulls_first()),
        ),
        ordered("limit/first_rows", "A limit takes the first rows.", "select id from 'people.parquet' order by id limit 3", |s| {
            people(s)?.select("id")?.sort(col("id").asc())?.limit(3)
        }),
        ordered("limit/zero", "A limit of zero has columns and no rows.", "select id, name from 'people.parquet' limit 0", |s| {
            people(s)?.select(["id", "name"])?.limit(0)
        }),
        ordered("limit/offset", "An offset skips rows.", "select id from 'people.parquet' order by id limit 3 offset 4", |s| {
            people(s)?.select("id")?.sort(col("id").asc())?.slice(4, 3)
        }),
        ordered(
            "limit/beyond_the_end",
            "An offset beyond the end gives no rows.",
            "select id from 'people.parquet' order by id offset 100",
            |s| people(s)?.select("id")?.sort(col("id").asc())?.offset(100),
        ),
        program(
            "limit/with_ties",
            "WITH TIES takes the rows that equal the last one too.",
            "select id, age from (select id, age, rank() over (order by age desc nulls last) as r from 'people.parquet') where r <= 3",
            |s| people(s)?.select(["id", "age"])?.sort(col("age").desc().nulls_last())?.limit_with_ties(3),
        ),
        program(
            "distinct/whole_rows",
            "Distinct compares whole rows; nulls are alike.",
            "select distinct age, city from 'people.parquet'",
            |s| people(s)?.select(["age", "city"])?.distinct(),
        ),
        program(
            "distinct/on_columns",
            "One row for each value of some columns: the first in an order.",
            "select id, city from (select id, city, row_number() over (partition by city order by id desc) as n from 'people.parquet') where n = 1",
            |s| people(s)?.select(["id", "city"])?.distinct_on("city", col("id").desc()),
        ),
        program("sample/nothing", "A sample of nothing is empty.", "select id from 'people.parquet' where false", |s| {
            people(s)?.select("id")?.sample_with(Sample::fraction(0.0).seed(1))
        }),
        program("sample/everything", "A sample of everything is everything.", "select id from 'people.parquet'", |s| {
            people(s)?.select("id")?.sample_with(Sample::fraction(1.0).seed(1))
        }),
        program("sample/rows", "A sample of five rows has five.", "select 5::bigint", |s| {
            people(s)?.sample_with(Sample::rows(5).seed(7))?.agg(count(()).alias("n"))
        }),
        program(
            "sample/more_than_there_are",
            "A sample of more rows than there are is all of them.",
            "select id from 'people.parquet'",
            |s| people(s)?.select("id")?.sample_with(Sample::rows(50).seed(3)),
        ),
        program("sample/of_a_fraction", "A sample is a part of the rows, each at most once.", "select true, true", |s| {
            let sample = s.range(0, 1000)?.sample_with(Sample::fraction(0.25).seed(11))?;
            let (rows, ids) = (count(()), count("id").distinct());
            sample.agg((rows.between(150i64, 350i64).alias("about_a_quarter"), rows.eq(ids).alias("once")))
        }),
        program("repartition/by_hash", "Where rows run never changes the result.", "select id, city from 'people.parquet'", |s| {
            people(s)?.select(["id", "city"])?.repartition_by("city", Some(3))
        }),
        program("repartition/round_robin", "Round robin neither.", "select id from 'people.parquet'", |s| {
            people(s)?.select("id")?.repartition(4)
        }),
        program("hint/is_ignored", "A hint never changes the result.", "select id from 'people.parquet'", |s| {
            people(s)?.select("id")?.hint("broadcast", ())
        }),
    ]
}

fn subqueries() -> Vec<Program> {
    vec![
        program(
            "subquery/exists",
            "EXISTS with a correlated condition.",
            "select id from 'people.parquet' p where exists (select 1 from 'orders.parquet' where person_id = p.id and quantity > 2)",
            |s| {
                let people = people(s)?;
                let large = orders(s)?.filter(col("person_id").eq(people.outer("id")) & col("quantity").gt(2))?;
                people.filter(exists(&large))?.select("id")
            },
        ),
        program(
            "subquery/not_exists",
            "NOT EXISTS keeps the rows without a match.",
            "select id from 'people.parquet' p where not exists (select 1 from 'orders.parquet' where person_id = p.id)",
            |s| {
                let people = people(s)?;
                let theirs = orders(s)?.filter(col("person_id").eq(people.outer("id")))?;
                people.filter(!exists(&theirs))?.select("id")
            },
        ),
        program(
            "subquery/in",
            "IN a subquery.",
            "select id from 'people.parquet' where id in (select person_id from 'orders.parquet')",
            |s| people(s)?.filter(col("id").in_subquery(&orders(s)?.select("person_id")?))?.select("id"),
        ),
        program(
            "subquery/not_in_with_null",
            "NOT IN a subquery that holds a null is never true.",
            "select id from 'people.parquet' where id not in (select person_id from 'orders.parquet')",
            |s| people(s)?.filter(col("id").not_in_subquery(&orders(s)?.select("person_id")?))?.select("id"),
        ),
        program(
            "subquery/scalar",
            "A scalar subquery is one value.",
            "select id from 'people.parquet' where salary > (select max(price) * 10 from 'orders.parquet')",
            |s| {
                let most = orders(s)?.agg((polybolos_client::functions::max("price") * 10).alias("most"))?;
                people(s)?.filter(col("salary").gt(scalar(&most)))?.select("id")
            },
        ),
        program(
            "subquery/scalar_of_no_row",
            "A scalar subquery without rows is null.",
            "select id, (select name from 'people.parquet' where id = 77) as nobody from 'people.parquet'",
            |s| {
                let nobody = people(s)?.filter(col("id").eq(77))?.select("name")?;
                people(s)?.select(("id", scalar(&nobody).alias("nobody")))
            },
        ),
        program(
            "subquery/correlated_scalar",
            "A correlated scalar subquery has a value for each row.",
            "select id, (select sum(quantity) from 'orders.parquet' where person_id = p.id) as bought from 'people.parquet' p",
            |s| {
                let people = people(s)?;
                let theirs = orders(s)?.filter(col("person_id").eq(people.outer("id")))?;
                let bought = theirs.agg(polybolos_client::functions::sum("quantity").alias("bought"))?;
                people.select(("id", scalar(&bought).alias("bought")))
            },
        ),
    ]
}
