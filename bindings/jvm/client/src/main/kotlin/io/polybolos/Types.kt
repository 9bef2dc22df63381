/*
 * The contract's data types: from their names, from Arrow's types, to Arrow's types, and as text.
 *
 * The contract knows logical types only: Utf8, LargeUtf8, Utf8View and a dictionary of strings are all `string`. In the public API a
 * type is named by text, such as "int64" or "decimal(10, 2)"; [TypeParser] has the grammar.
 */
package io.polybolos

import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.DecimalType
import io.polybolos.plan.v1.DurationType
import io.polybolos.plan.v1.Field
import io.polybolos.plan.v1.FixedBinaryType
import io.polybolos.plan.v1.IntervalType
import io.polybolos.plan.v1.IntervalUnit
import io.polybolos.plan.v1.ListType
import io.polybolos.plan.v1.MapType
import io.polybolos.plan.v1.Primitive
import io.polybolos.plan.v1.Schema
import io.polybolos.plan.v1.StructType
import io.polybolos.plan.v1.TimeType
import io.polybolos.plan.v1.TimeUnit
import io.polybolos.plan.v1.TimestampType
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.DateUnit
import org.apache.arrow.vector.types.FloatingPointPrecision
import org.apache.arrow.vector.types.pojo.ArrowType
import org.apache.arrow.vector.types.pojo.FieldType
import org.apache.arrow.vector.types.IntervalUnit as ArrowIntervalUnit
import org.apache.arrow.vector.types.TimeUnit as ArrowTimeUnit
import org.apache.arrow.vector.types.pojo.Field as ArrowField
import org.apache.arrow.vector.types.pojo.Schema as ArrowSchema

internal fun primitive(primitive: Primitive): DataType = DataType.newBuilder().setPrimitive(primitive).build()

internal fun decimalType(precision: Int, scale: Int): DataType =
    DataType.newBuilder().setDecimal(DecimalType.newBuilder().setPrecision(precision).setScale(scale)).build()

internal fun timestampType(unit: TimeUnit, zone: String?): DataType {
    val type = TimestampType.newBuilder().setUnit(unit)
    zone?.let(type::setZone)
    return DataType.newBuilder().setTimestamp(type).build()
}

internal fun timeType(unit: TimeUnit): DataType = DataType.newBuilder().setTime(TimeType.newBuilder().setUnit(unit)).build()

internal fun durationType(unit: TimeUnit): DataType = DataType.newBuilder().setDuration(DurationType.newBuilder().setUnit(unit)).build()

internal fun intervalType(unit: IntervalUnit): DataType = DataType.newBuilder().setInterval(IntervalType.newBuilder().setUnit(unit)).build()

internal fun fixedBinaryType(width: Int): DataType =
    DataType.newBuilder().setFixedBinary(FixedBinaryType.newBuilder().setWidth(width)).build()

internal fun listType(element: DataType, elementNotNull: Boolean = false, fixedSize: Int? = null): DataType {
    val type = ListType.newBuilder().setElement(element).setElementNotNull(elementNotNull)
    fixedSize?.let(type::setFixedSize)
    return DataType.newBuilder().setListType(type).build()
}

internal fun structType(fields: List<Field>): DataType =
    DataType.newBuilder().setStructType(StructType.newBuilder().addAllFields(fields)).build()

internal fun mapType(key: DataType, value: DataType, valueNotNull: Boolean = false): DataType =
    DataType.newBuilder().setMapType(MapType.newBuilder().setKey(key).setValue(value).setValueNotNull(valueNotNull)).build()

internal fun fieldOf(name: String, type: DataType, notNull: Boolean): Field =
    Field.newBuilder().setName(name).setType(type).setNotNull(notNull).build()

/** The type of this name, in the grammar of [TypeParser]. */
internal fun parseType(text: String): DataType = TypeParser(text).parse() ?: throw InvalidArgumentException(
    "no type is named ${quoted(text)}; examples: int64, string, decimal(10, 2), timestamp(us, UTC), list<int64>",
)

