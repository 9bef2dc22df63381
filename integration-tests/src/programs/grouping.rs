//! Aggregation and windows.

use polybolos_client::functions as f;
use polybolos_client::{Bound, Window, col, when};

use super::{Program, ordered, orders, people, program};

pub(super) fn programs() -> Vec<Program> {
    let mut all = aggregates();
    all.extend(windows());
    all
}

fn aggregates() -> Vec<Program> {
    vec![
        program(
            "group/by_one_key",
            "A group for each value; null is a value.",
            "select city, count(*) from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg(f::count(()).alias("n")),
        ),
        program(
            "group/by_two_keys",
            "A group for each pair.",
            "select city, active, count(*), min(age) from 'people.parquet' group by city, active",
            |s| people(s)?.group_by(["city", "active"])?.agg((f::count(()).alias("n"), f::min("age").alias("youngest"))),
        ),
        program(
            "group/by_expression",
            "A key may be computed.",
            "select id % 3 as rest, sum(id)::bigint from 'people.parquet' group by id % 3",
            |s| people(s)?.group_by((col("id") % 3).alias("rest"))?.agg(f::sum("id").alias("total")),
        ),
        program(
            "group/without_keys",
            "Without keys there is one row, also over no rows.",
            "select count(*), sum(age)::bigint, min(name) from 'people.parquet' where false",
            |s| {
                people(s)?.filter(polybolos_client::lit(false))?.agg((
                    f::count(()).alias("n"),
                    f::sum("age").alias("total"),
                    f::min("name").alias("first"),
                ))
            },
        ),
        program(
            "group/no_rows_no_groups",
            "With keys and no rows there is no group.",
            "select city, count(*) from 'people.parquet' where false group by city",
            |s| people(s)?.filter(polybolos_client::lit(false))?.group_by("city")?.agg(f::count(()).alias("n")),
        ),
        program(
            "group/count_skips_nulls",
            "count(column) skips nulls, count() does not.",
            "select count(*), count(age), count(distinct city) from 'people.parquet'",
            |s| people(s)?.agg((f::count(()).alias("rows"), f::count("age").alias("ages"), f::count("city").distinct().alias("cities"))),
        ),
        program(
            "group/sum_avg_min_max",
            "Aggregates skip nulls.",
            "select sum(age)::bigint, avg(age), min(born), max(height) from 'people.parquet'",
            |s| {
                people(s)?.agg((f::sum("age").alias("s"), f::avg("age").alias("a"), f::min("born").alias("b"), f::max("height").alias("h")))
            },
        ),
        program(
            "group/decimal_sum",
            "The sum of decimals is exact.",
            "select city, sum(salary) from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg(f::sum("salary").alias("total")),
        ),
        program(
            "group/filtered_measure",
            "A measure may have a filter of its own.",
            "select count(*) filter (age > 40) as old, sum(age) filter (active)::bigint as active from 'people.parquet'",
            |s| people(s)?.agg((f::count(()).filter(col("age").gt(40)).alias("old"), f::sum("age").filter(col("active")).alias("active"))),
        ),
        program(
            "group/expression_of_measures",
            "A measure may be made of several aggregates.",
            "select city, max(age) - min(age) as span from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg((f::max("age") - f::min("age")).alias("span")),
        ),
        program(
            "group/having",
            "A filter after a group is HAVING.",
            "select city, count(*) as n from 'people.parquet' group by city having count(*) > 1",
            |s| people(s)?.group_by("city")?.agg(f::count(()).alias("n"))?.filter(col("n").gt(1)),
        ),
        program(
            "group/array_agg_ordered",
            "Values of a group as a list, in an order.",
            "select city, array_agg(id order by id desc) from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg(f::array_agg("id").order_by(col("id").desc()).alias("ids")),
        ),
        program(
            "group/string_agg",
            "Text of a group, joined.",
            "select city, string_agg(name, ', ' order by id) from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg(f::string_agg("name", ", ").order_by(col("id").asc()).alias("names")),
        ),
        program(
            "group/bool_and_or",
            "Whether all, whether any.",
            "select city, bool_and(active), bool_or(active) from 'people.parquet' group by city",
            |s| people(s)?.group_by("city")?.agg((f::bool_and("active").alias("all"), f::bool_or("active").alias("any"))),
        ),
        program(
            "group/conditional_sum",
            "A sum over a case.",
            "select sum(case when active then 1 else 0 end)::bigint from 'people.parquet'",
            |s| people(s)?.agg(f::sum(when(col("active"), 1).otherwise(0)).alias("n")),
        ),
        program(
            "group/rollup",
            "Rollup adds totals, from the right.",
            "select city, active, count(*) from 'people.parquet' group by rollup (city, active)",
            |s| people(s)?.rollup(["city", "active"])?.agg(f::count(()).alias("n")),
        ),
        program(
            "group/cube",
            "A cube adds all totals.",
            "select city, active, count(*) from 'people.parquet' group by cube (city, active)",
            |s| people(s)?.cube(["city", "active"])?.agg(f::count(()).alias("n")),
        ),
        program(
            "group/grouping_sets",
            "Grouping sets name the groupings.",
            "select city, active, count(*) from 'people.parquet' group by grouping sets ((city), (active))",
            |s| people(s)?.grouping_sets([["city"], ["active"]])?.agg(f::count(()).alias("n")),
        ),
        program("group/distinct_keys", "Grouping without measures gives the keys.", "select distinct city from 'people.parquet'", |s| {
            people(s)?.group_by("city")?.agg(())
        }),
    ]
}

