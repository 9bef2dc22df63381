/*
 * Rows as objects of data classes, records and other classes.
 *
 * Everything that can be known before the first row is checked once: that each property has its column, and that the column's type fits.
 * What is left for the rows are nulls and the names of enums.
 */
package io.polybolos

import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.Field
import io.polybolos.plan.v1.ListType
import io.polybolos.plan.v1.MapType
import io.polybolos.plan.v1.Primitive
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.types.pojo.Schema
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime

/**
 * Makes objects of the batches of one result, one batch after the other.
 *
 * A property takes the column of its name, or the column whose name it is in camel case (`tipShare` takes `tip_share`). Without a column it
 * takes its default; without a default that is an error, as is a column of another type. Numbers are widened where that loses nothing,
 * structs become objects of classes, texts enums by name.
 */
internal class ObjectMapping<T : Any>(private val type: Class<T>, schema: Schema, private val dictionaries: DictionaryProvider? = null) {
    private val fields = schemaOf(decodedSchema(schema, dictionaries)).fieldsList
    private val assembly = Assembly(ObjectShape.of(type), fields, property = type.simpleName, column = null)
    private var rowsBefore = 0L

    /** All rows of a batch as objects. */
    fun objects(root: VectorSchemaRoot): List<T> {
        val batch = BatchReader(root, dictionaries, rowsBefore)
        val first = rowsBefore
        rowsBefore += root.rowCount
        return List(root.rowCount) { row -> made(batch.values(row), first + row) }
    }

    private fun made(values: Array<Any?>, row: Long): T = try {
        type.cast(assembly.make(values))
    } catch (bad: BadValue) {
        throw bad.located(row)
    }
}

/** Makes an object of the values of columns, or of the members of a struct. */
private class Assembly(shape: ObjectShape, private val fields: List<Field>, private val property: String, private val column: String?) {
    private val positions = shape.properties.map(::position)
    private val slots = shape.properties.zip(positions) { property, position -> position?.let { slot(property, fields[it]) } }
    private val maker = shape.maker(positions.withIndex().filter { it.value == null }.map { it.index }.toSet())

    fun make(values: Array<Any?>): Any {
        val arguments = arrayOfNulls<Any?>(slots.size)
        for ((at, slot) in slots.withIndex()) {
            arguments[at] = slot?.of(values[positions[at] ?: continue])
        }
        return try {
            maker(arguments)
        } catch (bad: BadValue) {
            throw if (column == null) bad else bad.at(column)
        }
    }

    /** The position of the property's column; null where the property takes its default. */
    private fun position(property: Property): Int? {
        val exact = fields.indices.filter { fields[it].name == property.name }
        val found = exact.ifEmpty { fields.indices.filter { camelCase(fields[it].name) == property.name } }
        if (found.size > 1) throw InvalidArgumentException("more than one column fits the property ${path(property)}: ${namesOf(found)}")
        return found.firstOrNull() ?: if (property.optional) null else throw missing(property)
    }

    private fun namesOf(positions: List<Int>) = positions.joinToString { fields[it].name }

    private fun missing(property: Property): PolybolosException {
        val sentence = "there is no column for the property ${path(property)}: ${property.shape}"
        val near = NearNames.of(property.name, fields.map { it.name })
        return InvalidArgumentException(ErrorFacts("INVALID_ARGUMENT", sentence, candidates = near))
    }

    private fun path(of: Property) = "$property.${of.name}"

    private fun slot(of: Property, field: Field): Slot {
        val place = Place(path(of), listOfNotNull(column, field.name).joinToString("."))
        return Conversions.slot(of.shape, field.type, place)
    }

    private fun camelCase(name: String): String = name.split('_').filter(String::isNotEmpty).withIndex()
        .joinToString("") { (at, word) -> if (at == 0) word else word.replaceFirstChar(Char::uppercaseChar) }
}

/** Where a value comes from and goes to, for messages. */
private data class Place(val property: String, val column: String) {
    fun element() = Place("$property[]", "$column[]")
}