/** A type as plans print it, such as `list<decimal(10, 2)>`. */
internal fun typeName(type: DataType): String = StringBuilder().also { writeType(it, type, 0) }.toString()

/** The schema in the contract's types. */
internal fun schemaOf(schema: ArrowSchema): Schema = Schema.newBuilder().addAllFields(schema.fields.map(::contractField)).build()

/** The schema of the values, where a reader of Arrow knows columns as numbers of entries in its dictionaries. */
internal fun decodedSchema(schema: ArrowSchema, dictionaries: DictionaryProvider?): ArrowSchema =
    if (dictionaries == null) schema else ArrowSchema(schema.fields.map { decodedField(it, dictionaries) })

private fun decodedField(field: ArrowField, dictionaries: DictionaryProvider): ArrowField {
    val values = field.dictionary?.let { dictionaries.lookup(it.id) }?.vector?.field ?: field
    return ArrowField(field.name, FieldType(field.isNullable, values.type, null), values.children.map { decodedField(it, dictionaries) })
}

/** The contract's type of an Arrow field. */
internal fun typeOf(field: ArrowField): DataType = when (val type = field.type) {
    is ArrowType.Null -> primitive(Primitive.PRIMITIVE_NULL)
    is ArrowType.Bool -> primitive(Primitive.PRIMITIVE_BOOL)
    is ArrowType.Int -> primitive(integer(type))
    is ArrowType.FloatingPoint -> primitive(float(type.precision))
    is ArrowType.Utf8, is ArrowType.LargeUtf8, is ArrowType.Utf8View -> primitive(Primitive.PRIMITIVE_STRING)
    is ArrowType.Binary, is ArrowType.LargeBinary, is ArrowType.BinaryView -> primitive(Primitive.PRIMITIVE_BINARY)
    is ArrowType.Date -> date(type.unit)
    is ArrowType.Timestamp -> timestampType(timeUnit(type.unit), type.timezone)
    is ArrowType.Time -> timeType(timeUnit(type.unit))
    is ArrowType.Duration -> durationType(timeUnit(type.unit))
    is ArrowType.Interval -> intervalType(intervalUnit(type.unit))
    is ArrowType.Decimal -> decimalType(type.precision, type.scale)
    is ArrowType.FixedSizeBinary -> fixedBinaryType(type.byteWidth)
    is ArrowType.List, is ArrowType.LargeList, is ArrowType.ListView, is ArrowType.LargeListView -> list(field, null)
    is ArrowType.FixedSizeList -> list(field, type.listSize)
    is ArrowType.Struct -> structType(field.children.map(::contractField))
    is ArrowType.Map -> map(field)
    is ArrowType.RunEndEncoded -> typeOf(field.children[1])
    is ArrowType.ExtensionType -> typeOf(ArrowField(field.name, FieldType.nullable(type.storageType()), field.children))
    else -> throw UnsupportedException("the contract has no type for Arrow's $type")
}

private fun contractField(field: ArrowField): Field = fieldOf(field.name, typeOf(field), !field.isNullable)

private fun list(field: ArrowField, fixedSize: Int?): DataType {
    val item = field.children.single()
    return listType(typeOf(item), !item.isNullable, fixedSize)
}

private fun map(field: ArrowField): DataType {
    val (key, value) = field.children.single().children
    return mapType(typeOf(key), typeOf(value), !value.isNullable)
}

private fun integer(type: ArrowType.Int): Primitive = when (type.bitWidth) {
    8 -> if (type.isSigned) Primitive.PRIMITIVE_INT8 else Primitive.PRIMITIVE_UINT8
    16 -> if (type.isSigned) Primitive.PRIMITIVE_INT16 else Primitive.PRIMITIVE_UINT16
    32 -> if (type.isSigned) Primitive.PRIMITIVE_INT32 else Primitive.PRIMITIVE_UINT32
    else -> if (type.isSigned) Primitive.PRIMITIVE_INT64 else Primitive.PRIMITIVE_UINT64
}

