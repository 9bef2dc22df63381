package io.polybolos.bench

import org.apache.arrow.vector.VectorSchemaRoot
import java.math.BigDecimal
import kotlin.math.abs
import kotlin.math.max

/** The rows of a query, in no order: what is compared. Only so many are kept as tell answers apart. */
internal class Answer private constructor(val rows: Int, private val kept: List<List<Any?>>) {
    /** How this answer differs from the right one; null where it does not. */
    fun difference(right: Answer): String? {
        if (rows != right.rows) return "$rows rows instead of ${right.rows}"
        val (ours, theirs) = sorted(kept) to sorted(right.kept)
        for ((row, wanted) in ours.zip(theirs)) if (!row.indices.all { same(row[it], wanted.getOrNull(it)) }) return "the row $row instead of $wanted"
        return null
    }

    private fun sorted(rows: List<List<Any?>>) = rows.sortedBy { row -> row.joinToString("|") { (it as? Number)?.let(::rounded) ?: it.toString() } }

    private fun rounded(value: Number) = "%.4e".format(value.toDouble())

    /** Floats may differ in their last digits, because sums of them depend on their order. */
    private fun same(a: Any?, b: Any?): Boolean = when {
        a is Number && b is Number -> a == b || near(a.toDouble(), b.toDouble())
        else -> a == b
    }

    private fun near(a: Double, b: Double) = abs(a - b) <= TOLERANCE * max(1.0, max(abs(a), abs(b)))

    /** Takes batch by batch. */
    class Builder {
        private val kept = ArrayList<List<Any?>>()
        private var rows = 0

        fun add(batch: VectorSchemaRoot) {
            for (row in 0 until minOf(batch.rowCount, ROWS_MAX - kept.size)) kept.add(batch.fieldVectors.map { value(it.getObject(row)) })
            rows += batch.rowCount
        }

        private fun value(value: Any?): Any? = if (value is Number) value.let { it as? BigDecimal ?: BigDecimal(it.toString().replace("NaN", "0")) } else value?.toString()

        fun build() = Answer(rows, kept)
    }

    private companion object {
        const val ROWS_MAX = 10_000
        const val TOLERANCE = 1e-9
    }
}
