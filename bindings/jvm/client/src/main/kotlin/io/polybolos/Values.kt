/*
 * Arrow's values as values of the JVM.
 *
 * | Arrow | JVM |
 * | --- | --- |
 * | null | null |
 * | bool | `Boolean` |
 * | int8, int16, int32, int64 | `Byte`, `Short`, `Int`, `Long` |
 * | uint8, uint16, uint32, uint64 | `Short`, `Int`, `Long`, `BigInteger` |
 * | float16 and float32, float64 | `Float`, `Double` |
 * | decimal | `BigDecimal` |
 * | string, binary | `String`, `ByteArray` |
 * | date, time | `LocalDate`, `LocalTime` |
 * | timestamp without a zone, with one | `LocalDateTime`, `Instant` |
 * | duration, interval | `Duration`, [Interval] |
 * | list, struct, map | `List`, [Row], `Map` in the order of the entries |
 *
 * Dictionaries and run ends are decoded. A value beyond what its class holds, such as a timestamp of the year 292 277 026 596, is an
 * error that names column and row.
 */
package io.polybolos

import org.apache.arrow.vector.BaseIntVector
import org.apache.arrow.vector.BigIntVector
import org.apache.arrow.vector.BitVector
import org.apache.arrow.vector.DateDayVector
import org.apache.arrow.vector.DateMilliVector
import org.apache.arrow.vector.Decimal256Vector
import org.apache.arrow.vector.DecimalVector
import org.apache.arrow.vector.DurationVector
import org.apache.arrow.vector.ExtensionTypeVector
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.FixedSizeBinaryVector
import org.apache.arrow.vector.Float2Vector
import org.apache.arrow.vector.Float4Vector
import org.apache.arrow.vector.Float8Vector
import org.apache.arrow.vector.IntVector
import org.apache.arrow.vector.IntervalDayVector
import org.apache.arrow.vector.IntervalMonthDayNanoVector
import org.apache.arrow.vector.IntervalYearVector
import org.apache.arrow.vector.LargeVarBinaryVector
import org.apache.arrow.vector.LargeVarCharVector
import org.apache.arrow.vector.NullVector
import org.apache.arrow.vector.SmallIntVector
import org.apache.arrow.vector.TimeMicroVector
import org.apache.arrow.vector.TimeMilliVector
import org.apache.arrow.vector.TimeNanoVector
import org.apache.arrow.vector.TimeSecVector
import org.apache.arrow.vector.TimeStampVector
import org.apache.arrow.vector.TinyIntVector
import org.apache.arrow.vector.UInt1Vector
import org.apache.arrow.vector.UInt2Vector
import org.apache.arrow.vector.UInt4Vector
import org.apache.arrow.vector.UInt8Vector
import org.apache.arrow.vector.VarBinaryVector
import org.apache.arrow.vector.VarCharVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.ViewVarBinaryVector
import org.apache.arrow.vector.ViewVarCharVector
import org.apache.arrow.vector.complex.FixedSizeListVector
import org.apache.arrow.vector.complex.LargeListVector
import org.apache.arrow.vector.complex.LargeListViewVector
import org.apache.arrow.vector.complex.ListVector
import org.apache.arrow.vector.complex.ListViewVector
import org.apache.arrow.vector.complex.MapVector
import org.apache.arrow.vector.complex.RunEndEncodedVector
import org.apache.arrow.vector.complex.StructVector
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.TimeUnit
import org.apache.arrow.vector.types.pojo.ArrowType
import java.math.BigInteger
import java.time.DateTimeException
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.ZoneOffset

/** A calendar interval. Its parts are not interchangeable: a month has 28 to 31 days, and a day is not always 24 hours long. */
public data class Interval(
    /** Whole months; years are twelve of them. */
    val months: Int,
    /** Whole days; weeks are seven of them. */
    val days: Int,
    /** What is shorter than a day, in nanoseconds. */
    val nanos: Long,
)

