"""Rows to columns and back: unnest, pivot, unpivot."""

from polybolos import col
from polybolos import functions as F

from . import i32, orders, people, program, words


@program("unnest/list")
def unnest_list(s):
    return orders(s).select("order_id", "tags").unnest("tags")


@program("unnest/outer")
def outer(s):
    return orders(s).select("order_id", "tags").unnest("tags", outer=True)


@program("unnest/ordinality")
def ordinality(s):
    return orders(s).select("order_id", "tags").unnest("tags", ordinality="position")


@program("unpivot/columns_to_rows")
def columns_to_rows(s):
    some = people(s).select("id", "age", id2=(col("id") * i32(2)).cast("int32"))
    return some.unpivot(["age", "id2"], keep="id", keep_nulls=False)


@program("pivot/values_to_columns")
def values_to_columns(s):
    return orders(s).pivot("product", ["lamp", "desk"], rows="person_id", cells=F.sum("quantity")).sort("person_id")


@program("pivot/several_measures")
def several_measures(s):
    pivoted = orders(s).group_by("person_id").pivot("product", ["lamp", "pen"]).agg(n=F.sum("quantity"), most=F.max("price"))
    return pivoted.sort("person_id", nulls="first")


@program("pivot/values_found")
def values_found(s):
    return people(s).group_by("active").pivot("city").agg(n=F.count())


@program("pivot/without_rows")
def without_rows(s):
    return people(s).pivot("age", [36, 41, 99], rows=None, cells=F.sum("id").alias("ids"))


@program("unpivot/keeping_nulls")
def keeping_nulls(s):
    return people(s).select("id", "age", "height", double=col("id") * 2).unpivot(["age", "height", "double"], keep="id")


@program("unpivot/and_pivot_back")
def and_pivot_back(s):
    long = people(s).select("id", "name", "city").unpivot(["name", "city"], keep="id", names_to="key", values_to="text")
    return long.group_by("id").pivot("key", ["name", "city"]).agg(F.min("text"))


@program("unnest/map_into_fields")
def map_into_fields(s):
    return orders(s).unnest("attributes", fields=True).select("order_id", "key", "value")


@program("unnest/map_entries")
def map_entries(s):
    return orders(s).select("order_id", "attributes").unnest("attributes")


@program("unnest/outer_with_ordinality")
def outer_with_ordinality(s):
    return orders(s).unnest("tags", name="tag", outer=True, ordinality="at").select("order_id", "tag", "at")


@program("unnest/computed_list")
def computed_list(s):
    pieces = words(s).select("n", pieces=F.string_to_array("word", " "))
    return pieces.unnest("pieces", name="piece").select("n", "piece")


@program("unnest/twice")
def twice(s):
    return orders(s).group_by("product").agg(tags=F.array_agg("tags").order_by("order_id")).unnest("tags").unnest("tags")
