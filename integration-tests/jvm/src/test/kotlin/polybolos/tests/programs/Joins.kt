// Joins.
package polybolos.tests.programs

import io.polybolos.DataFrame
import io.polybolos.JoinKind
import io.polybolos.Session
import io.polybolos.col
import io.polybolos.functions.count
import io.polybolos.functions.max
import io.polybolos.functions.sum
import io.polybolos.lit

private fun byPerson(s: Session, how: JoinKind): DataFrame {
    val (p, o) = people(s).select("id", "name") to orders(s).select("order_id", "person_id")
    return p.join(o, p["id"] eq o["person_id"], how)
}

/** The left side has its key under the name that the right side uses. */
private fun usingPerson(s: Session, how: JoinKind): DataFrame =
    people(s).select(col("id") alias "person_id", "name").join(orders(s).select("person_id", "order_id"), "person_id", how)

internal fun Programs.joins() {
    kinds()
    conditions()
    using()
    several()
    lateral()
}

private fun Programs.kinds() {
    program("join/inner") { s -> byPerson(s, JoinKind.INNER) }

    program("join/left") { s -> byPerson(s, JoinKind.LEFT) }

    program("join/right") { s -> byPerson(s, JoinKind.RIGHT) }

    program("join/full") { s -> byPerson(s, JoinKind.FULL) }

    program("join/semi") { s -> byPerson(s, JoinKind.SEMI) }

    program("join/anti") { s -> byPerson(s, JoinKind.ANTI) }

    program("join/cross") { s -> words(s).select("n").crossJoin(people(s).select("id")) }

    program("join/with_nothing") { s ->
        val (p, o) = people(s).select("id") to orders(s).filter(lit(false)).select("person_id", "order_id")
        p.join(o, p["id"] eq o["person_id"], JoinKind.LEFT).select("id", "order_id")
    }
}

private fun Programs.conditions() {
    program("join/on_inequality") { s ->
        val (p, q) = people(s).alias("p") to people(s).alias("q")
        p.join(q, (p["height"] lt q["height"]) and (p["city"] eq q["city"])).select(p["id"], q["id"] alias "other")
    }

    program("join/condition_on_the_kept_side") { s ->
        val (p, o) = people(s) to orders(s)
        p.join(o, (p["id"] eq o["person_id"]) and (p["age"] gt 40), JoinKind.LEFT).select("id", "order_id")
    }

    program("join/null_safe_condition") { s ->
        val (p, q) = people(s).alias("p") to people(s).alias("q")
        val same = (p["city"] isNotDistinctFrom q["city"]) and (p["id"] lt q["id"])
        p.join(q, same).select(p["id"] alias "id", q["id"] alias "other")
    }

    program("join/semi_with_condition") { s ->
        val (p, o) = people(s) to orders(s)
        p.join(o, (p["id"] eq o["person_id"]) and (o["price"] * 20L gt p["salary"]), JoinKind.SEMI).select("id")
    }

    program("join/anti_with_condition") { s ->
        val (p, o) = people(s) to orders(s)
        p.join(o, (p["id"] eq o["person_id"]) and (o["quantity"] gt 1L), JoinKind.ANTI).select("id")
    }

    program("join/anti_without_equality") { s ->
        val (p, q) = people(s).alias("p") to people(s).alias("q")
        p.join(q, q["height"] gt p["height"], JoinKind.ANTI).select("id")
    }

    program("join/full_on_expressions") { s ->
        val (p, o) = people(s) to orders(s)
        p.join(o, p["id"] * 2L eq o["quantity"] + 1L, JoinKind.FULL).select("id", "order_id")
    }

    program("join/left_on_a_range") { s ->
        val (p, o) = people(s) to orders(s)
        p.join(o, o["price"].between(p["salary"] / 20L, p["salary"] / 10L), JoinKind.LEFT).select("id", "order_id")
    }
}

private fun Programs.using() {
    program("join/using_inner") { s -> usingPerson(s, JoinKind.INNER) }

    program("join/using_right") { s -> usingPerson(s, JoinKind.RIGHT) }

    program("join/using_full") { s -> usingPerson(s, JoinKind.FULL) }

    program("join/using_two_columns") { s ->
        val other = people(s).select("city", "active", col("id") alias "other")
        people(s).select("city", "active", "id").join(other, listOf("city", "active")).filter(col("id") neq col("other"))
    }

    program("join/using_nulls_equal") { s ->
        val sizes = people(s).groupBy("city").agg(count() alias "n")
        people(s).select("city", "id").join(sizes, "city", nullsEqual = true)
    }

    program("join/null_keys_do_not_match") { s ->
        val sizes = people(s).filter(col("id") gt 3L).groupBy("city").agg(count() alias "n")
        people(s).select("city", "id").join(sizes, "city", JoinKind.FULL)
    }
}

private fun Programs.several() {
    program("join/then_group") { s ->
        val joined = people(s).join(orders(s), col("id") eq col("person_id"))
        joined.groupBy("name").agg(sum(col("price") * col("quantity")) alias "spent")
    }

    program("join/shared_input") { s ->
        val old = people(s).filter(col("age") gt 40)
        old.join(old.filter(col("active")).select("id"), "id", JoinKind.SEMI).select("id")
    }

    program("join/of_three") { s ->
        val (o, p) = orders(s) to people(s)
        val c = people(s).groupBy("city").agg(count() alias "n")
        val joined = o.join(p, o["person_id"] eq p["id"], JoinKind.LEFT).join(c, p["city"] eq c["city"], JoinKind.LEFT)
        joined.select(o["order_id"], p["name"], c["n"])
    }
}

private fun Programs.lateral() {
    program("join/lateral") { s ->
        val p = people(s).select("id")
        p.crossJoinLateral(orders(s).filter(col("person_id") eq p.outer("id")).select("order_id"))
    }

    program("join/lateral_aggregate") { s ->
        val p = people(s).select("id")
        val theirs = orders(s).filter(col("person_id") eq p.outer("id"))
        p.crossJoinLateral(theirs.agg(count() alias "n", max("price") alias "most"))
    }

    program("join/lateral_left") { s ->
        val p = people(s).select("id")
        val large = orders(s).filter((col("person_id") eq p.outer("id")) and (col("quantity") gt 1L)).select("order_id")
        p.joinLateral(large, lit(true), JoinKind.LEFT)
    }
}
