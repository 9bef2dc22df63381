package polybolos.tests

import io.polybolos.CancelledException
import io.polybolos.DataException
import io.polybolos.DataFrame
import io.polybolos.ExplainMode
import io.polybolos.InvalidArgumentException
import io.polybolos.InvalidPlanException
import io.polybolos.JoinKind
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.QueryResult
import io.polybolos.Session
import io.polybolos.UnavailableException
import io.polybolos.Window
import io.polybolos.WriteMode
import io.polybolos.WriteOptions
import io.polybolos.col
import io.polybolos.collectAs
import io.polybolos.exists
import io.polybolos.from
import io.polybolos.functions.array_transform
import io.polybolos.functions.avg
import io.polybolos.functions.count
import io.polybolos.functions.rank
import io.polybolos.functions.sum
import io.polybolos.lit
import io.polybolos.parameter
import io.polybolos.whenever
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.math.BigDecimal
import java.nio.file.Path
import java.time.LocalDate
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

data class Trip(val driver: String, val fare: Double, val tip: Double?, val day: LocalDate)

data class Sum(val driver: String, val fares: Double, val trips: Long)

class FlightTest {
    private fun trips(session: Session): DataFrame = session.from(
        listOf(
            Trip("ann", 10.0, 1.0, LocalDate.of(2026, 1, 1)),
            Trip("bob", 20.0, null, LocalDate.of(2026, 1, 2)),
            Trip("ann", 30.0, 6.0, LocalDate.of(2026, 1, 3)),
        ),
    )

    @Test
    fun `data classes go in, a frame runs, data classes come out`() {
        val sums = trips(session).groupBy("driver").agg(sum("fare") alias "fares", count() alias "trips").orderBy("driver")
        assertEquals(listOf(Sum("ann", 40.0, 2), Sum("bob", 20.0, 1)), sums.collectAs<Sum>())
        assertEquals(listOf("ann", "bob"), sums.collect().map { it.getString("driver") })
    }

    @Test
    fun `properties stand for columns`() {
        val generous = trips(session).filter((Trip::tip.col / Trip::fare.col) gt 0.15).select(Trip::driver, Trip::fare)
        assertEquals(listOf<List<Any?>>(listOf("ann", 30.0)), generous.collect().map { it.toList() })
    }

    private val <T> kotlin.reflect.KProperty1<T, *>.col get() = col(name)

    @Test
    fun `joins, windows, subqueries, cases and lambdas answer`() {
        val trips = trips(session)
        val ranked = trips.select("driver", rank() over Window.partitionBy("driver").orderBy(col("fare").desc()) alias "rank")
        assertEquals(listOf(1L, 2L, 1L).sorted(), ranked.collect().map { (it["rank"] as Number).toLong() }.sorted())
        val tipped = trips.filter(col("tip").isNotNull()).select("driver").distinct()
        assertEquals(2, trips.join(tipped, "driver", JoinKind.SEMI).count())
        assertEquals(1, trips.join(tipped, "driver", JoinKind.ANTI).count())
        val other = trips.alias("other").filter((col("driver") eq trips.outer("driver")) and (col("fare") gt trips.outer("fare")))
        assertEquals(listOf("ann"), trips.filter(exists(other)).collect().map { it.getString(0) })
        val label = whenever(col("fare") gt 15, "long").otherwise("short")
        assertEquals(listOf("short", "long", "long"), trips.select(label alias "label").collect().map { it.getString("label") })
        val doubled = session.select(array_transform(lit(listOf(1L, 2L))) { it * 2L } alias "xs").scalar()
        assertEquals(listOf(2L, 4L), doubled)
    }

    @Test
    fun `show prints what Python prints`() {
        val table = session.sql("select 1 as id, 'a' as name union all select 2, null order by 1").toTableString()
        val expected = """
            +-------+--------+
            |    id | name   |
            | int64 | string |
            +-------+--------+
            |     1 | a      |
            |     2 | NULL   |
            +-------+--------+
            2 rows

        """.trimIndent()
        assertEquals(expected, table)
    }

    @Test
    fun `parameters, SQL, views and options`() {
        val over = trips(session).filter(col("fare") gt parameter("least", "float64"))
        assertEquals(1, over.bind("least", 25).count())
        assertEquals(3, over.bind("least", 1.5).count())
        session.createView("trips", trips(session))
        assertEquals(2L, session.sql("select count(*) from trips where fare > \$1", 15).scalar())
        assertTrue(session.tables().any { it.name == "trips" })
        session.dropView("trips")
        session.setOption("time_zone", "Europe/Vienna")
        assertEquals("Europe/Vienna", session.options()["time_zone"])
        session.setOption("time_zone", "UTC")
        assertTrue("time_zone" in assertThrows(InvalidArgumentException::class.java) { session.setOption("time_zon", "UTC") }.sentence)
    }

    @Test
    fun `files are written and read`(@TempDir folder: Path) {
        Server("--data", folder.toString()).use { server ->
            Polybolos.connect(server.url).use { session ->
                val path = folder.resolve("out").toString()
                assertEquals(3, trips(session).writeParquet(path).rows)
                assertThrows(PolybolosException::class.java) { trips(session).writeParquet(path) }
                trips(session).writeParquet(path, WriteOptions().mode(WriteMode.APPEND))
                assertEquals(6, session.readParquet(path).count())
            }
        }
    }

