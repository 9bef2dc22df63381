package io.polybolos.bench

import org.apache.arrow.vector.DateDayVector
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.VectorSchemaRoot
import java.math.BigDecimal
import java.time.LocalDate
import java.util.Locale

/** The rows of a query, in no order. Values are numbers, texts or null; answers that were read from text files have texts alone. */
internal class Answer(private val columns: List<String>, private val rows: List<List<Any?>>) {
    /** How this answer differs from the right one; null where it does not. */
    fun difference(right: Answer): String? {
        if (columns != right.columns) return "the columns $columns instead of ${right.columns}"
        if (rows.size != right.rows.size) return "${rows.size} rows instead of ${right.rows.size}"
        val (ours, theirs) = sorted() to right.sorted()
        val at = ours.indices.firstOrNull { !same(ours[it], theirs[it]) } ?: return null
        return "the row ${ours[at]} instead of ${theirs[at]}"
    }

    private fun sorted() = rows.sortedBy { row -> row.joinToString("|", transform = ::key) }

    /** Rounded, so that sums of floats, whose last digits depend on their order, are sorted alike. */
    private fun key(value: Any?): String {
        val number = value as? Number ?: (value as? String)?.toBigDecimalOrNull() ?: return text(value)
        return String.format(Locale.ROOT, "%025.6f", exact(number))
    }

    private fun same(row: List<Any?>, right: List<Any?>) = row.size == right.size && row.indices.all { same(row[it], right[it]) }

    private fun same(value: Any?, right: Any?): Boolean = when (value) {
        is Number -> number(right)?.let { near(value, it) } ?: false
        else -> text(value) == text(right)
    }

    private fun number(value: Any?): BigDecimal? = (value as? Number)?.let(::exact) ?: (value as? String)?.toBigDecimalOrNull()

    /** Few digits are exact. More come from floats, which elsewhere may be decimals of so many digits as those have. */
    private fun near(value: Number, right: BigDecimal): Boolean {
        val ours = exact(value)
        if (value is BigDecimal && right.scale() <= EXACT_SCALE_MAX) return ours.compareTo(right) == 0
        val unit = if (value is BigDecimal) BigDecimal.ONE.movePointLeft(value.scale()) else BigDecimal.ZERO
        return (ours - right).abs() <= unit.max(right.abs() * TOLERANCE)
    }

    /** Null is nothing in text files. */
    private fun text(value: Any?): String = value?.toString() ?: ""

    companion object {
        /** Products of prices, discounts and taxes have six digits after the point. */
        private const val EXACT_SCALE_MAX = 6
        private val TOLERANCE = BigDecimal("1e-9")

        /** The rows of all batches. */
        fun of(columns: List<String>, batches: List<VectorSchemaRoot>): Answer =
            Answer(columns, batches.flatMap { batch -> List(batch.rowCount) { row -> batch.fieldVectors.map { value(it, row) } } })

        private fun value(vector: FieldVector, row: Int): Any? = when (val value = vector.getObject(row)) {
            is Number -> if (vector is DateDayVector) LocalDate.ofEpochDay(value.toLong()).toString() else value
            else -> value?.toString()
        }

        /** A number as it is; one that is none, or has no end, is far from all others. */
        private fun exact(value: Number): BigDecimal = value as? BigDecimal ?: value.toString().toBigDecimalOrNull() ?: FAR

        private val FAR = BigDecimal("1e300")
    }
}
