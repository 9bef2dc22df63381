package io.polybolos

import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.pojo.ArrowType
import org.apache.arrow.vector.types.pojo.Field
import org.apache.arrow.vector.types.pojo.Schema
import java.io.Console
import java.util.concurrent.TimeUnit

/**
 * Tables as text. All languages print the same table, character for character:
 *
 * ```text
 * +-----------------+-----------+---------+
 * | passenger_count | tip_share | vendor  |      first line of the head: the names
 * |           int64 |   float64 | string  |      second line: the types, as in plans
 * +-----------------+-----------+---------+
 * |               1 |      0.25 | a\nb    |      numbers to the right, all else to the left
 * |            NULL |       1.0 | a long… |
 * +-----------------+-----------+---------+
 * 2 rows                                         or: first 20 rows, there are more
 * ```
 *
 * A cell (and a name) longer than 40 characters is cut after 39, and `…` follows. Line feed, carriage return and tab become `\n`, `\r`
 * and `\t`. Where the table is wider than asked for, columns in the middle give way to one column `…`, and the line below says how many.
 */
internal object Show {
    private const val CELL_CHARS_MAX = 40
    private const val ELLIPSIS = "…"

    /** What stands around each cell: a line and two blanks. */
    private const val FRAME_CHARS = 3

    /** The first rows, at most [rowsMax], in lines of at most [width] characters where that is given. It ends with a line end. */
    fun table(
        schema: Schema,
        batches: List<VectorSchemaRoot>,
        rowsMax: Int,
        width: Int?,
        dictionaries: DictionaryProvider? = null,
    ): String {
        val columns = schema.fields.indices.map { column(schema.fields[it], it, batches, rowsMax, dictionaries) }
        val count = batches.sumOf { it.rowCount.toLong() }
        val rows = minOf(count, rowsMax.toLong()).toInt()
        val shown = fitting(columns, width)
        val hidden = columns.size - shown.count { it !== GAP }
        return lines(shown, rows).joinToString("\n", postfix = "\n") + footer(rows, count > rows) + hiddenColumns(hidden) + "\n"
    }

    /** One value as text, not cut. */
    fun text(vector: FieldVector, row: Int): String = StringBuilder().also { ValueTexts.writer(vector).write(it, row) }.toString()

    /** The characters of a line of the terminal; null where there is no terminal. */
    fun terminalWidth(): Int? = System.console()?.takeIf(::isTerminal)?.let { fromEnvironment() ?: fromStty() }

    /** From JDK 22 on there may be a console that is no terminal, and a method that tells. */
    private fun isTerminal(console: Console): Boolean =
        runCatching { Console::class.java.getMethod("isTerminal").invoke(console) as Boolean }.getOrDefault(true)

    private fun fromEnvironment(): Int? = System.getenv("COLUMNS")?.toIntOrNull()?.takeIf { it > 0 }

    /** What `stty size` says about the terminal that this process was started on: rows and columns. */
    private fun fromStty(): Int? = runCatching {
        val process = ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start()
        if (!process.waitFor(1, TimeUnit.SECONDS)) process.destroyForcibly()
        process.inputReader().readLine()?.split(' ')?.getOrNull(1)?.toIntOrNull()?.takeIf { it > 0 }
    }.getOrNull()

    private class Column(val head: List<String>, val cells: List<String>, val numeric: Boolean) {
        /** In characters; what decides which columns fit. */
        val chars = (head + cells).maxOf { it.codePointCount(0, it.length) }

        /** In columns of a terminal. */
        val width = (head + cells).maxOf(TextWidth::of)

        fun padded(text: String): String {
            val blanks = " ".repeat(width - TextWidth.of(text))
            return if (numeric) blanks + text else text + blanks
        }

        fun cell(row: Int): String = padded(cells.getOrElse(row) { if (this === GAP) ELLIPSIS else "" })
    }

    /** The column that stands for those that are left out. */
    private val GAP = Column(listOf(ELLIPSIS), emptyList(), numeric = false)

    private fun column(
        field: Field,
        position: Int,
        batches: List<VectorSchemaRoot>,
        rowsMax: Int,
        dictionaries: DictionaryProvider?,
    ): Column {
        val type = typeName(typeOf(decodedSchema(Schema(listOf(field)), dictionaries).fields.single()))
        val cells = ArrayList<String>()
        for (batch in batches) {
            val writer = ValueTexts.writer(batch.getVector(position), dictionaries)
            val room = minOf(batch.rowCount, rowsMax - cells.size)
            repeat(room) { row -> cells.add(clipped(StringBuilder().also { writer.write(it, row) }.toString())) }
        }
        return Column(listOf(clipped(field.name), type), cells, isNumeric(field))
    }

    private fun isNumeric(field: Field): Boolean = field.dictionary == null && when (field.type) {
        is ArrowType.Int, is ArrowType.FloatingPoint, is ArrowType.Decimal, is ArrowType.Null -> true
        else -> false
    }

    private fun clipped(text: String): String {
        val line = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        if (line.codePointCount(0, line.length) <= CELL_CHARS_MAX) return line
        return line.substring(0, line.offsetByCodePoints(0, CELL_CHARS_MAX - 1)) + ELLIPSIS
    }

    /** The columns to show. */
    private fun fitting(columns: List<Column>, width: Int?): List<Column> {
        if (width == null || drawn(columns) + 1 <= width) return columns
        val front = ArrayDeque(columns.take((columns.size + 1) / 2))
        val back = ArrayDeque(columns.drop(front.size))
        val gap = ELLIPSIS.length + FRAME_CHARS
        while (front.size + back.size > 2 && drawn(front) + drawn(back) + 1 + gap > width) {
            if (front.size > back.size) front.removeLast() else back.removeFirst()
        }
        return if (front.size + back.size < columns.size) front + GAP + back else columns
    }

    /** How wide columns are, but for the last line at the right. */
    private fun drawn(columns: List<Column>): Int = columns.sumOf { it.chars + FRAME_CHARS }

    private fun lines(columns: List<Column>, rows: Int): List<String> {
        if (columns.isEmpty()) return List(3) { "++" }
        val rule = columns.joinToString("+", "+", "+") { "-".repeat(it.width + 2) }
        val head = (0..1).map { line -> line(columns) { it.padded(it.head.getOrElse(line) { "" }) } }
        val body = (0 until rows).map { row -> line(columns) { it.cell(row) } }
        return listOf(rule) + head + rule + body + rule
    }

    private fun line(columns: List<Column>, cell: (Column) -> String): String = columns.joinToString(" | ", "| ", " |", transform = cell)

    private fun footer(rows: Int, more: Boolean): String = when {
        more -> "first $rows rows, there are more"
        rows == 1 -> "1 row"
        else -> "$rows rows"
    }

    private fun hiddenColumns(hidden: Int): String = when (hidden) {
        0 -> ""
        1 -> ", 1 column not shown"
        else -> ", $hidden columns not shown"
    }
}
