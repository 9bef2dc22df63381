// Rows to columns and back: unnest, pivot, unpivot.
package polybolos.tests.programs

import io.polybolos.col
import io.polybolos.functions.array_agg
import io.polybolos.functions.count
import io.polybolos.functions.max
import io.polybolos.functions.min
import io.polybolos.functions.string_to_array
import io.polybolos.functions.sum

internal fun Programs.reshape() {
    unnesting()
    pivoting()
    unpivoting()
}

private fun Programs.unnesting() {
    program("unnest/list") { s ->
        orders(s).select("order_id", "tags").unnest("tags")
    }

    program("unnest/outer") { s ->
        orders(s).select("order_id", "tags").unnest("tags", outer = true)
    }

    program("unnest/ordinality") { s ->
        orders(s).select("order_id", "tags").unnest("tags", ordinality = "position")
    }

    program("unnest/outer_with_ordinality") { s ->
        orders(s).unnest("tags", name = "tag", outer = true, ordinality = "at").select("order_id", "tag", "at")
    }

    program("unnest/map_into_fields") { s ->
        orders(s).unnest("attributes", fields = true).select("order_id", "key", "value")
    }

    program("unnest/map_entries") { s ->
        orders(s).select("order_id", "attributes").unnest("attributes")
    }

    program("unnest/computed_list") { s ->
        val pieces = words(s).select("n", string_to_array("word", " ") alias "pieces")
        pieces.unnest("pieces", name = "piece").select("n", "piece")
    }

    program("unnest/twice") { s ->
        orders(s).groupBy("product").agg(array_agg("tags").orderBy("order_id") alias "tags").unnest("tags").unnest("tags")
    }
}

private fun Programs.pivoting() {
    program("pivot/values_to_columns") { s ->
        orders(s).pivot("product", listOf("lamp", "desk"), rows = "person_id", cells = sum("quantity")).sort("person_id")
    }

    program("pivot/several_measures") { s ->
        val cells = orders(s).groupBy("person_id").pivot("product", listOf("lamp", "pen"))
        cells.agg(sum("quantity") alias "n", max("price") alias "most").sort(col("person_id").asc().nullsFirst())
    }

    program("pivot/values_found") { s ->
        people(s).groupBy("active").pivot("city").agg(count() alias "n")
    }

    program("pivot/without_rows") { s ->
        people(s).pivot("age", listOf(36L, 41L, 99L), rows = emptyList<String>(), cells = sum("id") alias "ids")
    }
}

private fun Programs.unpivoting() {
    program("unpivot/columns_to_rows") { s ->
        val some = people(s).select("id", "age", (col("id") * 2).cast("int32") alias "id2")
        some.unpivot(listOf("age", "id2"), keep = "id", keepNulls = false)
    }

    program("unpivot/keeping_nulls") { s ->
        people(s).select("id", "age", "height", col("id") * 2L alias "double").unpivot(listOf("age", "height", "double"), keep = "id")
    }

    program("unpivot/and_pivot_back") { s ->
        val some = people(s).select("id", "name", "city")
        val long = some.unpivot(listOf("name", "city"), keep = "id", namesTo = "key", valuesTo = "text")
        long.groupBy("id").pivot("key", listOf("name", "city")).agg(min("text"))
    }
}
