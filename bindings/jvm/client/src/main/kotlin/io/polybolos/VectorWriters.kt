package io.polybolos

import org.apache.arrow.vector.BigIntVector
import org.apache.arrow.vector.BitVector
import org.apache.arrow.vector.DateDayVector
import org.apache.arrow.vector.Decimal256Vector
import org.apache.arrow.vector.DecimalVector
import org.apache.arrow.vector.DurationVector
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.FixedSizeBinaryVector
import org.apache.arrow.vector.Float2Vector
import org.apache.arrow.vector.Float4Vector
import org.apache.arrow.vector.Float8Vector
import org.apache.arrow.vector.IntVector
import org.apache.arrow.vector.IntervalMonthDayNanoVector
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
import org.apache.arrow.vector.complex.FixedSizeListVector
import org.apache.arrow.vector.complex.ListVector
import org.apache.arrow.vector.complex.MapVector
import org.apache.arrow.vector.complex.StructVector
import org.apache.arrow.vector.types.TimeUnit
import org.apache.arrow.vector.types.pojo.ArrowType
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.OffsetDateTime
import java.time.Period
import java.time.ZoneOffset
import java.time.ZonedDateTime

/** Writes values into one vector, row after row. */
internal fun interface VectorWriter {
    fun write(row: Int, value: Any?)
}

/** About how many bytes were written. */
internal class Gauge {
    var bytes = 0L

    fun add(count: Int) {
        bytes += count
    }
}

/**
 * Writers for vectors of the plain layouts. A value is taken where the vector holds it exactly; times are cut to the vector's unit, and
 * floats rounded to the vector's width. Anything else is a [BadValue].
 */
internal object VectorWriters {
    /** A writer for this vector, whose structs are objects of the shape's classes; without a shape they are rows, maps or lists. */
    fun of(vector: FieldVector, shape: Shape?, gauge: Gauge): VectorWriter {
        val write = present(vector, shape, gauge)
        return VectorWriter { row, value ->
            gauge.add(Long.SIZE_BYTES)
            if (value != null) write(row, value) else writeNull(vector, row)
        }
    }

    private fun writeNull(vector: FieldVector, row: Int) {
        if (!vector.field.isNullable) throw BadValue("null, which the column cannot be")
        vector.setNull(row)
    }

    private fun present(vector: FieldVector, shape: Shape?, gauge: Gauge): (Int, Any) -> Unit = when (vector) {
        is NullVector -> { _, value -> throw refused(value, vector) }
        is BitVector -> { row, value -> vector.setSafe(row, if (value as? Boolean ?: throw refused(value, vector)) 1 else 0) }
        is Float2Vector -> { row, value -> vector.setSafeWithPossibleTruncate(row, rounded(value, vector, HALF_MAX)) }
        is Float4Vector -> { row, value -> vector.setSafe(row, rounded(value, vector, Float.MAX_VALUE)) }
        is Float8Vector -> { row, value -> vector.setSafe(row, float(value, vector)) }
        is DecimalVector -> { row, value -> vector.setSafe(row, decimal(value, vector, vector.precision, vector.scale)) }
        is Decimal256Vector -> { row, value -> vector.setSafe(row, decimal(value, vector, vector.precision, vector.scale)) }
        is VarCharVector -> { row, value -> text(value, vector).let { vector.setSafe(row, it).also { _ -> gauge.add(it.size) } } }
        is VarBinaryVector -> { row, value -> bytes(value, vector).let { vector.setSafe(row, it).also { _ -> gauge.add(it.size) } } }
        is FixedSizeBinaryVector -> fixedBytes(vector, gauge)
        is MapVector -> map(vector, shape, gauge)
        is ListVector -> list(vector, shape, gauge)
        is FixedSizeListVector -> fixedList(vector, shape, gauge)
        is StructVector -> struct(vector, shape, gauge)
        else -> integer(vector) ?: temporal(vector) ?: throw unsupported(vector)
    }