private fun float(precision: FloatingPointPrecision): Primitive = when (precision) {
    FloatingPointPrecision.HALF -> Primitive.PRIMITIVE_FLOAT16
    FloatingPointPrecision.SINGLE -> Primitive.PRIMITIVE_FLOAT32
    FloatingPointPrecision.DOUBLE -> Primitive.PRIMITIVE_FLOAT64
}

private fun date(unit: DateUnit): DataType = when (unit) {
    DateUnit.DAY -> primitive(Primitive.PRIMITIVE_DATE)
    DateUnit.MILLISECOND -> timestampType(TimeUnit.TIME_UNIT_MILLI, null)
}

private fun timeUnit(unit: ArrowTimeUnit): TimeUnit = when (unit) {
    ArrowTimeUnit.SECOND -> TimeUnit.TIME_UNIT_SECOND
    ArrowTimeUnit.MILLISECOND -> TimeUnit.TIME_UNIT_MILLI
    ArrowTimeUnit.MICROSECOND -> TimeUnit.TIME_UNIT_MICRO
    ArrowTimeUnit.NANOSECOND -> TimeUnit.TIME_UNIT_NANO
}

private fun intervalUnit(unit: ArrowIntervalUnit): IntervalUnit = when (unit) {
    ArrowIntervalUnit.YEAR_MONTH -> IntervalUnit.INTERVAL_UNIT_YEAR_MONTH
    ArrowIntervalUnit.DAY_TIME -> IntervalUnit.INTERVAL_UNIT_DAY_TIME
    ArrowIntervalUnit.MONTH_DAY_NANO -> IntervalUnit.INTERVAL_UNIT_MONTH_DAY_NANO
}

/** The Arrow field in which values of this type are built: the plain layouts, `string` is Utf8, `binary` is Binary. */
internal fun arrowField(name: String, type: DataType, nullable: Boolean): ArrowField =
    ArrowField(name, FieldType(nullable, arrowType(type), null), arrowChildren(type))

private fun arrowType(type: DataType): ArrowType = when (type.kindCase) {
    DataType.KindCase.PRIMITIVE -> arrowPrimitive(type.primitive)
    DataType.KindCase.DECIMAL -> type.decimal.let { ArrowType.Decimal(it.precision, it.scale, if (it.precision <= 38) 128 else 256) }
    DataType.KindCase.TIMESTAMP -> type.timestamp.let { ArrowType.Timestamp(arrowUnit(it.unit), if (it.hasZone()) it.zone else null) }
    DataType.KindCase.TIME -> arrowTime(arrowUnit(type.time.unit))
    DataType.KindCase.DURATION -> ArrowType.Duration(arrowUnit(type.duration.unit))
    DataType.KindCase.INTERVAL -> ArrowType.Interval(ArrowIntervalUnit.MONTH_DAY_NANO)
    DataType.KindCase.FIXED_BINARY -> ArrowType.FixedSizeBinary(type.fixedBinary.width)
    DataType.KindCase.LIST_TYPE -> type.listType.let { if (it.hasFixedSize()) ArrowType.FixedSizeList(it.fixedSize) else ArrowType.List() }
    DataType.KindCase.STRUCT_TYPE -> ArrowType.Struct()
    DataType.KindCase.MAP_TYPE -> ArrowType.Map(false)
    DataType.KindCase.EXTENSION, DataType.KindCase.KIND_NOT_SET, null -> throw noLayout()
}

private fun arrowChildren(type: DataType): List<ArrowField> = when (type.kindCase) {
    DataType.KindCase.LIST_TYPE -> listOf(arrowField("item", type.listType.element, !type.listType.elementNotNull))
    DataType.KindCase.STRUCT_TYPE -> type.structType.fieldsList.map { arrowField(it.name, it.type, !it.notNull) }
    DataType.KindCase.MAP_TYPE -> listOf(mapEntries(type.mapType))
    else -> emptyList()
}

private fun mapEntries(type: MapType): ArrowField {
    val key = arrowField("key", type.key, nullable = false)
    val value = arrowField("value", type.value, !type.valueNotNull)
    return ArrowField("entries", FieldType.notNullable(ArrowType.Struct()), listOf(key, value))
}

