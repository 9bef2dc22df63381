"""Which columns: selecting, computing, renaming, dropping."""

from decimal import Decimal

import polybolos as pb
from polybolos import col, lit, star
from polybolos import functions as F

from . import i32, numbers, orders, people, program, words

# Selecting


@program("select/by_name")
def by_name(s):
    return people(s).select("name", "id")


@program("select/expressions")
def expressions(s):
    return people(s).select((col("id") + i32(1)).alias("next"), "id")


@program("select/star")
def all_columns(s):
    return words(s).join(people(s).select("id"), col("n") == col("id")).select(star(), twice=col("id") * i32(2))


@program("select/star_excluding")
def star_excluding(s):
    return words(s).select(star().excluding("word"))


@program("select/same_column_twice")
def same_column_twice(s):
    return people(s).select(a="id", b="id")


@program("select/odd_names")
def odd_names(s):
    return people(s).select(col("id").alias("a.b"), col("name").alias("Größe in cm"), col("age").alias("select"))


@program("with_columns/add")
def add(s):
    return words(s).with_columns(ten=col("n") * i32(10))


@program("with_columns/replace")
def replace(s):
    return words(s).with_columns(n=col("n") + i32(100))


@program("with_columns/all_see_the_input")
def all_see_the_input(s):
    return words(s).with_columns(n=col("n") + i32(1), twice=col("n") * i32(2))


@program("with_columns/chain")
def chain(s):
    return words(s).with_columns(a=col("n") + i32(1)).with_columns(b=col("a") + i32(1)).with_columns(c=col("b") + i32(1)).drop("a", "b")


@program("rename/columns")
def rename(s):
    return words(s).rename({"n": "number", "word": "text"})


@program("rename/swap")
def swap(s):
    return words(s).rename({"n": "word", "word": "n"})


@program("drop/columns")
def drop(s):
    return people(s).drop("age", "city", "born", "height", "salary", "active", "joined", "seen")


@program("alias/qualifies")
def qualifies(s):
    a, b = people(s).alias("a"), people(s).alias("b")
    return a.join(b, (a["city"] == b["city"]) & (a["id"] < b["id"])).select(id=a["id"], other=b["id"])


# Computing


@program("compute/arithmetic")
def arithmetic(s):
    id = col("id")
    return people(s).select(a=id + i32(2), b=id - i32(2), c=id * i32(3), d=id / i32(4), e=id % i32(4), f=-id)


@program("compute/decimals")
def decimals(s):
    return people(s).select(more=col("salary") + lit(Decimal("0.05"), "decimal(3, 2)"), twice=col("salary") * i32(2))


@program("compute/floats")
def floats(s):
    some = numbers(s).filter(col("label").in_(["one", "minus", "zero", "null"]))
    return some.select("label", q=col("f64") / 0.0, w=col("f32").cast("float64"))


@program("compute/comparison_gives_null")
def comparison_gives_null(s):
    return people(s).select("id", older=col("age") > i32(30), same=col("age") == col("age"))


@program("compute/three_valued_logic")
def three_valued_logic(s):
    older = col("age") > i32(30)
    return people(s).select("id", both=col("active") & older, either=col("active") | older)


@program("compute/cast_widening")
def cast_widening(s):
    return numbers(s).select(a=col("i8").cast(int), b=col("u32").cast(int), c=col("i32").cast(float), d=col("label").cast(str))


@program("compute/cast_to_text")
def cast_to_text(s):
    return people(s).select(a=col("id").cast(str), b=col("active").cast(str), c=col("born").cast(str), d=col("salary").cast(str))


@program("compute/try_cast")
def try_cast(s):
    return words(s).select("word", number=col("word").try_cast("int64"))


@program("compute/try_cast_narrowing")
def try_cast_narrowing(s):
    return numbers(s).select("label", small=col("i64").try_cast("int8"))


@program("compute/string_functions")
def string_functions(s):
    return (
        words(s)
        .filter(col("n") != i32(6))
        .select(
            "n",
            u=F.upper("word"),
            l=F.length("word").cast("int64"),
            m=F.substring("word", i32(2), i32(3)),
            r=F.reverse("word"),
        )
    )


@program("compute/dates")
def dates(s):
    return people(s).select("id", y=F.year("born").cast("int64"), m=F.month("born").cast("int64"), t=F.date_trunc("month", "joined"))


@program("compute/timestamp_plus_interval")
def timestamp_plus_interval(s):
    return people(s).select("id", later=col("joined") + pb.interval(months=1))


@program("compute/struct_field")
def struct_field(s):
    return orders(s).select("order_id", zip=col("address")["zip"])


@program("compute/list_item")
def list_item(s):
    return orders(s).select("order_id", first=col("tags")[i32(1)], ninth=col("tags")[i32(9)])


@program("describe/statistics")
def statistics(s):
    return people(s).select("id", "age").describe()


@program("observe/passes_through")
def passes_through(s):
    return people(s).select("id").observe("seen", F.count().alias("rows"))
