//! Joins.

use polybolos_client::JoinKind::{self, Anti, Full, Inner, Left, Right, Semi};
use polybolos_client::functions as f;
use polybolos_client::{DataFrame, JoinOn, Result, Session, col, lit};

use super::{Program, orders, people, program};

fn by_person(session: &Session, kind: JoinKind) -> Result<DataFrame> {
    let (people, orders) = (people(session)?.select(["id", "name"])?, orders(session)?.select(["order_id", "person_id"])?);
    people.join(&orders, people.col("id").eq(orders.col("person_id")), kind)
}

/// The left side has its key under the name that the right side uses.
fn using_person(session: &Session, kind: JoinKind) -> Result<DataFrame> {
    let people = people(session)?.select((col("id").alias("person_id"), "name"))?;
    people.join(&orders(session)?.select(["person_id", "order_id"])?, "person_id", kind)
}

pub(super) fn programs() -> Vec<Program> {
    vec![
        program(
            "join/inner",
            "An inner join keeps the pairs that match; null matches nothing.",
            "select p.id, p.name, o.order_id, o.person_id from 'people.parquet' p join 'orders.parquet' o on p.id = o.person_id",
            |s| by_person(s, Inner),
        ),
        program(
            "join/left",
            "A left join keeps every left row.",
            "select p.id, p.name, o.order_id, o.person_id from 'people.parquet' p left join 'orders.parquet' o on p.id = o.person_id",
            |s| by_person(s, Left),
        ),
        program(
            "join/right",
            "A right join keeps every right row.",
            "select p.id, p.name, o.order_id, o.person_id from 'people.parquet' p right join 'orders.parquet' o on p.id = o.person_id",
            |s| by_person(s, Right),
        ),
        program(
            "join/full",
            "A full join keeps every row of both sides.",
            "select p.id, p.name, o.order_id, o.person_id from 'people.parquet' p full join 'orders.parquet' o on p.id = o.person_id",
            |s| by_person(s, Full),
        ),
        program(
            "join/semi",
            "A semi join keeps the left rows that match, each once.",
            "select id, name from 'people.parquet' where id in (select person_id from 'orders.parquet')",
            |s| by_person(s, Semi),
        ),
        program(
            "join/anti",
            "An anti join keeps the left rows that match nothing.",
            "select id, name from 'people.parquet' p where not exists (select 1 from 'orders.parquet' where person_id = p.id)",
            |s| by_person(s, Anti),
        ),
        program(
            "join/cross",
            "A cross join has all pairs.",
            "select n, id from 'words.parquet' cross join (select id from 'people.parquet')",
            |s| super::words(s)?.select("n")?.cross_join(&people(s)?.select("id")?),
        ),
        program(
            "join/using_inner",
            "USING has one copy of its column.",
            "select person_id, name, order_id from (select id as person_id, name from 'people.parquet') join (select person_id, order_id from 'orders.parquet') using (person_id)",
            |s| using_person(s, Inner),
        ),
        program(
            "join/using_full",
            "The one copy of USING is coalesced from both sides.",
            "select person_id, name, order_id from (select id as person_id, name from 'people.parquet') full join (select person_id, order_id from 'orders.parquet') using (person_id)",
            |s| using_person(s, Full),
        ),
        program(
            "join/on_inequality",
            "A join condition may be any predicate.",
            "select p.id, q.id as other from 'people.parquet' p join 'people.parquet' q on p.height < q.height and p.city = q.city",
            |s| {
                let (p, q) = (people(s)?.alias("p")?, people(s)?.alias("q")?);
                p.join(&q, p.col("height").lt(q.col("height")) & p.col("city").eq(q.col("city")), Inner)?
                    .select((p.col("id"), q.col("id").alias("other")))
            },
        ),
        program(
            "join/condition_on_the_kept_side",
            "In a left join the condition does not filter the left side.",
            "select p.id, o.order_id from 'people.parquet' p left join 'orders.parquet' o on p.id = o.person_id and p.age > 40",
            |s| {
                let (p, o) = (people(s)?, orders(s)?);
                p.join(&o, p.col("id").eq(o.col("person_id")) & p.col("age").gt(40), Left)?.select(("id", "order_id"))
            },
        ),
        program(
            "join/then_group",
            "Join, group, and a total for each person.",
            "select name, sum(price * quantity) as spent from 'people.parquet' join 'orders.parquet' on id = person_id group by name",
            |s| {
                people(s)?
                    .join(&orders(s)?, col("id").eq(col("person_id")), Inner)?
                    .group_by("name")?
                    .agg(f::sum(col("price") * col("quantity")).alias("spent"))
            },
        ),
        program(
            "join/shared_input",
            "A frame that is used twice is one relation.",
            "select a.id from 'people.parquet' a where a.age > 40 and a.id in (select id from 'people.parquet' where age > 40 and active)",
            |s| {
                let old = people(s)?.filter(col("age").gt(40))?;
                let active = old.filter(col("active"))?.select("id")?;
                old.join(&active, "id", Semi)?.select("id")
            },
        ),
        program(
            "join/lateral",
            "The right side of a lateral join sees the left row.",
            "select p.id, t.order_id from 'people.parquet' p, lateral (select order_id from 'orders.parquet' o where o.person_id = p.id) t",
            |s| {
                let people = people(s)?.select("id")?;
                let theirs = orders(s)?.filter(col("person_id").eq(people.outer("id")))?.select("order_id")?;
                people.cross_join_lateral(&theirs)
            },
        ),
        program(
            "join/using_nulls_equal",
            "With nulls_equal two nulls of a USING column match.",
            "select coalesce(a.city, b.city), a.id, b.n from 'people.parquet' a join (select city, count(*) as n from 'people.parquet' group by city) b on a.city is not distinct from b.city",
            |s| {
                let sizes = people(s)?.group_by("city")?.agg(f::count(()).alias("n"))?;
                people(s)?.select(["city", "id"])?.join(&sizes, JoinOn::columns(["city"]).nulls_equal(), Inner)
            },
        ),
        program(
            "join/null_keys_do_not_match",
            "Without it they do not, and an outer join keeps both.",
            "select city, a.id, b.n from 'people.parquet' a full join (select city, count(*) as n from 'people.parquet' where id > 3 group by city) b using (city)",
            |s| {
                let sizes = people(s)?.filter(col("id").gt(3i64))?.group_by("city")?.agg(f::count(()).alias("n"))?;
                people(s)?.select(["city", "id"])?.join(&sizes, "city", Full)
            },
        ),
        program(
            "join/null_safe_condition",
            "IS NOT DISTINCT FROM matches nulls in any condition.",
            "select p.id, q.id from 'people.parquet' p join 'people.parquet' q on p.city is not distinct from q.city and p.id < q.id",
            |s| {
                let (p, q) = (people(s)?.alias("p")?, people(s)?.alias("q")?);
                let same = p.col("city").is_not_distinct_from(q.col("city")) & p.col("id").lt(q.col("id"));
                p.join(&q, same, Inner)?.select((p.col("id").alias("id"), q.col("id").alias("other")))
            },
        ),
        program(
            "join/using_two_columns",
            "USING takes several columns; a null in one of them is enough not to match.",
            "select city, active, a.id, b.id from 'people.parquet' a join 'people.parquet' b using (city, active) where a.id <> b.id",
            |s| {
                let other = people(s)?.select(("city", "active", col("id").alias("other")))?;
                people(s)?.select(["city", "active", "id"])?.join(&other, ["city", "active"], Inner)?.filter(col("id").ne(col("other")))
            },
        ),
        program(
            "join/using_right",
            "The one copy of USING in a right join is that of the right side.",
            "select person_id, name, order_id from (select id as person_id, name from 'people.parquet') right join (select person_id, order_id from 'orders.parquet') using (person_id)",
            |s| using_person(s, Right),
        ),
        program(
            "join/semi_with_condition",
            "A semi join may have more conditions than equality.",
            "select id from 'people.parquet' p where exists (select 1 from 'orders.parquet' o where o.person_id = p.id and o.price * 20 > p.salary)",
            |s| {
                let (p, o) = (people(s)?, orders(s)?);
                let dear = p.col("id").eq(o.col("person_id")) & (o.col("price") * 20i64).gt(p.col("salary"));
                p.join(&o, dear, Semi)?.select("id")
            },
        ),
        program(
            "join/anti_with_condition",
            "An anti join keeps the rows for which no pair fulfils the whole condition.",
            "select id from 'people.parquet' p where not exists (select 1 from 'orders.parquet' o where o.person_id = p.id and o.quantity > 1)",
            |s| {
                let (p, o) = (people(s)?, orders(s)?);
                let many = p.col("id").eq(o.col("person_id")) & o.col("quantity").gt(1i64);
                p.join(&o, many, Anti)?.select("id")
            },
        ),
        program(
            "join/anti_without_equality",
            "Without an equality every pair is looked at.",
            "select id from 'people.parquet' p where not exists (select 1 from 'people.parquet' q where q.height > p.height)",
            |s| {
                let (p, q) = (people(s)?.alias("p")?, people(s)?.alias("q")?);
                p.join(&q, q.col("height").gt(p.col("height")), Anti)?.select("id")
            },
        ),
        program(
            "join/full_on_expressions",
            "A full join on computed keys.",
            "select p.id, o.order_id from 'people.parquet' p full join 'orders.parquet' o on p.id * 2 = o.quantity + 1",
            |s| {
                let (p, o) = (people(s)?, orders(s)?);
                p.join(&o, (p.col("id") * 2i64).eq(o.col("quantity") + 1i64), Full)?.select(("id", "order_id"))
            },
        ),
        program(
            "join/left_on_a_range",
            "A left join on an inequality keeps the rows without a pair.",
            "select p.id, o.order_id from 'people.parquet' p left join 'orders.parquet' o on o.price between p.salary / 20 and p.salary / 10",
            |s| {
                let (p, o) = (people(s)?, orders(s)?);
                let near = o.col("price").between(p.col("salary") / 20i64, p.col("salary") / 10i64);
                p.join(&o, near, Left)?.select(("id", "order_id"))
            },
        ),
        program(
            "join/of_three",
            "Joins follow one another; columns are told apart by the frame that they come from.",
            "select o.order_id, p.name, c.n from 'orders.parquet' o left join 'people.parquet' p on o.person_id = p.id left join (select city, count(*) as n from 'people.parquet' group by city) c on p.city = c.city",
            |s| {
                let (o, p) = (orders(s)?, people(s)?);
                let c = people(s)?.group_by("city")?.agg(f::count(()).alias("n"))?;
                o.join(&p, o.col("person_id").eq(p.col("id")), Left)?.join(&c, p.col("city").eq(c.col("city")), Left)?.select((
                    o.col("order_id"),
                    p.col("name"),
                    c.col("n"),
                ))
            },
        ),
        program("join/with_nothing", "Joins with an empty side.", "select id, null::bigint as order_id from 'people.parquet'", |s| {
            let (p, o) = (people(s)?.select("id")?, orders(s)?.filter(lit(false))?.select(["person_id", "order_id"])?);
            p.join(&o, p.col("id").eq(o.col("person_id")), Left)?.select(["id", "order_id"])
        }),
        program(
            "join/lateral_aggregate",
            "A lateral join may aggregate: a count for each row, also of nothing.",
            "select p.id, t.n, t.most from 'people.parquet' p, lateral (select count(*) as n, max(price) as most from 'orders.parquet' o where o.person_id = p.id) t",
            |s| {
                let people = people(s)?.select("id")?;
                let theirs = orders(s)?.filter(col("person_id").eq(people.outer("id")))?;
                people.cross_join_lateral(&theirs.agg((f::count(()).alias("n"), f::max("price").alias("most")))?)
            },
        ),
        program(
            "join/lateral_left",
            "A left lateral join keeps the rows for which the right side is empty.",
            "select p.id, t.order_id from 'people.parquet' p left join lateral (select order_id from 'orders.parquet' o where o.person_id = p.id and o.quantity > 1) t on true",
            |s| {
                let people = people(s)?.select("id")?;
                let large = col("person_id").eq(people.outer("id")) & col("quantity").gt(1i64);
                people.join_lateral(&orders(s)?.filter(large)?.select("order_id")?, lit(true), Left)
            },
        ),
    ]
}