    private fun unsupported(vector: FieldVector) = UnsupportedException("columns of Arrow's ${vector.field.type} cannot be written")

    private fun refused(value: Any, vector: FieldVector) =
        BadValue("${described(value)} where ${typeName(typeOf(vector.field))} is expected")

    private fun described(value: Any): String = when (value) {
        is CharSequence -> "the text ${quoted(value.toString().take(TEXT_CHARS_SHOWN))}"
        is Number, is Boolean -> "$value (${value::class.simpleName})"
        else -> "a value of the class ${value::class.simpleName ?: value.javaClass.name}"
    }

    private fun integer(vector: FieldVector): ((Int, Any) -> Unit)? = when (vector) {
        is TinyIntVector -> { row, value -> vector.setSafe(row, whole(value, vector, -0x80L..0x7f).toByte()) }
        is SmallIntVector -> { row, value -> vector.setSafe(row, whole(value, vector, -0x8000L..0x7fff).toShort()) }
        is IntVector -> { row, value -> vector.setSafe(row, whole(value, vector, -0x8000_0000L..0x7fff_ffff).toInt()) }
        is BigIntVector -> { row, value -> vector.setSafe(row, whole(value, vector, Long.MIN_VALUE..Long.MAX_VALUE)) }
        is UInt1Vector -> { row, value -> vector.setSafe(row, whole(value, vector, 0L..0xff).toInt()) }
        is UInt2Vector -> { row, value -> vector.setSafe(row, whole(value, vector, 0L..0xffff).toInt()) }
        is UInt4Vector -> { row, value -> vector.setSafe(row, whole(value, vector, 0L..0xffff_ffff).toInt()) }
        is UInt8Vector -> { row, value -> vector.setSafe(row, unsignedLong(value, vector)) }
        else -> null
    }

    private fun whole(value: Any, vector: FieldVector, range: LongRange): Long {
        val number = when (value) {
            is Long, is Int, is Short, is Byte -> (value as Number).toLong()
            else -> bigInteger(value, vector).takeIf { it.bitLength() < Long.SIZE_BITS }?.toLong()
        }
        return if (number != null && number in range) number else throw beyond(value, vector)
    }

    private fun unsignedLong(value: Any, vector: FieldVector): Long {
        val number = bigInteger(value, vector)
        if (number.signum() < 0 || number.bitLength() > Long.SIZE_BITS) throw beyond(value, vector)
        return number.toLong()
    }

    private fun beyond(value: Any, vector: FieldVector) = BadValue("$value is beyond what ${typeName(typeOf(vector.field))} holds")

    private fun bigInteger(value: Any, vector: FieldVector): BigInteger = wholeNumber(value) ?: throw refused(value, vector)

    private fun wholeNumber(value: Any): BigInteger? = when (value) {
        is Byte, is Short, is Int, is Long -> BigInteger.valueOf((value as Number).toLong())
        is BigInteger -> value
        is UByte, is UShort, is UInt, is ULong -> BigInteger(value.toString())
        else -> null
    }

    private fun float(value: Any, vector: FieldVector): Double = when (value) {
        is Double, is Float -> (value as Number).toDouble()
        else -> {
            val exact = bigInteger(value, vector)
            exact.toDouble().takeIf { it.isFinite() && BigDecimal(it).compareTo(BigDecimal(exact)) == 0 } ?: throw beyond(value, vector)
        }
    }

    /** The nearest value of a narrower width; infinite only where the value is. */
    private fun rounded(value: Any, vector: FieldVector, max: Float): Float {
        val wide = float(value, vector)
        if (wide.isFinite() && Math.abs(wide.toFloat()) > max) throw beyond(value, vector)
        return wide.toFloat()
    }

