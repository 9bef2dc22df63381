package io.polybolos

import com.google.protobuf.ByteString
import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.DecimalType
import io.polybolos.plan.v1.Field
import io.polybolos.plan.v1.IntervalUnit
import io.polybolos.plan.v1.IntervalValue
import io.polybolos.plan.v1.Literal
import io.polybolos.plan.v1.LiteralList
import io.polybolos.plan.v1.LiteralMap
import io.polybolos.plan.v1.MapType
import io.polybolos.plan.v1.Primitive
import io.polybolos.plan.v1.StructType
import io.polybolos.plan.v1.TimeUnit
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.OffsetDateTime
import java.time.ZoneId
import java.time.ZoneOffset
import java.time.ZonedDateTime
import kotlin.time.toJavaDuration

/** Values of the JVM as literals of the contract; [lit] has the table. */
internal object Literals {
    private const val DEPTH_MAX = 32
    private const val DECIMAL_DIGITS_MAX = 76
    private val NANOS_PER_SECOND = BigInteger.valueOf(1_000_000_000)

    /** The literal, of the type that fits the value. */
    fun of(value: Any?): Literal = natural(value, 0)

    /** The literal, of this type, which must hold the value exactly. */
    fun of(value: Any?, type: DataType): Literal {
        if (value is Map<*, *> && type.hasMapType()) return mapOf(value, type)
        return fitted(natural(value, 0), type).toBuilder().setType(type).build()
    }

    /** A value of a parameter in its declared type, where a number is exactly the same there; null where it is not. */
    fun exactly(value: Literal, type: DataType): Literal? {
        if (value.type == type) return value
        if (value.hasNullValue()) return value.toBuilder().setType(type).build()
        if (!isNumber(value.type) || !isNumber(type)) return null
        val fitted = runCatching { fitted(value, type) }.getOrNull()?.takeIf { sameNumber(value, it) } ?: return null
        return fitted.toBuilder().setType(type).build()
    }

    private fun isNumber(type: DataType) =
        type.hasPrimitive() && type.primitive.number in Primitive.PRIMITIVE_INT8.number..Primitive.PRIMITIVE_FLOAT64.number

    private fun sameNumber(a: Literal, b: Literal): Boolean {
        val (x, y) = exactValue(a) to exactValue(b)
        return if (x == null || y == null) x == y else x.compareTo(y) == 0
    }

    /** The number; null for NaN and the infinities, which a float of any width has. */
    private fun exactValue(literal: Literal): BigDecimal? = when {
        literal.hasIntValue() -> BigDecimal(literal.intValue)
        literal.hasUintValue() -> BigDecimal(java.lang.Long.toUnsignedString(literal.uintValue))
        literal.hasFloat32Value() -> literal.float32Value.takeIf(Float::isFinite)?.let { BigDecimal(it.toDouble()) }
        else -> literal.float64Value.takeIf(Double::isFinite)?.let(::BigDecimal)
    }

    private fun natural(value: Any?, depth: Int): Literal = when (value) {
        null -> literal(primitive(Primitive.PRIMITIVE_NULL)) { nullValue = true }
        is Boolean -> literal(primitive(Primitive.PRIMITIVE_BOOL)) { boolValue = value }
        is Byte -> whole(Primitive.PRIMITIVE_INT8, value.toLong())
        is Short -> whole(Primitive.PRIMITIVE_INT16, value.toLong())
        is Int -> whole(Primitive.PRIMITIVE_INT32, value.toLong())
        is Long -> whole(Primitive.PRIMITIVE_INT64, value)
        is UByte -> unsigned(Primitive.PRIMITIVE_UINT8, value.toLong())
        is UShort -> unsigned(Primitive.PRIMITIVE_UINT16, value.toLong())
        is UInt -> unsigned(Primitive.PRIMITIVE_UINT32, value.toLong())
        is ULong -> unsigned(Primitive.PRIMITIVE_UINT64, value.toLong())
        is Float -> literal(primitive(Primitive.PRIMITIVE_FLOAT32)) { float32Value = value }
        is Double -> literal(primitive(Primitive.PRIMITIVE_FLOAT64)) { float64Value = value }
        is String -> text(value)
        is Char -> text(value.toString())
        is Enum<*> -> text(value.name)
        is ByteArray -> literal(primitive(Primitive.PRIMITIVE_BINARY)) { binaryValue = ByteString.copyFrom(value) }
        is BigInteger -> decimal(BigDecimal(value))
        is BigDecimal -> decimal(value)
        else -> temporal(value) ?: nested(value, depth)
    }

