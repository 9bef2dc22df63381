package polybolos.tests

import io.polybolos.Arrow
import io.polybolos.DataException
import io.polybolos.Interval
import io.polybolos.InvalidArgumentException
import io.polybolos.ObjectMapping
import io.polybolos.PolybolosException
import io.polybolos.Row
import io.polybolos.RowReader
import io.polybolos.arrowOf
import io.polybolos.arrowOfRows
import io.polybolos.schemaOf
import io.polybolos.structType
import io.polybolos.typeName
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowReader
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.math.BigDecimal
import java.math.BigInteger
import java.net.URLClassLoader
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.temporal.ChronoUnit
import javax.tools.ToolProvider
import kotlin.io.path.writeText
import kotlin.random.Random

enum class Colour { RED, GREEN }

data class Everything(
    val flag: Boolean,
    val byte: Byte?,
    val short: Short,
    val int: Int?,
    val long: Long,
    val whole: BigInteger?,
    val float: Float,
    val double: Double?,
    val exact: BigDecimal?,
    val text: String?,
    val colour: Colour?,
    val date: LocalDate,
    val time: LocalTime?,
    val wall: LocalDateTime?,
    val instant: Instant,
    val elapsed: Duration?,
    val interval: Interval?,
    val numbers: List<Long?>,
    val lists: List<List<String>>?,
    val prices: Map<String, Double>,
    val place: Place?,
    val places: List<Place>,
)

data class Place(val name: String, val x: Int?, val tags: List<String> = emptyList())

data class Person(val id: Long, val name: String)