    private fun decimal(value: Any, vector: FieldVector, precision: Int, scale: Int): BigDecimal {
        val exact = value as? BigDecimal ?: BigDecimal(bigInteger(value, vector))
        val scaled = try {
            exact.setScale(scale)
        } catch (_: ArithmeticException) {
            throw BadValue("$value has more digits after the point than ${typeName(typeOf(vector.field))} holds")
        }
        return if (scaled.precision() <= precision) scaled else throw beyond(value, vector)
    }

    private fun text(value: Any, vector: FieldVector): ByteArray = when (value) {
        is CharSequence, is Char -> value.toString().toByteArray()
        is Enum<*> -> value.name.toByteArray()
        else -> throw refused(value, vector)
    }

    private fun bytes(value: Any, vector: FieldVector): ByteArray = value as? ByteArray ?: throw refused(value, vector)

    private fun fixedBytes(vector: FixedSizeBinaryVector, gauge: Gauge): (Int, Any) -> Unit = { row, value ->
        val bytes = bytes(value, vector)
        if (bytes.size != vector.byteWidth) throw BadValue("${bytes.size} bytes where ${vector.byteWidth} are expected")
        vector.setSafe(row, bytes)
        gauge.add(bytes.size)
    }

    private fun temporal(vector: FieldVector): ((Int, Any) -> Unit)? = when (vector) {
        is DateDayVector -> { row, value -> vector.setSafe(row, day(value, vector)) }
        is TimeSecVector -> { row, value -> vector.setSafe(row, timeOfDay(value, vector, TimeUnit.SECOND).toInt()) }
        is TimeMilliVector -> { row, value -> vector.setSafe(row, timeOfDay(value, vector, TimeUnit.MILLISECOND).toInt()) }
        is TimeMicroVector -> { row, value -> vector.setSafe(row, timeOfDay(value, vector, TimeUnit.MICROSECOND)) }
        is TimeNanoVector -> { row, value -> vector.setSafe(row, timeOfDay(value, vector, TimeUnit.NANOSECOND)) }
        is TimeStampVector -> timestamp(vector)
        is DurationVector -> duration(vector)
        is IntervalMonthDayNanoVector -> { row, value -> interval(value, vector).run { vector.setSafe(row, months, days, nanos) } }
        else -> null
    }

    private fun day(value: Any, vector: FieldVector): Int {
        val day = (value as? LocalDate ?: throw refused(value, vector)).toEpochDay()
        return if (day in Int.MIN_VALUE..Int.MAX_VALUE) day.toInt() else throw beyond(value, vector)
    }

    private fun timeOfDay(value: Any, vector: FieldVector, unit: TimeUnit): Long =
        (value as? LocalTime ?: throw refused(value, vector)).toNanoOfDay() / (NANOS_PER_SECOND / unit.perSecond)

    private fun timestamp(vector: TimeStampVector): (Int, Any) -> Unit {
        val type = vector.field.type as ArrowType.Timestamp
        val instant = if (type.timezone == null) ::wallClock else ::instant
        return { row, value ->
            val at = instant(value) ?: throw refused(value, vector)
            vector.setSafe(row, counted(at.epochSecond, at.nano, type.unit) ?: throw beyond(value, vector))
        }
    }

    private fun wallClock(value: Any): Instant? = (value as? LocalDateTime)?.toInstant(ZoneOffset.UTC)

    private fun instant(value: Any): Instant? = when (value) {
        is Instant -> value
        is OffsetDateTime -> value.toInstant()
        is ZonedDateTime -> value.toInstant()
        else -> null
    }

    private fun duration(vector: DurationVector): (Int, Any) -> Unit {
        val unit = (vector.field.type as ArrowType.Duration).unit
        return { row, value ->
            val elapsed = value as? Duration ?: throw refused(value, vector)
            vector.setSafe(row, counted(elapsed.seconds, elapsed.nano, unit) ?: throw beyond(value, vector))
        }
    }