    private fun temporal(value: Any): Literal? = when (value) {
        is LocalDate -> whole(Primitive.PRIMITIVE_DATE, value.toEpochDay())
        is LocalTime -> counted(value.toNanoOfDay().toBigInteger(), ::timeType)
        is LocalDateTime -> counted(nanosOf(value.toInstant(ZoneOffset.UTC))) { unit -> timestampType(unit, null) }
        is Instant -> counted(nanosOf(value)) { unit -> timestampType(unit, "UTC") }
        is ZonedDateTime -> counted(nanosOf(value.toInstant())) { unit -> timestampType(unit, zoneName(value.zone)) }
        is OffsetDateTime -> counted(nanosOf(value.toInstant())) { unit -> timestampType(unit, zoneName(value.offset)) }
        is Duration -> counted(nanosOf(value), ::durationType)
        is kotlin.time.Duration -> temporal(value.toJavaDuration())
        is Interval -> interval(value)
        else -> null
    }

    private fun nested(value: Any, depth: Int): Literal {
        if (depth >= DEPTH_MAX) throw InvalidArgumentException("values nest deeper than $DEPTH_MAX levels")
        return when (value) {
            is Iterable<*> -> list(value.toList(), depth)
            is Array<*> -> list(value.asList(), depth)
            is IntArray -> list(value.asList(), depth)
            is LongArray -> list(value.asList(), depth)
            is DoubleArray -> list(value.asList(), depth)
            is FloatArray -> list(value.asList(), depth)
            is BooleanArray -> list(value.asList(), depth)
            is Map<*, *> -> struct(value, depth)
            else -> throw InvalidArgumentException(
                "$value is no value that a query can hold (${value.javaClass.name}); there are null, Boolean, the numbers, String, ByteArray, " +
                    "BigDecimal, LocalDate, LocalTime, LocalDateTime, Instant, ZonedDateTime, Duration, Interval, List and Map",
            )
        }
    }

    private inline fun literal(type: DataType, value: Literal.Builder.() -> Unit): Literal =
        Literal.newBuilder().setType(type).apply(value).build()

    private fun text(value: String) = literal(primitive(Primitive.PRIMITIVE_STRING)) { stringValue = value }

    private fun whole(type: Primitive, value: Long) = literal(primitive(type)) { intValue = value }

    private fun unsigned(type: Primitive, value: Long) = literal(primitive(type)) { uintValue = value }

    private fun decimal(value: BigDecimal): Literal {
        val plain = if (value.scale() < 0) value.setScale(0) else value
        val precision = maxOf(plain.precision(), plain.scale(), 1)
        if (precision > DECIMAL_DIGITS_MAX) {
            throw InvalidArgumentException("$value has $precision digits; a decimal has at most $DECIMAL_DIGITS_MAX")
        }
        return literal(decimalType(precision, plain.scale())) { decimalValue = plain.unscaledValue().toString() }
    }

    private fun interval(value: Interval): Literal {
        val parts = IntervalValue.newBuilder().setMonths(value.months).setDays(value.days).setNanos(value.nanos)
        return literal(intervalType(IntervalUnit.INTERVAL_UNIT_MONTH_DAY_NANO)) { setIntervalValue(parts) }
    }