/** Objects written to Arrow and read back; classes that do not fit their columns. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ObjectsTest {
    private val allocator: RootAllocator

    init {
        Arrow.open()
        allocator = RootAllocator()
    }

    @AfterAll
    fun nothingLeaks() = allocator.close()

    private fun <T : Any> read(type: Class<T>, reader: ArrowReader): List<T> = reader.use {
        val mapping = ObjectMapping(type, reader.vectorSchemaRoot.schema, reader)
        buildList { while (reader.loadNextBatch()) addAll(mapping.objects(reader.vectorSchemaRoot)) }
    }

    private inline fun <reified T : Any> back(items: Iterable<T>): List<T> = read(T::class.java, arrowOf(T::class.java, items, allocator))

    private inline fun <reified T : Any> from(columns: Map<String, String>, vararg rows: List<Any?>): List<T> =
        read(T::class.java, arrowOfRows(columns.toList(), rows.asList(), allocator))

    private inline fun <reified T : Any> columns(): String = arrowOf(T::class.java, emptyList(), allocator).use {
        typeName(structType(schemaOf(it.vectorSchemaRoot.schema).fieldsList))
    }

    private fun wrong(sentence: String, call: () -> Unit) = told(InvalidArgumentException::class.java, sentence, call)

    private fun unfit(sentence: String, call: () -> Unit) = told(DataException::class.java, sentence, call)

    private fun <E : PolybolosException> told(type: Class<E>, sentence: String, call: () -> Unit): E {
        val error = assertThrows(type) { call() }
        assertEquals(sentence, error.sentence)
        return error
    }

    @Test
    fun objectsOfEveryPropertyTypeComeBack() {
        val random = Random(SEED)
        val objects = List(3_000) { everything(random) }
        assertEquals(objects, back(objects), "seed $SEED")
    }

    private fun everything(random: Random): Everything {
        fun <T> maybe(make: () -> T): T? = if (random.nextInt(4) == 0) null else make()
        fun text() = List(random.nextInt(5)) { listOf("a", "日", "🎉", " ")[random.nextInt(4)] }.joinToString("")
        fun place() = Place(text(), maybe { random.nextInt() }, List(random.nextInt(3)) { text() })
        fun instant() = Instant.ofEpochSecond(random.nextLong(-60_000_000_000, 200_000_000_000), random.nextLong(1_000_000) * 1_000)
        return Everything(
            flag = random.nextBoolean(),
            byte = maybe { random.nextInt().toByte() },
            short = random.nextInt().toShort(),
            int = maybe { random.nextInt() },
            long = random.nextLong(),
            whole = maybe { BigInteger(120, java.util.Random(random.nextLong())) },
            float = random.nextFloat(),
            double = maybe { random.nextDouble() },
            exact = maybe { BigDecimal(BigInteger(100, java.util.Random(random.nextLong())).negate(), 18) },
            text = maybe { text() },
            colour = maybe { Colour.entries[random.nextInt(2)] },
            date = LocalDate.ofEpochDay(random.nextInt().toLong()),
            time = maybe { LocalTime.ofNanoOfDay(random.nextLong(86_400_000_000_000)) },
            wall = maybe { LocalDateTime.ofInstant(instant(), java.time.ZoneOffset.UTC) },
            instant = instant(),
            elapsed = maybe { Duration.ofNanos(random.nextLong()) },
            interval = maybe { Interval(random.nextInt(), random.nextInt(), random.nextLong()) },
            numbers = List(random.nextInt(4)) { maybe { random.nextLong() } },
            lists = maybe { List(random.nextInt(3)) { List(random.nextInt(3)) { text() } } },
            prices = List(random.nextInt(3)) { text() to random.nextDouble() }.toMap(),
            place = maybe { place() },
            places = List(random.nextInt(3)) { place() },
        )
    }

    @Test
    fun propertiesBecomeColumns() {
        val place = "struct<name string not null, x int32, tags list<string not null> not null>"
        val expected = "struct<flag bool not null, byte int8, short int16 not null, int int32, long int64 not null, " +
            "whole decimal(38, 0), float float32 not null, double float64, exact decimal(38, 18), text string, colour string, " +
            "date date not null, time time(ns), wall timestamp(us), instant timestamp(us, 'UTC') not null, " +
            "elapsed duration(ns), interval interval(month to nanosecond), numbers list<int64> not null, " +
            "lists list<list<string not null> not null>, prices map<string, float64 not null> not null, " +
            "place $place, places list<$place not null> not null>"
        assertEquals(expected, columns<Everything>())
    }

    @Test
    fun bytesComeBack() {
        class Blob(val bytes: ByteArray, val maybe: ByteArray?)
        val blobs = back(listOf(Blob(byteArrayOf(1, -1), null), Blob(byteArrayOf(), byteArrayOf(7))))
        assertEquals(listOf(listOf<Byte>(1, -1), emptyList()), blobs.map { it.bytes.toList() })
        assertEquals(listOf(null, listOf<Byte>(7)), blobs.map { it.maybe?.toList() })
    }

    @Test
    fun whatIsFinerThanAMicrosecondIsCut() {
        data class At(val instant: Instant, val wall: LocalDateTime)
        val at = At(Instant.parse("1969-12-31T23:59:59.123456789Z"), LocalDateTime.parse("2024-01-01T00:00:00.999999999"))
        assertEquals(listOf(At(at.instant.truncatedTo(ChronoUnit.MICROS), at.wall.truncatedTo(ChronoUnit.MICROS))), back(listOf(at)))
    }

    @Test
    fun valuesThatDoNotFitTheirColumnsAreTold() {
        data class Amount(val amount: BigDecimal)
        data class Wait(val wait: Duration)
        wrong("column \"amount\", row 1: 1E-19 has more digits after the point than decimal(38, 18) holds") {
            back(listOf(Amount(BigDecimal.ONE), Amount(BigDecimal("1E-19"))))
        }
        wrong("column \"amount\", row 0: 1E+20 is beyond what decimal(38, 18) holds") { back(listOf(Amount(BigDecimal("1E20")))) }
        wrong("column \"wait\", row 0: PT2628000H is beyond what duration(ns) holds") { back(listOf(Wait(Duration.ofDays(109_500)))) }
    }

    @Test
    fun classesWithoutColumnsAreTold() {
        class Linked(val next: Linked?)
        data class Odd(val ids: List<java.util.UUID>)
        class Hidden(name: String) {
            val length = name.length
        }
        wrong("there is no type of columns for the property Odd.ids[]: UUID") { columns<Odd>() }
        val endless = assertThrows(InvalidArgumentException::class.java) { columns<Linked>() }
        assertTrue(endless.sentence.endsWith("nests without end, or more than 32 deep"), endless.sentence)
        wrong("Hidden.name is a parameter of the constructor only: make it a property, so that it can be read") {
            back(listOf(Hidden("x")))
        }
        assertTrue(assertThrows(InvalidArgumentException::class.java) { columns<List<*>>() }.sentence.contains("it cannot be made"))
        val right = "a data class, a record, or a class with one public constructor can"
        wrong("java.util.BitSet cannot be a row: it has 2 public constructors; $right") { columns<java.util.BitSet>() }
    }

    @Test
    fun whatTheCallersRowsThrowComesOutAsItIs() {
        val rows = sequence {
            yield(Person(1, "a"))
            throw IllegalStateException("the source is gone")
        }
        arrowOf(Person::class.java, rows.asIterable(), allocator).use { reader ->
            assertEquals("the source is gone", assertThrows(IllegalStateException::class.java) { reader.loadNextBatch() }.message)
        }
        class Checked(number: Int) {
            val number: Int = number
                get() = field.also { check(it > 0) { "$it is not positive" } }
        }
        assertEquals("-1 is not positive", assertThrows(IllegalStateException::class.java) { back(listOf(Checked(-1))) }.message)
    }

    @Test
    fun numbersAreWidenedAndNamesMatchedInCamelCase() {
        data class Wide(
            val small: Long,
            val tipShare: Double,
            val orderId: BigInteger,
            val exact: BigDecimal,
            val any: Any?,
            val number: Number,
        )
        val columns = mapOf(
            "small" to "int8", "tip_share" to "float32", "order_id" to "uint32", "exact" to "uint64", "any" to "date",
            "number" to "int16", "more" to "int8",
        )
        val expected = Wide(1, 0.5, BigInteger.TWO, BigDecimal(3), LocalDate.EPOCH, 4.toShort())
        assertEquals(listOf(expected), from<Wide>(columns, listOf(1, 0.5, 2, 3, LocalDate.EPOCH, 4, null)))
    }

    @Test
    fun anExactNameIsBetterThanOneInCamelCase() {
        data class Tip(val tipShare: Int)
        assertEquals(listOf(Tip(2)), from<Tip>(mapOf("tip_share" to "int32", "tipShare" to "int32"), listOf(1, 2)))
        wrong("more than one column fits the property Tip.tipShare: tip_share, tip__share") {
            from<Tip>(mapOf("tip_share" to "int32", "tip__share" to "int32"))
        }
    }

    @Test
    fun aMissingColumnIsToldBeforeAnyRow() {
        val error = wrong("there is no column for the property Person.name: String") {
            from<Person>(mapOf("id" to "int64", "nmae" to "string"))
        }
        assertEquals(listOf("nmae"), error.candidates)
    }

    @Test
    fun parametersWithDefaultsNeedNoColumn() {
        data class Optional(val a: Int, val b: Int = a + 1, val c: Long = 5, val d: String? = "d", val e: Boolean = true)
        assertEquals(listOf(Optional(1)), from<Optional>(mapOf("a" to "int32"), listOf(1)))
        val some = mapOf("a" to "int32", "b" to "int32", "d" to "string")
        assertEquals(listOf(Optional(1, 7, d = null)), from<Optional>(some, listOf(1, 7, null)))
    }

    @Test
    fun defaultsWorkBeyondTheFirst32Parameters() {
        assertEquals(listOf(Many(33).copy(p1 = 11)), from<Many>(mapOf("p1" to "int32", "p34" to "int32"), listOf(11, 33)))
    }

    @Test
    fun typesThatDoNotMatchAreToldBeforeAnyRow() {
        data class Small(val id: Int)
        data class Texts(val texts: List<String>)
        data class Nested(val place: Place)
        wrong("the property Small.id: Int cannot take the column \"id\" of type int64; Long can") { from<Small>(mapOf("id" to "int64")) }
        wrong("the property Small.id: Int cannot take the column \"id\" of type list<int64>; List<Long?> can") {
            from<Small>(mapOf("id" to "list<int64>"))
        }
        wrong("the property Small.id: Int cannot take the column \"id\" of type null; Any can") { from<Small>(mapOf("id" to "null")) }
        wrong("the property Small.id: Int cannot take the column \"id\" of type struct<x int8>; Row or a class with its members can") {
            from<Small>(mapOf("id" to "struct<x int8>"))
        }
        wrong("the property Texts.texts[]: String cannot take the column \"texts[]\" of type int8; Byte can") {
            from<Texts>(mapOf("texts" to "list<int8>"))
        }
        wrong("the property Texts.texts: List<String> cannot take the column \"texts\" of type string; String can") {
            from<Texts>(mapOf("texts" to "string"))
        }
        wrong("the property Nested.place.x: Int? cannot take the column \"place.x\" of type timestamp(us, 'UTC'); Instant can") {
            from<Nested>(mapOf("place" to "struct<name string, x timestamptz>"))
        }
        wrong("there is no column for the property Nested.place.name: String") { from<Nested>(mapOf("place" to "struct<x int32>")) }
    }

    @Test
    fun aNullForAPropertyThatCannotBeNullIsToldWithItsRow() {
        val columns = mapOf("id" to "int64", "name" to "string")
        unfit("column \"name\", row 1: null, which the property Person.name: String cannot be") {
            from<Person>(columns, listOf(1, "a"), listOf(2, null))
        }
        unfit("column \"id\", row 0: null, which the property Person.id: Long cannot be") { from<Person>(columns, listOf(null, "a")) }
        data class Holder(val place: Place, val all: List<Place?>)
        val type = "struct<name string, x int32, tags list<string>>"
        val nested = mapOf("place" to type, "all" to "list<$type>")
        val good = mapOf("name" to "n", "tags" to emptyList<String>())
        val held = Holder(Place("n", null), listOf(null, Place("n", null)))
        assertEquals(listOf(held), from<Holder>(nested, listOf(good, listOf(null, good))))
        unfit("column \"place.tags[]\", row 0: null, which the property Holder.place.tags[]: String cannot be") {
            from<Holder>(nested, listOf(good + ("tags" to listOf(null)), emptyList<Any>()))
        }
        unfit("column \"all[].name\", row 2: null, which the property Holder.all[].name: String cannot be") {
            val nameless = mapOf("tags" to emptyList<String>())
            from<Holder>(nested, listOf(good, emptyList<Any>()), listOf(good, emptyList<Any>()), listOf(good, listOf(nameless)))
        }
    }

    @Test
    fun rowsAreCountedAcrossBatches() {
        val rows = List(70_000) { listOf(it, if (it == 69_999) null else "x") }.toTypedArray()
        unfit("column \"name\", row 69999: null, which the property Person.name: String cannot be") {
            from<Person>(mapOf("id" to "int64", "name" to "string"), *rows)
        }
    }

    @Test
    fun enumsAreTakenByName() {
        data class Painted(val colour: Colour?)
        val painted = from<Painted>(mapOf("colour" to "string"), listOf("GREEN"), listOf(null))
        assertEquals(listOf(Painted(Colour.GREEN), Painted(null)), painted)
        unfit("column \"colour\", row 0: \"green\" is none of RED, GREEN, which Painted.colour can be") {
            from<Painted>(mapOf("colour" to "string"), listOf("green"))
        }
    }

    @Test
    fun structsStayRowsWhereTheClassSaysSo() {
        data class Loose(val place: Row, val any: Any, val map: Map<String, Any?>)
        val columns = mapOf("place" to "struct<x int32>", "any" to "list<int8>", "map" to "map<string, struct<x int32>>")
        val place = Row.of(listOf("x"), listOf(1))
        val expected = Loose(place, listOf(1.toByte()), mapOf("k" to place))
        assertEquals(listOf(expected), from<Loose>(columns, listOf(listOf(1), listOf(1), mapOf("k" to listOf(1)))))
    }

    @Test
    fun nothingIsAColumnOfPropertiesThatMayBeNull() {
        data class Void(val nothing: Int?)
        assertEquals(listOf(Void(null)), from<Void>(mapOf("nothing" to "null"), listOf(null)))
    }

    @Test
    fun whatAClassRefusesIsToldWithItsRow() {
        class Positive(val number: Int) {
            init {
                require(number > 0) { "$number is not positive" }
            }
        }
        val error = unfit("row 1: Positive refuses its values: -5 is not positive") {
            from<Positive>(mapOf("number" to "int32"), listOf(5), listOf(-5))
        }
        assertTrue(error.cause is IllegalArgumentException)
    }

    @Test
    fun classesThatCannotBeMadeAreTold() {
        abstract class Shape(val sides: Int)
        class Outer {
            inner class Inner(val x: Int)
        }
        data class Unsigned(val count: UInt)
        fun reason(type: Class<*>) = assertThrows(InvalidArgumentException::class.java) { arrowOf(type, emptyList(), allocator) }
            .sentence.substringAfter("cannot be a row: ").substringBefore(";")
        assertEquals("it cannot be made", reason(Shape::class.java))
        assertEquals("it is an object or an inner class", reason(Outer.Inner::class.java))
        assertEquals("it is an object or an inner class", reason(Singleton::class.java))
        assertEquals("count is of a value class", reason(Unsigned::class.java))
        assertEquals("it cannot be made", reason(Colour::class.java))
        val captured = Random(SEED).nextInt()
        class Local(val x: Int) {
            val sum = x + captured
        }
        assertEquals(captured + 1, Local(1).sum)
        assertEquals("it needs more than its parameters", reason(Local::class.java))
        class Bean {
            var x = 0
        }
        for (type in listOf(Bean::class.java, Any::class.java)) {
            assertEquals("its constructor has no parameters, which become columns", reason(type))
        }
        assertEquals(0, Bean().x)
    }

    @Test
    fun privatePropertiesAndClassesWork() {
        assertEquals(listOf(Secret(5)), back(listOf(Secret(5))))
    }

    private data class Secret(private val number: Int, @JvmField val field: String = "f", internal val inside: Long = 2)

    @Test
    fun javaRecordsAndClassesWork(@TempDir folder: Path) {
        val source = """
            import java.util.*;
            public class Shop {
                public record Item(int id, Integer stock, String name, List<Long> sales, Map<String, Double> prices, Place place) {}
                public record Place(double x) {}
                public static final class Plain {
                    private final long id; private final boolean open; public final String note;
                    public Plain(long id, boolean open, String note) { this.id = id; this.open = open; this.note = note; }
                    public long getId() { return id; }
                    public boolean isOpen() { return open; }
                    @Override public boolean equals(Object o) {
                        return o instanceof Plain p && p.id == id && p.open == open && Objects.equals(p.note, note);
                    }
                    @Override public int hashCode() { return (int) id; }
                }
                public static Item item(int id) {
                    return new Item(id, null, null, Arrays.asList(1L, null), Map.of("a", 1.5), new Place(2));
                }
                public static Plain plain(long id) { return new Plain(id, true, "n"); }
            }
        """
        val shop = compiled(folder.resolve("named"), "Shop", source, "-parameters")
        val item = shop.getMethod("item", Int::class.java).invoke(null, 7)
        val plain = shop.getMethod("plain", Long::class.java).invoke(null, 7L)
        assertEquals(listOf(item), written(item))
        assertEquals(listOf(plain), written(plain))
        arrowOf(item.javaClass, emptyList(), allocator).use { reader ->
            val columns = "struct<id int32 not null, stock int32, name string, sales list<int64>, prices map<string, float64>, " +
                "place struct<x float64 not null>>"
            assertEquals(columns, typeName(structType(schemaOf(reader.vectorSchemaRoot.schema).fieldsList)))
        }
        val unnamed = compiled(folder.resolve("unnamed"), "Shop", source)
        val records = unnamed.getMethod("item", Int::class.java).invoke(null, 7)
        assertEquals(listOf(records), written(records))
        val nameless = unnamed.getMethod("plain", Long::class.java).invoke(null, 7L)
        val told = assertThrows(InvalidArgumentException::class.java) { written(nameless) }
        assertTrue(told.sentence.contains("it was compiled without the names of parameters (-parameters)"), told.sentence)
    }

    private fun <T : Any> written(item: T): List<T> = read(item.javaClass, arrowOf(item.javaClass, listOf(item), allocator))

    private fun compiled(folder: Path, name: String, source: String, vararg options: String): Class<*> {
        val file = folder.toFile().apply(java.io.File::mkdirs).toPath().resolve("$name.java")
        file.writeText(source)
        val failures = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", "$folder", *options, "$file")
        assertEquals(0, failures)
        return URLClassLoader(arrayOf(folder.toUri().toURL()), javaClass.classLoader).loadClass(name)
    }

    @Test
    fun objectsOfObjectsAreReadAsRowsToo() {
        arrowOf(Person::class.java, listOf(Person(1, "a")), allocator).use { reader ->
            reader.loadNextBatch()
            val row = RowReader(reader.vectorSchemaRoot.schema).rows(reader.vectorSchemaRoot).single()
            assertEquals(Row.of(listOf("id", "name"), listOf(1L, "a")), row)
        }
    }

    private companion object {
        const val SEED = 20_260_102
    }
}

object Singleton

data class Many(
    val p34: Int,
    val p1: Int = 1, val p2: Int = 2, val p3: Int = 3, val p4: Int = 4, val p5: Int = 5, val p6: Int = 6, val p7: Int = 7, val p8: Int = 8,
    val p9: Int = 9, val p10: Int = 10, val p11: Int = 11, val p12: Int = 12, val p13: Int = 13, val p14: Int = 14, val p15: Int = 15,
    val p16: Int = 16, val p17: Int = 17, val p18: Int = 18, val p19: Int = 19, val p20: Int = 20, val p21: Int = 21, val p22: Int = 22,
    val p23: Int = 23, val p24: Int = 24, val p25: Int = 25, val p26: Int = 26, val p27: Int = 27, val p28: Int = 28, val p29: Int = 29,
    val p30: Int = 30, val p31: Int = 31, val p32: Int = 32, val p33: String = "last", val p35: Long = p34 + 2L,
)
