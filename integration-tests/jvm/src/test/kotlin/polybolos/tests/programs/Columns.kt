// Which columns: selecting, computing, renaming, dropping.
package polybolos.tests.programs

import io.polybolos.col
import io.polybolos.functions.count
import io.polybolos.functions.date_trunc
import io.polybolos.functions.length
import io.polybolos.functions.month
import io.polybolos.functions.reverse
import io.polybolos.functions.substring
import io.polybolos.functions.upper
import io.polybolos.functions.year
import io.polybolos.lit
import io.polybolos.star
import java.math.BigDecimal

internal fun Programs.columns() {
    selecting()
    addingAndRenaming()
    computing()
    computingOfTypes()
    watching()
}

private fun Programs.selecting() {
    program("select/by_name") { s ->
        people(s).select("name", "id")
    }

    program("select/expressions") { s ->
        people(s).select(col("id") + 1 alias "next", "id")
    }

    program("select/star") { s ->
        words(s).join(people(s).select("id"), col("n") eq col("id")).select(star(), col("id") * 2 alias "twice")
    }

    program("select/star_excluding") { s ->
        words(s).select(star().excluding("word"))
    }

    program("select/same_column_twice") { s ->
        people(s).select(col("id") alias "a", col("id") alias "b")
    }

    program("select/odd_names") { s ->
        people(s).select(col("id") alias "a.b", col("name") alias "Größe in cm", col("age") alias "select")
    }
}

private fun Programs.addingAndRenaming() {
    program("with_columns/add") { s ->
        words(s).withColumn("ten", col("n") * 10)
    }

    program("with_columns/replace") { s ->
        words(s).withColumn("n", col("n") + 100)
    }

    program("with_columns/all_see_the_input") { s ->
        words(s).withColumns(col("n") + 1 alias "n", col("n") * 2 alias "twice")
    }

    program("with_columns/chain") { s ->
        words(s).withColumn("a", col("n") + 1).withColumn("b", col("a") + 1).withColumn("c", col("b") + 1).drop("a", "b")
    }

    program("rename/columns") { s ->
        words(s).rename(mapOf("n" to "number", "word" to "text"))
    }

    program("rename/swap") { s ->
        words(s).rename(mapOf("n" to "word", "word" to "n"))
    }

    program("drop/columns") { s ->
        people(s).drop("age", "city", "born", "height", "salary", "active", "joined", "seen")
    }

    program("alias/qualifies") { s ->
        val (a, b) = people(s).alias("a") to people(s).alias("b")
        a.join(b, (a["city"] eq b["city"]) and (a["id"] lt b["id"])).select(a["id"] alias "id", b["id"] alias "other")
    }
}

private fun Programs.computing() {
    program("compute/arithmetic") { s ->
        val id = col("id")
        people(s).select(
            id + 2 alias "a",
            id - 2 alias "b",
            id * 3 alias "c",
            id / 4 alias "d",
            id % 4 alias "e",
            -id alias "f",
        )
    }

    program("compute/decimals") { s ->
        people(s).select(col("salary") + lit(BigDecimal("0.05"), "decimal(3, 2)") alias "more", col("salary") * 2 alias "twice")
    }

    program("compute/floats") { s ->
        val some = numbers(s).filter(col("label").inList("one", "minus", "zero", "null"))
        some.select("label", col("f64") / 0.0 alias "q", col("f32").cast("float64") alias "w")
    }

    program("compute/comparison_gives_null") { s ->
        people(s).select("id", col("age") gt 30 alias "older", col("age") eq col("age") alias "same")
    }

    program("compute/three_valued_logic") { s ->
        val older = col("age") gt 30
        val active = col("active").asPredicate()
        people(s).select("id", active and older alias "both", active or older alias "either")
    }
}

private fun Programs.computingOfTypes() {
    program("compute/cast_widening") { s ->
        numbers(s).select(
            col("i8").cast("int64") alias "a",
            col("u32").cast("int64") alias "b",
            col("i32").cast("float64") alias "c",
            col("label").cast("string") alias "d",
        )
    }

    program("compute/cast_to_text") { s ->
        people(s).select(
            col("id").cast("string") alias "a",
            col("active").cast("string") alias "b",
            col("born").cast("string") alias "c",
            col("salary").cast("string") alias "d",
        )
    }

    program("compute/try_cast") { s ->
        words(s).select("word", col("word").tryCast("int64") alias "number")
    }

    program("compute/try_cast_narrowing") { s ->
        numbers(s).select("label", col("i64").tryCast("int8") alias "small")
    }

    program("compute/string_functions") { s ->
        words(s).filter(col("n") neq 6).select(
            "n",
            upper("word") alias "u",
            length("word").cast("int64") alias "l",
            substring("word", 2, 3) alias "m",
            reverse("word") alias "r",
        )
    }

    program("compute/dates") { s ->
        people(s).select(
            "id",
            year("born").cast("int64") alias "y",
            month("born").cast("int64") alias "m",
            date_trunc("month", "joined") alias "t",
        )
    }

    program("compute/timestamp_plus_interval") { s ->
        people(s).select("id", col("joined") + months(1) alias "later")
    }

    program("compute/struct_field") { s ->
        orders(s).select("order_id", col("address")["zip"] alias "zip")
    }

    program("compute/list_item") { s ->
        orders(s).select("order_id", col("tags")[1] alias "first", col("tags")[9] alias "ninth")
    }
}

private fun Programs.watching() {
    program("describe/statistics") { s ->
        people(s).select("id", "age").describe()
    }

    program("observe/passes_through") { s ->
        people(s).select("id").observe("seen", count() alias "rows")
    }
}
