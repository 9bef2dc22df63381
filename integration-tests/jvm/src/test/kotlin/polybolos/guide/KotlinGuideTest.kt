// The Kotlin of docs/jvm.md, run on a server and in this JVM. What stands there stands here line for line: GuideTest compares.
package polybolos.guide

import io.polybolos.*
import io.polybolos.functions.*
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import polybolos.tests.Door
import java.nio.file.Path
import java.time.LocalDate
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

class KotlinGuideTest {
    data class Fare(val driver: String, val day: LocalDate, val amount: Double, val tip: Double?)

    data class Strict(val driver: String, val tip: Double)

    private fun on(door: Door, test: (Session) -> Unit) = trips.open(door).use(test)

    private fun fares(session: Session): DataFrame {
        val fares = session.from(
            listOf(
                Fare("ann", LocalDate.of(2026, 1, 1), 10.0, 1.0),
                Fare("bob", LocalDate.of(2026, 1, 2), 20.0, null),
                Fare("ann", LocalDate.of(2026, 1, 3), 30.0, 6.0),
            ),
        )
        return fares
    }

    @Test
    fun `the quick start runs`() {
        val printed = Printed.by { main(arrayOf(trips.address, trips.folder.toString())) }
        assertTrue(Regex("\\| passenger_count \\|.* tip .*\\| trips \\|").containsMatchIn(printed), printed)
        assertTrue(Regex("\\d passengers tip best: \\d+\\.\\d+\n$").containsMatchIn(printed), printed)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `the program of the README runs`(door: Door) {
        val printed = Printed.by { program(trips.address.takeIf { door == Door.FLIGHT }, "${trips.folder}/*.parquet") }
        assertTrue(Regex("\\| passenger_count \\|.* tip .*\\| trips \\|").containsMatchIn(printed), printed)
        assertTrue(printed.endsWith("\n8 rows\n"), printed)
    }

    /** Compiled only: nobody is at this address. */
    @Suppress("unused")
    private fun connections(secret: String, pem: ByteArray): List<Session> {
        val remote = Polybolos.connect("grpc+tls://data.example.com") {
            it.token(secret).caCertificate(pem).option("time_zone", "Europe/Vienna")
        }
        return listOf(remote)
    }

    @Test
    fun `the engine in this JVM is set up`() {
        val here = Polybolos.embedded(EmbeddedOptions(memoryBytes = 2L shl 30, threads = 2).root("trips", trips.folder.toString()))
        here.use { session -> assertEquals(20_000, session.readParquet("yellow_tripdata_*.parquet").count()) }
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `frames`(door: Door) = on(door) { session ->
        val folder = trips.folder
        val all = session.readParquet("$folder/*.parquet")
        val paid = all.filter(col("fare_amount") gt 0)
        val shares = paid
            .withColumn("tip_share", col("tip_amount") / col("fare_amount"))
            .groupBy("passenger_count")
            .agg(avg("tip_share") alias "tip_share", count() alias "trips")
            .orderBy(col("passenger_count").asc().nullsLast())
        println(shares.schema())
        shares.show()
        assertTrue(shares.count() > 3)
        assertEquals(listOf("passenger_count", "tip_share", "trips"), shares.schema().fields.map { it.name })
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `expressions`(door: Door) = on(door) { session ->
        val frame = fares(session)
        val generous = (col("tip") gt 5) and (col("driver") eq "ann")
        val strange = (col("amount") lt 0) or !(col("tip").isNull() or (col("tip") lte col("amount")))
        val size = whenever(col("amount") gt 15, "long").otherwise("short")
        val name = upper("driver") // a string names a column where one is expected
        val ten = lit(10, "decimal(10, 2)") // a literal of a type
        assertEquals(1, frame.filter(generous).count())
        assertEquals(0, frame.filter(strange).count())
        val row = frame.select(size alias "size", name alias "name", ten alias "ten").collect().first()
        assertEquals(listOf("short", "ANN", java.math.BigDecimal("10.00")), row.toList())
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `windows, subqueries and lambdas`(door: Door) = on(door) { session ->
        val frame = fares(session)
        val running = sum("amount") over Window.partitionBy("driver").orderBy("day").rowsBetween(null, 0)
        val totals = frame.select("driver", "day", running alias "total").orderBy("day")
        val best = frame.filter(col("amount") eq scalar(frame.agg(max("amount"))))
        val doubled = session.select(array_transform(lit(listOf(1L, 2L))) { it * 2L } alias "doubled")
        assertEquals(listOf(10.0, 20.0, 40.0), totals.collect().map { it["total"] })
        assertEquals(30.0, best.select("amount").scalar())
        assertEquals(listOf(2L, 4L), doubled.scalar())
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `properties`(door: Door) = on(door) { session ->
        val frame = fares(session)
        val tipped = frame.filter(Fare::tip.col.isNotNull()).select(Fare::driver, Fare::tip.col / Fare::amount.col alias "share")
        assertEquals(listOf(0.1, 0.2), tipped.collect().map { it["share"] })
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `SQL`(door: Door) = on(door) { session ->
        val frame = fares(session)
        session.createView("fares", frame)
        val dear = session.sql("select driver, amount from fares where amount > $1 and day >= $2", 15, LocalDate.of(2026, 1, 1))
        val options = SqlOptions().named("least", 15).input("f", frame)
        val sums = session.sql("select driver, sum(amount) as amount from f where amount > \$least group by driver", options)
        val both = dear.join(sums, "driver", JoinKind.SEMI)
        session.execute("drop view fares")
        assertEquals(2, sums.count())
        assertThrows(NotFoundException::class.java) { both.collect() }
        val least = frame.filter(col("amount") gt parameter("least", "float64"))
        val counts = listOf(5, 15, 25).map { least.bind("least", it).count() }
        assertEquals(listOf(3L, 2L, 1L), counts)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `rows`(door: Door) = on(door) { session ->
        val frame = fares(session).orderBy("day")
        for (row in frame.collect()) {
            val tip = row["tip"] as Double? // the value as it is
            println("${row.getString("driver")} ${row.getDate("day")} ${row.getDouble("amount")} $tip")
        }
        val numbers = frame.count()
        val total = frame.agg(sum("amount")).scalar()
        assertEquals(3, numbers)
        assertEquals(60.0, total)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `data classes`(door: Door) = on(door) { session ->
        val frame = fares(session).orderBy("day")
        val objects: List<Fare> = frame.collectAs<Fare>()
        assertEquals(listOf(null, 6.0), objects.drop(1).map { it.tip })
        val error = assertThrows(DataException::class.java) { frame.collectAs<Strict>() }
        assertEquals("column \"tip\", row 1: null, which the property Strict.tip: Double cannot be", error.sentence)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `streams`(door: Door) = on(door) { session ->
        var rows = 0L
        session.range(1_000_000).reader().use { result ->
            while (result.loadNextBatch()) rows += result.vectorSchemaRoot.rowCount
        }
        assertEquals(1_000_000, rows)
        runBlocking {
            val first = session.range(100_000_000).asFlow().first() // the rest is cancelled
            println("${first.rowCount} rows of ${first.vectorSchemaRoot.schema}")
            assertTrue(first.rowCount in 1..<100_000_000)
        }
        val frame = session.range(10)
        val later: CompletableFuture<List<Row>> = frame.collectAsync()
        assertEquals(10, later.get(60, TimeUnit.SECONDS).size)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `local data and writes`(door: Door, @TempDir elsewhere: Path) = on(door) { session ->
        val rows = session.fromRows(mapOf("id" to "int64", "name" to "string"), listOf(listOf(1L, "Ada"), listOf(2L, null)))
        assertEquals(1, rows.dropNulls().count())
        val out = (if (door == Door.EMBEDDED) elsewhere else trips.folder).resolve("fares")
        val frame = fares(session)
        val options = WriteOptions().mode(WriteMode.OVERWRITE).partitionBy("driver").option("compression", "zstd")
        val written = frame.writeParquet("$out", options)
        println("${written.rows} rows in ${written.files} files")
        assertEquals(3, written.rows)
        assertEquals(3, session.readParquet("$out").count())
        assertThrows(AlreadyExistsException::class.java) { frame.writeParquet("$out") }
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `errors`(door: Door) = on(door) { session ->
        val frame = fares(session)
        try {
            frame.filter(col("amuont") gt 1).collect()
        } catch (error: InvalidPlanException) {
            check(error.code == "UNRESOLVED_COLUMN" && error.candidates == listOf("amount"))
            check(error.expression == "(amuont > 1)" && error.callSite?.fileName == "KotlinGuideTest.kt")
        }
        val line = Throwable().stackTrace[0].lineNumber + 1
        val error = assertThrows(InvalidPlanException::class.java) { frame.filter(col("amuont") gt 1).collect() }
        val told = """
            no column named 'amuont'; did you mean 'amount'? [UNRESOLVED_COLUMN]
              in: (amuont > 1)
              at: ${error.callSite}
              query: ${error.queryId}
        """
        assertEquals(told.trimIndent(), error.message)
        assertEquals(line, error.callSite?.lineNumber)
    }

    companion object {
        private lateinit var trips: Trips

        @BeforeAll
        @JvmStatic
        fun start() {
            trips = Trips()
        }

        @AfterAll
        @JvmStatic
        fun stop() = trips.close()
    }
}
