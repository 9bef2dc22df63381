"""Decimals: precision and scale, rounding, comparison."""

from decimal import Decimal

from polybolos import col, lit, when
from polybolos import functions as F

from . import numbers, orders, people, program

price = col("price")
salary = col("salary")

# Arithmetic


@program("decimal/addition")
def addition(s):
    return orders(s).select("order_id", more=price + lit(Decimal("0.005"), "decimal(4, 3)"), less=Decimal(1) - price)


@program("decimal/multiplication")
def multiplication(s):
    return orders(s).select("order_id", gross=price * Decimal("1.075"), square=price * price)


@program("decimal/division")
def division(s):
    return orders(s).select("order_id", each=price / col("quantity"), seventh=price / Decimal(7))


@program("decimal/modulo")
def modulo(s):
    cents, seven = lit(Decimal("0.30"), "decimal(3, 2)"), lit(Decimal(7), "decimal(3, 0)")
    return orders(s).select("order_id", cents=price % cents, negative=-price % seven)


@program("decimal/with_integers")
def with_integers(s):
    return people(s).select("id", a=salary + col("age"), b=salary * col("id"), c=col("age") - salary)


@program("decimal/with_float")
def with_float(s):
    return orders(s).select("order_id", more=price * 1.5, dear=price > 19.99)


@program("decimal/rounding")
def rounding(s):
    return orders(s).select(
        "order_id",
        a=F.round("price", 1).cast(str),
        b=F.round(-price, 1).cast(str),
        c=F.round("price").cast(str),
        d=F.trunc("price"),
        e=F.ceil(-price),
        f=F.floor(-price),
    )


@program("decimal/average")
def average(s):
    return orders(s).group_by("product").agg(mean=F.avg("price"), sum=F.sum("price"), revenue=F.sum(price * col("quantity")))


# Values


@program("decimal/comparison")
def comparison(s):
    chosen = price.in_([lit(Decimal("19.990"), "decimal(6, 3)"), Decimal(21)])
    return orders(s).filter(chosen | (price < lit(Decimal("0.351"), "decimal(4, 3)")) | (price == 250)).select("order_id")


@program("decimal/casts")
def casts(s):
    return people(s).select(
        "id",
        a=salary.cast("decimal(6, 1)").cast(str),
        b=salary.cast("decimal(14, 4)").cast(str),
        c=salary.cast(int),
        d=salary.cast(float),
        e=salary.cast(str),
    )


@program("decimal/of_text")
def of_text(s):
    text = salary.cast(str)
    return people(s).select(
        "id",
        a=text.cast("decimal(12, 3)").cast(str),
        b=col("city").try_cast("decimal(5, 2)"),
        c=text.try_cast("decimal(5, 2)"),
    )


@program("decimal/widest")
def widest(s):
    dec, large = col("dec"), lit(Decimal(10**20), "decimal(38, 10)")
    return numbers(s).select("label", a=F.abs("dec"), b=-dec, c=dec == 2, d=dec > large)


@program("decimal/widest_aggregates")
def widest_aggregates(s):
    some = numbers(s).filter(col("label").in_(["max", "min", "one"]))
    return some.agg(sum=F.sum("dec"), min=F.min("dec"), max=F.max("dec"), n=F.count("dec").distinct())


@program("decimal/as_keys")
def as_keys(s):
    return people(s).group_by("salary").agg(n=F.count(), first=F.min("id"))


@program("decimal/common_type")
def common_type(s):
    return orders(s).select(
        "order_id",
        a=when(col("quantity") > 2, price).otherwise(Decimal("0.125")),
        b=F.coalesce("price", 0),
        c=F.greatest("price", Decimal("20.125")),
    )
