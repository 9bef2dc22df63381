package polybolos.tests

import io.polybolos.Arrow
import io.polybolos.DataException
import io.polybolos.Show
import io.polybolos.arrowField
import io.polybolos.plan.v1.TimeUnit
import io.polybolos.timestampType
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.IntervalDayVector
import org.apache.arrow.vector.IntervalYearVector
import org.apache.arrow.vector.TimeStampSecTZVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.ipc.ArrowStreamReader
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import java.io.InputStream
import java.util.Locale

/** Tables against those that Python prints, character for character; `resources/show/make_tables.py` makes them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShowTest {
    private val allocator: RootAllocator

    init {
        Arrow.open()
        allocator = RootAllocator()
    }

    @AfterAll
    fun nothingLeaks() = allocator.close()

    @TestFactory
    fun tablesAreThoseOfPython(): List<DynamicTest> = resource("cases.txt").reader().readLines().map { line ->
        val (name, rows, width) = line.split(' ')
        DynamicTest.dynamicTest("$name: $rows rows, width $width") {
            val expected = resource("$name.$rows.$width.txt").reader().readText()
            assertEquals(expected, table(name, rows.toInt(), width.toInt().takeIf { it > 0 }))
        }
    }

    private fun table(name: String, rows: Int, width: Int?): String = ArrowStreamReader(resource("$name.arrows"), allocator).use { reader ->
        val batches = ArrayList<VectorSchemaRoot>()
        while (reader.loadNextBatch()) batches.add(taken(reader.vectorSchemaRoot, allocator))
        try {
            Show.table(reader.vectorSchemaRoot.schema, batches, rows, width, reader)
        } finally {
            batches.forEach(VectorSchemaRoot::close)
        }
    }

    private fun resource(name: String): InputStream = checkNotNull(javaClass.getResourceAsStream("/show/$name")) { "no resource $name" }

    @Test
    fun digitsAreThoseOfEveryLanguageInEveryLocale() {
        val before = Locale.getDefault()
        Locale.setDefault(Locale.forLanguageTag("ar-SA-u-nu-arab"))
        try {
            assertEquals(resource("intervals.1000000.0.txt").reader().readText(), table("intervals", 1_000_000, null))
            assertEquals(resource("timestamps_us.1000000.0.txt").reader().readText(), table("timestamps_us", 1_000_000, null))
        } finally {
            Locale.setDefault(before)
        }
    }

    @Test
    fun intervalsOfOlderKinds() {
        IntervalYearVector("i", allocator).use { vector ->
            listOf(0, 14, -1, -12, Int.MIN_VALUE).forEachIndexed(vector::setSafe)
            vector.valueCount = 5
            val texts = listOf("0 years 0 mons", "1 years 2 mons", "-1 years 11 mons", "-1 years 0 mons", "-178956971 years 4 mons")
            assertEquals(texts, List(5) { Show.text(vector, it) })
        }
        IntervalDayVector("i", allocator).use { vector ->
            listOf(0 to 0, 2 to 0, 0 to -1, -3 to 3_723_004).forEachIndexed { row, (days, millis) -> vector.setSafe(row, days, millis) }
            vector.valueCount = 4
            assertEquals(listOf("0 secs", "2 days", "-0.001 secs", "-3 days 1 hours 2 mins 3.004 secs"), List(4) { Show.text(vector, it) })
        }
    }

    @Test
    fun valuesBeyondTheCalendarAreToldInTheirPlace() {
        val type = timestampType(TimeUnit.TIME_UNIT_SECOND, "UTC")
        (arrowField("t", type, nullable = true).createVector(allocator) as TimeStampSecTZVector).use { vector ->
            vector.setSafe(0, Long.MAX_VALUE)
            vector.valueCount = 1
            val told = "ERROR: Cast error: Failed to convert 9223372036854775807 to datetime for Timestamp(s, \"UTC\")"
            assertEquals(told, Show.text(vector, 0))
        }
    }

    @Test
    fun anUnknownZoneIsAnError() {
        val type = timestampType(TimeUnit.TIME_UNIT_SECOND, "Mars/Phobos")
        arrowField("t", type, nullable = true).createVector(allocator).use { vector ->
            val error = assertThrows(DataException::class.java) { Show.text(vector, 0) }
            assertEquals("no time zone is named \"Mars/Phobos\"", error.sentence)
        }
    }

    @Test
    fun aTableOfNoColumnsStillCountsItsRows() {
        VectorSchemaRoot(emptyList<FieldVector>()).use { root ->
            root.rowCount = 3
            assertEquals("++\n++\n++\n3 rows\n", Show.table(root.schema, listOf(root), 20, null))
        }
    }

    @Test
    fun thereIsNoTerminalWhereThereIsNoConsole() {
        assumeTrue(System.console() == null, "the tests run on a terminal")
        assertNull(Show.terminalWidth())
    }
}

/** The rows of the root, which it no longer has. */
internal fun taken(root: VectorSchemaRoot, allocator: BufferAllocator): VectorSchemaRoot {
    val vectors = root.fieldVectors.map { it.getTransferPair(allocator).apply { transfer() }.to as FieldVector }
    return VectorSchemaRoot(root.schema, vectors, root.rowCount)
}
