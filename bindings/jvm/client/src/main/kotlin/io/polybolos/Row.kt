package io.polybolos

import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.pojo.Field
import org.apache.arrow.vector.types.pojo.Schema
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime

/**
 * A row of a result, or a struct in one: values by name and by position, immutable and on its own, so that it may be kept.
 *
 * [get] gives a value as it is; the classes are those of this table. The other getters also widen where that loses nothing, such as an
 * `int32` to a `Long`, and refuse everything else with an error that says what the column holds. Getters of objects give null for null,
 * getters of numbers and flags refuse it: ask [isNull] first, or use [get].
 *
 * | column | value | getter |
 * | --- | --- | --- |
 * | bool | `Boolean` | [getBoolean] |
 * | int8, int16, int32, int64 | `Byte`, `Short`, `Int`, `Long` | [getInt], [getLong] |
 * | uint8, uint16, uint32, uint64 | `Short`, `Int`, `Long`, `BigInteger` | [getInt], [getLong], [getBigInteger] |
 * | float16 and float32, float64 | `Float`, `Double` | [getFloat], [getDouble] |
 * | decimal | `BigDecimal` | [getDecimal] |
 * | string, binary | `String`, `ByteArray` | [getString], [getBytes] |
 * | date, time | `LocalDate`, `LocalTime` | [getDate], [getTime] |
 * | timestamp without a zone, with one | `LocalDateTime`, `Instant` | [getDateTime], [getInstant] |
 * | duration, interval | `Duration`, [Interval] | [getDuration], [getInterval] |
 * | list, struct, map | `List`, [Row], `Map` | [getList], [getRow], [getMap] |
 *
 * Where two columns have the same name, they are reached by position only.
 */
public class Row internal constructor(private val columns: RowColumns, internal val values: Array<Any?>) {
    /** The names of the columns, in order. */
    public val names: List<String> get() = columns.names

    /** How many columns there are. */
    public val size: Int get() = values.size

    /** The value at a position, which starts at 0. */
    public operator fun get(index: Int): Any? = values[checked(index)]

    /** The value of a column. */
    public operator fun get(name: String): Any? = values[columns.position(name)]

    /** Whether the value at a position is null. */
    public fun isNull(index: Int): Boolean = get(index) == null

    /** Whether the value of a column is null. */
    public fun isNull(name: String): Boolean = get(name) == null

    /** The flag at a position. */
    public fun getBoolean(index: Int): Boolean = present(index) as? Boolean ?: refuse(index, "Boolean")

    /** The flag in a column. */
    public fun getBoolean(name: String): Boolean = getBoolean(columns.position(name))

    /** The whole number of at most 32 bits at a position. */
    public fun getInt(index: Int): Int = when (val value = present(index)) {
        is Int, is Short, is Byte -> (value as Number).toInt()
        else -> refuse(index, "Int")
    }

    /** The whole number of at most 32 bits in a column. */
    public fun getInt(name: String): Int = getInt(columns.position(name))

    /** The whole number of at most 64 bits at a position. */
    public fun getLong(index: Int): Long = when (val value = present(index)) {
        is Long, is Int, is Short, is Byte -> (value as Number).toLong()
        else -> refuse(index, "Long")
    }

    /** The whole number of at most 64 bits in a column. */
    public fun getLong(name: String): Long = getLong(columns.position(name))

    /** The number at a position, where every number of the column is a `Float`. */
    public fun getFloat(index: Int): Float = when (val value = present(index)) {
        is Float, is Short, is Byte -> (value as Number).toFloat()
        else -> refuse(index, "Float")
    }

    /** The number in a column, where every number of the column is a `Float`. */
    public fun getFloat(name: String): Float = getFloat(columns.position(name))

    /** The number at a position, where every number of the column is a `Double`. */
    public fun getDouble(index: Int): Double = when (val value = present(index)) {
        is Double, is Float, is Int, is Short, is Byte -> (value as Number).toDouble()
        else -> refuse(index, "Double")
    }

    /** The number in a column, where every number of the column is a `Double`. */
    public fun getDouble(name: String): Double = getDouble(columns.position(name))

