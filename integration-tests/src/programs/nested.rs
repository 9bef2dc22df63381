//! Lists, structs and maps as values.

use polybolos_client::functions as f;
use polybolos_client::{DataFrame, Literal, Result, Session, col, lambda, lit};

use super::{Program, ordered, orders, people, program};

/// One row a product, with its orders as a list of structs.
fn lines(session: &Session) -> Result<DataFrame> {
    let line = f::named_struct("id", "order_id", [lit("n"), col("quantity")]);
    orders(session)?.group_by("product")?.agg(f::array_agg(line).order_by("order_id").alias("lines"))
}

pub(super) fn programs() -> Vec<Program> {
    let mut all = lists();
    all.extend(structs());
    all.extend(maps());
    all
}

fn lists() -> Vec<Program> {
    vec![
        program(
            "nested/looking_into_lists",
            "Length, membership and position; a null list has none of them.",
            "select order_id, len(tags), list_contains(tags, 'home'), list_position(tags, 'light'), len(tags) = 0 from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::array_length("tags", ()).alias("length"),
                    f::array_contains("tags", lit("home")).alias("home"),
                    f::array_position("tags", lit("light"), ()).alias("light"),
                    f::array_empty("tags").alias("empty"),
                ))
            },
        ),
        program(
            "nested/changing_lists",
            "Items are added, left out and reversed.",
            "select order_id, list_append(tags, 'new'), list_concat(tags, ['x', 'y']), list_reverse(tags), list_slice(tags, 2, 3), list_filter(tags, lambda t: t is not null) from 'orders.parquet' where tags is not null",
            |s| {
                orders(s)?.filter(col("tags").is_not_null())?.select((
                    "order_id",
                    f::array_append("tags", lit("new")).alias("appended"),
                    f::array_concat("tags", [lit(Literal::list(["x", "y"]))]).alias("joined"),
                    f::array_reverse("tags").alias("reversed"),
                    col("tags").slice(2i64, 3i64).alias("middle"),
                    f::array_compact("tags").alias("compact"),
                ))
            },
        ),
        program(
            "nested/sorting_lists",
            "Items of a list are sorted, with nulls where asked, and made distinct, with one null of several.",
            "select order_id, list_sort(tags, 'DESC', 'NULLS LAST'), list_sort(tags, 'ASC', 'NULLS FIRST'), list_aggregate(tags, 'max'), len(list_distinct(tags || tags)) + (len(tags) > list_count(tags))::int from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::array_sort("tags", "DESC", "NULLS LAST").alias("down"),
                    f::array_sort("tags", (), ()).alias("up"),
                    f::array_max("tags").alias("largest"),
                    f::array_length(f::array_distinct(f::array_concat("tags", ["tags"])), ()).alias("different"),
                ))
            },
        ),
        program(
            "nested/lambdas",
            "A function is applied to each item.",
            "select order_id, list_transform(tags, lambda t: upper(t) || '!'), list_filter(tags, lambda t: t like 'h%'), len(list_filter(tags, lambda t: length(t) > 4)) > 0 from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::array_transform("tags", lambda("t", |t| f::upper(t).concat_op("!"))).alias("loud"),
                    f::array_filter("tags", lambda("t", |t| t.like("h%"))).alias("h"),
                    f::array_any_match("tags", lambda("t", |t| f::length(t).gt(4i64))).alias("long"),
                ))
            },
        ),
        program(
            "nested/lists_of_columns",
            "A list is made of columns, and summed.",
            "select order_id, [quantity, quantity * 2, null], list_sum([quantity, 1]), range(0, quantity, 3) from 'orders.parquet' where quantity < 10",
            |s| {
                let triple = f::make_array([col("quantity"), col("quantity") * 2, lit(None::<i32>)]);
                orders(s)?.filter(col("quantity").lt(10i64))?.select((
                    "order_id",
                    triple.alias("triple"),
                    f::array_sum(f::make_array([col("quantity"), lit(1)])).alias("sum"),
                    f::range(0i64, col("quantity").cast("int64"), 3i64).alias("range"),
                ))
            },
        ),
        program(
            "nested/lists_and_text",
            "Text is split into a list, and a list is joined to text.",
            "select order_id, list_filter(tags, lambda t: t is not null).array_to_string('+'), string_split(product, 'e') from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::array_to_string("tags", "+", ()).alias("text"),
                    f::string_to_array("product", "e", ()).alias("pieces"),
                ))
            },
        ),
        program(
            "nested/comparing_lists",
            "Lists are equal where all their items are.",
            "select order_id, tags = ['home'] from 'orders.parquet' where tags <> ['office'] or tags is null",
            |s| {
                let list = |item| lit(Literal::list([item]));
                orders(s)?
                    .filter(col("tags").ne(list("office")) | col("tags").is_null())?
                    .select(("order_id", col("tags").eq(list("home")).alias("home")))
            },
        ),
        program(
            "nested/lists_of_lists",
            "Lists of a group make a list of lists, which is flattened.",
            "select person_id, list(tags order by order_id), flatten(list(tags order by order_id)) from 'orders.parquet' where tags is not null group by person_id",
            |s| {
                let grouped = orders(s)?
                    .filter(col("tags").is_not_null())?
                    .group_by("person_id")?
                    .agg(f::array_agg("tags").order_by("order_id").alias("all"))?;
                grouped.select(("person_id", "all", f::flatten("all").alias("flat")))
            },
        ),
        program(
            "nested/lists_as_keys",
            "Lists are keys of groups; two empty lists are equal, and so are two null ones.",
            "select tags, count(*) from 'orders.parquet' group by tags",
            |s| orders(s)?.group_by("tags")?.agg(f::count(()).alias("n")),
        ),
    ]
}

