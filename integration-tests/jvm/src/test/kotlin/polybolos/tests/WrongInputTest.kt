package polybolos.tests

import io.polybolos.CancelledException
import io.polybolos.DataException
import io.polybolos.DataFrame
import io.polybolos.EmbeddedOptions
import io.polybolos.InvalidArgumentException
import io.polybolos.InvalidPlanException
import io.polybolos.NotFoundException
import io.polybolos.Polybolos
import io.polybolos.Session
import io.polybolos.UnauthenticatedException
import io.polybolos.UnavailableException
import io.polybolos.col
import io.polybolos.collectAs
import io.polybolos.from
import io.polybolos.functions.count
import io.polybolos.lit
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.IOException
import java.nio.file.Path
import java.util.concurrent.CancellationException
import kotlin.io.path.writeText

data class Ride(val driver: String, val fare: Double, val tip: Double?)

data class TipInFull(val driver: String, val tip: Double)

data class FareInWords(val driver: String, val fare: String)

data class RideWithDistance(val driver: String, val fares: Double)

/** What goes wrong in programs, and what their users are told: the same over Flight and embedded, where both can go wrong. */
class WrongInputTest {
    private val rides = listOf(Ride("ann", 10.0, 1.0), Ride("bob", 20.0, null), Ride("cyd", 30.0, 6.0))