    /** The exact number at a position: a decimal or a whole number. */
    public fun getDecimal(index: Int): BigDecimal? = when (val value = get(index)) {
        null, is BigDecimal -> value as BigDecimal?
        is BigInteger -> value.toBigDecimal()
        is Long, is Int, is Short, is Byte -> BigDecimal.valueOf((value as Number).toLong())
        else -> refuse(index, "BigDecimal")
    }

    /** The exact number in a column: a decimal or a whole number. */
    public fun getDecimal(name: String): BigDecimal? = getDecimal(columns.position(name))

    /** The whole number of any size at a position. */
    public fun getBigInteger(index: Int): BigInteger? = when (val value = get(index)) {
        null, is BigInteger -> value as BigInteger?
        is Long, is Int, is Short, is Byte -> BigInteger.valueOf((value as Number).toLong())
        else -> refuse(index, "BigInteger")
    }

    /** The whole number of any size in a column. */
    public fun getBigInteger(name: String): BigInteger? = getBigInteger(columns.position(name))

    /** The text at a position. */
    public fun getString(index: Int): String? = typed(index, String::class.java)

    /** The text in a column. */
    public fun getString(name: String): String? = getString(columns.position(name))

    /** The bytes at a position; the array is the row's own. */
    public fun getBytes(index: Int): ByteArray? = typed(index, ByteArray::class.java)

    /** The bytes in a column; the array is the row's own. */
    public fun getBytes(name: String): ByteArray? = getBytes(columns.position(name))

    /** The date at a position. */
    public fun getDate(index: Int): LocalDate? = typed(index, LocalDate::class.java)

    /** The date in a column. */
    public fun getDate(name: String): LocalDate? = getDate(columns.position(name))

    /** The time of day at a position. */
    public fun getTime(index: Int): LocalTime? = typed(index, LocalTime::class.java)

    /** The time of day in a column. */
    public fun getTime(name: String): LocalTime? = getTime(columns.position(name))

    /** The timestamp without a zone at a position. */
    public fun getDateTime(index: Int): LocalDateTime? = typed(index, LocalDateTime::class.java)

    /** The timestamp without a zone in a column. */
    public fun getDateTime(name: String): LocalDateTime? = getDateTime(columns.position(name))

    /** The timestamp with a zone at a position, as the instant that it is. */
    public fun getInstant(index: Int): Instant? = typed(index, Instant::class.java)

    /** The timestamp with a zone in a column, as the instant that it is. */
    public fun getInstant(name: String): Instant? = getInstant(columns.position(name))

    /** The elapsed time at a position. */
    public fun getDuration(index: Int): Duration? = typed(index, Duration::class.java)

    /** The elapsed time in a column. */
    public fun getDuration(name: String): Duration? = getDuration(columns.position(name))

    /** The interval at a position. */
    public fun getInterval(index: Int): Interval? = typed(index, Interval::class.java)

    /** The interval in a column. */
    public fun getInterval(name: String): Interval? = getInterval(columns.position(name))

    /** The list at a position. */
    public fun getList(index: Int): List<Any?>? = typed(index, List::class.java)

    /** The list in a column. */
    public fun getList(name: String): List<Any?>? = getList(columns.position(name))

    /** The struct at a position. */
    public fun getRow(index: Int): Row? = typed(index, Row::class.java)

    /** The struct in a column. */
    public fun getRow(name: String): Row? = getRow(columns.position(name))

    /** The map at a position, in the order of its entries; of a key that stands twice the last value. */
    public fun getMap(index: Int): Map<out Any?, Any?>? = typed(index, Map::class.java)

    /** The map in a column, in the order of its entries; of a key that stands twice the last value. */
    public fun getMap(name: String): Map<out Any?, Any?>? = getMap(columns.position(name))

    /** The values by name, in the order of the columns. Two columns of one name are an error. */
    public fun toMap(): Map<String, Any?> {
        columns.requireUnique()
        return names.zip(values).toMap()
    }

    /** The values, in the order of the columns. */
    public fun toList(): List<Any?> = values.toList()

    /** Equal rows have equal names and values in the same order; bytes are compared by content. */
    override fun equals(other: Any?): Boolean =
        other is Row && names == other.names && DeepEquality.equal(values.asList(), other.values.asList())

    /** As [equals] has it. */
    override fun hashCode(): Int = 31 * names.hashCode() + DeepEquality.hash(values.asList())