fn structs() -> Vec<Program> {
    vec![
        program(
            "nested/fields_in_conditions",
            "A field of a null struct is null.",
            "select order_id from 'orders.parquet' where address.zip > 20000 or address.street is null",
            |s| {
                let address = col("address");
                orders(s)?.filter(address.field("zip").gt(20000i64) | address.field("street").is_null())?.select("order_id")
            },
        ),
        ordered(
            "nested/sort_by_field",
            "A sort key may be a field.",
            "select order_id, address from 'orders.parquet' order by address.street desc nulls last, order_id",
            |s| {
                let street = col("address").field("street");
                orders(s)?.select(["order_id", "address"])?.sort((street.desc().nulls_last(), col("order_id").asc()))
            },
        ),
        program(
            "nested/structs_of_columns",
            "A struct is made of columns; structs nest.",
            "select id, {'name': name, 'of': {'age': age, 'city': city}}, {'name': name, 'of': {'age': age, 'city': city}}.\"of\".age from 'people.parquet'",
            |s| {
                let of = f::named_struct("age", "age", [lit("city"), col("city")]);
                let person = f::named_struct("name", "name", [lit("of"), of]);
                people(s)?.select(("id", person.alias("person"), person.field("of").field("age").alias("age")))
            },
        ),
        program(
            "nested/structs_as_keys",
            "Structs are keys of groups; null fields are alike, and a null struct is another key.",
            "select address, count(*) from 'orders.parquet' group by address",
            |s| orders(s)?.group_by("address")?.agg(f::count(()).alias("n")),
        ),
        program(
            "nested/comparing_structs",
            "Structs are equal where all their fields are.",
            "select order_id from 'orders.parquet' where address = {'street': 'High St 1', 'zip': 10115::int}",
            |s| {
                let home = Literal::struct_([("street", into("High St 1")), ("zip", into(10115))]);
                orders(s)?.filter(col("address").eq(home))?.select("order_id")
            },
        ),
        program(
            "nested/list_of_structs",
            "A list of structs, its length, and fields of one of them.",
            "select product, list({'id': order_id, 'n': quantity} order by order_id) as l, l[1].id, l[-1].n, len(l) from 'orders.parquet' group by product",
            |s| {
                let lines_ = || col("lines");
                lines(s)?.select((
                    "product",
                    "lines",
                    lines_().get_item(1i64).field("id").alias("first"),
                    lines_().get_item(-1i64).field("n").alias("last"),
                    f::array_length("lines", ()).alias("count"),
                ))
            },
        ),
        program(
            "unnest/list_of_structs",
            "The fields of the structs of a list become columns.",
            "select product, unnest(lines, recursive := true) from (select product, list({'id': order_id, 'n': quantity}) as lines from 'orders.parquet' group by product)",
            |s| lines(s)?.unnest_with("lines", polybolos_client::Unnest::default().into_fields())?.drop("lines"),
        ),
    ]
}

fn into(value: impl polybolos_client::IntoLiteral) -> Literal {
    value.into_literal()
}

fn maps() -> Vec<Program> {
    vec![
        program(
            "nested/map_lookup",
            "The value of a key; null where the map lacks it, has a null for it, or is null itself.",
            "select order_id, attributes['color'], attributes['size'], map_contains(attributes, 'size') from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    col("attributes").get_key("color").alias("color"),
                    f::element_at("attributes", lit("size")).alias("size"),
                    f::map_contains_key("attributes", lit("size")).alias("sized"),
                ))
            },
        ),
        program(
            "nested/map_parts",
            "Keys, values and entries of a map as lists.",
            "select order_id, map_keys(attributes), map_values(attributes), cardinality(attributes) from 'orders.parquet' where attributes is not null",
            |s| {
                orders(s)?.filter(col("attributes").is_not_null())?.select((
                    "order_id",
                    f::map_keys("attributes").alias("keys"),
                    f::map_values("attributes").alias("values"),
                    f::cardinality("attributes").alias("n"),
                ))
            },
        ),
        program(
            "nested/map_of_lists",
            "A map is made of a list of keys and a list of values.",
            "select id, map([name, 'city'], [city, city])['city'] from 'people.parquet' where name is not null",
            |s| {
                let (keys, values) = (f::make_array([col("name"), lit("city")]), f::make_array(["city", "city"]));
                people(s)?.filter(col("name").is_not_null())?.select(("id", f::map(keys, values).get_key("city").alias("city")))
            },
        ),
    ]
}