    // Plans and results

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `an unknown column is told with candidates, expression and the user's line`(door: Door) = opened(door) { session ->
        val line = Throwable().stackTrace[0].lineNumber + 1
        val frame = session.from(rides).filter(col("fair") gt 1)
        val later = frame.groupBy("driver").agg(count() alias "n")
        for (action in listOf<() -> Any>({ later.collect() }, { later.schema() }, { later.explain() }, { later.reader() })) {
            val error = assertThrows(InvalidPlanException::class.java) { action() }
            assertEquals("UNRESOLVED_COLUMN", error.code)
            assertEquals(listOf("fare"), error.candidates)
            assertEquals("(fair > 1)", error.expression)
            assertEquals("WrongInputTest.kt:$line", error.callSite?.run { "$fileName:$lineNumber" })
        }
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a class whose types do not match is told before any row, and the query ends`(door: Door) = opened(door) { session ->
        val endless = endless(session, "mismatch").select(col("id").cast("string") alias "driver", col("id").cast("float64") alias "fare")
        val error = assertThrows(InvalidArgumentException::class.java) { endless.collectAs<FareInWords>() }
        assertEquals("the property FareInWords.fare: String cannot take the column \"fare\" of type float64; Double can", error.sentence)
        session.awaitCancelled("mismatch")
        val missing = assertThrows(InvalidArgumentException::class.java) { session.from(rides).collectAs<RideWithDistance>() }
        assertTrue("RideWithDistance.fares" in missing.sentence, missing.sentence)
        assertEquals(listOf("fare"), missing.candidates)
        assertEquals(rides, session.from(rides).collectAs<Ride>())
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a null for a property that cannot be null is told with column and row, and the query ends`(door: Door) = opened(door) { session ->
        val error = assertThrows(DataException::class.java) { session.from(rides).orderBy("driver").collectAs<TipInFull>() }
        assertEquals("column \"tip\", row 1: null, which the property TipInFull.tip: Double cannot be", error.sentence)
        val nulls = endless(session, "null").select(col("id").cast("string") alias "driver", lit(null).cast("float64") alias "tip")
        assertThrows(DataException::class.java) { nulls.collectAs<TipInFull>() }
        session.awaitCancelled("null")
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `what is no data class is refused with what would do`(door: Door) = opened(door) { session ->
        val function = { 1 }
        val uploads = listOf<() -> Any>({ session.from(listOf(function)) }, { session.from(listOf(Any())) }, { session.from(listOf("text")) })
        val downloads = listOf<() -> Any>({ session.range(1).collectAs<Runnable>() }, { session.range(1).collectAs<Door>() })
        for (call in uploads + downloads) {
            val error = assertThrows(InvalidArgumentException::class.java) { call() }
            assertTrue("cannot be a row" in error.sentence && "data class" in error.sentence, error.sentence)
        }
        awaitUntil("no query is left") { session.queries().isEmpty() }
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a result much larger than the heap is read as a stream`(door: Door) {
        val address = if (door == Door.FLIGHT) doors.url else "embedded"
        val child = ChildJvm.run(LargerThanTheHeap::class.java.name, listOf(address), listOf("-Xmx256m"))
        assertEquals("${LargerThanTheHeap.ROWS} rows, 1200 MB, heap 256 MB", child.printed.trim(), child.toString())
        assertEquals(0, child.exit, child.toString())
    }

    // Uploads

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `rows that throw in the middle come out as they were thrown, and nothing is kept`(door: Door) = opened(door) { session ->
        for (before in listOf(0, 10, 300_000)) {
            val fire = IOException("the disk is on fire after $before rows")
            val burning = sequence { repeat(before) { yield(Ride("driver $it", it.toDouble(), null)) }; throw fire }.asIterable()
            assertSame(fire, assertThrows(IOException::class.java) { session.from(burning) })
            assertEquals(3, session.from(rides).count())
        }
    }

    // Ends

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a closed session says so, whatever it is asked`(door: Door) {
        val session = doors.open(door)
        val (frame, cached) = session.range(1) to session.range(3).cache()
        session.close()
        session.close()
        val calls = listOf<() -> Any?>(
            { frame.collect() },
            { frame.schema() },
            { frame.reader() },
            { cached.count() },
            { session.queries() },
            { session.options() },
            { session.capabilities() },
            { session.cancel("x") },
            { session.execute("select 1") },
            { session.createView("v", frame) },
            { session.from((0 until 300_000).asSequence().map { Ride("$it", 1.0, null) }.asIterable()) },
        )
        for (call in calls) {
            val error = assertThrows(InvalidArgumentException::class.java) { call() }
            assertEquals("the session is closed; open a new one", error.sentence)
        }
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a cancelled coroutine ends its query, before and between batches`(door: Door) = opened(door) { session ->
        runBlocking {
            val silent = launch(Dispatchers.Default) { slow(session, "silent").asFlow().collect() }
            session.awaitRunning("silent")
            silent.cancelAndJoin()
            session.awaitCancelled("silent")

            val started = CompletableDeferred<Unit>()
            val flowing = launch(Dispatchers.Default) { endless(session, "flowing").asFlow().collect { started.complete(Unit) } }
            started.await()
            flowing.cancelAndJoin()
            session.awaitCancelled("flowing")
        }
        assertEquals(3, session.range(3).count())
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a cancelled future ends its query`(door: Door) = opened(door) { session ->
        val future = slow(session, "future").collectAsync()
        session.awaitRunning("future")
        assertTrue(future.cancel(true))
        assertThrows(CancellationException::class.java) { future.get() }
        session.awaitCancelled("future")
        assertEquals(3, session.range(3).count())
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a reader that is closed early ends its query`(door: Door) = opened(door) { session ->
        endless(session, "early").reader().use { assertTrue(it.loadNextBatch()) }
        session.awaitCancelled("early")
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `a query that somebody else cancels is an exception`(door: Door) = opened(door) { session ->
        endless(session, "somebody").reader().use { result ->
            assertTrue(result.loadNextBatch())
            session.cancel(result.queryId)
            val error = assertThrows(CancelledException::class.java) { while (result.loadNextBatch()) assertNull(result.trailer) }
            assertFalse(error.retryable)
        }
    }

    // Servers

    @Test
    fun `a token that is wrong, missing or none is told and never shown`(@TempDir folder: Path) {
        val (secret, line) = Server.token("ada")
        val tokens = folder.resolve("tokens").apply { writeText(line + "\n") }
        Server("--tokens", tokens.toString()).use { server ->
            Polybolos.connect(server.url) { it.token(secret) }.use { assertEquals(3, it.range(3).count()) }
            val wrong = assertThrows(UnauthenticatedException::class.java) { Polybolos.connect(server.url) { it.token("canary-41d7") } }
            assertEquals("UNAUTHENTICATED", wrong.code)
            assertFalse(wrong.retryable)
            assertTrue("canary-41d7" !in wrong.stackTraceToString())
            assertThrows(UnauthenticatedException::class.java) { Polybolos.connect(server.url) }
            val broken = assertThrows(InvalidArgumentException::class.java) { Polybolos.connect(server.url) { it.token("canary 41d7") } }
            assertTrue("41d7" !in broken.stackTraceToString(), broken.sentence)
        }
    }

    @Test
    fun `a server that has gone is named, and its session closes in peace`() {
        val server = Server()
        val session = Polybolos.connect(server.url)
        assertEquals(3, session.range(3).count())
        server.kill()
        for (call in listOf<() -> Any>({ session.range(3).count() }, { session.range(3).schema() }, { session.options() })) {
            val error = assertThrows(UnavailableException::class.java) { call() }
            assertTrue("127.0.0.1:${server.port}" in error.sentence, error.sentence)
            assertTrue(error.retryable)
        }
        session.close()
        assertThrows(UnavailableException::class.java) { Polybolos.connect(server.url) }
    }

    @Test
    fun `a server that restarts has forgotten its sessions and says so, and a new one works`() {
        val first = Server()
        val session = Polybolos.connect(first.url)
        session.createView("mine", session.range(3))
        first.kill()
        Server(port = first.port).use { second ->
            assertEquals(first.url, second.url)
            for (call in listOf<() -> Any>({ session.table("mine").count() }, { session.range(3).count() }, { session.options() })) {
                val error = assertThrows(NotFoundException::class.java) { call() }
                assertEquals("SESSION_NOT_FOUND", error.code)
                assertFalse(error.retryable)
            }
            session.close()
            Polybolos.connect(first.url).use { assertEquals(3, it.range(3).count()) }
        }
    }

    /** A query that computes for hours before its first row. */
    private fun slow(session: Session, tag: String): DataFrame {
        val numbers = session.withTags(tag).range(900_000)
        return numbers.alias("a").crossJoin(numbers.alias("b")).agg(count() alias "n")
    }

    /** A query whose rows have no end. */
    private fun endless(session: Session, tag: String): DataFrame = session.withTags(tag).range(Long.MAX_VALUE)

    private fun opened(door: Door, test: (Session) -> Unit) = doors.open(door).use(test)

    companion object {
        private lateinit var doors: Doors

        @BeforeAll
        @JvmStatic
        fun open(@TempDir folder: Path) {
            doors = Doors(listOf(EmbeddedOptions.Root("data", folder.toString())))
        }

        @AfterAll
        @JvmStatic
        fun close() = doors.close()
    }
}

/** A program for a [ChildJvm]: reads far more bytes than its heap has, batch by batch, from the engine that its argument names. */
object LargerThanTheHeap {
    const val ROWS = 50_000_000L
    private const val MEGA = 1_000_000L

    @JvmStatic
    fun main(arguments: Array<String>) {
        val address = arguments.single()
        val session = if (address == "embedded") Polybolos.embedded() else Polybolos.connect(address)
        var (rows, bytes) = 0L to 0L
        session.use {
            val columns = listOf(col("id") alias "a", (col("id") + 1) alias "b", (col("id") * 2) alias "c")
            it.range(ROWS).select(columns).reader().use { result ->
                while (result.loadNextBatch()) {
                    rows += result.vectorSchemaRoot.rowCount
                    bytes += result.vectorSchemaRoot.rowCount * result.vectorSchemaRoot.fieldVectors.size * Long.SIZE_BYTES
                }
            }
        }
        println("$rows rows, ${bytes / MEGA} MB, heap ${Runtime.getRuntime().maxMemory() shr 20} MB")
    }
}
