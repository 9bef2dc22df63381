//! Set operations: by position, by name, of several types, with nulls.

use polybolos_client::{Literal, col, lit, null};

use super::{Program, orders, people, program};

pub(super) fn programs() -> Vec<Program> {
    vec![
        program(
            "set/union_all",
            "UNION ALL keeps duplicates.",
            "select city from 'people.parquet' union all select city from 'people.parquet' where age > 40",
            |s| people(s)?.select("city")?.union(&people(s)?.filter(col("age").gt(40))?.select("city")?),
        ),
        program(
            "set/union_distinct",
            "UNION drops duplicates, nulls are alike.",
            "select city from 'people.parquet' union select product from 'orders.parquet'",
            |s| people(s)?.select("city")?.union_distinct(&orders(s)?.select("product")?),
        ),
        program(
            "set/union_by_name",
            "UNION by name pairs columns by their names.",
            "select id, name from 'people.parquet' union all by name select name, id from 'people.parquet'",
            |s| people(s)?.select(["id", "name"])?.union_by_name(&people(s)?.select(["name", "id"])?),
        ),
        program(
            "set/union_filling",
            "UNION by name may fill columns that one side lacks with nulls.",
            "select id, name from 'people.parquet' union all by name select id, age from 'people.parquet'",
            |s| people(s)?.select(["id", "name"])?.union_by_name_filling(&people(s)?.select(["id", "age"])?),
        ),
        program(
            "set/union_of_wider_type",
            "Integers of two widths meet in the wider one.",
            "select age::bigint from 'people.parquet' union all select id from 'people.parquet'",
            |s| people(s)?.select("age")?.union(&people(s)?.select("id")?),
        ),
        program(
            "set/intersect",
            "INTERSECT has each common row once.",
            "select age from 'people.parquet' intersect select age from 'people.parquet' where id > 4",
            |s| people(s)?.select("age")?.intersect(&people(s)?.filter(col("id").gt(4))?.select("age")?),
        ),
        program(
            "set/intersect_all",
            "INTERSECT ALL has a row as often as both sides have it.",
            "select city from 'people.parquet' intersect all select city from 'people.parquet' where id in (1, 4, 6, 7)",
            |s| people(s)?.select("city")?.intersect_all(&people(s)?.filter(col("id").in_([1, 4, 6, 7]))?.select("city")?),
        ),
        program(
            "set/except",
            "EXCEPT has the left rows that the right side lacks, each once.",
            "select age from 'people.parquet' except select age from 'people.parquet' where id < 4",
            |s| people(s)?.select("age")?.except_(&people(s)?.filter(col("id").lt(4))?.select("age")?),
        ),
        program(
            "set/except_all",
            "EXCEPT ALL takes away one row for each of the right side.",
            "select city from 'people.parquet' except all select city from 'people.parquet' where id in (1, 5)",
            |s| people(s)?.select("city")?.except_all(&people(s)?.filter(col("id").in_([1, 5]))?.select("city")?),
        ),
        program(
            "set/union_of_three",
            "More than two frames, with nulls of no type in one of them.",
            "select id, name from 'people.parquet' where id < 3 union all select order_id, product from 'orders.parquet' where order_id > 111 union all select id, null from 'people.parquet' where id = 9",
            |s| {
                let people_ = people(s)?.filter(col("id").lt(3i64))?.select(["id", "name"])?;
                let orders = orders(s)?.filter(col("order_id").gt(111i64))?.select(["order_id", "product"])?;
                let nameless = people(s)?.filter(col("id").eq(9i64))?.select((col("id"), null().alias("name")))?;
                people_.union_many([&orders, &nameless])
            },
        ),
        program(
            "set/union_of_decimals",
            "Decimals of two scales, and integers, meet in a decimal that holds all.",
            "select salary::decimal(16, 4) from 'people.parquet' union all select price * 1.50::decimal(3, 2) from 'orders.parquet' union all select age::decimal(16, 4) from 'people.parquet'",
            |s| {
                let prices = orders(s)?.select((col("price") * lit(Literal::decimal("1.50", 3, 2)?)).alias("gross"))?;
                people(s)?.select("salary")?.union_many([&prices, &people(s)?.select("age")?])
            },
        ),
        program(
            "set/rows_with_nulls_are_equal",
            "Rows are the same in a set where nulls stand in the same places.",
            "select city, active from 'people.parquet' union select city, active from 'people.parquet' where id > 3",
            |s| {
                let all = people(s)?.select(["city", "active"])?;
                let some = people(s)?.filter(col("id").gt(3i64))?.select(["city", "active"])?;
                all.union_distinct(&some)
            },
        ),
        program(
            "set/intersect_with_nulls",
            "A row of nulls is in both sides.",
            "select age, city from 'people.parquet' intersect select age, city from 'people.parquet' where id in (3, 4, 6)",
            |s| {
                let some = people(s)?.filter(col("id").in_([3i64, 4, 6]))?.select(["age", "city"])?;
                people(s)?.select(["age", "city"])?.intersect(&some)
            },
        ),
        program(
            "set/except_with_nulls",
            "A null on the right takes the nulls of the left away.",
            "select person_id from 'orders.parquet' except (select id from 'people.parquet' where id < 5 union all select null)",
            |s| {
                let nothing = s.range(0, 1)?.select(lit(None::<i64>).alias("id"))?;
                let some = people(s)?.filter(col("id").lt(5i64))?.select("id")?.union(&nothing)?;
                orders(s)?.select("person_id")?.except_(&some)
            },
        ),
        program(
            "set/except_all_with_nulls",
            "EXCEPT ALL counts nulls like any value.",
            "select product from 'orders.parquet' except all select product from 'orders.parquet' where order_id in (100, 102, 112)",
            |s| {
                let some = orders(s)?.filter(col("order_id").in_([100i64, 102, 112]))?.select("product")?;
                orders(s)?.select("product")?.except_all(&some)
            },
        ),
    ]
}