    /** Microseconds, or nanoseconds where the value has them and 64 bits hold it. */
    private fun counted(nanos: BigInteger, type: (TimeUnit) -> DataType): Literal {
        val (micros, rest) = nanos.divideAndRemainder(BigInteger.valueOf(1_000))
        val fine = rest.signum() != 0
        val count = if (fine) nanos else micros
        if (count.bitLength() > 63) throw InvalidArgumentException("the time lies outside of what 64 bits of ${if (fine) "nano" else "micro"}seconds hold")
        return literal(type(if (fine) TimeUnit.TIME_UNIT_NANO else TimeUnit.TIME_UNIT_MICRO)) { intValue = count.toLong() }
    }

    private fun Long.toBigInteger() = BigInteger.valueOf(this)

    private fun nanosOf(instant: Instant) = instant.epochSecond.toBigInteger() * NANOS_PER_SECOND + instant.nano.toLong().toBigInteger()

    private fun nanosOf(duration: Duration) = duration.seconds.toBigInteger() * NANOS_PER_SECOND + duration.nano.toLong().toBigInteger()

    private fun zoneName(zone: ZoneId): String = if (zone.normalized() == ZoneOffset.UTC) "UTC" else zone.id

    private fun list(values: List<Any?>, depth: Int): Literal {
        val items = values.map { natural(it, depth + 1) }
        var element = primitive(Primitive.PRIMITIVE_NULL)
        items.forEachIndexed { position, item ->
            element = common(element, item.type) ?: throw InvalidArgumentException(
                "item $position of a list is ${typeName(item.type)}, those before are ${typeName(element)}",
            )
        }
        val type = listType(element)
        return literal(type) { listValue = LiteralList.newBuilder().addAllItems(items.map { inner(it, element) }).build() }
    }

    private fun struct(values: Map<*, *>, depth: Int): Literal {
        val type = StructType.newBuilder()
        val items = LiteralList.newBuilder()
        for ((name, value) in values) {
            if (name !is String) throw InvalidArgumentException("the keys of a Map that becomes a struct are Strings, not $name; lit(value, \"map<K, V>\") makes a map")
            val item = natural(value, depth + 1)
            type.addFields(Field.newBuilder().setName(name).setType(item.type))
            items.addItems(item.toBuilder().clearType())
        }
        return literal(DataType.newBuilder().setStructType(type).build()) { setStructValue(items) }
    }

    private fun mapOf(values: Map<*, *>, type: DataType): Literal {
        val map = LiteralMap.newBuilder()
        for ((key, value) in values) {
            map.addKeys(inner(natural(key, 1), type.mapType.key))
            map.addValues(if (value is Map<*, *> && type.mapType.value.hasMapType()) of(value, type.mapType.value).untyped() else inner(natural(value, 1), type.mapType.value))
        }
        return literal(type) { setMapValue(map) }
    }

    /** The literal in a nested place, which inherits its type. */
    private fun inner(literal: Literal, type: DataType): Literal = fitted(literal, type).untyped()

    private fun Literal.untyped(): Literal = toBuilder().clearType().build()

    /** The type that holds values of both. */
    private fun common(a: DataType, b: DataType): DataType? = when {
        a == b || isNull(b) -> a
        isNull(a) -> b
        a.hasPrimitive() && b.hasPrimitive() -> widerNumber(a.primitive, b.primitive)?.let(::primitive)
        a.hasDecimal() && b.hasDecimal() -> widerDecimal(a.decimal, b.decimal)
        a.hasListType() && b.hasListType() -> common(a.listType.element, b.listType.element)?.let {
            listType(it)
        }
        a.hasStructType() && b.hasStructType() -> widerStruct(a.structType, b.structType)
        else -> null
    }

    private fun isNull(type: DataType) = type.hasPrimitive() && type.primitive == Primitive.PRIMITIVE_NULL

    private fun widerNumber(a: Primitive, b: Primitive): Primitive? {
        val signed = Primitive.PRIMITIVE_INT8.number..Primitive.PRIMITIVE_INT64.number
        val numbers = Primitive.PRIMITIVE_INT8.number..Primitive.PRIMITIVE_FLOAT64.number
        return when {
            a.number in signed && b.number in signed -> maxOf(a, b)
            a.number in numbers && b == Primitive.PRIMITIVE_FLOAT64 -> b
            b.number in numbers && a == Primitive.PRIMITIVE_FLOAT64 -> a
            else -> null
        }
    }

