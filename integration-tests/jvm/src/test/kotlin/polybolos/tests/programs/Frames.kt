// Frames of windows: rows, ranges and groups around the current row; nulls in them.
package polybolos.tests.programs

import io.polybolos.Window
import io.polybolos.col
import io.polybolos.functions.avg
import io.polybolos.functions.count
import io.polybolos.functions.cume_dist
import io.polybolos.functions.first_value
import io.polybolos.functions.lag
import io.polybolos.functions.last
import io.polybolos.functions.lead
import io.polybolos.functions.max
import io.polybolos.functions.min
import io.polybolos.functions.nth_value
import io.polybolos.functions.percent_rank
import io.polybolos.functions.row_number
import io.polybolos.functions.sum

internal fun Programs.frames() {
    rangesOfValues()
    rowsAndGroups()
    functionsInFrames()
    windowsByExpressions()
}

private fun Programs.rangesOfValues() {
    program("window/range_of_numbers") { s ->
        val near = Window.orderedBy("order_id").rangeBetween(2L, 1L)
        orders(s).filter(col("order_id").notInList(103L, 107L, 108L)).select("order_id", sum("quantity") over near alias "near")
    }

    program("window/range_of_days") { s ->
        val near = Window.orderedBy("placed").rangeBetween(days(3), days(1))
        orders(s).select("order_id", count() over near alias "n")
    }

    program("window/range_descending") { s ->
        val near = Window.orderedBy(col("age").desc().nullsLast()).rangeBetween(5L, 12L)
        people(s).select("id", count() over near alias "n")
    }

    program("window/range_to_the_end") { s ->
        people(s).select("id", min("id") over Window.orderedBy("salary").rangeBetween(1000L, null) alias "first")
    }
}

private fun Programs.rowsAndGroups() {
    program("window/groups") { s ->
        people(s).select(
            "id",
            count() over Window.orderedBy(col("age").asc().nullsFirst()).groupsBetween(-1, 0) alias "n",
            sum("id") over Window.orderedBy("city").groupsBetween(1, 2) alias "next",
        )
    }

    program("window/equals_of_the_current_row") { s ->
        val byAge = Window.orderedBy("age")
        people(s).select("id", count() over byAge alias "up_to", count() over byAge.rowsBetween(null, null) alias "all")
    }

    program("window/rows_apart") { s ->
        val inOrder = Window.orderedBy("order_id")
        orders(s).select(
            "order_id",
            sum("quantity") over inOrder.rowsBetween(-3, -2) alias "before",
            count() over inOrder.rowsBetween(2, 3) alias "after",
            max("price") over inOrder.rowsBetween(0, null) alias "dearest",
        )
    }
}

private fun Programs.functionsInFrames() {
    program("window/last_value_that_is_there") { s ->
        val byId = Window.orderedBy("id")
        people(s).select(
            "id",
            last("age").ignoreNulls() over byId.rowsBetween(null, 0) alias "age",
            first_value("city") over byId.rowsBetween(0, 1) alias "city",
        )
    }

    program("window/nth_value") { s ->
        people(s).select(
            "id",
            nth_value("name", 2L) over Window.partitionBy("city").orderBy("id") alias "second",
            nth_value("name", 3L) over Window.orderedBy("id").rowsBetween(-1, 1) alias "third",
        )
    }

    program("window/share_of_ranks") { s ->
        people(s).select(
            "id",
            percent_rank() over Window.orderedBy(col("age").asc().nullsFirst()) alias "p",
            cume_dist() over Window.partitionBy("active").orderBy(col("id").desc()) alias "c",
        )
    }

    program("window/lag_with_default") { s ->
        val product = Window.partitionBy("product").orderBy("order_id")
        orders(s).select(
            "order_id",
            lag("quantity", 1L, -1) over product alias "before",
            lead("price", 1L) over product alias "after",
        )
    }

    program("window/filtered") { s ->
        people(s).select(
            "id",
            count().filter(col("active").asPredicate()) over Window.partitionBy("city") alias "active",
            sum("age").filter(col("id") gt 4L) over Window.orderedBy("id").rowsBetween(null, 0) alias "ages",
        )
    }
}

private fun Programs.windowsByExpressions() {
    program("window/by_expressions") { s ->
        people(s).select(
            "id",
            row_number() over Window.partitionBy(col("age") gt 36L).orderBy(-col("id")) alias "n",
            avg("salary") over Window.partitionBy(col("id") % 2L) alias "mean",
        )
    }

    program("window/best_of_each") { s ->
        val rank = row_number() over Window.partitionBy("product").orderBy(col("price").desc().nullsLast(), "order_id")
        val best = orders(s).withColumn("rank", rank).filter(col("rank") eq 1L)
        best.select("product", "order_id").sort(col("product").asc().nullsFirst())
    }
}
