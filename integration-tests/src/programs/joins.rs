//! Joins.

use polybolos_client::JoinKind::{self, Anti, Full, Inner, Left, Right, Semi};
use polybolos_client::functions as f;
use polybolos_client::{DataFrame, Result, Session, col};

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
    ]
}