private fun arrowPrimitive(primitive: Primitive): ArrowType = when (primitive) {
    Primitive.PRIMITIVE_NULL -> ArrowType.Null()
    Primitive.PRIMITIVE_BOOL -> ArrowType.Bool()
    Primitive.PRIMITIVE_INT8 -> ArrowType.Int(8, true)
    Primitive.PRIMITIVE_INT16 -> ArrowType.Int(16, true)
    Primitive.PRIMITIVE_INT32 -> ArrowType.Int(32, true)
    Primitive.PRIMITIVE_INT64 -> ArrowType.Int(64, true)
    Primitive.PRIMITIVE_UINT8 -> ArrowType.Int(8, false)
    Primitive.PRIMITIVE_UINT16 -> ArrowType.Int(16, false)
    Primitive.PRIMITIVE_UINT32 -> ArrowType.Int(32, false)
    Primitive.PRIMITIVE_UINT64 -> ArrowType.Int(64, false)
    Primitive.PRIMITIVE_FLOAT16 -> ArrowType.FloatingPoint(FloatingPointPrecision.HALF)
    Primitive.PRIMITIVE_FLOAT32 -> ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)
    Primitive.PRIMITIVE_FLOAT64 -> ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)
    Primitive.PRIMITIVE_STRING -> ArrowType.Utf8()
    Primitive.PRIMITIVE_BINARY -> ArrowType.Binary()
    Primitive.PRIMITIVE_DATE -> ArrowType.Date(DateUnit.DAY)
    Primitive.PRIMITIVE_UNSPECIFIED, Primitive.UNRECOGNIZED -> throw noLayout()
}

private fun arrowTime(unit: ArrowTimeUnit): ArrowType = when (unit) {
    ArrowTimeUnit.SECOND, ArrowTimeUnit.MILLISECOND -> ArrowType.Time(unit, 32)
    ArrowTimeUnit.MICROSECOND, ArrowTimeUnit.NANOSECOND -> ArrowType.Time(unit, 64)
}

private fun arrowUnit(unit: TimeUnit): ArrowTimeUnit = when (unit) {
    TimeUnit.TIME_UNIT_SECOND -> ArrowTimeUnit.SECOND
    TimeUnit.TIME_UNIT_MILLI -> ArrowTimeUnit.MILLISECOND
    TimeUnit.TIME_UNIT_MICRO -> ArrowTimeUnit.MICROSECOND
    TimeUnit.TIME_UNIT_NANO -> ArrowTimeUnit.NANOSECOND
    TimeUnit.TIME_UNIT_UNSPECIFIED, TimeUnit.UNRECOGNIZED -> throw noLayout()
}

private fun noLayout() = UnsupportedException("the type has no plain layout in Arrow")

/**
 * Types by name, as plans print them; the usual names of SQL are understood too.
 *
 * ```text
 * null bool int8..int64 uint8..uint64 float16 float32 float64 string binary date
 * decimal(p, s)   time(unit)   timestamp(unit)   timestamp(unit, zone)   duration(unit)   interval     unit = s | ms | us | ns
 * binary(n)   list<T>   list<T not null>   list<T, n>   struct<name T, ...>   map<K, V>
 * ```
 *
 * The parsing functions answer null for what is no type.
 */
private class TypeParser(text: String) {
    private var rest = text

    fun parse(): DataType? = type(0)?.takeIf { rest.isBlank() }

    private fun type(depth: Int): DataType? {
        if (depth >= DEPTH_MAX) return null
        val name = word()?.let(::asciiLowercase) ?: return null
        return when (name) {
            "list" -> list(depth)
            "struct" -> struct(depth)
            "map" -> map(depth)
            "decimal", "numeric" -> decimal()
            "timestamp" -> timestamp()
            "timestamptz" -> timestampType(TimeUnit.TIME_UNIT_MICRO, "UTC")
            "time" -> unitOrMicro()?.let(::timeType)
            "duration" -> unitOrMicro()?.let(::durationType)
            "binary" -> binary()
            "interval" -> intervalType(IntervalUnit.INTERVAL_UNIT_MONTH_DAY_NANO)
            else -> PRIMITIVES[name]?.let(::primitive)
        }
    }

