"""Joins."""

from polybolos import col, lit
from polybolos import functions as F

from . import i32, orders, people, program, words


def by_person(s, how):
    p, o = people(s).select("id", "name"), orders(s).select("order_id", "person_id")
    return p.join(o, p["id"] == o["person_id"], how)


def using_person(s, how):
    """The left side has its key under the name that the right side uses."""
    return people(s).select(col("id").alias("person_id"), "name").join(orders(s).select("person_id", "order_id"), "person_id", how)


@program("join/inner")
def inner(s):
    return by_person(s, "inner")


@program("join/left")
def left(s):
    return by_person(s, "left")


@program("join/right")
def right(s):
    return by_person(s, "right")


@program("join/full")
def full(s):
    return by_person(s, "full")


@program("join/semi")
def semi(s):
    return by_person(s, "semi")


@program("join/anti")
def anti(s):
    return by_person(s, "anti")


@program("join/cross")
def cross(s):
    return words(s).select("n").cross_join(people(s).select("id"))


@program("join/using_inner")
def using_inner(s):
    return using_person(s, "inner")


@program("join/using_full")
def using_full(s):
    return using_person(s, "full")


@program("join/on_inequality")
def on_inequality(s):
    p, q = people(s).alias("p"), people(s).alias("q")
    return p.join(q, (p["height"] < q["height"]) & (p["city"] == q["city"])).select(p["id"], other=q["id"])


@program("join/condition_on_the_kept_side")
def condition_on_the_kept_side(s):
    p, o = people(s), orders(s)
    return p.join(o, (p["id"] == o["person_id"]) & (p["age"] > i32(40)), "left").select("id", "order_id")


@program("join/then_group")
def then_group(s):
    joined = people(s).join(orders(s), col("id") == col("person_id"))
    return joined.group_by("name").agg(spent=F.sum(col("price") * col("quantity")))


@program("join/shared_input")
def shared_input(s):
    old = people(s).filter(col("age") > i32(40))
    return old.join(old.filter(col("active")).select("id"), "id", "semi").select("id")


@program("join/lateral")
def lateral(s):
    p = people(s).select("id")
    return p.cross_join(orders(s).filter(col("person_id") == p.outer("id")).select("order_id"), lateral=True)


# Null keys


@program("join/using_nulls_equal")
def using_nulls_equal(s):
    sizes = people(s).group_by("city").agg(n=F.count())
    return people(s).select("city", "id").join(sizes, "city", nulls_equal=True)


@program("join/null_keys_do_not_match")
def null_keys_do_not_match(s):
    sizes = people(s).filter(col("id") > 3).group_by("city").agg(n=F.count())
    return people(s).select("city", "id").join(sizes, "city", "full")


@program("join/null_safe_condition")
def null_safe_condition(s):
    p, q = people(s).alias("p"), people(s).alias("q")
    same = p["city"].is_not_distinct_from(q["city"]) & (p["id"] < q["id"])
    return p.join(q, same).select(id=p["id"], other=q["id"])


@program("join/using_two_columns")
def using_two_columns(s):
    other = people(s).select("city", "active", other="id")
    return people(s).select("city", "active", "id").join(other, ["city", "active"]).filter(col("id") != col("other"))


@program("join/using_right")
def using_right(s):
    return using_person(s, "right")


# More conditions than one equality


@program("join/semi_with_condition")
def semi_with_condition(s):
    p, o = people(s), orders(s)
    return p.join(o, (p["id"] == o["person_id"]) & (o["price"] * 20 > p["salary"]), "semi").select("id")


@program("join/anti_with_condition")
def anti_with_condition(s):
    p, o = people(s), orders(s)
    return p.join(o, (p["id"] == o["person_id"]) & (o["quantity"] > 1), "anti").select("id")


@program("join/anti_without_equality")
def anti_without_equality(s):
    p, q = people(s).alias("p"), people(s).alias("q")
    return p.join(q, q["height"] > p["height"], "anti").select("id")


@program("join/full_on_expressions")
def full_on_expressions(s):
    p, o = people(s), orders(s)
    return p.join(o, p["id"] * 2 == o["quantity"] + 1, "full").select("id", "order_id")


@program("join/left_on_a_range")
def left_on_a_range(s):
    p, o = people(s), orders(s)
    return p.join(o, o["price"].between(p["salary"] / 20, p["salary"] / 10), "left").select("id", "order_id")


@program("join/of_three")
def of_three(s):
    o, p = orders(s), people(s)
    c = people(s).group_by("city").agg(n=F.count())
    joined = o.join(p, o["person_id"] == p["id"], "left").join(c, p["city"] == c["city"], "left")
    return joined.select(o["order_id"], p["name"], c["n"])


@program("join/with_nothing")
def with_nothing(s):
    p, o = people(s).select("id"), orders(s).filter(lit(False)).select("person_id", "order_id")
    return p.join(o, p["id"] == o["person_id"], "left").select("id", "order_id")


@program("join/lateral_aggregate")
def lateral_aggregate(s):
    p = people(s).select("id")
    theirs = orders(s).filter(col("person_id") == p.outer("id"))
    return p.cross_join(theirs.agg(n=F.count(), most=F.max("price")), lateral=True)


@program("join/lateral_left")
def lateral_left(s):
    p = people(s).select("id")
    large = orders(s).filter((col("person_id") == p.outer("id")) & (col("quantity") > 1)).select("order_id")
    return p.join(large, lit(True), "left", lateral=True)