/** Takes the values of one property. */
private class Slot(private val place: Place, private val shape: Shape, private val convert: (Any) -> Any?) {
    fun of(value: Any?): Any? = when {
        value != null -> convert(value)
        shape.nullable -> null
        else -> throw BadValue("null, which the property ${place.property}: $shape cannot be", place.column)
    }
}

/** How values of a column's type become values of a property's type. */
private object Conversions {
    private val AS_IT_IS: (Any) -> Any? = { it }

    fun slot(shape: Shape, type: DataType, place: Place): Slot {
        val nothing = type.hasPrimitive() && type.primitive == Primitive.PRIMITIVE_NULL
        val convert = if (nothing && shape.nullable) AS_IT_IS else conversion(shape, type, place)
        return Slot(place, shape, convert ?: throw mismatch(shape, type, place))
    }

    private fun mismatch(shape: Shape, type: DataType, place: Place) = InvalidArgumentException(
        "the property ${place.property}: $shape cannot take the column ${quoted(place.column)} of type ${typeName(type)}; " +
            "${JvmTypes.name(type)} can",
    )

    private fun conversion(shape: Shape, type: DataType, place: Place): ((Any) -> Any?)? = when {
        shape.type == Any::class.java -> AS_IT_IS
        type.hasExtension() -> conversion(shape, type.extension.storage, place)
        type.hasListType() -> if (shape.type.isAssignableFrom(List::class.java)) list(shape, type.listType, place) else null
        type.hasMapType() -> if (shape.type.isAssignableFrom(Map::class.java)) map(shape, type.mapType, place) else null
        type.hasStructType() -> struct(shape, type, place)
        else -> scalar(shape.type, type, place)
    }

    private fun list(shape: Shape, type: ListType, place: Place): (Any) -> Any? {
        val element = slot(shape.argument(0), type.element, place.element())
        return { list -> (list as List<*>).map(element::of) }
    }

    private fun map(shape: Shape, type: MapType, place: Place): (Any) -> Any? {
        val key = slot(shape.argument(0), type.key, place.element())
        val value = slot(shape.argument(1), type.value, place.element())
        return { map -> (map as Map<*, *>).entries.associate { key.of(it.key) to value.of(it.value) } }
    }

    private fun struct(shape: Shape, type: DataType, place: Place): ((Any) -> Any?)? {
        if (shape.type.isAssignableFrom(Row::class.java)) return AS_IT_IS
        if (JvmTypes.isValue(shape.type)) return null
        val assembly = Assembly(ObjectShape.of(shape.type), type.structType.fieldsList, place.property, place.column)
        return { row -> assembly.make((row as Row).values) }
    }

    private fun scalar(to: Class<*>, type: DataType, place: Place): ((Any) -> Any?)? {
        val from = JvmTypes.of(type)
        return when {
            to.isAssignableFrom(from) -> AS_IT_IS
            to.isEnum && from == String::class.java -> enum(to, place)
            to == BigInteger::class.java && type.hasDecimal() && type.decimal.scale == 0 -> { value ->
                (value as BigDecimal).toBigIntegerExact()
            }
            else -> widening(from, to)
        }
    }

    private fun enum(type: Class<*>, place: Place): (Any) -> Any? {
        val constants = type.enumConstants.associateBy { (it as Enum<*>).name }
        return { name ->
            val known = constants.keys.joinToString()
            constants[name] ?: throw BadValue("${quoted(name as String)} is none of $known, which ${place.property} can be", place.column)
        }
    }

    /** Numbers of a class that holds all of the other's. */
    private fun widening(from: Class<*>, to: Class<*>): ((Any) -> Any?)? {
        if (from !in WIDENED[to].orEmpty()) return null
        return when (to) {
            Short::class.javaObjectType -> { value -> (value as Number).toShort() }
            Int::class.javaObjectType -> { value -> (value as Number).toInt() }
            Long::class.javaObjectType -> { value -> (value as Number).toLong() }
            Float::class.javaObjectType -> { value -> (value as Number).toFloat() }
            Double::class.javaObjectType -> { value -> (value as Number).toDouble() }
            BigInteger::class.java -> { value -> BigInteger.valueOf((value as Number).toLong()) }
            else -> { value -> if (value is BigInteger) BigDecimal(value) else BigDecimal.valueOf((value as Number).toLong()) }
        }
    }