/** Reads a value of one vector, null where there is none. */
internal fun interface ValueReader {
    fun read(row: Int): Any?
}

/**
 * A value that cannot be what somebody wants it to be. On its way up it learns its column and its row, and becomes an error for people.
 */
internal class BadValue(val text: String, val column: String? = null, cause: Throwable? = null) :
    RuntimeException(text, cause, false, false) {
    /** The same in this column, unless the column is known already. */
    fun at(column: String): BadValue = if (this.column == null) BadValue(text, column, cause) else this

    /** The whole sentence; rows are counted from 0. */
    fun sentence(row: Long): String = if (column == null) "row $row: $text" else "column ${quoted(column)}, row $row: $text"

    fun located(row: Long): DataException = DataException(ErrorFacts("DATA_INVALID", sentence(row), cause = cause))
}

/** The rows of one batch; [firstRow] is the number of its first row in the whole result. */
internal class BatchReader(private val root: VectorSchemaRoot, dictionaries: DictionaryProvider?, private val firstRow: Long) {
    private val columns = root.fieldVectors.map { Values.reader(it, dictionaries) }

    fun values(row: Int): Array<Any?> = Array(columns.size) { column ->
        try {
            columns[column].read(row)
        } catch (bad: BadValue) {
            throw bad.at(root.schema.fields[column].name).located(firstRow + row)
        }
    }
}

/** Readers of vectors. */
internal object Values {
    /** A reader of this vector as it is filled now. */
    fun reader(vector: FieldVector, dictionaries: DictionaryProvider? = null): ValueReader {
        val present = if (vector.field.dictionary == null) plain(vector, dictionaries) else dictionary(vector, dictionaries)
        return ValueReader { row -> if (vector.isNull(row)) null else present.read(row) }
    }

    private fun plain(vector: FieldVector, dictionaries: DictionaryProvider?): ValueReader = when (vector) {
        is NullVector -> ValueReader { null }
        is BitVector -> ValueReader { vector.get(it) != 0 }
        is BaseIntVector -> integer(vector)
        is Float2Vector -> ValueReader(vector::getValueAsFloat)
        is Float4Vector -> ValueReader(vector::get)
        is Float8Vector -> ValueReader(vector::get)
        is DecimalVector -> ValueReader(vector::getObject)
        is Decimal256Vector -> ValueReader(vector::getObject)
        is VarCharVector -> ValueReader { String(vector.get(it)) }
        is LargeVarCharVector -> ValueReader { String(vector.get(it)) }
        is ViewVarCharVector -> ValueReader { String(vector.get(it)) }
        is VarBinaryVector -> ValueReader(vector::get)
        is LargeVarBinaryVector -> ValueReader(vector::get)
        is ViewVarBinaryVector -> ValueReader(vector::get)
        is FixedSizeBinaryVector -> ValueReader(vector::get)
        else -> temporal(vector) ?: nested(vector, dictionaries)
    }

    private fun integer(vector: BaseIntVector): ValueReader = when (vector) {
        is TinyIntVector -> ValueReader(vector::get)
        is SmallIntVector -> ValueReader(vector::get)
        is IntVector -> ValueReader(vector::get)
        is BigIntVector -> ValueReader(vector::get)
        is UInt1Vector -> ValueReader { (vector.get(it).toInt() and 0xff).toShort() }
        is UInt2Vector -> ValueReader { vector.get(it).code }
        is UInt4Vector -> ValueReader { Integer.toUnsignedLong(vector.get(it)) }
        is UInt8Vector -> ValueReader { unsigned(vector.get(it)) }
        else -> ValueReader(vector::getValueAsLong)
    }

    fun unsigned(bits: Long): BigInteger =
        if (bits >= 0) BigInteger.valueOf(bits) else BigInteger.valueOf(bits).add(BigInteger.ONE.shiftLeft(Long.SIZE_BITS))