    private fun widerDecimal(a: DecimalType, b: DecimalType): DataType? {
        val scale = maxOf(a.scale, b.scale)
        val precision = maxOf(a.precision - a.scale, b.precision - b.scale) + scale
        if (precision > DECIMAL_DIGITS_MAX) return null
        return decimalType(precision, scale)
    }

    private fun widerStruct(a: StructType, b: StructType): DataType? {
        val fields = LinkedHashMap<String, DataType>()
        for (field in a.fieldsList + b.fieldsList) {
            val known = fields[field.name]
            fields[field.name] = if (known == null) field.type else common(known, field.type) ?: return null
        }
        val type = StructType.newBuilder()
        fields.forEach { (name, fieldType) -> type.addFields(Field.newBuilder().setName(name).setType(fieldType)) }
        return DataType.newBuilder().setStructType(type).build()
    }

    /** The value as one of another type, where that holds it exactly. */
    private fun fitted(value: Literal, to: DataType): Literal {
        if (value.type == to || value.hasNullValue()) return value
        val refused = { InvalidArgumentException("${Naming.text(value)} is no ${typeName(to)}") }
        return when {
            to.hasPrimitive() && value.type.hasPrimitive() -> number(value, to.primitive) ?: throw refused()
            to.hasDecimal() -> asDecimal(value, to.decimal) ?: throw refused()
            value.hasIntValue() && unitOf(to) != null -> inUnit(value, to) ?: throw refused()
            to.hasFixedBinary() && value.hasBinaryValue() && value.binaryValue.size() == to.fixedBinary.width -> value
            to.hasListType() && value.hasListValue() -> refilled(value, to.listType.element)
            to.hasStructType() && value.hasStructValue() -> restructured(value, to.structType)
            to.hasMapType() && value.hasStructValue() -> asMap(value, to.mapType)
            else -> throw refused()
        }
    }

    private fun number(value: Literal, to: Primitive): Literal? {
        val whole = when {
            value.hasIntValue() && value.type.primitive != Primitive.PRIMITIVE_DATE -> BigInteger.valueOf(value.intValue)
            value.hasUintValue() -> BigInteger(java.lang.Long.toUnsignedString(value.uintValue))
            else -> return float(value, to)
        }
        val bits = when (to) {
            Primitive.PRIMITIVE_INT8 -> 7
            Primitive.PRIMITIVE_INT16 -> 15
            Primitive.PRIMITIVE_INT32 -> 31
            Primitive.PRIMITIVE_INT64 -> 63
            Primitive.PRIMITIVE_UINT8 -> 8
            Primitive.PRIMITIVE_UINT16 -> 16
            Primitive.PRIMITIVE_UINT32 -> 32
            Primitive.PRIMITIVE_UINT64 -> 64
            Primitive.PRIMITIVE_FLOAT32, Primitive.PRIMITIVE_FLOAT16 -> return value.toBuilder().setFloat32Value(whole.toFloat()).build()
            Primitive.PRIMITIVE_FLOAT64 -> return value.toBuilder().setFloat64Value(whole.toDouble()).build()
            else -> return null
        }
        val signed = to.number <= Primitive.PRIMITIVE_INT64.number
        if (whole.bitLength() > bits || (!signed && whole.signum() < 0)) {
            throw InvalidArgumentException("$whole does not fit ${typeName(primitive(to))}")
        }
        return value.toBuilder().run { if (signed) setIntValue(whole.toLong()) else setUintValue(whole.toLong()) }.build()
    }

