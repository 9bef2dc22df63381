//! Frames of windows: rows, ranges and groups around the current row; nulls in them.

use polybolos_client::functions as f;
use polybolos_client::{Bound, Literal, Window, col};

use super::{Program, ordered, orders, people, program};

fn by_order() -> Window {
    Window::ordered_by("order_id")
}

fn days(days: i32) -> Literal {
    Literal::interval(0, days, 0)
}

pub(super) fn programs() -> Vec<Program> {
    let mut all = frames();
    all.extend(functions());
    all
}

fn frames() -> Vec<Program> {
    vec![
        program(
            "window/range_of_numbers",
            "A range reaches to the rows whose key is near enough.",
            "select order_id, sum(quantity) over (order by order_id range between 2 preceding and 1 following) from 'orders.parquet' where order_id not in (103, 107, 108)",
            |s| {
                let near = by_order().range_between(Some(2i64), Some(1i64));
                orders(s)?
                    .filter(col("order_id").not_in([103i64, 107, 108]))?
                    .select(("order_id", f::sum("quantity").over(near).alias("near")))
            },
        ),
        program(
            "window/range_of_days",
            "A range over time is measured by an interval; rows without a time are equals of one another.",
            "select order_id, count(*) over (order by placed range between interval 3 days preceding and interval 1 day following) from 'orders.parquet'",
            |s| {
                let near = Window::ordered_by("placed").range_between(Some(days(3)), Some(days(1)));
                orders(s)?.select(("order_id", f::count(()).over(near).alias("n")))
            },
        ),
        program(
            "window/range_descending",
            "In a descending order, what precedes is larger.",
            "select id, count(*) over (order by age desc nulls last range between 5 preceding and 12 following) from 'people.parquet'",
            |s| {
                let near = Window::ordered_by(col("age").desc().nulls_last()).range_between(Some(5i64), Some(12i64));
                people(s)?.select(("id", f::count(()).over(near).alias("n")))
            },
        ),
        program(
            "window/range_to_the_end",
            "A range may be open at one end.",
            "select id, min(id) over (order by salary range between 1000 preceding and unbounded following) from 'people.parquet'",
            |s| {
                let from = Window::ordered_by("salary").range_between(Some(1000i64), None::<i64>);
                people(s)?.select(("id", f::min("id").over(from).alias("first")))
            },
        ),
        program(
            "window/groups",
            "Groups are rows that are equal in the order.",
            "select id, count(*) over (order by age nulls first groups between 1 preceding and current row), sum(id) over (order by city groups between 1 following and 2 following)::bigint from 'people.parquet'",
            |s| {
                let by_age = Window::ordered_by(col("age").asc().nulls_first()).groups_between(Bound::Preceding(1), Bound::CurrentRow);
                let by_city = Window::ordered_by("city").groups_between(Bound::Following(1), Bound::Following(2));
                people(s)?.select(("id", f::count(()).over(by_age).alias("n"), f::sum("id").over(by_city).alias("next")))
            },
        ),
        program(
            "window/equals_of_the_current_row",
            "Without a frame, an order ends it at the equals of the current row.",
            "select id, count(*) over (order by age), count(*) over (order by age rows between unbounded preceding and unbounded following) from 'people.parquet'",
            |s| {
                let all = Window::ordered_by("age").rows_between(Bound::UnboundedPreceding, Bound::UnboundedFollowing);
                people(s)?.select(("id", f::count(()).over(Window::ordered_by("age")).alias("up_to"), f::count(()).over(all).alias("all")))
            },
        ),
        program(
            "window/rows_apart",
            "A frame may lie before or after the current row; an empty one gives null, or a count of 0.",
            "select order_id, sum(quantity) over (order by order_id rows between 3 preceding and 2 preceding)::bigint, count(*) over (order by order_id rows between 2 following and 3 following), max(price) over (order by order_id rows between current row and unbounded following) from 'orders.parquet'",
            |s| {
                let before = by_order().rows_between(Bound::Preceding(3), Bound::Preceding(2));
                let after = by_order().rows_between(Bound::Following(2), Bound::Following(3));
                let rest = by_order().rows_between(Bound::CurrentRow, Bound::UnboundedFollowing);
                orders(s)?.select((
                    "order_id",
                    f::sum("quantity").over(before).alias("before"),
                    f::count(()).over(after).alias("after"),
                    f::max("price").over(rest).alias("dearest"),
                ))
            },
        ),
    ]
}

