//! Rows to columns and back: unnest, pivot, unpivot.

use polybolos_client::functions as f;
use polybolos_client::{Pivot, Unnest, Unpivot, col};

use super::{Program, ordered, orders, people, program};

pub(super) fn programs() -> Vec<Program> {
    vec![
        program(
            "unnest/list",
            "One row for each element; empty and null lists vanish.",
            "select order_id, unnest(tags) as tags from 'orders.parquet'",
            |s| orders(s)?.select(["order_id", "tags"])?.unnest("tags"),
        ),
        program(
            "unnest/outer",
            "Outer keeps rows whose list is empty or null.",
            "select order_id, unnest(case when tags is null or len(tags) = 0 then [null] else tags end) as tags from 'orders.parquet'",
            |s| orders(s)?.select(["order_id", "tags"])?.unnest_with("tags", Unnest::default().outer()),
        ),
        program(
            "unnest/ordinality",
            "The position of each element, from 1.",
            "select order_id, unnest(tags) as tags, generate_subscripts(tags, 1) as position from 'orders.parquet'",
            |s| orders(s)?.select(["order_id", "tags"])?.unnest_with("tags", Unnest::default().with_ordinality("position")),
        ),
        program(
            "unpivot/columns_to_rows",
            "Columns become rows of name and value; nulls go where asked.",
            "select id, 'age' as variable, age as value from 'people.parquet' where age is not null union all select id, 'id2', (id * 2)::int from 'people.parquet'",
            |s| {
                people(s)?
                    .select(("id", "age", (col("id") * 2).cast("int32").alias("id2")))?
                    .unpivot(Unpivot::columns(["age", "id2"]).keeping("id").into_columns_named("variable", "value").without_nulls())
            },
        ),
        ordered(
            "pivot/values_to_columns",
            "Values of a column become columns.",
            "select person_id, sum(quantity) filter (product = 'lamp') as lamp, sum(quantity) filter (product = 'desk') as desk from 'orders.parquet' group by person_id order by person_id nulls last",
            |s| {
                orders(s)?
                    .pivot(Pivot::on("product", ["lamp", "desk"]).rows("person_id").cells(f::sum("quantity")))?
                    .sort(col("person_id").asc().nulls_last())
            },
        ),
        ordered(
            "pivot/several_measures",
            "With several measures, a column is named by value and measure.",
            "select person_id, sum(quantity) filter (product = 'lamp') as a, max(price) filter (product = 'lamp') as b, sum(quantity) filter (product = 'pen') as c, max(price) filter (product = 'pen') as d from 'orders.parquet' group by person_id order by person_id nulls first",
            |s| {
                orders(s)?
                    .group_by("person_id")?
                    .pivot("product", ["lamp", "pen"])?
                    .agg((f::sum("quantity").alias("n"), f::max("price").alias("most")))?
                    .sort(col("person_id").asc().nulls_first())
            },
        ),
        program(
            "pivot/values_found",
            "Without values there is a column for each one that is found, in order, nulls first.",
            "select active, count(*) filter (city is null), count(*) filter (city = 'Berlin'), count(*) filter (city = 'Budapest'), count(*) filter (city = 'London'), count(*) filter (city = 'Paris'), count(*) filter (city = 'Shanghai') from 'people.parquet' group by active",
            |s| people(s)?.group_by("active")?.pivot("city", None::<&str>)?.agg(f::count(()).alias("n")),
        ),
        program(
            "pivot/without_rows",
            "Without keys there is one row; a cell of no rows is null.",
            "select sum(id) filter (age = 36)::bigint, sum(id) filter (age = 41)::bigint, sum(id) filter (age = 99)::bigint from 'people.parquet'",
            |s| people(s)?.pivot(Pivot::on("age", [36i64, 41, 99]).cells(f::sum("id").alias("ids"))),
        ),
        program(
            "unpivot/keeping_nulls",
            "Nulls stay, and values of two widths meet in their common type.",
            "select id, 'age' as variable, age::double as value from 'people.parquet' union all select id, 'height', height from 'people.parquet' union all select id, 'double', id * 2 from 'people.parquet'",
            |s| {
                people(s)?
                    .select(("id", "age", "height", (col("id") * 2i64).alias("double")))?
                    .unpivot(Unpivot::columns(["age", "height", "double"]).keeping("id"))
            },
        ),
        program("unpivot/and_pivot_back", "What is unpivoted can be pivoted back.", "select id, name, city from 'people.parquet'", |s| {
            people(s)?
                .select(["id", "name", "city"])?
                .unpivot(Unpivot::columns(["name", "city"]).keeping("id").into_columns_named("key", "text"))?
                .group_by("id")?
                .pivot("key", ["name", "city"])?
                .agg(f::min("text"))
        }),
        program(
            "unnest/map_into_fields",
            "The entries of a map become columns of keys and values beside the map.",
            "select order_id, unnest(map_keys(attributes)) as key, unnest(map_values(attributes)) as value from 'orders.parquet'",
            |s| orders(s)?.unnest_with("attributes", Unnest::default().into_fields())?.select(["order_id", "key", "value"]),
        ),
        program(
            "unnest/map_entries",
            "An entry of a map is a struct of its key and its value.",
            "select order_id, unnest(map_entries(attributes)) as attributes from 'orders.parquet'",
            |s| orders(s)?.select(["order_id", "attributes"])?.unnest("attributes"),
        ),
        program(
            "unnest/outer_with_ordinality",
            "A row that only outer keeps has no position.",
            "select order_id, case when len(tags) > 0 then unnest(tags) end as tag, case when len(tags) > 0 then generate_subscripts(tags, 1) end as at from (select order_id, case when tags is null or len(tags) = 0 then [] else tags end as tags from 'orders.parquet') where len(tags) > 0 union all select order_id, null, null from 'orders.parquet' where tags is null or len(tags) = 0",
            |s| {
                orders(s)?
                    .unnest_with("tags", Unnest::default().as_column("tag").with_ordinality("at").outer())?
                    .select(["order_id", "tag", "at"])
            },
        ),
        program(
            "unnest/computed_list",
            "A list may be computed; the empty text has no pieces.",
            "select n, unnest(string_split(word, ' ')) as piece from 'words.parquet' where word <> ''",
            |s| {
                super::words(s)?
                    .select(("n", f::string_to_array("word", " ", ()).alias("pieces")))?
                    .unnest_with("pieces", Unnest::default().as_column("piece"))?
                    .select(["n", "piece"])
            },
        ),
        program(
            "unnest/twice",
            "A list of lists is taken apart in two steps.",
            "select product, unnest(tags) as tags from (select product, unnest(all_tags) as tags from (select product, list(tags order by order_id) as all_tags from 'orders.parquet' group by product))",
            |s| {
                orders(s)?.group_by("product")?.agg(f::array_agg("tags").order_by("order_id").alias("tags"))?.unnest("tags")?.unnest("tags")
            },
        ),
    ]
}
