package polybolos.tests

import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.types.pojo.ArrowType
import org.apache.arrow.vector.types.pojo.Field
import java.math.BigDecimal
import kotlin.math.abs
import kotlin.math.max

/** Columns and rows of a result, by the values that Arrow itself gives: what is compared. */
class Answer private constructor(private val columns: List<String>, private val rows: List<List<Any?>>) {
    /** How this answer differs from the one that is promised; null where it does not. */
    fun difference(promised: Answer, ordered: Boolean, tolerance: Double): String? {
        if (columns != promised.columns) return "columns $columns instead of ${promised.columns}"
        if (rows.size != promised.rows.size) return "${rows.size} rows instead of ${promised.rows.size}"
        val (ours, theirs) = if (ordered) rows to promised.rows else sorted(rows) to sorted(promised.rows)
        val at = ours.indices.firstOrNull { !same(ours[it], theirs[it], tolerance) } ?: return null
        return "row $at: ${ours[at]} instead of ${theirs[at]}"
    }

    private fun sorted(rows: List<List<Any?>>) = rows.sortedBy { row -> row.joinToString("|", transform = ::key) }

    private fun key(value: Any?): String = if (value is Double) "%.6e".format(value) else value.toString()

    private fun same(a: Any?, b: Any?, tolerance: Double): Boolean = when {
        a is List<*> && b is List<*> -> a.size == b.size && a.indices.all { same(a[it], b[it], tolerance) }
        a is Double && b is Double -> a.compareTo(b) == 0 || (tolerance > 0 && abs(a - b) <= tolerance * max(abs(a), abs(b)))
        else -> a == b
    }

    companion object {
        /** Reads the result to its end. */
        fun of(reader: ArrowReader): Answer {
            val schema = reader.vectorSchemaRoot.schema
            val rows = ArrayList<List<Any?>>()
            while (reader.loadNextBatch()) rows.addAll(rowsOf(reader.vectorSchemaRoot))
            return Answer(schema.fields.map { "${it.name} ${logical(it)}" }, rows)
        }

        private fun rowsOf(root: VectorSchemaRoot) = (0 until root.rowCount).map { row -> root.fieldVectors.map { plain(it.getObject(row)) } }

        /** Lists and structs as lists, texts as strings, floats as doubles. */
        private fun plain(value: Any?): Any? = when (value) {
            is Map<*, *> -> value.entries.map { (name, member) -> listOf(name.toString(), plain(member)) }
            is Iterable<*> -> value.map(::plain)
            is ByteArray -> value.toList()
            is Float -> value.toDouble()
            is Double, is BigDecimal, is Boolean, null -> value
            is Number -> value.toLong()
            else -> value.toString()
        }

        /** The type without layout: all kinds of strings are one, and of binaries, and of lists. */
        private fun logical(field: Field): String = when (val type = field.type) {
            is ArrowType.LargeUtf8, is ArrowType.Utf8View -> "Utf8"
            is ArrowType.LargeBinary, is ArrowType.BinaryView -> "Binary"
            is ArrowType.List, is ArrowType.LargeList -> "List<${logical(field.children[0])}>"
            is ArrowType.FixedSizeList -> "List<${logical(field.children[0])}, ${type.listSize}>"
            is ArrowType.Struct -> field.children.joinToString(", ", "Struct<", ">") { "${it.name} ${logical(it)}" }
            is ArrowType.Map -> field.children[0].children.joinToString(", ", "Map<", ">", transform = ::logical)
            else -> type.toString()
        }
    }
}
