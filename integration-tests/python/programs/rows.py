"""Which rows, in what order: filters, sorts, limits, distinct, samples; subqueries in conditions."""

import datetime as dt
import functools
import operator

from polybolos import col, exists, lit, scalar
from polybolos import functions as F

from . import i32, numbers, orders, people, program, words

# Filters


@program("filter/greater_than")
def greater_than(s):
    return people(s).filter(col("age") > i32(36))


@program("filter/and_or")
def and_or(s):
    return people(s).filter(((col("age") < i32(30)) | (col("city") == "Berlin")) & col("active")).select("id")


@program("filter/not")
def not_(s):
    return people(s).filter(~col("active")).select("id")


@program("filter/is_null")
def is_null(s):
    return people(s).filter(col("city").is_null() | col("born").is_null()).select("id")


@program("filter/is_not_distinct_from")
def is_not_distinct_from(s):
    return people(s).filter(col("city").is_not_distinct_from(lit(None, str))).select("id")


@program("filter/between")
def between(s):
    return people(s).filter(col("age").between(i32(29), i32(41))).select("id")


@program("filter/in_list")
def in_list(s):
    return people(s).filter(col("city").in_(["Paris", "Berlin"])).select("id")


@program("filter/not_in_list")
def not_in_list(s):
    return people(s).filter(col("city").not_in(["Paris", "Berlin"])).select("id")


@program("filter/like")
def like(s):
    return words(s).filter(col("word").like("a_p%")).select("word")


@program("filter/like_escape")
def like_escape(s):
    return words(s).filter(col("word").like("%!%%", escape="!")).select("word")


@program("filter/ilike")
def ilike(s):
    return words(s).filter(col("word").ilike("BAN%") | col("word").ilike("upper%")).select("word")


@program("filter/decimal_with_integer")
def decimal_with_integer(s):
    return people(s).filter(col("salary") >= i32(4100)).select("id")


@program("filter/date_literal")
def date_literal(s):
    return people(s).filter(col("born") < dt.date(1988, 1, 5)).select("id")


@program("filter/nan_is_not_less")
def nan_is_not_less(s):
    return numbers(s).filter(col("f64") > 1e300).select("label")


@program("filter/many_terms")
def many_terms(s):
    terms = (col("id") == i32(n + 1000 if n > 9 else n) for n in range(2, 102))
    return people(s).filter(functools.reduce(operator.or_, terms)).select("id")


# Order


@program("sort/ascending_nulls_last")
def ascending_nulls_last(s):
    return people(s).select("id", "age").sort("age", "id")


@program("sort/ascending_nulls_first")
def ascending_nulls_first(s):
    return people(s).select("id", "city").sort(col("city").asc(nulls="first"), "id")


@program("sort/descending_nulls_last")
def descending_nulls_last(s):
    return people(s).select("id", "salary").sort(col("salary").desc(nulls="last"), col("id").desc())


@program("sort/descending_nulls_first")
def descending_nulls_first(s):
    return people(s).select("id", "age", "city").sort(col("age").desc(), col("city").desc(), "id")


@program("sort/keys_of_both_directions")
def keys_of_both_directions(s):
    keys = [col("active").desc(nulls="last"), col("joined").asc(nulls="first"), col("id").desc()]
    return people(s).select("id", "active", "joined").sort(*keys)


@program("sort/nan_is_largest")
def nan_is_largest(s):
    return numbers(s).select("label", "f32").sort("f32", "label")


@program("sort/default_is_nulls_last")
def default_is_nulls_last(s):
    return orders(s).select("order_id", "quantity").sort("quantity", "order_id")


@program("sort/by_expression")
def by_expression(s):
    return people(s).select("id").sort(col("id") % i32(3), col("id").desc())


@program("sort/text_by_bytes")
def text_by_bytes(s):
    return words(s).select("word").sort("word", nulls="first")


@program("limit/first_rows")
def first_rows(s):
    return people(s).select("id").sort("id").limit(3)


@program("limit/zero")
def zero(s):
    return people(s).select("id", "name").limit(0)


@program("limit/offset")
def offset(s):
    return people(s).select("id").sort("id").limit(3, offset=4)


@program("limit/beyond_the_end")
def beyond_the_end(s):
    return people(s).select("id").sort("id").offset(100)


@program("limit/with_ties")
def with_ties(s):
    return people(s).select("id", "age").sort("age", descending=True, nulls="last").limit(3, with_ties=True)


@program("distinct/whole_rows")
def whole_rows(s):
    return people(s).select("age", "city").distinct()


@program("distinct/on_columns")
def on_columns(s):
    return people(s).select("id", "city").distinct("city", keep=col("id").desc())


@program("sample/nothing")
def nothing(s):
    return people(s).select("id").sample(0.0, seed=1)


@program("sample/everything")
def everything(s):
    return people(s).select("id").sample(1.0, seed=1)


@program("sample/rows")
def sample_rows(s):
    return people(s).sample(n=5, seed=7).agg(n=F.count())


@program("sample/more_than_there_are")
def more_than_there_are(s):
    return people(s).select("id").sample(n=50, seed=3)


@program("sample/of_a_fraction")
def of_a_fraction(s):
    rows = F.count()
    return s.range(1000).sample(0.25, seed=11).agg(about_a_quarter=rows.between(150, 350), once=rows == F.count("id").distinct())


@program("repartition/by_hash")
def by_hash(s):
    return people(s).select("id", "city").repartition(3, by="city")


@program("repartition/round_robin")
def round_robin(s):
    return people(s).select("id").repartition(4)


@program("hint/is_ignored")
def is_ignored(s):
    return people(s).select("id").hint("broadcast")


# Subqueries


@program("subquery/exists")
def exists_(s):
    p = people(s)
    large = orders(s).filter((col("person_id") == p.outer("id")) & (col("quantity") > i32(2)))
    return p.filter(exists(large)).select("id")


@program("subquery/not_exists")
def not_exists(s):
    p = people(s)
    return p.filter(~exists(orders(s).filter(col("person_id") == p.outer("id")))).select("id")


@program("subquery/in")
def in_(s):
    return people(s).filter(col("id").in_subquery(orders(s).select("person_id"))).select("id")


@program("subquery/not_in_with_null")
def not_in_with_null(s):
    return people(s).filter(col("id").not_in_subquery(orders(s).select("person_id"))).select("id")


@program("subquery/scalar")
def scalar_(s):
    most = orders(s).agg(most=F.max("price") * i32(10))
    return people(s).filter(col("salary") > scalar(most)).select("id")


@program("subquery/scalar_of_no_row")
def scalar_of_no_row(s):
    nobody = people(s).filter(col("id") == i32(77)).select("name")
    return people(s).select("id", nobody=scalar(nobody))


@program("subquery/correlated_scalar")
def correlated_scalar(s):
    p = people(s)
    bought = orders(s).filter(col("person_id") == p.outer("id")).agg(bought=F.sum("quantity"))
    return p.select("id", bought=scalar(bought))
