"""Aggregation and windows."""

from polybolos import Window, col, lit, when
from polybolos import functions as F

from . import i32, orders, people, program

# Aggregates


@program("group/by_one_key")
def by_one_key(s):
    return people(s).group_by("city").agg(n=F.count())


@program("group/by_two_keys")
def by_two_keys(s):
    return people(s).group_by("city", "active").agg(n=F.count(), youngest=F.min("age"))


@program("group/by_expression")
def by_expression(s):
    return people(s).group_by(rest=col("id") % i32(3)).agg(total=F.sum("id"))


@program("group/without_keys")
def without_keys(s):
    return people(s).filter(lit(False)).agg(n=F.count(), total=F.sum("age"), first=F.min("name"))


@program("group/no_rows_no_groups")
def no_rows_no_groups(s):
    return people(s).filter(lit(False)).group_by("city").agg(n=F.count())


@program("group/count_skips_nulls")
def count_skips_nulls(s):
    return people(s).agg(rows=F.count(), ages=F.count("age"), cities=F.count("city").distinct())


@program("group/sum_avg_min_max")
def sum_avg_min_max(s):
    return people(s).agg(s=F.sum("age"), a=F.avg("age"), b=F.min("born"), h=F.max("height"))


@program("group/decimal_sum")
def decimal_sum(s):
    return people(s).group_by("city").agg(total=F.sum("salary"))


@program("group/filtered_measure")
def filtered_measure(s):
    return people(s).agg(old=F.count().filter(col("age") > i32(40)), active=F.sum("age").filter(col("active")))


@program("group/expression_of_measures")
def expression_of_measures(s):
    return people(s).group_by("city").agg(span=F.max("age") - F.min("age"))


@program("group/having")
def having(s):
    return people(s).group_by("city").agg(n=F.count()).filter(col("n") > i32(1))


@program("group/array_agg_ordered")
def array_agg_ordered(s):
    return people(s).group_by("city").agg(ids=F.array_agg("id").order_by(col("id").desc()))


@program("group/string_agg")
def string_agg(s):
    return people(s).group_by("city").agg(names=F.string_agg("name", ", ").order_by("id"))


@program("group/bool_and_or")
def bool_and_or(s):
    return people(s).group_by("city").agg(all=F.bool_and("active"), any=F.bool_or("active"))


@program("group/conditional_sum")
def conditional_sum(s):
    return people(s).agg(n=F.sum(when(col("active"), i32(1)).otherwise(i32(0))))


@program("group/rollup")
def rollup(s):
    return people(s).rollup("city", "active").agg(n=F.count())


@program("group/cube")
def cube(s):
    return people(s).cube("city", "active").agg(n=F.count())


@program("group/grouping_sets")
def grouping_sets(s):
    return people(s).grouping_sets(["city"], ["active"]).agg(n=F.count())


@program("group/distinct_keys")
def distinct_keys(s):
    return people(s).group_by("city").agg()


# Windows


@program("window/row_number")
def row_number(s):
    return people(s).select("id", n=F.row_number().over(partition_by="city", order_by="id"))


@program("window/rank_and_dense_rank")
def rank_and_dense_rank(s):
    by_age = Window.all().order_by(col("age").desc(nulls="last"))
    return people(s).select("id", r=F.rank().over(by_age), d=F.dense_rank().over(by_age))


@program("window/running_sum")
def running_sum(s):
    return orders(s).select("order_id", total=F.sum("quantity").over(order_by="order_id", rows=(None, 0)))


@program("window/moving_average")
def moving_average(s):
    return orders(s).select("order_id", mean=F.avg("quantity").over(order_by="order_id", rows=(-1, 1)))


@program("window/whole_partition")
def whole_partition(s):
    return people(s).select("id", n=F.count().over(partition_by="city"))


@program("window/lag_and_lead")
def lag_and_lead(s):
    return orders(s).select(
        "order_id",
        before=F.lag("product").over(order_by="order_id"),
        after=F.lead("quantity", i32(2)).over(order_by="order_id"),
    )


@program("window/first_and_last_value")
def first_and_last_value(s):
    city = Window.partition_by("city").order_by("id").rows_between(None, None)
    return people(s).select("id", first=F.first_value("name").over(city), last=F.last_value("name").over(city))


@program("window/ntile")
def ntile(s):
    return people(s).select("id", bucket=F.ntile(i32(4)).over(order_by="id").cast("int64"))


@program("window/share_of_total")
def share_of_total(s):
    total = F.sum("quantity").over(partition_by="product")
    return orders(s).select("order_id", share=col("quantity") / total.cast("float64")).sort("order_id")
