package io.polybolos

import org.apache.arrow.vector.BaseIntVector
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
import org.apache.arrow.vector.IntervalDayVector
import org.apache.arrow.vector.IntervalMonthDayNanoVector
import org.apache.arrow.vector.IntervalYearVector
import org.apache.arrow.vector.LargeVarBinaryVector
import org.apache.arrow.vector.LargeVarCharVector
import org.apache.arrow.vector.NullVector
import org.apache.arrow.vector.TimeMicroVector
import org.apache.arrow.vector.TimeMilliVector
import org.apache.arrow.vector.TimeNanoVector
import org.apache.arrow.vector.TimeSecVector
import org.apache.arrow.vector.TimeStampVector
import org.apache.arrow.vector.UInt8Vector
import org.apache.arrow.vector.VarBinaryVector
import org.apache.arrow.vector.VarCharVector
import org.apache.arrow.vector.ViewVarBinaryVector
import org.apache.arrow.vector.ViewVarCharVector
import org.apache.arrow.vector.complex.MapVector
import org.apache.arrow.vector.complex.RunEndEncodedVector
import org.apache.arrow.vector.complex.StructVector
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.TimeUnit
import org.apache.arrow.vector.types.pojo.ArrowType
import java.math.BigDecimal
import java.math.BigInteger
import java.math.MathContext
import java.math.RoundingMode
import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.ZoneId
import java.time.ZoneOffset

/** Writes the value in a row of one vector as text. */
internal fun interface TextWriter {
    fun write(out: StringBuilder, row: Int)
}

/**
 * Values as text, as every language prints them: `NULL`, ISO 8601 for times, floats with the fewest digits that read back, bytes in
 * hexadecimal, lists `[1, 2]`, structs and maps `{a: 1}`. A value that has no text, such as a date beyond the calendar, says so in its
 * place.
 */
internal object ValueTexts {
    /** A writer for this vector as it is filled now. */
    fun writer(vector: FieldVector, dictionaries: DictionaryProvider? = null): TextWriter {
        val present = if (vector.field.dictionary == null) plain(vector, dictionaries) else dictionary(vector, dictionaries)
        return TextWriter { out, row ->
            if (vector.isNull(row)) out.append("NULL") else present.write(out, row)
        }
    }

    private fun plain(vector: FieldVector, dictionaries: DictionaryProvider?): TextWriter = when (vector) {
        is NullVector -> TextWriter { out, _ -> out.append("NULL") }
        is BitVector -> TextWriter { out, row -> out.append(vector.get(row) != 0) }
        is UInt8Vector -> TextWriter { out, row -> out.append(java.lang.Long.toUnsignedString(vector.get(row))) }
        is BaseIntVector -> TextWriter { out, row -> out.append(vector.getValueAsLong(row)) }
        is Float2Vector -> TextWriter { out, row -> out.append(FloatTexts.half(vector.getValueAsFloat(row))) }
        is Float4Vector -> TextWriter { out, row -> out.append(FloatTexts.single(vector.get(row))) }
        is Float8Vector -> TextWriter { out, row -> out.append(FloatTexts.double(vector.get(row))) }
        is DecimalVector -> TextWriter { out, row -> out.append(decimal(vector.getObject(row), vector.precision)) }
        is Decimal256Vector -> TextWriter { out, row -> out.append(decimal(vector.getObject(row), vector.precision)) }
        is VarCharVector -> TextWriter { out, row -> out.append(String(vector.get(row))) }
        is LargeVarCharVector -> TextWriter { out, row -> out.append(String(vector.get(row))) }
        is ViewVarCharVector -> TextWriter { out, row -> out.append(String(vector.get(row))) }
        is VarBinaryVector -> TextWriter { out, row -> hexadecimal(out, vector.get(row)) }
        is LargeVarBinaryVector -> TextWriter { out, row -> hexadecimal(out, vector.get(row)) }
        is ViewVarBinaryVector -> TextWriter { out, row -> hexadecimal(out, vector.get(row)) }
        is FixedSizeBinaryVector -> TextWriter { out, row -> hexadecimal(out, vector.get(row)) }
        else -> TimeTexts.writer(vector) ?: nested(vector, dictionaries)
    }

    /** All digits, of which at most `precision` are shown should there be more. */
    private fun decimal(value: BigDecimal, precision: Int): String {
        val digits = value.unscaledValue().abs().toString().take(precision)
        val scale = value.scale()
        val shown = if (scale < 0) digits + "0".repeat(-scale) else BigDecimal(BigInteger(digits), scale).toPlainString()
        return if (value.signum() < 0) "-$shown" else shown
    }

    private fun hexadecimal(out: StringBuilder, bytes: ByteArray) {
        for (byte in bytes) {
            out.append(Character.forDigit(byte.toInt() shr 4 and 0xf, 16)).append(Character.forDigit(byte.toInt() and 0xf, 16))
        }
    }