    /** The time in a unit, rounded down; null where that is more than 64 bits. */
    private fun counted(seconds: Long, nanos: Int, unit: TimeUnit): Long? {
        val count = BigInteger.valueOf(seconds) * BigInteger.valueOf(unit.perSecond) +
            BigInteger.valueOf(nanos / (NANOS_PER_SECOND / unit.perSecond))
        return if (count.bitLength() < Long.SIZE_BITS) count.toLong() else null
    }

    private fun interval(value: Any, vector: FieldVector): Interval = when (value) {
        is Interval -> value
        is Period -> Interval(Math.toIntExact(value.toTotalMonths()), value.days, 0)
        else -> throw refused(value, vector)
    }

    private fun list(vector: ListVector, shape: Shape?, gauge: Gauge): (Int, Any) -> Unit {
        val element = of(vector.dataVector, shape?.argument(0), gauge)
        return { row, value ->
            val items = items(value, vector)
            val start = vector.startNewValue(row)
            items.forEachIndexed { at, item -> element.write(start + at, item) }
            vector.endValue(row, items.size)
        }
    }

    private fun fixedList(vector: FixedSizeListVector, shape: Shape?, gauge: Gauge): (Int, Any) -> Unit {
        val element = of(vector.dataVector, shape?.argument(0), gauge)
        return { row, value ->
            val items = items(value, vector)
            if (items.size != vector.listSize) throw BadValue("${items.size} elements where ${vector.listSize} are expected")
            val start = vector.startNewValue(row)
            items.forEachIndexed { at, item -> element.write(start + at, item) }
        }
    }

    private fun items(value: Any, vector: FieldVector): List<Any?> = when (value) {
        is List<*> -> value
        is Iterable<*> -> value.toList()
        is Array<*> -> value.asList()
        is ByteArray -> value.asList()
        is ShortArray -> value.asList()
        is IntArray -> value.asList()
        is LongArray -> value.asList()
        is FloatArray -> value.asList()
        is DoubleArray -> value.asList()
        is BooleanArray -> value.asList()
        else -> throw refused(value, vector)
    }

    private fun map(vector: MapVector, shape: Shape?, gauge: Gauge): (Int, Any) -> Unit {
        val entries = vector.dataVector as StructVector
        val (keys, values) = entries.childrenFromFields.mapIndexed { at, child -> of(child, shape?.argument(at), gauge) }
        return { row, value ->
            val map = value as? Map<*, *> ?: throw refused(value, vector)
            val start = vector.startNewValue(row)
            map.entries.forEachIndexed { at, (key, item) ->
                entries.setIndexDefined(start + at)
                keys.write(start + at, key)
                values.write(start + at, item)
            }
            vector.endValue(row, map.size)
        }
    }

    private fun struct(vector: StructVector, shape: Shape?, gauge: Gauge): (Int, Any) -> Unit {
        val properties = shape?.let { ObjectShape.of(it.type).properties }
        val members = vector.childrenFromFields.mapIndexed { at, child -> of(child, properties?.get(at)?.shape, gauge) }
        val names = vector.field.children.map { it.name }
        return { row, value ->
            val values = properties?.map { it.get(value) } ?: members(value, names, vector)
            vector.setIndexDefined(row)
            members.forEachIndexed { at, member -> member.write(row, values[at]) }
        }
    }

    private fun members(value: Any, names: List<String>, vector: FieldVector): List<Any?> {
        val values = when (value) {
            is Row -> value.toList()
            is List<*> -> value
            is Map<*, *> -> {
                val unknown = value.keys.firstOrNull { it !in names }
                if (unknown != null) throw BadValue("the struct has no member ${quoted(unknown.toString())}")
                names.map { value[it] }
            }
            else -> throw refused(value, vector)
        }
        if (values.size != names.size) throw BadValue("${values.size} values where a struct of ${names.size} members is expected")
        return values
    }

    private const val TEXT_CHARS_SHOWN = 40
    private const val NANOS_PER_SECOND = 1_000_000_000L

    /** The greatest finite number of 16 bits. */
    private const val HALF_MAX = 65_504f
}
