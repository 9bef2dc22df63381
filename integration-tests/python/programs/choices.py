"""Which value: cases and their like, and what becomes of nulls."""

from polybolos import case, col, lit, when
from polybolos import functions as F

from . import i32, numbers, people, program, words


@program("compute/case_searched")
def case_searched(s):
    stage = when(col("age") < i32(30), "young").when(col("age") < i32(50), "middle").otherwise("old")
    return people(s).select("id", stage=stage)


@program("compute/case_without_else")
def case_without_else(s):
    return people(s).select("id", flag=when(col("age") > i32(40), 1))


@program("compute/case_of_value")
def case_of_value(s):
    return people(s).select("id", country=case("city").when("Paris", "F").when("Berlin", "D").otherwise("?"))


@program("compute/coalesce")
def coalesce(s):
    return people(s).select("id", v=F.coalesce("city", "name", lit("?")))


@program("compute/fill_null_of_column")
def fill_null_of_column(s):
    return people(s).select("id", "age").fill_null({"age": 0})


@program("nulls/drop_any")
def drop_any(s):
    return words(s).drop_nulls()


@program("nulls/drop_in_columns")
def drop_in_columns(s):
    return people(s).select("id", "age", "city").drop_nulls("age")


@program("nulls/drop_with_threshold")
def drop_with_threshold(s):
    return people(s).select("id", "name", "city", "born").drop_nulls(at_least=4)


@program("nulls/replace")
def replace_values(s):
    return people(s).select("id", "city").replace({"Paris": "Lyon"}, "city")


@program("compute/case_of_two_widths")
def case_of_two_widths(s):
    age = col("age")
    return people(s).select(
        "id",
        a=when(age > 40, age).when(age > 25, col("id")).otherwise(0.5),
        b=when(col("active"), age).otherwise(col("id")),
    )


@program("compute/case_of_null")
def case_of_null(s):
    return people(s).select(
        "id",
        a=case("city").when(lit(None, str), "null").when("Paris", "P").otherwise("other"),
        b=when(col("active"), "yes").when(~col("active"), "no"),
    )


@program("compute/case_protects")
def case_protects(s):
    odd = col("id") % 2
    return people(s).select("id", v=when(odd != 0, 100 / odd).otherwise(0))


@program("compute/coalesce_of_two_widths")
def coalesce_of_two_widths(s):
    return people(s).select(
        "id",
        a=F.coalesce("age", "id"),
        b=F.coalesce("height", "age", 0),
        c=F.nullif("age", 41),
        d=F.nullif("city", lit("Paris")),
    )


@program("compute/greatest_and_least")
def greatest_and_least(s):
    return numbers(s).select(
        "label",
        a=F.greatest("i32", "i8", 5),
        b=F.least("i32", "u8", 5),
        c=F.greatest("f64", 0.0),
        d=F.least("f32", lit(0, "float32")),
    )


@program("compute/distinct_from")
def distinct_from(s):
    return people(s).select(
        "id",
        a=col("age").is_distinct_from(36),
        b=col("city").is_not_distinct_from(lit(None, str)),
        c=col("active").is_not_true(),
        d=col("active").is_unknown(),
    )
