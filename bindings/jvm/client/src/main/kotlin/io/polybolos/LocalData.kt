/*
 * The caller's own rows as Arrow, batch by batch while they are read: objects of a class, whose properties become columns, or lists of
 * values with columns of named types.
 *
 * | property | column |
 * | --- | --- |
 * | `Boolean`, `Byte`, `Short`, `Int`, `Long` | bool, int8, int16, int32, int64 |
 * | `Float`, `Double` | float32, float64 |
 * | `BigInteger`, `BigDecimal` | decimal(38, 0), decimal(38, 18) |
 * | `String`, enums (by name), `ByteArray` | string, binary |
 * | `LocalDate`, `LocalTime` | date, time(ns) |
 * | `LocalDateTime`, `Instant` | timestamp(us), timestamp(us, 'UTC') |
 * | `Duration`, [Interval] | duration(ns), interval(month to nanosecond) |
 * | `List`, `Map`, another class | list, map, struct |
 *
 * A property that cannot be null is a column that is not null. Times are cut to the unit of their column; everything else that does not
 * fit its column is an error that names column and row.
 */
package io.polybolos

import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.Field
import io.polybolos.plan.v1.IntervalUnit
import io.polybolos.plan.v1.Primitive
import io.polybolos.plan.v1.TimeUnit
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.types.pojo.Schema
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime

/** The objects of a class as Arrow. They are read once, as batches are asked for. */
internal fun <T : Any> arrowOf(type: Class<T>, items: Iterable<T>, allocator: BufferAllocator): ArrowReader {
    val shape = ObjectShape.of(type)
    val fields = ColumnTypes.fields(shape, type.simpleName, depth = 0)
    val rows = items.asSequence().map { item -> shape.properties.map { it.get(item) } }
    return LocalRows(fields, shape.properties.map { it.shape }, rows.iterator(), allocator)
}

/** Rows of values as Arrow, in columns of these names and types. They are read once, as batches are asked for. */
internal fun arrowOfRows(columns: List<Pair<String, String>>, rows: Iterable<List<Any?>>, allocator: BufferAllocator): ArrowReader {
    val fields = columns.map { (name, type) -> fieldOf(name, parseType(type), notNull = false) }
    val checked = rows.asSequence().mapIndexed { row, values ->
        if (values.size == fields.size) values else throw wrongCount(row, values.size, fields.size)
    }
    return LocalRows(fields, List(fields.size) { null }, checked.iterator(), allocator)
}

private fun wrongCount(row: Int, given: Int, wanted: Int) =
    InvalidArgumentException("row $row has $given values, there are $wanted columns")

/** Fills one batch after the other. */
private class LocalRows(
    private val fields: List<Field>,
    private val shapes: List<Shape?>,
    private val rows: Iterator<List<Any?>>,
    allocator: BufferAllocator,
) : ArrowReader(allocator) {
    private var rowsBefore = 0L
    private var bytesBefore = 0L

    override fun readSchema(): Schema = Schema(fields.map { arrowField(it.name, it.type, !it.notNull) })

    override fun loadNextBatch(): Boolean {
        prepareLoadNextBatch()
        if (!rows.hasNext()) return false
        val columns = vectorSchemaRoot.fieldVectors
        // New memory for each batch: a caller may have kept the buffers of the last one.
        columns.forEach(FieldVector::allocateNew)
        val sink = RowSink(columns, shapes)
        while (rows.hasNext() && sink.hasRoom) write(sink, rows.next())
        rowsBefore += sink.rows
        bytesBefore += sink.bytes
        vectorSchemaRoot.rowCount = sink.rows
        return true
    }

    private fun write(sink: RowSink, row: List<Any?>) = try {
        sink.add(row)
    } catch (bad: BadValue) {
        throw InvalidArgumentException(bad.sentence(rowsBefore + sink.rows))
    }

    override fun bytesRead(): Long = bytesBefore

    /** The caller's rows stay the caller's. */
    override fun closeReadSource(): Unit = Unit
}

