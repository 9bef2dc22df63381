// Which value: cases and their like, and what becomes of nulls.
package polybolos.tests.programs

import io.polybolos.case
import io.polybolos.col
import io.polybolos.div
import io.polybolos.functions.coalesce
import io.polybolos.functions.greatest
import io.polybolos.functions.least
import io.polybolos.functions.nullif
import io.polybolos.lit
import io.polybolos.whenever

private val active = col("active").asPredicate()
private val age = col("age")

internal fun Programs.choices() {
    cases()
    choicesOfNulls()
    choicesOfWidths()
    nulls()
}

private fun Programs.cases() {
    program("compute/case_searched") { s ->
        val stage = whenever(age lt 30, "young").whenever(age lt 50, "middle").otherwise("old")
        people(s).select("id", stage alias "stage")
    }

    program("compute/case_without_else") { s ->
        people(s).select("id", whenever(age gt 40, 1L) alias "flag")
    }

    program("compute/case_of_value") { s ->
        people(s).select("id", case("city").whenever("Paris", "F").whenever("Berlin", "D").otherwise("?") alias "country")
    }

    program("compute/case_of_two_widths") { s ->
        people(s).select(
            "id",
            whenever(age gt 40L, age).whenever(age gt 25L, col("id")).otherwise(0.5) alias "a",
            whenever(active, age).otherwise(col("id")) alias "b",
        )
    }

    program("compute/case_of_null") { s ->
        people(s).select(
            "id",
            case("city").whenever(lit(null, "string"), "null").whenever("Paris", "P").otherwise("other") alias "a",
            whenever(active, "yes").whenever(!active, "no") alias "b",
        )
    }

    program("compute/case_protects") { s ->
        val odd = col("id") % 2L
        people(s).select("id", whenever(odd neq 0L, 100L / odd).otherwise(0L) alias "v")
    }
}

private fun Programs.choicesOfNulls() {
    program("compute/coalesce") { s ->
        people(s).select("id", coalesce("city", "name", lit("?")) alias "v")
    }

    program("compute/fill_null_of_column") { s ->
        people(s).select("id", "age").fillNull(mapOf("age" to 0L))
    }

    program("compute/distinct_from") { s ->
        people(s).select(
            "id",
            age isDistinctFrom 36L alias "a",
            col("city") isNotDistinctFrom lit(null, "string") alias "b",
            active.isNotTrue() alias "c",
            active.isUnknown() alias "d",
        )
    }
}

private fun Programs.choicesOfWidths() {
    program("compute/coalesce_of_two_widths") { s ->
        people(s).select(
            "id",
            coalesce("age", "id") alias "a",
            coalesce("height", "age", 0L) alias "b",
            nullif("age", 41L) alias "c",
            nullif("city", lit("Paris")) alias "d",
        )
    }

    program("compute/greatest_and_least") { s ->
        numbers(s).select(
            "label",
            greatest("i32", "i8", 5L) alias "a",
            least("i32", "u8", 5L) alias "b",
            greatest("f64", 0.0) alias "c",
            least("f32", 0f) alias "d",
        )
    }
}

private fun Programs.nulls() {
    program("nulls/drop_any") { s ->
        words(s).dropNulls()
    }

    program("nulls/drop_in_columns") { s ->
        people(s).select("id", "age", "city").dropNulls("age")
    }

    program("nulls/drop_with_threshold") { s ->
        people(s).select("id", "name", "city", "born").dropNulls(emptyList(), atLeast = 4)
    }

    program("nulls/replace") { s ->
        people(s).select("id", "city").replace(mapOf("Paris" to "Lyon"), "city")
    }
}