fn functions() -> Vec<Program> {
    vec![
        program(
            "window/last_value_that_is_there",
            "Nulls are passed over where asked: the last known value of a column.",
            "select id, last_value(age ignore nulls) over (order by id rows between unbounded preceding and current row), first_value(city) over (order by id rows between current row and 1 following) from 'people.parquet'",
            |s| {
                let by_id = || Window::ordered_by("id");
                let so_far = by_id().rows_between(Bound::UnboundedPreceding, Bound::CurrentRow);
                let two = by_id().rows_between(Bound::CurrentRow, Bound::Following(1));
                people(s)?.select((
                    "id",
                    f::last("age").ignore_nulls().over(so_far).alias("age"),
                    f::first_value("city").over(two).alias("city"),
                ))
            },
        ),
        program(
            "window/nth_value",
            "The n-th row of the frame, where there is one.",
            "select id, nth_value(name, 2) over (partition by city order by id), nth_value(name, 3) over (order by id rows between 1 preceding and 1 following) from 'people.parquet'",
            |s| {
                let near = Window::ordered_by("id").rows_between(Bound::Preceding(1), Bound::Following(1));
                people(s)?.select((
                    "id",
                    f::nth_value("name", 2i64).over(Window::partition_by("city").order_by("id")).alias("second"),
                    f::nth_value("name", 3i64).over(near).alias("third"),
                ))
            },
        ),
        program(
            "window/share_of_ranks",
            "Ranks as fractions.",
            "select id, percent_rank() over (order by age nulls first), cume_dist() over (partition by active order by id desc) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::percent_rank().over(Window::ordered_by(col("age").asc().nulls_first())).alias("p"),
                    f::cume_dist().over(Window::partition_by("active").order_by(col("id").desc())).alias("c"),
                ))
            },
        ),
        program(
            "window/lag_with_default",
            "Beyond the partition there is the default, a null within it is a null.",
            "select order_id, lag(quantity, 1, -1) over (partition by product order by order_id), lead(price, 1) over (partition by product order by order_id) from 'orders.parquet'",
            |s| {
                let product = || Window::partition_by("product").order_by("order_id");
                orders(s)?.select((
                    "order_id",
                    f::lag("quantity", 1i64, -1).over(product()).alias("before"),
                    f::lead("price", 1i64, ()).over(product()).alias("after"),
                ))
            },
        ),
        program(
            "window/filtered",
            "An aggregate over a window may have a filter.",
            "select id, count(*) filter (active) over (partition by city), sum(age) filter (id > 4) over (order by id rows between unbounded preceding and current row)::bigint from 'people.parquet'",
            |s| {
                let so_far = Window::ordered_by("id").rows_between(Bound::UnboundedPreceding, Bound::CurrentRow);
                people(s)?.select((
                    "id",
                    f::count(()).filter(col("active")).over(Window::partition_by("city")).alias("active"),
                    f::sum("age").filter(col("id").gt(4i64)).over(so_far).alias("ages"),
                ))
            },
        ),
        program(
            "window/by_expressions",
            "Keys of windows are expressions.",
            "select id, row_number() over (partition by age > 36 order by -id), avg(salary) over (partition by id % 2) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::row_number().over(Window::partition_by(col("age").gt(36i64)).order_by(-col("id"))).alias("n"),
                    f::avg("salary").over(Window::partition_by(col("id") % 2i64)).alias("mean"),
                ))
            },
        ),
        ordered(
            "window/best_of_each",
            "A window as a column, then a filter over it: the dearest order of each product.",
            "select product, order_id from 'orders.parquet' qualify row_number() over (partition by product order by price desc nulls last, order_id) = 1 order by product nulls first",
            |s| {
                let dearest = Window::partition_by("product").order_by((col("price").desc().nulls_last(), col("order_id").asc()));
                orders(s)?
                    .with_column("rank", f::row_number().over(dearest))?
                    .filter(col("rank").eq(1i64))?
                    .select(["product", "order_id"])?
                    .sort(col("product").asc().nulls_first())
            },
        ),
    ]
}