    private fun temporal(vector: FieldVector): ValueReader? = when (vector) {
        is DateDayVector -> ValueReader { LocalDate.ofEpochDay(vector.get(it).toLong()) }
        // The contract has no dates in milliseconds: they are timestamps.
        is DateMilliVector -> ValueReader { wallClock(vector.get(it), TimeUnit.MILLISECOND) }
        is TimeSecVector -> ValueReader { timeOfDay(vector.get(it).toLong(), TimeUnit.SECOND) }
        is TimeMilliVector -> ValueReader { timeOfDay(vector.get(it).toLong(), TimeUnit.MILLISECOND) }
        is TimeMicroVector -> ValueReader { timeOfDay(vector.get(it), TimeUnit.MICROSECOND) }
        is TimeNanoVector -> ValueReader { timeOfDay(vector.get(it), TimeUnit.NANOSECOND) }
        is TimeStampVector -> timestamp(vector)
        is DurationVector -> duration(vector)
        is IntervalYearVector -> ValueReader { Interval(vector.get(it), 0, 0) }
        is IntervalDayVector -> ValueReader(intervalOfDays(vector))
        is IntervalMonthDayNanoVector -> ValueReader(intervalOfMonths(vector))
        else -> null
    }

    private fun timestamp(vector: TimeStampVector): ValueReader {
        val type = vector.field.type as ArrowType.Timestamp
        return if (type.timezone == null) {
            ValueReader { wallClock(vector.get(it), type.unit) }
        } else {
            ValueReader { instant(vector.get(it), type.unit) }
        }
    }

    private fun duration(vector: DurationVector): ValueReader {
        val unit = (vector.field.type as ArrowType.Duration).unit
        return ValueReader { row ->
            val count = DurationVector.get(vector.dataBuffer, row)
            Duration.ofSeconds(unit.seconds(count), unit.nanos(count))
        }
    }

    private fun intervalOfDays(vector: IntervalDayVector): (Int) -> Interval = { row ->
        val millis = IntervalDayVector.getMilliseconds(vector.dataBuffer, row)
        Interval(0, IntervalDayVector.getDays(vector.dataBuffer, row), millis * NANOS_PER_MILLI)
    }

    private fun intervalOfMonths(vector: IntervalMonthDayNanoVector): (Int) -> Interval = { row ->
        val buffer = vector.dataBuffer
        Interval(
            IntervalMonthDayNanoVector.getMonths(buffer, row),
            IntervalMonthDayNanoVector.getDays(buffer, row),
            IntervalMonthDayNanoVector.getNanoseconds(buffer, row),
        )
    }

    private fun nested(vector: FieldVector, dictionaries: DictionaryProvider?): ValueReader = when (vector) {
        is MapVector -> map(vector, dictionaries)
        is StructVector -> struct(vector, dictionaries)
        is RunEndEncodedVector -> reader(vector.valuesVector, dictionaries).let { values ->
            ValueReader { values.read(vector.getPhysicalIndex(it)) }
        }
        is ExtensionTypeVector<*> -> plain(vector.underlyingVector as FieldVector, dictionaries)
        else -> list(vector, dictionaries)
    }

    private fun list(vector: FieldVector, dictionaries: DictionaryProvider?): ValueReader {
        val (elements, span) = elements(vector)
        val element = reader(elements, dictionaries)
        return ValueReader { row -> span(row).map(element::read) }
    }

    /** The elements of all lists of a vector, and where those of a list stand. */
    fun elements(vector: FieldVector): Pair<FieldVector, (Int) -> IntRange> = when (vector) {
        is ListVector -> vector.dataVector to { vector.getElementStartIndex(it) until vector.getElementEndIndex(it) }
        is LargeListVector -> vector.dataVector to
            { vector.getElementStartIndex(it).toInt() until vector.getElementEndIndex(it).toInt() }
        is FixedSizeListVector -> vector.dataVector to { vector.getElementStartIndex(it) until vector.getElementEndIndex(it) }
        is ListViewVector -> vector.dataVector to { vector.getElementStartIndex(it) until vector.getElementEndIndex(it) }
        is LargeListViewVector -> vector.dataVector to { row ->
            val start = vector.offsetBuffer.getLong(row.toLong() * Long.SIZE_BYTES).toInt()
            start until start + vector.sizeBuffer.getLong(row.toLong() * Long.SIZE_BYTES).toInt()
        }
        else -> throw UnsupportedException("the contract has no type for Arrow's ${vector.field.type}")
    }