    @Test
    fun `a large upload goes beside the plan`() {
        val rows = 300_000
        val frame = session.from((0 until rows).asSequence().map { Trip("driver $it", it.toDouble(), null, LocalDate.EPOCH) }.asIterable())
        assertTrue(frame.plan().toBytes().size < 1_000)
        assertEquals(rows.toLong(), frame.count())
        assertEquals(rows * (rows - 1L) / 2.0, frame.agg(sum("fare") alias "s").scalar())
    }

    @Test
    fun `plans and explanations can be looked at`() {
        val frame = session.range(10).filter(col("id") gt 3)
        assertTrue("range" in frame.plan().toText())
        assertTrue("Filter" in frame.explain())
        assertTrue("rows" in frame.explainJson(ExplainMode.ANALYZE))
        assertEquals(listOf("id"), frame.schema().fields.map { it.name })
    }

    @Test
    fun `a mistake of the engine is told with the expression and the user's line`() {
        val line = Throwable().stackTrace[0].lineNumber + 1
        val frame = trips(session).filter(col("fair") gt 1)
        val error = assertThrows(InvalidPlanException::class.java) { frame.collect() }
        assertEquals("UNRESOLVED_COLUMN", error.code)
        assertEquals("42703", error.sqlState)
        assertTrue("fare" in error.candidates, error.toString())
        assertEquals("FlightTest.kt", error.callSite?.fileName)
        assertEquals(line, error.callSite?.lineNumber)
        assertEquals("(fair > 1)", error.expression)
    }

    @Test
    fun `mistakes that need no engine are told by the method`() {
        assertThrows(InvalidPlanException::class.java) { session.range(1).filter(sum("id")) }
        assertThrows(InvalidArgumentException::class.java) { session.range(1).select() }
        assertThrows(InvalidArgumentException::class.java) { session.range(1).select(Any()) }
        assertThrows(InvalidArgumentException::class.java) { col("x").cast("int46") }
        val other = Polybolos.detached()
        assertThrows(InvalidArgumentException::class.java) { session.range(1).union(other.range(1)) }
        other.close()
    }

    @Test
    fun `errors of data have their code`() {
        val error = assertThrows(DataException::class.java) { session.select(lit(1) / lit(0)).collect() }
        assertEquals("DIVISION_BY_ZERO", error.code)
    }

    @Test
    fun `no server and wrong addresses are told`() {
        val error = assertThrows(UnavailableException::class.java) { Polybolos.connect("grpc://127.0.0.1:1") }
        assertTrue("127.0.0.1:1" in error.sentence, error.sentence)
        assertTrue(error.retryable)
        val wrong = assertThrows(InvalidArgumentException::class.java) { Polybolos.connect("localhost:50051") }
        assertTrue("grpc://localhost:50051" in wrong.sentence)
        val secret = assertThrows(InvalidArgumentException::class.java) { Polybolos.connect("grpc://me:secret@host") }
        assertTrue("secret" !in secret.toString())
    }

    @Test
    fun `a server that dies in the middle of a result is an error`() {
        Server().use { mortal ->
            val session = Polybolos.connect(mortal.url)
            session.range(200_000_000).reader().use { result ->
                assertTrue(result.loadNextBatch())
                mortal.kill()
                assertThrows(PolybolosException::class.java) { drain(result) }
            }
            session.close()
        }
    }

    @Test
    fun `an interrupted thread ends its query`() {
        val started = CountDownLatch(1)
        val ended = CompletableFuture<Throwable>()
        val thread = Thread {
            try {
                slow(session.withTags("interrupted")).reader().use { result ->
                    started.countDown()
                    drain(result)
                }
                ended.completeExceptionally(AssertionError("the query ended by itself"))
            } catch (error: Throwable) {
                ended.complete(error)
            }
        }
        thread.start()
        assertTrue(started.await(30, TimeUnit.SECONDS))
        thread.interrupt()
        assertTrue(ended.get(30, TimeUnit.SECONDS) is CancelledException, ended.get().toString())
        session.awaitCancelled("interrupted")
    }

    @Test
    fun `a flow gives the batches`() = runBlocking {
        val rows = session.withBatchRows(1_000).range(10_000).asFlow().map { it.rowCount }.toList()
        assertEquals(10_000, rows.sum())
        assertTrue(rows.size >= 10)
        assertTrue(session.range(100_000_000).asFlow().first().rowCount > 0)
    }

    @Test
    fun `many threads share a session`() {
        val threads = Executors.newFixedThreadPool(16)
        val answers = threads.invokeAll(List(64) { n -> java.util.concurrent.Callable { session.range(n.toLong()).agg(count() alias "n").scalar() } })
        assertEquals(List(64) { it.toLong() }, answers.map { it.get() })
        threads.shutdown()
    }

    @Test
    fun `types of values keep their exactness`() {
        assertEquals(BigDecimal("1.50"), session.select(lit(BigDecimal("1.50")) alias "d").scalar())
        assertEquals(2.0, session.range(5).agg(avg("id")).scalar())
    }

    private fun drain(result: QueryResult): Long = generateSequence { if (result.loadNextBatch()) result.vectorSchemaRoot.rowCount.toLong() else null }.sum()

    private fun slow(session: Session): DataFrame {
        val numbers = session.range(900_000)
        return numbers.alias("a").crossJoin(numbers.alias("b")).agg(count() alias "n")
    }

    companion object {
        private lateinit var server: Server
        private lateinit var session: Session

        @BeforeAll
        @JvmStatic
        fun start() {
            server = Server()
            session = Polybolos.connect(server.url)
        }

        @AfterAll
        @JvmStatic
        fun stop() {
            session.close()
            server.close()
        }
    }
}
