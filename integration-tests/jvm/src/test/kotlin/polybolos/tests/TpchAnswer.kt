package polybolos.tests

import java.math.BigDecimal
import kotlin.io.path.readLines

/** DuckDB's answer to a query of TPC-H at scale factor 0.01, which the Python tests check; texts, as CSV has them. */
class TpchAnswer(query: String) {
    private val lines = Server.ROOT.resolve("integration-tests/tpch/answers/sf0.01/$query.csv").readLines().map(::fields)

    val columns: List<String> get() = lines.first()

    /** How these rows differ from DuckDB's, as lists or as multisets; null where they do not. */
    fun difference(rows: List<List<Any?>>, ordered: Boolean): String? {
        val promised = lines.drop(1)
        if (rows.size != promised.size) return "${rows.size} rows instead of ${promised.size}"
        val (ours, theirs) = if (ordered) rows to promised else rows.sortedBy(::key) to promised.sortedBy(::key)
        val at = ours.indices.firstOrNull { !same(theirs[it], ours[it]) } ?: return null
        return "row $at: ${ours[at]} instead of ${theirs[at]}"
    }

    private fun key(row: List<Any?>) = row.joinToString("|") { value ->
        value.toString().toBigDecimalOrNull()?.let { "%025.6f".format(it) } ?: value.toString()
    }

    private fun same(promised: List<String>, row: List<Any?>) =
        promised.size == row.size && promised.indices.all { same(promised[it], row[it]) }

    private fun same(promised: String, value: Any?): Boolean =
        if (value is Number) near(promised.toBigDecimal(), value.toString().toBigDecimal()) else promised == (value ?: "").toString()

    /** Averages and quotients of decimals are floats in DuckDB, and decimals of a few digits here; all else is exact. */
    private fun near(promised: BigDecimal, value: BigDecimal): Boolean {
        if (promised.scale() <= EXACT_SCALE_MAX) return promised.compareTo(value) == 0
        val unit = BigDecimal.ONE.movePointLeft(value.scale())
        return (promised - value).abs() <= unit.max(promised.abs() * TOLERANCE)
    }

    private companion object {
        /** Products of prices, discounts and taxes have six digits after the point; floats have more. */
        const val EXACT_SCALE_MAX = 6
        val TOLERANCE = BigDecimal("1e-9")

        /** A field after its comma; one with commas or quotes inside stands in quotes. */
        val FIELD = Regex(""",(?:"((?:[^"]|"")*)"|([^",]*))""")

        fun fields(line: String): List<String> = FIELD.findAll(",$line").map { field ->
            val (quoted, plain) = field.destructured
            quoted.replace("\"\"", "\"") + plain
        }.toList()
    }
}
