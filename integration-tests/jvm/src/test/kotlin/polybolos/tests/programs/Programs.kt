package polybolos.tests.programs

import io.polybolos.DataFrame
import io.polybolos.Interval
import io.polybolos.Session

/**
 * The DataFrame programs of the corpus by the names of their cases: each builds the plan of its case, as those in `src/programs` do in
 * Rust and those in `python/programs` in Python.
 */
internal class Programs {
    private val byName = LinkedHashMap<String, Program>()

    /** States the case of this name. */
    fun program(name: String, build: Program) {
        check(byName.put(name, build) == null) { "two programs are called $name" }
    }

    companion object {
        /** Every program. */
        val ALL: Map<String, Program> = Programs().apply {
            choices()
            columns()
            decimals()
            frames()
            grouping()
            joins()
            nested()
            reshape()
            rows()
            sets()
            temporal()
            text()
            values()
        }.byName
    }
}

internal typealias Program = (Session) -> DataFrame

internal fun people(s: Session): DataFrame = s.readParquet("people.parquet")

internal fun orders(s: Session): DataFrame = s.readParquet("orders.parquet")

internal fun numbers(s: Session): DataFrame = s.readParquet("numbers.parquet")

internal fun words(s: Session): DataFrame = s.readParquet("words.parquet")

internal fun months(n: Int) = Interval(months = n, days = 0, nanos = 0)

internal fun days(n: Int) = Interval(months = 0, days = n, nanos = 0)

internal fun hours(n: Long) = Interval(months = 0, days = 0, nanos = n * 3_600_000_000_000)
