// Decimals: precision and scale, rounding, comparison.
package polybolos.tests.programs

import io.polybolos.col
import io.polybolos.functions.abs
import io.polybolos.functions.avg
import io.polybolos.functions.ceil
import io.polybolos.functions.coalesce
import io.polybolos.functions.count
import io.polybolos.functions.floor
import io.polybolos.functions.greatest
import io.polybolos.functions.max
import io.polybolos.functions.min
import io.polybolos.functions.round
import io.polybolos.functions.sum
import io.polybolos.functions.trunc
import io.polybolos.lit
import io.polybolos.minus
import io.polybolos.whenever
import java.math.BigDecimal

private val price = col("price")
private val salary = col("salary")

internal fun Programs.decimals() {
    arithmetic()
    aggregates()
    comparisons()
    casts()
}

private fun Programs.arithmetic() {
    program("decimal/addition") { s ->
        val more = price + lit(BigDecimal("0.005"), "decimal(4, 3)")
        orders(s).select("order_id", more alias "more", BigDecimal.ONE - price alias "less")
    }

    program("decimal/multiplication") { s ->
        orders(s).select("order_id", price * BigDecimal("1.075") alias "gross", price * price alias "square")
    }

    program("decimal/division") { s ->
        orders(s).select("order_id", price / col("quantity") alias "each", price / BigDecimal(7) alias "seventh")
    }

    program("decimal/modulo") { s ->
        val cents = price % lit(BigDecimal("0.30"), "decimal(3, 2)")
        val negative = -price % lit(BigDecimal(7), "decimal(3, 0)")
        orders(s).select("order_id", cents alias "cents", negative alias "negative")
    }

    program("decimal/with_integers") { s ->
        people(s).select("id", salary + col("age") alias "a", salary * col("id") alias "b", col("age") - salary alias "c")
    }

    program("decimal/with_float") { s ->
        orders(s).select("order_id", price * 1.5 alias "more", price gt 19.99 alias "dear")
    }

    program("decimal/rounding") { s ->
        orders(s).select(
            "order_id",
            round("price", 1L).cast("string") alias "a",
            round(-price, 1L).cast("string") alias "b",
            round("price").cast("string") alias "c",
            trunc("price") alias "d",
            ceil(-price) alias "e",
            floor(-price) alias "f",
        )
    }
}

private fun Programs.aggregates() {
    program("decimal/average") { s ->
        orders(s).groupBy("product").agg(
            avg("price") alias "mean",
            sum("price") alias "sum",
            sum(price * col("quantity")) alias "revenue",
        )
    }

    program("decimal/widest_aggregates") { s ->
        val some = numbers(s).filter(col("label").inList("max", "min", "one"))
        some.agg(sum("dec") alias "sum", min("dec") alias "min", max("dec") alias "max", count("dec").distinct() alias "n")
    }

    program("decimal/as_keys") { s ->
        people(s).groupBy("salary").agg(count() alias "n", min("id") alias "first")
    }
}

private fun Programs.comparisons() {
    program("decimal/comparison") { s ->
        val chosen = price.inList(lit(BigDecimal("19.990"), "decimal(6, 3)"), BigDecimal(21))
        val cheap = price lt lit(BigDecimal("0.351"), "decimal(4, 3)")
        orders(s).filter(chosen or cheap or (price eq 250L)).select("order_id")
    }

    program("decimal/widest") { s ->
        val dec = col("dec")
        val large = lit(BigDecimal.TEN.pow(20), "decimal(38, 10)")
        numbers(s).select("label", abs("dec") alias "a", -dec alias "b", dec eq 2L alias "c", dec gt large alias "d")
    }

    program("decimal/common_type") { s ->
        orders(s).select(
            "order_id",
            whenever(col("quantity") gt 2L, price).otherwise(BigDecimal("0.125")) alias "a",
            coalesce("price", 0L) alias "b",
            greatest("price", BigDecimal("20.125")) alias "c",
        )
    }
}

private fun Programs.casts() {
    program("decimal/casts") { s ->
        people(s).select(
            "id",
            salary.cast("decimal(6, 1)").cast("string") alias "a",
            salary.cast("decimal(14, 4)").cast("string") alias "b",
            salary.cast("int64") alias "c",
            salary.cast("float64") alias "d",
            salary.cast("string") alias "e",
        )
    }

    program("decimal/of_text") { s ->
        val text = salary.cast("string")
        people(s).select(
            "id",
            text.cast("decimal(12, 3)").cast("string") alias "a",
            col("city").tryCast("decimal(5, 2)") alias "b",
            text.tryCast("decimal(5, 2)") alias "c",
        )
    }
}