    private val WIDENED: Map<Class<*>, Set<Class<*>>> = run {
        val byte = Byte::class.javaObjectType
        val short = Short::class.javaObjectType
        val int = Int::class.javaObjectType
        val long = Long::class.javaObjectType
        val float = Float::class.javaObjectType
        mapOf(
            short to setOf(byte),
            int to setOf(byte, short),
            long to setOf(byte, short, int),
            float to setOf(byte, short),
            Double::class.javaObjectType to setOf(byte, short, int, float),
            BigInteger::class.java to setOf(byte, short, int, long),
            BigDecimal::class.java to setOf(byte, short, int, long, BigInteger::class.java),
        )
    }
}

/** The classes of values by the types of the contract, as [Values] gives them. */
internal object JvmTypes {
    fun of(type: DataType): Class<*> = when (type.kindCase) {
        DataType.KindCase.PRIMITIVE -> of(type.primitive)
        DataType.KindCase.DECIMAL -> BigDecimal::class.java
        DataType.KindCase.TIMESTAMP -> if (type.timestamp.hasZone()) Instant::class.java else LocalDateTime::class.java
        DataType.KindCase.TIME -> LocalTime::class.java
        DataType.KindCase.DURATION -> Duration::class.java
        DataType.KindCase.INTERVAL -> Interval::class.java
        DataType.KindCase.FIXED_BINARY -> ByteArray::class.java
        DataType.KindCase.LIST_TYPE -> List::class.java
        DataType.KindCase.STRUCT_TYPE -> Row::class.java
        DataType.KindCase.MAP_TYPE -> Map::class.java
        DataType.KindCase.EXTENSION -> of(type.extension.storage)
        DataType.KindCase.KIND_NOT_SET, null -> Any::class.java
    }

    private fun of(primitive: Primitive): Class<*> = when (primitive) {
        Primitive.PRIMITIVE_BOOL -> Boolean::class.javaObjectType
        Primitive.PRIMITIVE_INT8 -> Byte::class.javaObjectType
        Primitive.PRIMITIVE_INT16, Primitive.PRIMITIVE_UINT8 -> Short::class.javaObjectType
        Primitive.PRIMITIVE_INT32, Primitive.PRIMITIVE_UINT16 -> Int::class.javaObjectType
        Primitive.PRIMITIVE_INT64, Primitive.PRIMITIVE_UINT32 -> Long::class.javaObjectType
        Primitive.PRIMITIVE_UINT64 -> BigInteger::class.java
        Primitive.PRIMITIVE_FLOAT16, Primitive.PRIMITIVE_FLOAT32 -> Float::class.javaObjectType
        Primitive.PRIMITIVE_FLOAT64 -> Double::class.javaObjectType
        Primitive.PRIMITIVE_STRING -> String::class.java
        Primitive.PRIMITIVE_BINARY -> ByteArray::class.java
        Primitive.PRIMITIVE_DATE -> LocalDate::class.java
        Primitive.PRIMITIVE_NULL, Primitive.PRIMITIVE_UNSPECIFIED, Primitive.UNRECOGNIZED -> Any::class.java
    }

    /** The class and its arguments, as a property would be declared. */
    fun name(type: DataType): String = when {
        type.hasListType() -> "List<${name(type.listType.element)}${if (type.listType.elementNotNull) "" else "?"}>"
        type.hasMapType() -> "Map<${name(type.mapType.key)}, ${name(type.mapType.value)}${if (type.mapType.valueNotNull) "" else "?"}>"
        type.hasStructType() -> "Row or a class with its members"
        else -> of(type).kotlin.simpleName.orEmpty()
    }

    /** Whether the class is one of values, lists or maps, so that it cannot be one of structs. */
    fun isValue(type: Class<*>): Boolean = type.isPrimitive || type.isArray || type.isEnum || type == Interval::class.java ||
        type.name.startsWith("java.") || type.name.startsWith("kotlin.")
}