    /** Names and values, in the order of the columns. */
    override fun toString(): String = names.indices.joinToString(", ", "Row(", ")") { "${names[it]}=${shown(values[it])}" }

    private fun shown(value: Any?): String = when (value) {
        is ByteArray -> value.joinToString("", "x'", "'") { "%02x".format(it) }
        is List<*> -> value.joinToString(", ", "[", "]", transform = ::shown)
        is Map<*, *> -> value.entries.joinToString(", ", "{", "}") { "${shown(it.key)}=${shown(it.value)}" }
        else -> value.toString()
    }

    private fun checked(index: Int): Int {
        if (index in values.indices) return index
        throw InvalidArgumentException("the row has ${values.size} columns, there is none at the position $index")
    }

    private fun present(index: Int): Any =
        get(index) ?: throw InvalidArgumentException("the column ${quoted(names[index])} is null here; ask isNull first, or use get")

    private fun <T> typed(index: Int, type: Class<T>): T? {
        val value = get(index)
        return if (value == null || type.isInstance(value)) type.cast(value) else refuse(index, type.simpleName)
    }

    private fun refuse(index: Int, wanted: String): Nothing {
        val held = get(index)?.let(::shortName)
        throw InvalidArgumentException("the column ${quoted(names[index])} holds values of the class $held, which are no $wanted")
    }

    private fun shortName(value: Any): String = when (value) {
        is List<*> -> "List"
        is Map<*, *> -> "Map"
        else -> value::class.simpleName.orEmpty()
    }

    /** Where rows of one's own come from. */
    public companion object {
        /** A row of one's own: a name and a value for each column. */
        @JvmStatic
        public fun of(names: List<String>, values: List<Any?>): Row {
            if (names.size != values.size) throw InvalidArgumentException("${names.size} names and ${values.size} values make no row")
            return Row(RowColumns(names.toList()), values.toTypedArray())
        }
    }
}

/** The columns that many rows share. */
internal class RowColumns(val names: List<String>) {
    private val positions: Map<String, Int> = names.withIndex().associate { it.value to it.index }

    fun position(name: String): Int {
        val position = positions[name] ?: throw missing(name)
        if (positions.size < names.size && names.indexOf(name) != position) throw repeated(name)
        return position
    }

    fun requireUnique() {
        val again = names.groupBy { it }.entries.firstOrNull { it.value.size > 1 } ?: return
        throw repeated(again.key)
    }

    private fun missing(name: String): PolybolosException {
        val sentence = "the row has no column ${quoted(name)}"
        return InvalidArgumentException(ErrorFacts("INVALID_ARGUMENT", sentence, candidates = NearNames.of(name, names)))
    }

    private fun repeated(name: String) =
        InvalidArgumentException("the row has more than one column ${quoted(name)}: take it by its position, or rename the columns")
}

/** Equality of values in which bytes, at any depth, are equal by content. */
private object DeepEquality {
    fun equal(a: Any?, b: Any?): Boolean = when {
        a is ByteArray && b is ByteArray -> a.contentEquals(b)
        a is List<*> && b is List<*> -> a.size == b.size && a.indices.all { equal(a[it], b[it]) }
        a is Map<*, *> && b is Map<*, *> -> equalMaps(a, b)
        else -> a == b
    }

    private fun equalMaps(a: Map<*, *>, b: Map<*, *>) =
        a.size == b.size && a.all { (key, value) -> b.containsKey(key) && equal(value, b[key]) }

    fun hash(value: Any?): Int = when (value) {
        is ByteArray -> value.contentHashCode()
        is List<*> -> value.fold(1) { sum, item -> 31 * sum + hash(item) }
        is Map<*, *> -> value.entries.sumOf { (key, item) -> key.hashCode() xor hash(item) }
        else -> value.hashCode()
    }
}

/** Turns batches of one result into rows, one batch after the other. */
internal class RowReader(schema: Schema) {
    private val columns = RowColumns(schema.fields.map(Field::getName))
    private var rowsBefore = 0L

    /** All rows of a batch, copied out of Arrow. */
    fun rows(root: VectorSchemaRoot, dictionaries: DictionaryProvider? = null): List<Row> {
        val batch = BatchReader(root, dictionaries, rowsBefore)
        rowsBefore += root.rowCount
        return List(root.rowCount) { Row(columns, batch.values(it)) }
    }
}
