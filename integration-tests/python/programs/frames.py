"""Frames of windows: rows, ranges and groups around the current row; nulls in them."""

import polybolos as pb
from polybolos import Window, col
from polybolos import functions as F

from . import i32, orders, people, program

# Frames


@program("window/range_of_numbers")
def range_of_numbers(s):
    some = orders(s).filter(col("order_id").not_in([103, 107, 108]))
    return some.select("order_id", near=F.sum("quantity").over(order_by="order_id", range=(-2, 1)))


@program("window/range_of_days")
def range_of_days(s):
    near = (-pb.interval(days=3), pb.interval(days=1))
    return orders(s).select("order_id", n=F.count().over(order_by="placed", range=near))


@program("window/range_descending")
def range_descending(s):
    return people(s).select("id", n=F.count().over(order_by=col("age").desc(nulls="last"), range=(-5, 12)))


@program("window/range_to_the_end")
def range_to_the_end(s):
    return people(s).select("id", first=F.min("id").over(order_by="salary", range=(-1000, None)))


@program("window/groups")
def groups(s):
    return people(s).select(
        "id",
        n=F.count().over(order_by=col("age").asc(nulls="first"), groups=(-1, 0)),
        next=F.sum("id").over(order_by="city", groups=(1, 2)),
    )


@program("window/equals_of_the_current_row")
def equals_of_the_current_row(s):
    return people(s).select("id", up_to=F.count().over(order_by="age"), all=F.count().over(order_by="age", rows=(None, None)))


@program("window/rows_apart")
def rows_apart(s):
    return orders(s).select(
        "order_id",
        before=F.sum("quantity").over(order_by="order_id", rows=(-3, -2)),
        after=F.count().over(order_by="order_id", rows=(2, 3)),
        dearest=F.max("price").over(order_by="order_id", rows=(0, None)),
    )


# Functions


@program("window/last_value_that_is_there")
def last_value_that_is_there(s):
    return people(s).select(
        "id",
        age=F.last("age").ignore_nulls().over(order_by="id", rows=(None, 0)),
        city=F.first_value("city").over(order_by="id", rows=(0, 1)),
    )


@program("window/nth_value")
def nth_value(s):
    return people(s).select(
        "id",
        second=F.nth_value("name", 2).over(partition_by="city", order_by="id"),
        third=F.nth_value("name", 3).over(order_by="id", rows=(-1, 1)),
    )


@program("window/share_of_ranks")
def share_of_ranks(s):
    return people(s).select(
        "id",
        p=F.percent_rank().over(order_by=col("age").asc(nulls="first")),
        c=F.cume_dist().over(partition_by="active", order_by=col("id").desc()),
    )


@program("window/lag_with_default")
def lag_with_default(s):
    product = Window.partition_by("product").order_by("order_id")
    return orders(s).select("order_id", before=F.lag("quantity", 1, i32(-1)).over(product), after=F.lead("price", 1).over(product))


@program("window/filtered")
def filtered(s):
    return people(s).select(
        "id",
        active=F.count().filter(col("active")).over(partition_by="city"),
        ages=F.sum("age").filter(col("id") > 4).over(order_by="id", rows=(None, 0)),
    )


@program("window/by_expressions")
def by_expressions(s):
    return people(s).select(
        "id",
        n=F.row_number().over(partition_by=col("age") > 36, order_by=-col("id")),
        mean=F.avg("salary").over(partition_by=col("id") % 2),
    )


@program("window/best_of_each")
def best_of_each(s):
    rank = F.row_number().over(partition_by="product", order_by=[col("price").desc(nulls="last"), "order_id"])
    best = orders(s).with_columns(rank=rank).filter(col("rank") == 1)
    return best.select("product", "order_id").sort(col("product").asc(nulls="first"))
