"""Set operations: by position, by name, of several types, with nulls."""

from decimal import Decimal

from polybolos import col, lit, null

from . import i32, orders, people, program


@program("set/union_all")
def union_all(s):
    return people(s).select("city").union(people(s).filter(col("age") > i32(40)).select("city"))


@program("set/union_distinct")
def union_distinct(s):
    return people(s).select("city").union_distinct(orders(s).select("product"))


@program("set/union_by_name")
def union_by_name(s):
    return people(s).select("id", "name").union_by_name(people(s).select("name", "id"))


@program("set/union_filling")
def union_filling(s):
    return people(s).select("id", "name").union_by_name(people(s).select("id", "age"), allow_missing=True)


@program("set/union_of_wider_type")
def union_of_wider_type(s):
    return people(s).select("age").union(people(s).select("id"))


@program("set/intersect")
def intersect(s):
    return people(s).select("age").intersect(people(s).filter(col("id") > i32(4)).select("age"))


@program("set/intersect_all")
def intersect_all(s):
    some = people(s).filter(col("id").in_([i32(1), i32(4), i32(6), i32(7)]))
    return people(s).select("city").intersect(some.select("city"), all=True)


@program("set/except")
def except_(s):
    return people(s).select("age").except_(people(s).filter(col("id") < i32(4)).select("age"))


@program("set/except_all")
def except_all(s):
    return people(s).select("city").except_(people(s).filter(col("id").in_([i32(1), i32(5)])).select("city"), all=True)


@program("set/union_of_three")
def union_of_three(s):
    some = people(s).filter(col("id") < 3).select("id", "name")
    products = orders(s).filter(col("order_id") > 111).select("order_id", "product")
    return some.union(products, people(s).filter(col("id") == 9).select("id", name=null()))


@program("set/union_of_decimals")
def union_of_decimals(s):
    prices = orders(s).select(gross=col("price") * Decimal("1.50"))
    return people(s).select("salary").union(prices, people(s).select("age"))


@program("set/rows_with_nulls_are_equal")
def rows_with_nulls_are_equal(s):
    return people(s).select("city", "active").union_distinct(people(s).filter(col("id") > 3).select("city", "active"))


@program("set/intersect_with_nulls")
def intersect_with_nulls(s):
    some = people(s).filter(col("id").in_([3, 4, 6]))
    return people(s).select("age", "city").intersect(some.select("age", "city"))


@program("set/except_with_nulls")
def except_with_nulls(s):
    some = people(s).filter(col("id") < 5).select("id").union(s.select(id=lit(None, int)))
    return orders(s).select("person_id").except_(some)


@program("set/except_all_with_nulls")
def except_all_with_nulls(s):
    some = orders(s).filter(col("order_id").in_([100, 102, 112]))
    return orders(s).select("product").except_(some.select("product"), all=True)