    private fun float(value: Literal, to: Primitive): Literal? = when {
        value.hasFloat32Value() && to == Primitive.PRIMITIVE_FLOAT64 -> value.toBuilder().setFloat64Value(value.float32Value.toDouble()).build()
        value.hasFloat32Value() && to == Primitive.PRIMITIVE_FLOAT16 -> value
        value.hasFloat64Value() && (to == Primitive.PRIMITIVE_FLOAT32 || to == Primitive.PRIMITIVE_FLOAT16) ->
            value.toBuilder().setFloat32Value(value.float64Value.toFloat()).build()
        else -> null
    }

    private fun asDecimal(value: Literal, to: DecimalType): Literal? {
        val exact = when {
            value.hasIntValue() -> BigDecimal(value.intValue)
            value.hasUintValue() -> BigDecimal(java.lang.Long.toUnsignedString(value.uintValue))
            value.hasDecimalValue() -> BigDecimal(BigInteger(value.decimalValue), value.type.decimal.scale)
            else -> return null
        }
        val scaled = runCatching { exact.setScale(to.scale) }.getOrNull()?.takeIf { it.precision() <= to.precision }
            ?: throw InvalidArgumentException("$exact has digits that ${typeName(DataType.newBuilder().setDecimal(to).build())} does not hold")
        return value.toBuilder().setDecimalValue(scaled.unscaledValue().toString()).build()
    }

    private fun unitOf(type: DataType): TimeUnit? = when {
        type.hasTimestamp() -> type.timestamp.unit
        type.hasTime() -> type.time.unit
        type.hasDuration() -> type.duration.unit
        else -> null
    }

    private fun inUnit(value: Literal, to: DataType): Literal? {
        val date = value.type.hasPrimitive() && value.type.primitive == Primitive.PRIMITIVE_DATE
        if (value.type.kindCase != to.kindCase && !(date && to.hasTimestamp())) return null
        val per = if (date) BigInteger.valueOf(86_400) * NANOS_PER_SECOND else nanosPer(unitOf(value.type) ?: return null)
        val (count, rest) = (BigInteger.valueOf(value.intValue) * per).divideAndRemainder(nanosPer(unitOf(to) ?: return null))
        if (rest.signum() != 0 || count.bitLength() > 63) return null
        return value.toBuilder().setIntValue(count.toLong()).build()
    }

    private fun nanosPer(unit: TimeUnit): BigInteger = when (unit) {
        TimeUnit.TIME_UNIT_SECOND -> NANOS_PER_SECOND
        TimeUnit.TIME_UNIT_MILLI -> BigInteger.valueOf(1_000_000)
        TimeUnit.TIME_UNIT_MICRO -> BigInteger.valueOf(1_000)
        else -> BigInteger.ONE
    }

    private fun refilled(value: Literal, element: DataType): Literal {
        val from = value.type.listType.element
        val items = value.listValue.itemsList.map { inner(it.toBuilder().setType(from).build(), element) }
        return value.toBuilder().setListValue(LiteralList.newBuilder().addAllItems(items)).build()
    }

    /** A struct with the fields of another one, by name; a field that it lacks is null. */
    private fun restructured(value: Literal, to: StructType): Literal {
        val given = value.type.structType.fieldsList.zip(value.structValue.itemsList) { field, item ->
            field.name to item.toBuilder().setType(field.type).build()
        }.toMap()
        (given.keys - to.fieldsList.map(Field::getName).toSet()).firstOrNull()?.let {
            throw InvalidArgumentException("the struct has no field named \"$it\"")
        }
        val items = to.fieldsList.map { field -> inner(given[field.name] ?: natural(null, 0), field.type) }
        return value.toBuilder().setStructValue(LiteralList.newBuilder().addAllItems(items)).build()
    }

    private fun asMap(value: Literal, to: MapType): Literal {
        val map = LiteralMap.newBuilder()
        value.type.structType.fieldsList.zip(value.structValue.itemsList) { field, item ->
            map.addKeys(inner(text(field.name), to.key))
            map.addValues(inner(item.toBuilder().setType(field.type).build(), to.value))
        }
        return value.toBuilder().setMapValue(map).build()
    }
}
