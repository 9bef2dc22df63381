// Lists, structs and maps as values.
package polybolos.tests.programs

import io.polybolos.DataFrame
import io.polybolos.Session
import io.polybolos.col
import io.polybolos.functions.array_agg
import io.polybolos.functions.array_any_match
import io.polybolos.functions.array_append
import io.polybolos.functions.array_compact
import io.polybolos.functions.array_concat
import io.polybolos.functions.array_contains
import io.polybolos.functions.array_distinct
import io.polybolos.functions.array_empty
import io.polybolos.functions.array_filter
import io.polybolos.functions.array_length
import io.polybolos.functions.array_max
import io.polybolos.functions.array_position
import io.polybolos.functions.array_reverse
import io.polybolos.functions.array_sort
import io.polybolos.functions.array_sum
import io.polybolos.functions.array_to_string
import io.polybolos.functions.array_transform
import io.polybolos.functions.cardinality
import io.polybolos.functions.count
import io.polybolos.functions.element_at
import io.polybolos.functions.flatten
import io.polybolos.functions.length
import io.polybolos.functions.make_array
import io.polybolos.functions.map
import io.polybolos.functions.map_contains_key
import io.polybolos.functions.map_keys
import io.polybolos.functions.map_values
import io.polybolos.functions.named_struct
import io.polybolos.functions.range
import io.polybolos.functions.string_to_array
import io.polybolos.functions.upper
import io.polybolos.lit

private val tags = col("tags")

/** One row a product, with its orders as a list of structs. */
private fun lines(s: Session): DataFrame {
    val line = named_struct("id", "order_id", "n", col("quantity"))
    return orders(s).groupBy("product").agg(array_agg(line).orderBy("order_id") alias "lines")
}

internal fun Programs.nested() {
    lists()
    listsOfOthers()
    structs()
    listsOfStructs()
    maps()
}

private fun Programs.lists() {
    program("nested/looking_into_lists") { s ->
        orders(s).select(
            "order_id",
            array_length("tags") alias "length",
            array_contains("tags", lit("home")) alias "home",
            array_position("tags", lit("light")) alias "light",
            array_empty("tags") alias "empty",
        )
    }

    program("nested/changing_lists") { s ->
        orders(s).filter(tags.isNotNull()).select(
            "order_id",
            array_append("tags", lit("new")) alias "appended",
            array_concat("tags", lit(listOf("x", "y"))) alias "joined",
            array_reverse("tags") alias "reversed",
            tags.slice(2L, 3L) alias "middle",
            array_compact("tags") alias "compact",
        )
    }

    program("nested/sorting_lists") { s ->
        orders(s).select(
            "order_id",
            array_sort("tags", "DESC", "NULLS LAST") alias "down",
            array_sort("tags") alias "up",
            array_max("tags") alias "largest",
            array_length(array_distinct(array_concat("tags", "tags"))) alias "different",
        )
    }

    program("nested/lambdas") { s ->
        orders(s).select(
            "order_id",
            array_transform("tags") { upper(it) concat "!" } alias "loud",
            array_filter("tags") { it like "h%" } alias "h",
            array_any_match("tags") { length(it) gt 4L } alias "long",
        )
    }

    program("nested/comparing_lists") { s ->
        val some = orders(s).filter((tags neq lit(listOf("office"))) or tags.isNull())
        some.select("order_id", tags eq lit(listOf("home")) alias "home")
    }

    program("nested/lists_as_keys") { s ->
        orders(s).groupBy("tags").agg(count() alias "n")
    }
}

private fun Programs.listsOfOthers() {
    program("nested/lists_of_columns") { s ->
        val quantity = col("quantity")
        orders(s).filter(quantity lt 10L).select(
            "order_id",
            make_array(quantity, quantity * 2, lit(null, "int32")) alias "triple",
            array_sum(make_array(quantity, 1)) alias "sum",
            range(0L, quantity.cast("int64"), 3L) alias "range",
        )
    }

    program("nested/lists_and_text") { s ->
        orders(s).select("order_id", array_to_string("tags", "+") alias "text", string_to_array("product", "e") alias "pieces")
    }

    program("nested/lists_of_lists") { s ->
        val grouped = orders(s).filter(tags.isNotNull()).groupBy("person_id").agg(array_agg("tags").orderBy("order_id") alias "all")
        grouped.select("person_id", "all", flatten("all") alias "flat")
    }
}

private fun Programs.structs() {
    program("nested/fields_in_conditions") { s ->
        val address = col("address")
        orders(s).filter((address["zip"] gt 20000L) or address["street"].isNull()).select("order_id")
    }

    program("nested/sort_by_field") { s ->
        orders(s).select("order_id", "address").sort(col("address")["street"].desc().nullsLast(), "order_id")
    }

    program("nested/structs_of_columns") { s ->
        val person = named_struct("name", "name", "of", named_struct("age", "age", "city", col("city")))
        people(s).select("id", person alias "person", person["of"]["age"] alias "age")
    }

    program("nested/structs_as_keys") { s ->
        orders(s).groupBy("address").agg(count() alias "n")
    }

    program("nested/comparing_structs") { s ->
        val home = lit(mapOf("street" to "High St 1", "zip" to 10115), "struct<street string, zip int32>")
        orders(s).filter(col("address") eq home).select("order_id")
    }
}

private fun Programs.listsOfStructs() {
    program("nested/list_of_structs") { s ->
        lines(s).select(
            "product",
            "lines",
            (col("lines") getItem 1L)["id"] alias "first",
            (col("lines") getItem -1L)["n"] alias "last",
            array_length("lines") alias "count",
        )
    }

    program("unnest/list_of_structs") { s ->
        lines(s).unnest("lines", fields = true).drop("lines")
    }
}

private fun Programs.maps() {
    program("nested/map_lookup") { s ->
        orders(s).select(
            "order_id",
            col("attributes") getKey "color" alias "color",
            element_at("attributes", lit("size")) alias "size",
            map_contains_key("attributes", lit("size")) alias "sized",
        )
    }

    program("nested/map_parts") { s ->
        orders(s).filter(col("attributes").isNotNull()).select(
            "order_id",
            map_keys("attributes") alias "keys",
            map_values("attributes") alias "values",
            cardinality("attributes") alias "n",
        )
    }

    program("nested/map_of_lists") { s ->
        val made = map(make_array("name", lit("city")), make_array("city", "city"))
        people(s).filter(col("name").isNotNull()).select("id", made getKey "city" alias "city")
    }
}