fn windows() -> Vec<Program> {
    vec![
        program(
            "window/row_number",
            "Rows are numbered within their partition.",
            "select id, row_number() over (partition by city order by id) from 'people.parquet'",
            |s| people(s)?.select(("id", f::row_number().over(Window::partition_by("city").order_by(col("id").asc())).alias("n"))),
        ),
        program(
            "window/rank_and_dense_rank",
            "Ranks of ties, with gaps and without.",
            "select id, rank() over (order by age desc nulls last), dense_rank() over (order by age desc nulls last) from 'people.parquet'",
            |s| {
                let by_age = Window::ordered_by(col("age").desc().nulls_last());
                people(s)?.select(("id", f::rank().over(by_age.clone()).alias("r"), f::dense_rank().over(by_age).alias("d")))
            },
        ),
        program(
            "window/running_sum",
            "A sum up to the current row.",
            "select order_id, sum(quantity) over (order by order_id rows between unbounded preceding and current row)::bigint from 'orders.parquet'",
            |s| {
                let so_far = Window::ordered_by(col("order_id").asc()).rows_between(Bound::UnboundedPreceding, Bound::CurrentRow);
                orders(s)?.select(("order_id", f::sum("quantity").over(so_far).alias("total")))
            },
        ),
        program(
            "window/moving_average",
            "A mean over neighbours.",
            "select order_id, avg(quantity) over (order by order_id rows between 1 preceding and 1 following) from 'orders.parquet'",
            |s| {
                let near = Window::ordered_by(col("order_id").asc()).rows_between(Bound::Preceding(1), Bound::Following(1));
                orders(s)?.select(("order_id", f::avg("quantity").over(near).alias("mean")))
            },
        ),
        program(
            "window/whole_partition",
            "Without an order an aggregate sees its whole partition.",
            "select id, count(*) over (partition by city) from 'people.parquet'",
            |s| people(s)?.select(("id", f::count(()).over(Window::partition_by("city")).alias("n"))),
        ),
        program(
            "window/lag_and_lead",
            "Values of rows before and after.",
            "select order_id, lag(product) over (order by order_id), lead(quantity, 2) over (order by order_id) from 'orders.parquet'",
            |s| {
                let by_id = Window::ordered_by(col("order_id").asc());
                orders(s)?.select((
                    "order_id",
                    f::lag("product", (), ()).over(by_id.clone()).alias("before"),
                    f::lead("quantity", 2, ()).over(by_id).alias("after"),
                ))
            },
        ),
        program(
            "window/first_and_last_value",
            "The first and last value of the frame.",
            "select id, first_value(name) over w, last_value(name) over w from 'people.parquet' window w as (partition by city order by id rows between unbounded preceding and unbounded following)",
            |s| {
                let city = Window::partition_by("city")
                    .order_by(col("id").asc())
                    .rows_between(Bound::UnboundedPreceding, Bound::UnboundedFollowing);
                people(s)?.select((
                    "id",
                    f::first_value("name").over(city.clone()).alias("first"),
                    f::last_value("name").over(city).alias("last"),
                ))
            },
        ),
        program("window/ntile", "Rows in four buckets.", "select id, ntile(4) over (order by id)::bigint from 'people.parquet'", |s| {
            people(s)?.select(("id", f::ntile(4).over(Window::ordered_by(col("id").asc())).cast("int64").alias("bucket")))
        }),
        ordered(
            "window/share_of_total",
            "A share of the total of a partition.",
            "select order_id, quantity / sum(quantity) over (partition by product)::double from 'orders.parquet' order by order_id",
            |s| {
                let total = f::sum("quantity").over(Window::partition_by("product"));
                orders(s)?.select(("order_id", (col("quantity") / total.cast("float64")).alias("share")))?.sort(col("order_id").asc())
            },
        ),
    ]
}