    private fun list(depth: Int): DataType? {
        if (!accept('<')) return null
        val element = type(depth + 1) ?: return null
        val notNull = notNull()
        val fixedSize = if (accept(',')) unsigned() ?: return null else null
        return if (accept('>')) listType(element, notNull, fixedSize) else null
    }

    private fun struct(depth: Int): DataType? {
        if (!accept('<')) return null
        val fields = mutableListOf<Field>()
        do {
            fields += field(depth) ?: return null
        } while (accept(','))
        return if (accept('>')) structType(fields) else null
    }

    private fun field(depth: Int): Field? {
        val name = word() ?: return null
        // `name T` is how plans print a field, `name: T` how most people write one.
        accept(':')
        val type = type(depth + 1) ?: return null
        return fieldOf(name, type, notNull())
    }

    private fun map(depth: Int): DataType? {
        if (!accept('<')) return null
        val key = type(depth + 1) ?: return null
        if (!accept(',')) return null
        val value = type(depth + 1) ?: return null
        val valueNotNull = notNull()
        return if (accept('>')) mapType(key, value, valueNotNull) else null
    }

    /** `(n)` for a fixed width, or any length. */
    private fun binary(): DataType? {
        if (!accept('(')) return primitive(Primitive.PRIMITIVE_BINARY)
        val width = unsigned() ?: return null
        return if (accept(')')) fixedBinaryType(width) else null
    }

    private fun decimal(): DataType? {
        if (!accept('(')) return null
        val precision = unsigned()?.takeIf { it in 1..76 } ?: return null
        val scale = if (accept(',')) unsigned()?.takeIf { it >= 0 } ?: return null else 0
        return if (accept(')')) decimalType(precision, scale) else null
    }

    private fun timestamp(): DataType? {
        if (!accept('(')) return timestampType(TimeUnit.TIME_UNIT_MICRO, null)
        val unit = UNITS[word()] ?: return null
        val zone = if (accept(',')) until(')')?.trim('\'', '"') else null
        return if (accept(')')) timestampType(unit, zone) else null
    }

    /** `(unit)`, or microseconds. */
    private fun unitOrMicro(): TimeUnit? {
        if (!accept('(')) return TimeUnit.TIME_UNIT_MICRO
        val unit = UNITS[word()]
        return if (accept(')')) unit else null
    }

    private fun notNull(): Boolean {
        val before = rest
        val said = word() == "not" && word() == "null"
        if (!said) rest = before
        return said
    }

    /** An unsigned number of 32 bits, in the bits of an `Int`. */
    private fun unsigned(): Int? = word()?.takeIf { word -> word.all { it in '0'..'9' } }?.toUIntOrNull()?.toInt()

    private fun word(): String? {
        val text = rest.trimStart()
        val length = codePointsWhile(text) { isAlphanumeric(it) || it == '_'.code }
        if (length == 0) return null
        rest = text.substring(length)
        return text.substring(0, length)
    }

    private fun until(end: Char): String? {
        val at = rest.indexOf(end)
        if (at < 0) return null
        return rest.substring(0, at).trim().also { rest = rest.substring(at) }
    }

    private fun accept(symbol: Char): Boolean {
        rest = rest.trimStart()
        val found = rest.startsWith(symbol)
        if (found) rest = rest.substring(1)
        return found
    }

