"""Lists, structs and maps as values."""

from polybolos import col, lit
from polybolos import functions as F

from . import i32, orders, people, program

tags = col("tags")


def lines(s):
    """One row a product, with its orders as a list of structs."""
    line = F.named_struct("id", "order_id", "n", col("quantity"))
    return orders(s).group_by("product").agg(lines=F.array_agg(line).order_by("order_id"))


# Lists


@program("nested/looking_into_lists")
def looking_into_lists(s):
    return orders(s).select(
        "order_id",
        length=F.array_length("tags"),
        home=F.array_contains("tags", lit("home")),
        light=F.array_position("tags", lit("light")),
        empty=F.array_empty("tags"),
    )


@program("nested/changing_lists")
def changing_lists(s):
    return (
        orders(s)
        .filter(tags.is_not_null())
        .select(
            "order_id",
            appended=F.array_append("tags", lit("new")),
            joined=F.array_concat("tags", lit(["x", "y"])),
            reversed=F.array_reverse("tags"),
            middle=tags.slice(2, 3),
            compact=F.array_compact("tags"),
        )
    )


@program("nested/sorting_lists")
def sorting_lists(s):
    return orders(s).select(
        "order_id",
        down=F.array_sort("tags", "DESC", "NULLS LAST"),
        up=F.array_sort("tags"),
        largest=F.array_max("tags"),
        different=F.array_length(F.array_distinct(F.array_concat("tags", "tags"))),
    )


@program("nested/lambdas")
def lambdas(s):
    return orders(s).select(
        "order_id",
        loud=F.array_transform("tags", lambda t: F.upper(t).concat_op("!")),
        h=F.array_filter("tags", lambda t: t.like("h%")),
        long=F.array_any_match("tags", lambda t: F.length(t) > 4),
    )


@program("nested/lists_of_columns")
def lists_of_columns(s):
    quantity = col("quantity")
    return (
        orders(s)
        .filter(quantity < 10)
        .select(
            "order_id",
            triple=F.make_array(quantity, quantity * i32(2), lit(None, "int32")),
            sum=F.array_sum(F.make_array(quantity, i32(1))),
            range=F.range(0, quantity.cast(int), 3),
        )
    )


@program("nested/lists_and_text")
def lists_and_text(s):
    return orders(s).select("order_id", text=F.array_to_string("tags", "+"), pieces=F.string_to_array("product", "e"))


@program("nested/comparing_lists")
def comparing_lists(s):
    some = orders(s).filter((tags != lit(["office"])) | tags.is_null())
    return some.select("order_id", home=tags == lit(["home"]))


@program("nested/lists_of_lists")
def lists_of_lists(s):
    grouped = orders(s).filter(tags.is_not_null()).group_by("person_id").agg(all=F.array_agg("tags").order_by("order_id"))
    return grouped.select("person_id", "all", flat=F.flatten("all"))


@program("nested/lists_as_keys")
def lists_as_keys(s):
    return orders(s).group_by("tags").agg(n=F.count())


# Structs


@program("nested/fields_in_conditions")
def fields_in_conditions(s):
    address = col("address")
    return orders(s).filter((address["zip"] > 20000) | address["street"].is_null()).select("order_id")


@program("nested/sort_by_field")
def sort_by_field(s):
    return orders(s).select("order_id", "address").sort(col("address")["street"].desc(nulls="last"), "order_id")


@program("nested/structs_of_columns")
def structs_of_columns(s):
    person = F.named_struct("name", "name", "of", F.named_struct("age", "age", "city", col("city")))
    return people(s).select("id", person=person, age=person["of"]["age"])


@program("nested/structs_as_keys")
def structs_as_keys(s):
    return orders(s).group_by("address").agg(n=F.count())


@program("nested/comparing_structs")
def comparing_structs(s):
    home = lit({"street": "High St 1", "zip": 10115}, "struct<street string, zip int32>")
    return orders(s).filter(col("address") == home).select("order_id")


@program("nested/list_of_structs")
def list_of_structs(s):
    return lines(s).select(
        "product",
        "lines",
        first=col("lines")[1]["id"],
        last=col("lines")[-1]["n"],
        count=F.array_length("lines"),
    )


@program("unnest/list_of_structs")
def unnest_list_of_structs(s):
    return lines(s).unnest("lines", fields=True).drop("lines")


# Maps


@program("nested/map_lookup")
def map_lookup(s):
    return orders(s).select(
        "order_id",
        color=col("attributes").get_key("color"),
        size=F.element_at("attributes", lit("size")),
        sized=F.map_contains_key("attributes", lit("size")),
    )


@program("nested/map_parts")
def map_parts(s):
    return (
        orders(s)
        .filter(col("attributes").is_not_null())
        .select("order_id", keys=F.map_keys("attributes"), values=F.map_values("attributes"), n=F.cardinality("attributes"))
    )


@program("nested/map_of_lists")
def map_of_lists(s):
    made = F.map(F.make_array("name", lit("city")), F.make_array("city", "city"))
    return people(s).filter(col("name").is_not_null()).select("id", city=made.get_key("city"))
