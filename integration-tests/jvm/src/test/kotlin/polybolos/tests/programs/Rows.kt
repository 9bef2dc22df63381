// Which rows, in what order: filters, sorts, limits, distinct, samples; subqueries in conditions.
package polybolos.tests.programs

import io.polybolos.Predicate
import io.polybolos.col
import io.polybolos.exists
import io.polybolos.functions.count
import io.polybolos.functions.max
import io.polybolos.functions.sum
import io.polybolos.lit
import io.polybolos.scalar
import java.time.LocalDate

private val active = col("active").asPredicate()

internal fun Programs.rows() {
    filters()
    filtersOfValues()
    sorts()
    limits()
    choosing()
    partitions()
    existence()
    subqueries()
}

private fun Programs.filters() {
    program("filter/greater_than") { s ->
        people(s).filter(col("age") gt 36)
    }

    program("filter/and_or") { s ->
        people(s).filter(((col("age") lt 30) or (col("city") eq "Berlin")) and active).select("id")
    }

    program("filter/not") { s ->
        people(s).filter(!active).select("id")
    }

    program("filter/is_null") { s ->
        people(s).filter(col("city").isNull() or col("born").isNull()).select("id")
    }

    program("filter/is_not_distinct_from") { s ->
        people(s).filter(col("city") isNotDistinctFrom lit(null, "string")).select("id")
    }

    program("filter/between") { s ->
        people(s).filter(col("age").between(29, 41)).select("id")
    }

    program("filter/in_list") { s ->
        people(s).filter(col("city").inList("Paris", "Berlin")).select("id")
    }

    program("filter/not_in_list") { s ->
        people(s).filter(col("city").notInList("Paris", "Berlin")).select("id")
    }

    program("filter/many_terms") { s ->
        val terms = (2..101).map { n -> col("id") eq if (n > 9) n + 1000 else n }
        people(s).filter(terms.reduce(Predicate::or)).select("id")
    }
}

private fun Programs.filtersOfValues() {
    program("filter/like") { s ->
        words(s).filter(col("word") like "a_p%").select("word")
    }

    program("filter/like_escape") { s ->
        words(s).filter(col("word").like("%!%%", escape = '!')).select("word")
    }

    program("filter/ilike") { s ->
        words(s).filter((col("word") ilike "BAN%") or (col("word") ilike "upper%")).select("word")
    }

    program("filter/decimal_with_integer") { s ->
        people(s).filter(col("salary") gte 4100).select("id")
    }

    program("filter/date_literal") { s ->
        people(s).filter(col("born") lt LocalDate.of(1988, 1, 5)).select("id")
    }

    program("filter/nan_is_not_less") { s ->
        numbers(s).filter(col("f64") gt 1e300).select("label")
    }
}

private fun Programs.sorts() {
    program("sort/ascending_nulls_last") { s ->
        people(s).select("id", "age").sort("age", "id")
    }

    program("sort/ascending_nulls_first") { s ->
        people(s).select("id", "city").sort(col("city").asc().nullsFirst(), "id")
    }

    program("sort/descending_nulls_last") { s ->
        people(s).select("id", "salary").sort(col("salary").desc().nullsLast(), col("id").desc())
    }

    program("sort/descending_nulls_first") { s ->
        people(s).select("id", "age", "city").sort(col("age").desc(), col("city").desc(), "id")
    }

    program("sort/keys_of_both_directions") { s ->
        val keys = listOf(col("active").desc().nullsLast(), col("joined").asc().nullsFirst(), col("id").desc())
        people(s).select("id", "active", "joined").sort(keys)
    }

    program("sort/nan_is_largest") { s ->
        numbers(s).select("label", "f32").sort("f32", "label")
    }

    program("sort/default_is_nulls_last") { s ->
        orders(s).select("order_id", "quantity").sort("quantity", "order_id")
    }

    program("sort/by_expression") { s ->
        people(s).select("id").sort(col("id") % 3, col("id").desc())
    }

    program("sort/text_by_bytes") { s ->
        words(s).select("word").sort(col("word").asc().nullsFirst())
    }
}

private fun Programs.limits() {
    program("limit/first_rows") { s ->
        people(s).select("id").sort("id").limit(3)
    }

    program("limit/zero") { s ->
        people(s).select("id", "name").limit(0)
    }

    program("limit/offset") { s ->
        people(s).select("id").sort("id").limit(3, offset = 4)
    }

    program("limit/beyond_the_end") { s ->
        people(s).select("id").sort("id").offset(100)
    }

    program("limit/with_ties") { s ->
        people(s).select("id", "age").sort(col("age").desc().nullsLast()).limitWithTies(3)
    }
}

private fun Programs.choosing() {
    program("distinct/whole_rows") { s ->
        people(s).select("age", "city").distinct()
    }

    program("distinct/on_columns") { s ->
        people(s).select("id", "city").distinctOn("city", col("id").desc())
    }

    program("sample/nothing") { s ->
        people(s).select("id").sample(0.0, seed = 1)
    }

    program("sample/everything") { s ->
        people(s).select("id").sample(1.0, seed = 1)
    }

    program("sample/rows") { s ->
        people(s).sampleRows(5, seed = 7).agg(count() alias "n")
    }

    program("sample/more_than_there_are") { s ->
        people(s).select("id").sampleRows(50, seed = 3)
    }

    program("sample/of_a_fraction") { s ->
        val rows = count()
        s.range(1000).sample(0.25, seed = 11).agg(
            rows.between(150L, 350L) alias "about_a_quarter",
            rows eq count("id").distinct() alias "once",
        )
    }
}

private fun Programs.partitions() {
    program("repartition/by_hash") { s ->
        people(s).select("id", "city").repartitionBy("city", 3)
    }

    program("repartition/round_robin") { s ->
        people(s).select("id").repartition(4)
    }

    program("hint/is_ignored") { s ->
        people(s).select("id").hint("broadcast")
    }
}

private fun Programs.existence() {
    program("subquery/exists") { s ->
        val p = people(s)
        val large = orders(s).filter((col("person_id") eq p.outer("id")) and (col("quantity") gt 2))
        p.filter(exists(large)).select("id")
    }

    program("subquery/not_exists") { s ->
        val p = people(s)
        p.filter(!exists(orders(s).filter(col("person_id") eq p.outer("id")))).select("id")
    }
}

private fun Programs.subqueries() {
    program("subquery/in") { s ->
        people(s).filter(col("id") inSubquery orders(s).select("person_id")).select("id")
    }

    program("subquery/not_in_with_null") { s ->
        people(s).filter(col("id") notInSubquery orders(s).select("person_id")).select("id")
    }

    program("subquery/scalar") { s ->
        val most = orders(s).agg(max("price") * 10 alias "most")
        people(s).filter(col("salary") gt scalar(most)).select("id")
    }

    program("subquery/scalar_of_no_row") { s ->
        val nobody = people(s).filter(col("id") eq 77).select("name")
        people(s).select("id", scalar(nobody) alias "nobody")
    }

    program("subquery/correlated_scalar") { s ->
        val p = people(s)
        val bought = orders(s).filter(col("person_id") eq p.outer("id")).agg(sum("quantity") alias "bought")
        p.select("id", scalar(bought) alias "bought")
    }
}