/** The vectors of one batch while it is filled. */
private class RowSink(columns: List<FieldVector>, shapes: List<Shape?>) {
    private val gauge = Gauge()
    private val names = columns.map(FieldVector::getName)
    private val writers = columns.zip(shapes) { column, shape -> VectorWriters.of(column, shape, gauge) }

    var rows = 0
        private set
    val bytes: Long get() = gauge.bytes
    val hasRoom: Boolean get() = rows < BATCH_ROWS_MAX && gauge.bytes < BATCH_BYTES_MAX

    fun add(row: List<Any?>) {
        for (column in writers.indices) {
            try {
                writers[column].write(rows, row[column])
            } catch (bad: BadValue) {
                throw bad.at(names[column])
            }
        }
        rows++
    }

    private companion object {
        const val BATCH_ROWS_MAX = 65_536

        /** The size from which the server would cut a batch. */
        const val BATCH_BYTES_MAX = 2L shl 20
    }
}

/** The types of columns that hold a property. */
private object ColumnTypes {
    /** Types nest at most this deep, as in the limits of plans. */
    private const val DEPTH_MAX = 32

    fun fields(shape: ObjectShape, path: String, depth: Int): List<Field> {
        if (depth >= DEPTH_MAX) throw InvalidArgumentException("$path nests without end, or more than $DEPTH_MAX deep")
        return shape.properties.map { fieldOf(it.name, of(it.shape, "$path.${it.name}", depth), !it.shape.nullable) }
    }

    private fun of(shape: Shape, path: String, depth: Int): DataType {
        val type = shape.type
        return SIMPLE[type] ?: when {
            type.isEnum -> primitive(Primitive.PRIMITIVE_STRING)
            Map::class.java.isAssignableFrom(type) -> map(shape, path, depth)
            Iterable::class.java.isAssignableFrom(type) -> {
                val element = shape.argument(0)
                listType(of(element, "$path[]", depth + 1), !element.nullable)
            }
            JvmTypes.isValue(type) || type == Row::class.java -> throw noColumn(shape, path)
            else -> structType(fields(ObjectShape.of(type), path, depth + 1))
        }
    }

    private fun noColumn(shape: Shape, path: String) =
        InvalidArgumentException("there is no type of columns for the property $path: $shape")

    private fun map(shape: Shape, path: String, depth: Int): DataType {
        val value = shape.argument(1)
        return mapType(of(shape.argument(0), "$path[]", depth + 1), of(value, "$path[]", depth + 1), !value.nullable)
    }

    private val SIMPLE: Map<Class<*>, DataType> = mapOf(
        Boolean::class.javaObjectType to primitive(Primitive.PRIMITIVE_BOOL),
        Byte::class.javaObjectType to primitive(Primitive.PRIMITIVE_INT8),
        Short::class.javaObjectType to primitive(Primitive.PRIMITIVE_INT16),
        Int::class.javaObjectType to primitive(Primitive.PRIMITIVE_INT32),
        Long::class.javaObjectType to primitive(Primitive.PRIMITIVE_INT64),
        Float::class.javaObjectType to primitive(Primitive.PRIMITIVE_FLOAT32),
        Double::class.javaObjectType to primitive(Primitive.PRIMITIVE_FLOAT64),
        BigInteger::class.java to decimalType(38, 0),
        BigDecimal::class.java to decimalType(38, 18),
        String::class.java to primitive(Primitive.PRIMITIVE_STRING),
        ByteArray::class.java to primitive(Primitive.PRIMITIVE_BINARY),
        LocalDate::class.java to primitive(Primitive.PRIMITIVE_DATE),
        LocalTime::class.java to timeType(TimeUnit.TIME_UNIT_NANO),
        LocalDateTime::class.java to timestampType(TimeUnit.TIME_UNIT_MICRO, null),
        Instant::class.java to timestampType(TimeUnit.TIME_UNIT_MICRO, "UTC"),
        Duration::class.java to durationType(TimeUnit.TIME_UNIT_NANO),
        Interval::class.java to intervalType(IntervalUnit.INTERVAL_UNIT_MONTH_DAY_NANO),
    )
}