    private fun struct(vector: StructVector, dictionaries: DictionaryProvider?): ValueReader {
        val columns = RowColumns(vector.field.children.map { it.name })
        val members = vector.childrenFromFields.map { reader(it, dictionaries) }
        return ValueReader { row -> Row(columns, Array(members.size) { members[it].read(row) }) }
    }

    private fun map(vector: MapVector, dictionaries: DictionaryProvider?): ValueReader {
        val (keys, values) = (vector.dataVector as StructVector).childrenFromFields.map { reader(it, dictionaries) }
        return ValueReader { row ->
            val entries = vector.getElementStartIndex(row) until vector.getElementEndIndex(row)
            entries.associate { keys.read(it) to values.read(it) }
        }
    }

    private fun dictionary(vector: FieldVector, dictionaries: DictionaryProvider?): ValueReader {
        val values = dictionaryOf(vector, dictionaries)
        val value = reader(values, dictionaries)
        return ValueReader { value.read((vector as BaseIntVector).getValueAsLong(it).toInt()) }
    }

    /** The values that the numbers in this vector stand for. */
    fun dictionaryOf(vector: FieldVector, dictionaries: DictionaryProvider?): FieldVector {
        val id = vector.field.dictionary.id
        val dictionary = dictionaries?.lookup(id)
        return dictionary?.vector ?: throw DataException("DATA_CORRUPT", "the dictionary $id of ${quoted(vector.name)} is missing")
    }

    private fun wallClock(count: Long, unit: TimeUnit): LocalDateTime = checked(count, unit, "LocalDateTime") {
        LocalDateTime.ofEpochSecond(unit.seconds(count), unit.nanos(count).toInt(), ZoneOffset.UTC)
    }

    private fun instant(count: Long, unit: TimeUnit): Instant = checked(count, unit, "Instant") {
        Instant.ofEpochSecond(unit.seconds(count), unit.nanos(count))
    }

    private fun timeOfDay(count: Long, unit: TimeUnit): LocalTime = try {
        LocalTime.ofSecondOfDay(unit.seconds(count)).withNano(unit.nanos(count).toInt())
    } catch (_: DateTimeException) {
        throw BadValue("$count ${unit.short} since midnight is no time of a day")
    }

    private inline fun <T> checked(count: Long, unit: TimeUnit, type: String, make: () -> T): T = try {
        make()
    } catch (_: DateTimeException) {
        throw BadValue("$count ${unit.short} since 1970-01-01 is beyond what a $type holds")
    }
}

private const val NANOS_PER_MILLI = 1_000_000L
private const val NANOS_PER_SECOND = 1_000_000_000L

/** How many of the unit make a second. */
internal val TimeUnit.perSecond: Long
    get() = when (this) {
        TimeUnit.SECOND -> 1
        TimeUnit.MILLISECOND -> 1_000
        TimeUnit.MICROSECOND -> 1_000_000
        TimeUnit.NANOSECOND -> NANOS_PER_SECOND
    }

internal val TimeUnit.short: String
    get() = when (this) {
        TimeUnit.SECOND -> "s"
        TimeUnit.MILLISECOND -> "ms"
        TimeUnit.MICROSECOND -> "us"
        TimeUnit.NANOSECOND -> "ns"
    }

/** Whole seconds, rounded down. */
internal fun TimeUnit.seconds(count: Long): Long = Math.floorDiv(count, perSecond)

/** What is left of a second, in nanoseconds. */
internal fun TimeUnit.nanos(count: Long): Long = Math.floorMod(count, perSecond) * (NANOS_PER_SECOND / perSecond)
