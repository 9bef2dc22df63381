package polybolos.tests

import io.polybolos.EmbeddedOptions
import io.polybolos.bench.TpchQueries
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.MethodSource
import java.nio.file.Path

/** TPC-H at scale factor 0.01: the answers of the DataFrames, on a server and in this JVM, are DuckDB's. */
class TpchTest {
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("queries")
    fun `an answer is DuckDB's`(query: String, door: Door) {
        doors.open(door).use { session ->
            val frame = TpchQueries.all(session, data.toString()).getValue(query)
            val promised = TpchAnswer(query)
            assertEquals(promised.columns, frame.schema().fields.map { it.name })
            val rows = frame.collect().map { row -> List(row.size) { row[it] } }
            assertNull(promised.difference(rows, query in IN_TOTAL_ORDER))
        }
    }

    companion object {
        /** The keys of their order tell all rows apart. */
        private val IN_TOTAL_ORDER = listOf(1, 2, 4, 7, 8, 9, 12, 13, 15, 16, 20, 21, 22).map { TpchQueries.NAMES[it - 1] }.toSet()

        @TempDir
        @JvmStatic
        lateinit var folder: Path

        private val data: Path get() = folder.resolve("data")
        private lateinit var doors: Doors

        @JvmStatic
        fun queries(): List<Arguments> = TpchQueries.NAMES.flatMap { query -> Door.entries.map { Arguments.of(query, it) } }

        @BeforeAll
        @JvmStatic
        fun open() {
            Server.run("demo", "tpch", "--scale-factor", "0.01", "--output", data.toString())
            doors = Doors(listOf(EmbeddedOptions.Root("tpch", data.toString())))
        }

        @AfterAll
        @JvmStatic
        fun close() = doors.close()
    }
}