    private fun dictionary(vector: FieldVector, dictionaries: DictionaryProvider?): TextWriter {
        val value = writer(Values.dictionaryOf(vector, dictionaries), dictionaries)
        return TextWriter { out, row -> value.write(out, (vector as BaseIntVector).getValueAsLong(row).toInt()) }
    }

    private fun nested(vector: FieldVector, dictionaries: DictionaryProvider?): TextWriter = when (vector) {
        is MapVector -> map(vector, dictionaries)
        is StructVector -> struct(vector, dictionaries)
        is RunEndEncodedVector -> writer(vector.valuesVector, dictionaries).let { values ->
            TextWriter { out, row -> values.write(out, vector.getPhysicalIndex(row)) }
        }
        is ExtensionTypeVector<*> -> plain(vector.underlyingVector as FieldVector, dictionaries)
        else -> list(vector, dictionaries)
    }

    private fun list(vector: FieldVector, dictionaries: DictionaryProvider?): TextWriter {
        val (elements, span) = Values.elements(vector)
        val element = writer(elements, dictionaries)
        return TextWriter { out, row -> separated(out, "[", span(row), "]") { element.write(out, it) } }
    }

    private fun struct(vector: StructVector, dictionaries: DictionaryProvider?): TextWriter {
        val names = vector.field.children.map { it.name }
        val members = vector.childrenFromFields.map { writer(it, dictionaries) }
        return TextWriter { out, row ->
            separated(out, "{", members.indices, "}") { at ->
                out.append(names[at]).append(": ")
                members[at].write(out, row)
            }
        }
    }

    private fun map(vector: MapVector, dictionaries: DictionaryProvider?): TextWriter {
        val (keys, values) = (vector.dataVector as StructVector).childrenFromFields.map { writer(it, dictionaries) }
        return TextWriter { out, row ->
            separated(out, "{", vector.getElementStartIndex(row) until vector.getElementEndIndex(row), "}") { entry ->
                keys.write(out, entry)
                out.append(": ")
                values.write(out, entry)
            }
        }
    }

    private inline fun separated(out: StringBuilder, before: String, range: IntRange, after: String, write: (Int) -> Unit) {
        out.append(before)
        for (at in range) {
            if (at > range.first) out.append(", ")
            write(at)
        }
        out.append(after)
    }
}

/** Dates, times, durations and intervals. */
private object TimeTexts {
    private const val SECONDS_PER_DAY = 86_400L

    /** The calendar of the other languages ends here, in seconds since 1970. */
    private val CALENDAR: LongRange =
        LocalDate.of(-262_143, 1, 1).toEpochDay() * SECONDS_PER_DAY until LocalDate.of(262_143, 1, 1).toEpochDay() * SECONDS_PER_DAY

    fun writer(vector: FieldVector): TextWriter? = when (vector) {
        is DateDayVector -> TextWriter { out, row -> date(out, vector.get(row)) }
        is DateMilliVector -> TextWriter { out, row -> timestamp(out, vector.get(row), TimeUnit.MILLISECOND, null, "temporal for Date64") }
        is TimeSecVector -> TextWriter { out, row -> timeOfDay(out, vector.get(row).toLong(), TimeUnit.SECOND, "Time32(s)") }
        is TimeMilliVector -> TextWriter { out, row -> timeOfDay(out, vector.get(row).toLong(), TimeUnit.MILLISECOND, "Time32(ms)") }
        is TimeMicroVector -> TextWriter { out, row -> timeOfDay(out, vector.get(row), TimeUnit.MICROSECOND, "Time64(µs)") }
        is TimeNanoVector -> TextWriter { out, row -> timeOfDay(out, vector.get(row), TimeUnit.NANOSECOND, "Time64(ns)") }
        is TimeStampVector -> timestamp(vector)
        is DurationVector -> duration(vector)
        is IntervalYearVector -> TextWriter { out, row ->
            val months = vector.get(row)
            out.append("${Math.floorDiv(months, 12)} years ${Math.floorMod(months, 12)} mons")
        }
        is IntervalDayVector -> TextWriter { out, row ->
            val millis = IntervalDayVector.getMilliseconds(vector.dataBuffer, row).toLong()
            out.append(interval(0, IntervalDayVector.getDays(vector.dataBuffer, row), millis, TimeUnit.MILLISECOND))
        }
        is IntervalMonthDayNanoVector -> intervalOfMonths(vector)
        else -> null
    }

    private fun date(out: StringBuilder, day: Int) {
        val within = day * SECONDS_PER_DAY in CALENDAR
        out.append(if (within) date(LocalDate.ofEpochDay(day.toLong())) else failure(day.toLong(), "temporal for Date32"))
    }

