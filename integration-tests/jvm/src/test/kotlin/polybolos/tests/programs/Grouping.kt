// Aggregation and windows.
package polybolos.tests.programs

import io.polybolos.Window
import io.polybolos.col
import io.polybolos.functions.array_agg
import io.polybolos.functions.avg
import io.polybolos.functions.bool_and
import io.polybolos.functions.bool_or
import io.polybolos.functions.count
import io.polybolos.functions.dense_rank
import io.polybolos.functions.first_value
import io.polybolos.functions.lag
import io.polybolos.functions.last_value
import io.polybolos.functions.lead
import io.polybolos.functions.max
import io.polybolos.functions.min
import io.polybolos.functions.ntile
import io.polybolos.functions.rank
import io.polybolos.functions.row_number
import io.polybolos.functions.string_agg
import io.polybolos.functions.sum
import io.polybolos.lit
import io.polybolos.whenever

internal fun Programs.grouping() {
    groups()
    measures()
    subtotals()
    windows()
    functionsOfWindows()
}

private fun Programs.groups() {
    program("group/by_one_key") { s ->
        people(s).groupBy("city").agg(count() alias "n")
    }

    program("group/by_two_keys") { s ->
        people(s).groupBy("city", "active").agg(count() alias "n", min("age") alias "youngest")
    }

    program("group/by_expression") { s ->
        people(s).groupBy(col("id") % 3 alias "rest").agg(sum("id") alias "total")
    }

    program("group/without_keys") { s ->
        people(s).filter(lit(false)).agg(count() alias "n", sum("age") alias "total", min("name") alias "first")
    }

    program("group/no_rows_no_groups") { s ->
        people(s).filter(lit(false)).groupBy("city").agg(count() alias "n")
    }

    program("group/having") { s ->
        people(s).groupBy("city").agg(count() alias "n").filter(col("n") gt 1)
    }

    program("group/distinct_keys") { s ->
        people(s).groupBy("city").agg()
    }
}

private fun Programs.measures() {
    program("group/count_skips_nulls") { s ->
        people(s).agg(count() alias "rows", count("age") alias "ages", count("city").distinct() alias "cities")
    }

    program("group/sum_avg_min_max") { s ->
        people(s).agg(sum("age") alias "s", avg("age") alias "a", min("born") alias "b", max("height") alias "h")
    }

    program("group/decimal_sum") { s ->
        people(s).groupBy("city").agg(sum("salary") alias "total")
    }

    program("group/filtered_measure") { s ->
        people(s).agg(
            count().filter(col("age") gt 40) alias "old",
            sum("age").filter(col("active").asPredicate()) alias "active",
        )
    }

    program("group/expression_of_measures") { s ->
        people(s).groupBy("city").agg(max("age") - min("age") alias "span")
    }

    program("group/array_agg_ordered") { s ->
        people(s).groupBy("city").agg(array_agg("id").orderBy(col("id").desc()) alias "ids")
    }

    program("group/string_agg") { s ->
        people(s).groupBy("city").agg(string_agg("name", ", ").orderBy("id") alias "names")
    }

    program("group/bool_and_or") { s ->
        people(s).groupBy("city").agg(bool_and("active") alias "all", bool_or("active") alias "any")
    }

    program("group/conditional_sum") { s ->
        people(s).agg(sum(whenever(col("active").asPredicate(), 1).otherwise(0)) alias "n")
    }
}

private fun Programs.subtotals() {
    program("group/rollup") { s ->
        people(s).rollup("city", "active").agg(count() alias "n")
    }

    program("group/cube") { s ->
        people(s).cube("city", "active").agg(count() alias "n")
    }

    program("group/grouping_sets") { s ->
        people(s).groupingSets(listOf("city"), listOf("active")).agg(count() alias "n")
    }
}

private fun Programs.windows() {
    program("window/running_sum") { s ->
        orders(s).select("order_id", sum("quantity") over Window.orderedBy("order_id").rowsBetween(null, 0) alias "total")
    }

    program("window/moving_average") { s ->
        orders(s).select("order_id", avg("quantity") over Window.orderedBy("order_id").rowsBetween(-1, 1) alias "mean")
    }

    program("window/whole_partition") { s ->
        people(s).select("id", count() over Window.partitionBy("city") alias "n")
    }

    program("window/share_of_total") { s ->
        val total = sum("quantity") over Window.partitionBy("product")
        orders(s).select("order_id", col("quantity") / total.cast("float64") alias "share").sort("order_id")
    }
}

private fun Programs.functionsOfWindows() {
    program("window/row_number") { s ->
        people(s).select("id", row_number() over Window.partitionBy("city").orderBy("id") alias "n")
    }

    program("window/rank_and_dense_rank") { s ->
        val byAge = Window.orderedBy(col("age").desc().nullsLast())
        people(s).select("id", rank() over byAge alias "r", dense_rank() over byAge alias "d")
    }

    program("window/lag_and_lead") { s ->
        val inOrder = Window.orderedBy("order_id")
        orders(s).select("order_id", lag("product") over inOrder alias "before", lead("quantity", 2) over inOrder alias "after")
    }

    program("window/first_and_last_value") { s ->
        val city = Window.partitionBy("city").orderBy("id").rowsBetween(null, null)
        people(s).select("id", first_value("name") over city alias "first", last_value("name") over city alias "last")
    }

    program("window/ntile") { s ->
        people(s).select("id", (ntile(4) over Window.orderedBy("id")).cast("int64") alias "bucket")
    }
}
