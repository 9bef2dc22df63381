// Set operations: by position, by name, of several types, with nulls.
package polybolos.tests.programs

import io.polybolos.col
import io.polybolos.lit
import java.math.BigDecimal

internal fun Programs.sets() {
    unions()
    unionsOfTypes()
    intersections()
    differences()
}

private fun Programs.unions() {
    program("set/union_all") { s ->
        people(s).select("city").union(people(s).filter(col("age") gt 40).select("city"))
    }

    program("set/union_distinct") { s ->
        people(s).select("city").unionDistinct(orders(s).select("product"))
    }

    program("set/union_by_name") { s ->
        people(s).select("id", "name").unionByName(people(s).select("name", "id"))
    }

    program("set/union_filling") { s ->
        people(s).select("id", "name").unionByName(people(s).select("id", "age"), allowMissing = true)
    }

    program("set/union_of_three") { s ->
        val some = people(s).filter(col("id") lt 3L).select("id", "name")
        val products = orders(s).filter(col("order_id") gt 111L).select("order_id", "product")
        some.union(products, people(s).filter(col("id") eq 9L).select("id", lit(null) alias "name"))
    }

    program("set/rows_with_nulls_are_equal") { s ->
        people(s).select("city", "active").unionDistinct(people(s).filter(col("id") gt 3L).select("city", "active"))
    }
}

private fun Programs.unionsOfTypes() {
    program("set/union_of_wider_type") { s ->
        people(s).select("age").union(people(s).select("id"))
    }

    program("set/union_of_decimals") { s ->
        val prices = orders(s).select(col("price") * BigDecimal("1.50") alias "gross")
        people(s).select("salary").union(prices, people(s).select("age"))
    }
}

private fun Programs.intersections() {
    program("set/intersect") { s ->
        people(s).select("age").intersect(people(s).filter(col("id") gt 4).select("age"))
    }

    program("set/intersect_all") { s ->
        val some = people(s).filter(col("id").inList(1, 4, 6, 7))
        people(s).select("city").intersect(some.select("city"), all = true)
    }

    program("set/intersect_with_nulls") { s ->
        val some = people(s).filter(col("id").inList(3L, 4L, 6L))
        people(s).select("age", "city").intersect(some.select("age", "city"))
    }
}

private fun Programs.differences() {
    program("set/except") { s ->
        people(s).select("age").except(people(s).filter(col("id") lt 4).select("age"))
    }

    program("set/except_all") { s ->
        people(s).select("city").except(people(s).filter(col("id").inList(1, 5)).select("city"), all = true)
    }

    program("set/except_with_nulls") { s ->
        val some = people(s).filter(col("id") lt 5L).select("id").union(s.select(lit(null, "int64") alias "id"))
        orders(s).select("person_id").except(some)
    }

    program("set/except_all_with_nulls") { s ->
        val some = orders(s).filter(col("order_id").inList(100L, 102L, 112L))
        orders(s).select("product").except(some.select("product"), all = true)
    }
}
