package polybolos.tests

import io.polybolos.Arrow
import io.polybolos.DataException
import io.polybolos.Interval
import io.polybolos.InvalidArgumentException
import io.polybolos.Row
import io.polybolos.RowReader
import io.polybolos.arrowOfRows
import io.polybolos.schemaOf
import io.polybolos.typeName
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.BigIntVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.ipc.ArrowStreamReader
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
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
import kotlin.random.Random

/** Rows of values, written to Arrow and read back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripTest {
    private val allocator: RootAllocator

    init {
        Arrow.open()
        allocator = RootAllocator()
    }

    @AfterAll
    fun nothingLeaks() = allocator.close()

    private fun rows(reader: ArrowReader): List<Row> = reader.use {
        val rows = RowReader(reader.vectorSchemaRoot.schema)
        buildList { while (reader.loadNextBatch()) addAll(rows.rows(reader.vectorSchemaRoot, reader)) }
    }

    private fun written(columns: Map<String, String>, rows: Iterable<List<Any?>>): List<Row> =
        rows(arrowOfRows(columns.toList(), rows, allocator))

    private fun column(type: String, vararg values: Any?): List<Any?> = written(mapOf("x" to type), values.map { listOf(it) }).map { it[0] }

    @TestFactory
    fun valuesOfEveryTypeComeBack(): List<DynamicTest> = GENERATORS.map { (type, generate) ->
        DynamicTest.dynamicTest(type) {
            val random = Random(SEED)
            val values = List(500) { if (random.nextInt(5) == 0) null else generate(random) }
            val back = written(mapOf("x" to type, "xs" to "list<$type>"), values.chunked(5).map { listOf(it[0], it) })
            assertEquals(values.chunked(5).map { Row.of(listOf("x", "xs"), listOf(it[0], it)) }, back, "seed $SEED")
        }
    }

    @Test
    fun nestedValuesComeBack() {
        val columns = mapOf(
            "deep" to "list<list<int64>>",
            "pair" to "list<string, 2>",
            "place" to "struct<x int32, name string, tags list<string>>",
            "prices" to "map<string, decimal(5, 2)>",
            "places" to "map<int32, list<struct<x int32>>>",
        )
        val place = Row.of(listOf("x", "name", "tags"), listOf(1, null, listOf("a", null)))
        val bare = Row.of(listOf("x", "name", "tags"), listOf(null, "", emptyList<String>()))
        val prices = mapOf("b" to BigDecimal("1.50"), "a" to null)
        val spot = Row.of(listOf("x"), listOf(7))
        val rows = listOf(
            listOf(listOf(listOf(1L, null), emptyList(), null), listOf("a", null), place, prices, null),
            listOf(null, null, null, null, mapOf(2 to listOf(spot, null), 1 to null, 3 to emptyList<Row>())),
            listOf(emptyList<Any>(), listOf("x", "y"), bare, emptyMap<Any, Any>(), null),
        )
        val back = written(columns, rows)
        assertEquals(rows, back.map(Row::toList))
        assertEquals(listOf("b", "a"), back[0].getMap("prices")?.keys?.toList())
    }

    @Test
    fun structsAreGivenAsRowsMapsOrLists() {
        val type = "struct<a int8, b string>"
        val expected = Row.of(listOf("a", "b"), listOf(1.toByte(), "x"))
        val ways = column(type, expected, mapOf("b" to "x", "a" to 1), listOf(1, "x"), mapOf("a" to 1))
        assertEquals(listOf(expected, expected, expected, Row.of(listOf("a", "b"), listOf(1.toByte(), null))), ways)
        assertTold("column \"x\", row 0: the struct has no member \"c\"") { column(type, mapOf("c" to 1)) }
        assertTold("column \"x\", row 0: 1 values where a struct of 2 members is expected") { column(type, listOf(1)) }
    }

    @Test
    fun listsAreGivenAsCollectionsOrArrays() {
        val expected = listOf(1L, 2L)
        val ways = column("list<int64>", listOf(1, 2), setOf(1L, 2L), arrayOf(1, 2), intArrayOf(1, 2), longArrayOf(1, 2))
        assertEquals(List(5) { expected }, ways)
        assertEquals(List(2) { listOf(1.5) }, column("list<float64>", doubleArrayOf(1.5), floatArrayOf(1.5f)))
    }

    @Test
    fun valuesAreTakenWhereTheColumnHoldsThemExactly() {
        assertEquals(listOf(5L, 5L, 5L, 5L, 5L), column("int64", 5.toByte(), 5, 5L, BigInteger.valueOf(5), 5u))
        assertEquals(listOf(BigDecimal("5.00"), BigDecimal("0.50")), column("decimal(3, 2)", 5, BigDecimal("0.500")))
        assertEquals(listOf(3.0, 0.1f.toDouble()), column("float64", 3L, 0.1f))
        assertEquals(listOf(0.1f, Float.POSITIVE_INFINITY), column("float32", 0.1, Double.POSITIVE_INFINITY))
        assertEquals(listOf(BigInteger("18446744073709551615")), column("uint64", ULong.MAX_VALUE))
        assertEquals(listOf("c", "SECONDS"), column("string", 'c', java.util.concurrent.TimeUnit.SECONDS))
        val instant = Instant.parse("2024-05-06T07:08:09Z")
        val zoned = column("timestamp(s, UTC)", instant.atOffset(ZoneOffset.ofHours(2)), instant.atZone(ZoneOffset.UTC))
        assertEquals(listOf(instant, instant), zoned)
        assertEquals(listOf(Interval(14, 3, 0)), column("interval", Period.of(1, 2, 3)))
    }

    @Test
    fun timesAreCutToTheUnitOfTheirColumn() {
        val before = LocalDateTime.parse("1969-12-31T23:59:59.9")
        assertEquals(listOf(LocalDateTime.parse("1969-12-31T23:59:59")), column("timestamp(s)", before))
        assertEquals(listOf(LocalTime.parse("10:11:12.345")), column("time(ms)", LocalTime.parse("10:11:12.345678")))
        assertEquals(listOf(Duration.ofSeconds(-2)), column("duration(s)", Duration.ofMillis(-1500)))
    }

    @Test
    fun whatDoesNotFitIsToldWithColumnAndRow() {
        assertTold("column \"x\", row 1: the text \"a\" where int64 is expected") { column("int64", 1, "a") }
        assertTold("column \"x\", row 0: 1.5 (Double) where int64 is expected") { column("int64", 1.5) }
        assertTold("column \"x\", row 0: 128 is beyond what int8 holds") { column("int8", 128) }
        assertTold("column \"x\", row 0: -1 is beyond what uint64 holds") { column("uint64", -1) }
        assertTold("column \"x\", row 0: 9007199254740993 is beyond what float64 holds") { column("float64", 9007199254740993) }
        assertTold("column \"x\", row 0: 1.0E300 is beyond what float32 holds") { column("float32", 1e300) }
        assertTold("column \"x\", row 0: 0.125 has more digits after the point than decimal(5, 2) holds") {
            column("decimal(5, 2)", BigDecimal("0.125"))
        }
        assertTold("column \"x\", row 0: 1000 is beyond what decimal(5, 2) holds") { column("decimal(5, 2)", 1000) }
        assertTold("column \"x\", row 0: a value of the class LocalDate where timestamp(us) is expected") {
            column("timestamp", LocalDate.EPOCH)
        }
        assertTold("column \"x\", row 0: a value of the class Instant where timestamp(us) is expected") {
            column("timestamp", Instant.EPOCH)
        }
        assertTold("column \"x\", row 0: +999999999-12-31T23:59:59.999999999 is beyond what timestamp(ns) holds") {
            column("timestamp(ns)", LocalDateTime.MAX)
        }
        assertTold("column \"x\", row 0: 3 bytes where 2 are expected") { column("binary(2)", byteArrayOf(1, 2, 3)) }
        assertTold("column \"x\", row 0: 1 elements where 2 are expected") { column("list<int8, 2>", listOf(1)) }
        assertTold("column \"x\", row 1: true (Boolean) where int8 is expected") { column("list<int8>", listOf(1), listOf(null, true)) }
        assertTold("column \"x\", row 0: null, which the column cannot be") { column("list<int8 not null>", listOf(null)) }
        assertTold("column \"x\", row 0: 1 (Int) where null is expected") { column("null", 1) }
        assertTold("row 1 has 2 values, there are 1 columns") { written(mapOf("x" to "int8"), listOf(listOf(1), listOf(1, 2))) }
    }

    private fun assertTold(sentence: String, call: () -> Unit) =
        assertEquals(sentence, assertThrows(InvalidArgumentException::class.java) { call() }.sentence)

    @Test
    fun rowsBeyondABatchGoIntoTheNext() {
        arrowOfRows(listOf("n" to "int64"), (0L until 150_000).map { listOf(it) }, allocator).use { reader ->
            val sizes = buildList { while (reader.loadNextBatch()) add(reader.vectorSchemaRoot.rowCount) }
            assertEquals(listOf(65_536, 65_536, 18_928), sizes)
        }
        val rows = written(mapOf("n" to "int64"), (0L until 150_000).map { listOf(it) })
        assertEquals((0L until 150_000).toList(), rows.map { it.getLong("n") })
        assertTold("column \"n\", row 100000: the text \"x\" where int64 is expected") {
            written(mapOf("n" to "int64"), (0 until 150_000).asSequence().map { listOf(if (it == 100_000) "x" else it) }.asIterable())
        }
    }

    @Test
    fun longTextsEndABatchEarly() {
        arrowOfRows(listOf("s" to "string"), List(10) { listOf("x".repeat(1 shl 20)) }, allocator).use { reader ->
            val sizes = buildList { while (reader.loadNextBatch()) add(reader.vectorSchemaRoot.rowCount) }
            assertEquals(10, sizes.sum())
            assertTrue(sizes.all { it <= 3 }, "$sizes")
        }
    }

    @Test
    fun rowsAreReadOnlyWhenTheyAreAskedFor() {
        var read = 0
        val rows = generateSequence(0) { it + 1 }.map { listOf(it.also { read++ }) }.asIterable()
        arrowOfRows(listOf("n" to "int32"), rows, allocator).use { reader ->
            assertEquals("int32", typeName(schemaOf(reader.vectorSchemaRoot.schema).fieldsList.single().type))
            assertEquals(0, read)
            assertTrue(reader.loadNextBatch())
            assertTrue(read <= 65_537, "$read")
        }
    }

    @Test
    fun aBatchStaysAsItIsWhenTheNextOneIsRead() {
        arrowOfRows(listOf("n" to "int64"), (0L until 70_000).map { listOf(it) }, allocator).use { reader ->
            reader.loadNextBatch()
            taken(reader.vectorSchemaRoot, allocator).use { first ->
                reader.loadNextBatch()
                assertEquals(1L, (first.getVector(0) as BigIntVector).get(1))
            }
        }
    }

    @Test
    fun noRowsAreASchemaWithoutBatches() {
        arrowOfRows(listOf("n" to "int64"), emptyList(), allocator).use { reader ->
            assertEquals("n", reader.vectorSchemaRoot.schema.fields.single().name)
            assertEquals(false, reader.loadNextBatch())
        }
    }

    @Test
    fun valuesBeyondTheirClassAreErrorsWithColumnAndRow() {
        val type = io.polybolos.parseType("timestamp(s)")
        val field = io.polybolos.arrowField("at", type, nullable = true)
        VectorSchemaRoot.create(org.apache.arrow.vector.types.pojo.Schema(listOf(field)), allocator).use { root ->
            val vector = root.getVector(0) as org.apache.arrow.vector.TimeStampSecVector
            vector.setSafe(0, 0)
            vector.setSafe(1, Long.MAX_VALUE)
            root.rowCount = 2
            val reader = RowReader(root.schema)
            val error = assertThrows(DataException::class.java) { reader.rows(root) }
            val told = "column \"at\", row 1: 9223372036854775807 s since 1970-01-01 is beyond what a LocalDateTime holds"
            assertEquals(told, error.sentence)
            val next = assertThrows(DataException::class.java) { reader.rows(root) }
            assertTrue(next.sentence.startsWith("column \"at\", row 3:"), next.sentence)
        }
    }

    @Test
    fun layoutsThatPythonWritesAreRead() {
        fun read(name: String): List<List<Any?>> =
            rows(ArrowStreamReader(checkNotNull(javaClass.getResourceAsStream("/show/$name.arrows")), allocator)).map(Row::toList)
        assertEquals(
            listOf(
                listOf("b", 1L, "x", listOf("b", "a")),
                listOf("a", null, null, emptyList<String>()),
                listOf(null, 3L, null, listOf(null)),
                listOf("b", 1L, null, listOf("b")),
                listOf("日本", 3L, "x", listOf("日本")),
            ),
            read("dictionaries"),
        )
        assertEquals(listOf("a", "a", null, "b", "b", "b").map { listOf(it) }, read("run_ends"))
        assertEquals(
            listOf(
                listOf(listOf(1.toShort(), null), listOf("a")),
                listOf(emptyList<Short>(), null),
                listOf(null, listOf("b", "c")),
                listOf(listOf(3.toShort()), emptyList<String>()),
            ),
            read("view_lists"),
        )
        val integers = read("integers")
        val least = listOf(Byte.MIN_VALUE, Short.MIN_VALUE, Int.MIN_VALUE, Long.MIN_VALUE, 0.toShort(), 0, 0L, BigInteger.ZERO)
        val unsigned = listOf(255.toShort(), 65_535, 4_294_967_295, BigInteger("18446744073709551615"))
        val greatest = listOf(Byte.MAX_VALUE, Short.MAX_VALUE, Int.MAX_VALUE, Long.MAX_VALUE) + unsigned
        assertEquals(listOf(least, greatest), integers.take(2))
        assertEquals(List(8) { null }, integers[2])
        assertEquals(LocalDate.parse("1970-01-01") to LocalDateTime.parse("1970-01-01T00:00:00"), read("dates")[0].let { it[0] to it[1] })
        assertEquals(Interval(-14, -3, -1), read("intervals")[4][0])
        assertEquals(listOf(Double.MAX_VALUE), read("float64").single { it[0] == Double.MAX_VALUE })
    }

    private companion object {
        const val SEED = 20_260_101

        private fun Random.text() = List(nextInt(8)) { listOf("a", "é", "日", "🎉", " ", "'")[nextInt(6)] }.joinToString("")

        private fun Random.digits(count: Int) = BigInteger(count * 3, java.util.Random(nextLong())).let { if (nextBoolean()) it else -it }

        /** Often a limit, else anything. */
        private fun Random.long(min: Long, max: Long) = when (nextInt(4)) {
            0 -> min
            1 -> max
            else -> if (max == Long.MAX_VALUE) nextLong() else nextLong(min, max + 1)
        }

        private fun Random.instant(perSecond: Long): Instant {
            val count = nextLong(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2) % (200_000_000_000L * perSecond / 1_000).coerceAtLeast(1)
            return Instant.ofEpochSecond(Math.floorDiv(count, perSecond), Math.floorMod(count, perSecond) * (1_000_000_000 / perSecond))
        }

        private fun wall(instant: Instant) = LocalDateTime.ofInstant(instant, ZoneOffset.UTC)

        val GENERATORS: Map<String, (Random) -> Any> = mapOf(
            "bool" to { it.nextBoolean() },
            "int8" to { it.long(-128, 127).toByte() },
            "int16" to { it.long(-32_768, 32_767).toShort() },
            "int32" to { it.long(Int.MIN_VALUE.toLong(), Int.MAX_VALUE.toLong()).toInt() },
            "int64" to { it.long(Long.MIN_VALUE, Long.MAX_VALUE) },
            "uint8" to { it.long(0, 255).toShort() },
            "uint16" to { it.long(0, 65_535).toInt() },
            "uint32" to { it.long(0, 4_294_967_295) },
            "uint64" to { BigInteger(64, java.util.Random(it.nextLong())) },
            "float16" to { it.nextInt(-2048, 2048).toFloat() / 64 },
            "float32" to { Float.fromBits(it.nextInt()).takeUnless(Float::isNaN) ?: -0f },
            "float64" to { Double.fromBits(it.nextLong()).takeUnless(Double::isNaN) ?: -0.0 },
            "string" to { it.text() },
            "binary" to { it.nextBytes(it.nextInt(5)) },
            "binary(3)" to { it.nextBytes(3) },
            "decimal(10, 2)" to { BigDecimal(it.digits(10), 2) },
            "decimal(38, 38)" to { BigDecimal(it.digits(38), 38) },
            "decimal(76, 10)" to { BigDecimal(it.digits(76), 10) },
            "date" to { LocalDate.ofEpochDay(it.long(Int.MIN_VALUE.toLong(), Int.MAX_VALUE.toLong())) },
            "time(s)" to { LocalTime.ofSecondOfDay(it.long(0, 86_399)) },
            "time(ms)" to { LocalTime.ofNanoOfDay(it.long(0, 86_399_999) * 1_000_000) },
            "time(us)" to { LocalTime.ofNanoOfDay(it.long(0, 86_399_999_999) * 1_000) },
            "time(ns)" to { LocalTime.ofNanoOfDay(it.long(0, 86_399_999_999_999)) },
            "timestamp(s)" to { wall(it.instant(1)) },
            "timestamp(ms)" to { wall(it.instant(1_000)) },
            "timestamp(us)" to { wall(it.instant(1_000_000)) },
            "timestamp(ns)" to { wall(it.instant(1_000_000_000)) },
            "timestamp(s, Europe/Berlin)" to { it.instant(1) },
            "timestamp(ms, UTC)" to { it.instant(1_000) },
            "timestamp(us, +02:00)" to { it.instant(1_000_000) },
            "timestamp(ns, UTC)" to { it.instant(1_000_000_000) },
            "duration(s)" to { Duration.ofSeconds(it.long(Long.MIN_VALUE, Long.MAX_VALUE)) },
            "duration(ms)" to { Duration.ofMillis(it.long(Long.MIN_VALUE, Long.MAX_VALUE)) },
            "duration(us)" to { Duration.of(it.long(Long.MIN_VALUE, Long.MAX_VALUE), java.time.temporal.ChronoUnit.MICROS) },
            "duration(ns)" to { Duration.ofNanos(it.long(Long.MIN_VALUE, Long.MAX_VALUE)) },
            "interval" to { Interval(it.nextInt(), it.nextInt(), it.nextLong()) },
            "list<int32>" to { random -> List(random.nextInt(3)) { random.nextInt() } },
            "map<string, int32>" to { random -> List(random.nextInt(3)) { random.text() to random.nextInt() }.toMap() },
            "struct<a int32, b string>" to { Row.of(listOf("a", "b"), listOf(it.nextInt(), it.text())) },
        )
    }
}