    private companion object {
        /** Types nest at most this deep, as in the limits of plans. */
        const val DEPTH_MAX = 32

        val UNITS = mapOf(
            "s" to TimeUnit.TIME_UNIT_SECOND,
            "ms" to TimeUnit.TIME_UNIT_MILLI,
            "us" to TimeUnit.TIME_UNIT_MICRO,
            "ns" to TimeUnit.TIME_UNIT_NANO,
        )

        val PRIMITIVES = buildMap {
            fun name(primitive: Primitive, vararg names: String) = names.forEach { put(it, primitive) }
            name(Primitive.PRIMITIVE_NULL, "null")
            name(Primitive.PRIMITIVE_BOOL, "bool", "boolean")
            name(Primitive.PRIMITIVE_INT8, "int8", "tinyint")
            name(Primitive.PRIMITIVE_INT16, "int16", "smallint")
            name(Primitive.PRIMITIVE_INT32, "int32", "int", "integer")
            name(Primitive.PRIMITIVE_INT64, "int64", "bigint", "long")
            name(Primitive.PRIMITIVE_UINT8, "uint8")
            name(Primitive.PRIMITIVE_UINT16, "uint16")
            name(Primitive.PRIMITIVE_UINT32, "uint32")
            name(Primitive.PRIMITIVE_UINT64, "uint64")
            name(Primitive.PRIMITIVE_FLOAT16, "float16")
            name(Primitive.PRIMITIVE_FLOAT32, "float32", "float", "real")
            name(Primitive.PRIMITIVE_FLOAT64, "float64", "double")
            name(Primitive.PRIMITIVE_STRING, "string", "varchar", "text")
            name(Primitive.PRIMITIVE_BINARY, "bytea")
            name(Primitive.PRIMITIVE_DATE, "date")
        }
    }
}

/** Types nest this deep in texts; deeper ones are cut. */
private const val TEXT_DEPTH_MAX = 64

/** Of a longer text or list only the beginning is shown. */
private const val TEXT_CHARS_MAX = 60
private const val TEXT_ITEMS_MAX = 32
private const val CUT = "…"

private fun writeType(out: StringBuilder, type: DataType, depth: Int) {
    if (depth > TEXT_DEPTH_MAX) {
        out.append(CUT)
        return
    }
    when (type.kindCase) {
        DataType.KindCase.PRIMITIVE -> out.append(primitiveName(type.primitive))
        DataType.KindCase.DECIMAL -> out.append("decimal(${Integer.toUnsignedString(type.decimal.precision)}, ${type.decimal.scale})")
        DataType.KindCase.TIMESTAMP -> writeTimestamp(out, type.timestamp)
        DataType.KindCase.TIME -> out.append("time(${unitName(type.time.unit)})")
        DataType.KindCase.DURATION -> out.append("duration(${unitName(type.duration.unit)})")
        DataType.KindCase.INTERVAL -> out.append("interval(${intervalName(type.interval.unit)})")
        DataType.KindCase.FIXED_BINARY -> out.append("binary(${Integer.toUnsignedString(type.fixedBinary.width)})")
        DataType.KindCase.LIST_TYPE -> writeList(out, type.listType, depth)
        DataType.KindCase.STRUCT_TYPE -> writeStruct(out, type.structType, depth)
        DataType.KindCase.MAP_TYPE -> writeMap(out, type.mapType, depth)
        DataType.KindCase.EXTENSION -> {
            out.append(nameText(type.extension.name)).append('<')
            writeType(out, type.extension.storage, depth + 1)
            out.append('>')
        }
        DataType.KindCase.KIND_NOT_SET, null -> out.append('?')
    }
}

private fun writeTimestamp(out: StringBuilder, type: TimestampType) {
    val zone = if (type.hasZone()) ", ${literalText(type.zone)}" else ""
    out.append("timestamp(${unitName(type.unit)}$zone)")
}

private fun writeList(out: StringBuilder, type: ListType, depth: Int) {
    out.append("list<")
    writeType(out, type.element, depth + 1)
    if (type.elementNotNull) out.append(" not null")
    if (type.hasFixedSize()) out.append(", ${Integer.toUnsignedString(type.fixedSize)}")
    out.append('>')
}

private fun writeStruct(out: StringBuilder, type: StructType, depth: Int) {
    out.append("struct<")
    type.fieldsList.take(TEXT_ITEMS_MAX).forEachIndexed { position, field ->
        if (position > 0) out.append(", ")
        out.append(nameText(field.name)).append(' ')
        writeType(out, field.type, depth + 1)
        if (field.notNull) out.append(" not null")
    }
    val more = type.fieldsCount - TEXT_ITEMS_MAX
    if (more > 0) out.append(", $CUT $more more")
    out.append('>')
}