    private fun timeOfDay(out: StringBuilder, count: Long, unit: TimeUnit, type: String) {
        val second = unit.seconds(count)
        val time = if (second in 0 until SECONDS_PER_DAY) LocalTime.ofSecondOfDay(second).withNano(unit.nanos(count).toInt()) else null
        out.append(time?.let(::time) ?: failure(count, "temporal for $type"))
    }

    private fun failure(count: Long, wanted: String) = "ERROR: Cast error: Failed to convert $count to $wanted"

    private fun timestamp(vector: TimeStampVector): TextWriter {
        val type = vector.field.type as ArrowType.Timestamp
        val unit = if (type.unit == TimeUnit.MICROSECOND) "µs" else type.unit.short
        val zone = type.timezone?.let(::Zone)
        val wanted = "datetime for Timestamp($unit${type.timezone?.let { ", ${quoted(it)}" }.orEmpty()})"
        return TextWriter { out, row -> timestamp(out, vector.get(row), type.unit, zone, wanted) }
    }

    private fun timestamp(out: StringBuilder, count: Long, unit: TimeUnit, zone: Zone?, wanted: String) {
        val second = unit.seconds(count)
        if (second !in CALENDAR) {
            out.append(failure(count, wanted))
            return
        }
        val offset = zone?.offset(second) ?: 0
        val local = LocalDateTime.ofEpochSecond(second + offset, unit.nanos(count).toInt(), ZoneOffset.UTC)
        out.append(date(local.toLocalDate())).append('T').append(time(local.toLocalTime()))
        if (zone != null) out.append(offsetText(offset))
    }

    private fun date(date: LocalDate): String {
        val sign = if (date.year < 0) "-" else if (date.year > 9999) "+" else ""
        return "$sign${digits(Math.abs(date.year), 4)}-${digits(date.monthValue)}-${digits(date.dayOfMonth)}"
    }

    private fun digits(value: Number, count: Int = 2): String = value.toString().padStart(count, '0')

    /** With no, 3, 6 or 9 digits of a fraction. */
    private fun time(time: LocalTime): String {
        val clock = "${digits(time.hour)}:${digits(time.minute)}:${digits(time.second)}"
        return when {
            time.nano == 0 -> clock
            time.nano % 1_000_000 == 0 -> "$clock.${digits(time.nano / 1_000_000, 3)}"
            time.nano % 1_000 == 0 -> "$clock.${digits(time.nano / 1_000, 6)}"
            else -> "$clock.${digits(time.nano, 9)}"
        }
    }

    /** To the nearest minute. */
    private fun offsetText(seconds: Int): String {
        if (seconds == 0) return "Z"
        val minutes = (Math.abs(seconds) + 30) / 60
        return "${if (seconds < 0) "-" else "+"}${digits(minutes / 60)}:${digits(minutes % 60)}"
    }

    private fun duration(vector: DurationVector): TextWriter {
        val unit = (vector.field.type as ArrowType.Duration).unit
        return TextWriter { out, row -> out.append(duration(DurationVector.get(vector.dataBuffer, row), unit)) }
    }

    private fun duration(count: Long, unit: TimeUnit): String {
        val size = BigInteger.valueOf(count).abs()
        // The other languages count durations in at most 64 bits of milliseconds.
        val millis = size * BigInteger.valueOf(1_000) / BigInteger.valueOf(unit.perSecond)
        return when {
            millis.bitLength() >= Long.SIZE_BITS -> "<invalid>"
            count == 0L -> "P0D"
            count < 0 -> "-PT${seconds(size, unit)}S"
            else -> "PT${seconds(size, unit)}S"
        }
    }

    private fun seconds(count: BigInteger, unit: TimeUnit): String =
        BigDecimal(count).divide(BigDecimal(unit.perSecond)).stripTrailingZeros().toPlainString()

    private fun intervalOfMonths(vector: IntervalMonthDayNanoVector) = TextWriter { out, row ->
        val buffer = vector.dataBuffer
        val nanos = IntervalMonthDayNanoVector.getNanoseconds(buffer, row)
        val days = IntervalMonthDayNanoVector.getDays(buffer, row)
        out.append(interval(IntervalMonthDayNanoVector.getMonths(buffer, row), days, nanos, TimeUnit.NANOSECOND))
    }

    /** The parts that are not zero; [rest] is what is shorter than a day. */
    private fun interval(months: Int, days: Int, rest: Long, unit: TimeUnit): String {
        val minutes = rest / unit.perSecond / 60
        val parts = listOfNotNull(
            "$months mons".takeIf { months != 0 },
            "$days days".takeIf { days != 0 },
            "${minutes / 60} hours".takeIf { minutes / 60 != 0L },
            "${minutes % 60} mins".takeIf { minutes % 60 != 0L },
            seconds(rest % (60 * unit.perSecond), unit),
        )
        return parts.joinToString(" ").ifEmpty { "0 secs" }
    }

    private fun seconds(rest: Long, unit: TimeUnit): String? {
        if (rest == 0L) return null
        val whole = Math.abs(rest / unit.perSecond)
        val fraction = digits(Math.abs(rest % unit.perSecond), unit.perSecond.toString().length - 1)
        return "${if (rest < 0) "-" else ""}$whole.$fraction secs"
    }
}

/** A time zone: an offset such as `+02:00`, `+0200` or `+02`, or a name. */
private class Zone(name: String) {
    private val fixed = OFFSET.matchEntire(name)?.destructured?.let { (sign, hours, minutes) ->
        (hours.toInt() * 3_600 + minutes.ifEmpty { "0" }.toInt() * 60) * (if (sign == "-") -1 else 1)
    }
    private val rules = if (fixed == null) named(name).rules else null

    /** Seconds east of Greenwich. */
    fun offset(epochSecond: Long): Int =
        fixed ?: rules?.getOffset(Instant.ofEpochSecond(epochSecond.coerceAtMost(LAST_CHANGE)))?.totalSeconds ?: 0

    private fun named(name: String): ZoneId = try {
        ZoneId.of(name, OLD_NAMES)
    } catch (_: DateTimeException) {
        throw DataException("DATA_INVALID", "no time zone is named ${quoted(name)}")
    }

    private companion object {
        val OFFSET = Regex("([+-])(\\d\\d)(?::?(\\d\\d))?")

        /** Names that Java has dropped, or knows without their history. */
        val OLD_NAMES = mapOf("EST" to "America/Panama", "MST" to "America/Phoenix", "HST" to "Pacific/Honolulu")

        /** The end of the year 2099: the tables of the other languages know of no changes after it. */
        const val LAST_CHANGE = 4_102_444_799L
    }
}

/** Floats with the fewest digits that read back as the same number. */
internal object FloatTexts {
    private const val DIGITS_MAX = 17

    /** From 1e16 on and below 1e-5 with an exponent. */
    fun double(value: Double): String = special(value) ?: shaped(shortest(value), -5, 16)

    /** From 1e13 on and below 1e-6 with an exponent. */
    fun single(value: Float): String = special(value.toDouble()) ?: shaped(shortest(value), -6, 13)

    /** Never with an exponent, and no point in whole numbers. A digit between two is rounded up here, to the even one elsewhere. */
    fun half(value: Float): String = when {
        value == 0f -> special(value.toDouble()).orEmpty().removeSuffix(".0")
        else -> special(value.toDouble()) ?: shortest(value, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString()
    }

    private fun special(value: Double): String? = when {
        value.isNaN() -> "NaN"
        value.isInfinite() -> if (value < 0) "-inf" else "inf"
        value == 0.0 -> if (1 / value < 0) "-0.0" else "0.0"
        else -> null
    }

    private fun shortest(value: Double): BigDecimal = shortest(BigDecimal(value), RoundingMode.HALF_EVEN) { it.toDouble() == value }

    private fun shortest(value: Float, ties: RoundingMode = RoundingMode.HALF_EVEN): BigDecimal =
        shortest(BigDecimal(value.toDouble()), ties) { it.toFloat() == value }

    /** `toString` does not do it: before JDK 19 it sometimes has a digit too many. */
    private fun shortest(exact: BigDecimal, ties: RoundingMode, readsBack: (BigDecimal) -> Boolean): BigDecimal =
        (1..DIGITS_MAX).firstNotNullOfOrNull { digits -> nearest(exact, digits, ties, readsBack) } ?: exact

    /** The farther neighbour counts too: just below a power of two the numbers are closer than above, and the nearer one may miss. */
    private fun nearest(exact: BigDecimal, digits: Int, ties: RoundingMode, readsBack: (BigDecimal) -> Boolean): BigDecimal? =
        listOf(ties, RoundingMode.DOWN, RoundingMode.UP).map { exact.round(MathContext(digits, it)) }.firstOrNull(readsBack)

    /** With its point where the number is between the two powers of ten, else with an exponent. */
    private fun shaped(value: BigDecimal, smallest: Int, greatest: Int): String {
        val stripped = value.stripTrailingZeros()
        val power = stripped.precision() - stripped.scale()
        if (power in smallest + 1..greatest) {
            val plain = stripped.toPlainString()
            return if ('.' in plain) plain else "$plain.0"
        }
        val digits = stripped.unscaledValue().abs().toString()
        val fraction = if (digits.length > 1) ".${digits.drop(1)}" else ""
        return "${if (value.signum() < 0) "-" else ""}${digits.first()}${fraction}e${power - 1}"
    }
}