private fun writeMap(out: StringBuilder, type: MapType, depth: Int) {
    out.append("map<")
    writeType(out, type.key, depth + 1)
    out.append(", ")
    writeType(out, type.value, depth + 1)
    out.append(if (type.valueNotNull) " not null>" else ">")
}

private fun primitiveName(primitive: Primitive): String = when (primitive) {
    Primitive.UNRECOGNIZED -> "?"
    else -> primitive.name.removePrefix("PRIMITIVE_").lowercase()
}

private fun unitName(unit: TimeUnit): String = when (unit) {
    TimeUnit.TIME_UNIT_SECOND -> "s"
    TimeUnit.TIME_UNIT_MILLI -> "ms"
    TimeUnit.TIME_UNIT_MICRO -> "us"
    TimeUnit.TIME_UNIT_NANO -> "ns"
    TimeUnit.TIME_UNIT_UNSPECIFIED, TimeUnit.UNRECOGNIZED -> "?"
}

private fun intervalName(unit: IntervalUnit): String = when (unit) {
    IntervalUnit.INTERVAL_UNIT_YEAR_MONTH -> "year to month"
    IntervalUnit.INTERVAL_UNIT_DAY_TIME -> "day to millisecond"
    IntervalUnit.INTERVAL_UNIT_MONTH_DAY_NANO -> "month to nanosecond"
    IntervalUnit.INTERVAL_UNIT_UNSPECIFIED, IntervalUnit.UNRECOGNIZED -> "?"
}

/** A name, in double quotes where it is not a plain word. */
private fun nameText(name: String): String {
    val plain = name.isNotEmpty() && (Character.isAlphabetic(name.codePointAt(0)) || name[0] == '_') &&
        codePointsWhile(name) { isAlphanumeric(it) || it == '_'.code } == name.length
    if (plain && name.toByteArray().size <= TEXT_CHARS_MAX) return name
    val inner = literalText(name.replace("\"", "\"\"")).drop(1).dropLast(1).replace("''", "'")
    return "\"$inner\""
}

/** A text in single quotes, on one line. */
private fun literalText(text: String): String = buildString {
    append('\'')
    text.codePoints().limit(TEXT_CHARS_MAX.toLong()).forEach { char ->
        when {
            char == '\''.code -> append("''")
            Character.getType(char) == Character.CONTROL.toInt() -> append(escaped(char))
            else -> appendCodePoint(char)
        }
    }
    if (text.codePointCount(0, text.length) > TEXT_CHARS_MAX) append(CUT)
    append('\'')
}

/** A text in double quotes, on one line. */
internal fun quoted(text: String): String = buildString {
    append('"')
    text.codePoints().forEach { char ->
        when {
            char == '"'.code || char == '\\'.code -> append('\\').appendCodePoint(char)
            char == 0 -> append("\\0")
            Character.getType(char) == Character.CONTROL.toInt() -> append(escaped(char))
            else -> appendCodePoint(char)
        }
    }
    append('"')
}

private fun escaped(char: Int): String = when (char) {
    '\n'.code -> "\\n"
    '\r'.code -> "\\r"
    '\t'.code -> "\\t"
    else -> "\\u{${Integer.toHexString(char)}}"
}

private fun asciiLowercase(text: String): String = text.map { if (it in 'A'..'Z') it.lowercaseChar() else it }.joinToString("")

private fun isAlphanumeric(char: Int): Boolean = Character.isAlphabetic(char) || when (Character.getType(char).toByte()) {
    Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true
    else -> false
}

/** How many `Char`s at the beginning hold code points of this kind. */
private fun codePointsWhile(text: String, matches: (Int) -> Boolean): Int {
    var at = 0
    while (at < text.length && matches(text.codePointAt(at))) at += Character.charCount(text.codePointAt(at))
    return at
}
