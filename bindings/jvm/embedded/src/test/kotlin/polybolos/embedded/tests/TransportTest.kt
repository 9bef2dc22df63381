package polybolos.embedded.tests

import com.google.protobuf.ByteString
import io.polybolos.CancelledException
import io.polybolos.DataException
import io.polybolos.EmbeddedOptions
import io.polybolos.InvalidArgumentException
import io.polybolos.InvalidPlanException
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.Session
import io.polybolos.col
import io.polybolos.embedded.Failures
import io.polybolos.embedded.Native
import io.polybolos.embedded.NativeException
import io.polybolos.embedded.NativeLibrary
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.from
import io.polybolos.functions.sum
import io.polybolos.lit
import org.apache.arrow.c.ArrowArrayStream
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.BigIntVector
import org.apache.arrow.vector.VarCharVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.types.pojo.ArrowType
import org.apache.arrow.vector.types.pojo.Field
import org.apache.arrow.vector.types.pojo.Schema
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

data class Trip(val driver: String, val fare: Double, val paid: Boolean?, val tip: Double?)

/** What the client asks of whatever it runs on, asked of the engine in this JVM. */
class TransportTest {
    @Test
    fun `objects go in and come out`() {
        val trips = listOf(Trip("ann", 10.0, true, 1.0), Trip("bob", 20.0, null, null), Trip("ann", 30.0, false, 6.0))
        Polybolos.embedded().use { session ->
            assertEquals(trips, session.from(trips).collectAs(Trip::class.java))
            assertEquals(60.0, session.from(trips).agg(sum("fare") alias "fares").scalar())
        }
    }

    @Test
    fun `slices of booleans and texts come as they are`() {
        val trips = List(10_000) { Trip("driver $it", it.toDouble(), (it % 3 != 0).takeIf { _ -> it % 5 != 0 }, null) }
        Polybolos.embedded().use { session ->
            val frame = session.withBatchRows(7).from(trips)
            assertEquals(trips, frame.orderBy("fare").collectAs(Trip::class.java))
            assertEquals(trips.subList(13, 113), frame.orderBy("fare").limit(100, 13).collectAs(Trip::class.java))
        }
    }

    @Test
    fun `a large upload goes beside the plan`() {
        val rows = 300_000
        val transport = openTransport()
        val session = Session(transport)
        val frame = session.from((0 until rows).asSequence().map { Trip("driver $it", it.toDouble(), null, null) }.asIterable())
        assertEquals(0, transport.allocator.allocatedMemory)
        assertEquals(rows.toLong(), frame.count())
        assertEquals(rows * (rows - 1L) / 2.0, frame.agg(sum("fare") alias "s").scalar())
        session.close()
    }

    @Test
    fun `a result has an id, and a trailer at its end`() {
        Polybolos.embedded().use { session ->
            session.range(100_000).reader().use { result ->
                assertTrue(result.queryId.isNotEmpty())
                assertTrue(result.queryId in session.queries().map { it.queryId })
                assertNull(result.trailer)
                assertEquals(100_000, drain(result))
                assertFalse(result.loadNextBatch())
                assertEquals(100_000, assertNotNullAnd(result.trailer).rows)
            }
        }
    }

    private fun <T> assertNotNullAnd(value: T?): T = checkNotNull(value.also { assertNotNull(it) })

    @Test
    fun `errors of plans have code, place and candidates`() {
        Polybolos.embedded().use { session ->
            val line = Throwable().stackTrace[0].lineNumber + 1
            val frame = session.from(listOf(Trip("ann", 10.0, true, 1.0))).filter(col("fair") gt 1)
            val error = assertThrows(InvalidPlanException::class.java) { frame.collect() }
            assertEquals("UNRESOLVED_COLUMN", error.code)
            assertEquals("42703", error.sqlState)
            assertTrue("fare" in error.candidates, error.toString())
            assertEquals(line, error.callSite?.lineNumber)
        }
    }

    @Test
    fun `an error in the middle of a result has its code, each time it is asked`() {
        Polybolos.embedded().use { session ->
            val last = 5_000_000L
            session.withBatchRows(1_000).range(last + 1).select(lit(1) / (col("id") - last) alias "x").reader().use { result ->
                val errors = List(2) { assertThrows(DataException::class.java) { drain(result) } }
                assertEquals(listOf("DIVISION_BY_ZERO", "DIVISION_BY_ZERO"), errors.map(PolybolosException::code))
                assertNotNull(errors[0].queryId)
                assertNull(result.trailer)
            }
        }
    }

    @Test
    fun `bytes that are no plan are told as over Flight`() {
        NativeLibrary.load()
        val session = Native.open(emptyArray(), emptyArray(), BooleanArray(0), 0, 0, System.getProperty("java.io.tmpdir"), ByteArray(0))
        val whole = ExecutePlan.newBuilder().setOperationId("0").setPlan(io.polybolos.plan.v1.Plan.getDefaultInstance()).build().toByteArray()
        val unknown = byteArrayOf(0x7a, 1, 0)
        val damaged = mapOf(whole.copyOf(whole.size - 1) to "PLAN_MALFORMED", byteArrayOf(-1, -1, -1) to "PLAN_MALFORMED", unknown to "PLAN_UNKNOWN_FIELD", ByteArray(0) to "PLAN_MISSING_FIELD")
        RootAllocator().use { allocator ->
            ArrowArrayStream.allocateNew(allocator).use { stream ->
                for ((bytes, code) in damaged) {
                    val error = assertThrows(NativeException::class.java) { Native.execute(session, bytes, stream.memoryAddress()) }
                    assertEquals(code, error.asPolybolosException().code, error.message)
                }
            }
        }
        Native.close(session)
    }

    @Test
    fun `fields that the engine does not know are refused`() {
        openTransport().use { transport ->
            val future = com.google.protobuf.UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8("x")).build()
            val fields = com.google.protobuf.UnknownFieldSet.newBuilder().addField(999, future).build()
            val error = assertThrows(PolybolosException::class.java) { transport.execute(ExecutePlan.newBuilder().setUnknownFields(fields).build()) }
            assertEquals("PLAN_UNKNOWN_FIELD", error.code)
        }
    }

    @Test
    fun `a reader that throws ends the upload with its own exception`() {
        val transport = openTransport()
        val broken = IOException("the disk is on fire")
        val error = assertThrows(IOException::class.java) { transport.put(Numbers(transport.allocator, 3) { throw broken }) }
        assertSame(broken, error)
        val ours = Failures.invalid("as the reader says")
        assertSame(ours, assertThrows(InvalidArgumentException::class.java) { transport.put(Numbers(transport.allocator, 3) { throw ours }) })
        assertEquals(0, transport.allocator.allocatedMemory)
        transport.close()
    }

    @Test
    fun `an upload is taken batch by batch`() {
        val transport = openTransport()
        var most = 0L
        val receipt = transport.put(Numbers(transport.allocator, 200) { most = maxOf(most, transport.allocator.allocatedMemory) })
        assertEquals(200L * Numbers.ROWS, receipt.rowsReceived)
        assertTrue(most < 4L * Numbers.ROWS * 8, "$most bytes at once")
        assertEquals(0, transport.allocator.allocatedMemory)
        transport.close()
    }

    @Test
    fun `text that is no UTF-8 is refused`() {
        val transport = openTransport()
        val error = assertThrows(DataException::class.java) { transport.put(BadText(transport.allocator)) }
        assertEquals("DATA_INVALID", error.code)
        assertEquals(0, transport.allocator.allocatedMemory)
        transport.close()
    }

    @Test
    fun `an interrupted thread ends the query that it waits for, and stays interrupted`() {
        Polybolos.embedded().use { session ->
            val ended = CompletableFuture<Pair<Throwable?, Boolean>>()
            val thread = Thread {
                val error = runCatching { slow(session).collect() }.exceptionOrNull()
                ended.complete(error to Thread.currentThread().isInterrupted)
            }
            thread.start()
            awaitUntil { session.queries().isNotEmpty() }
            thread.interrupt()
            val (error, interrupted) = ended.get(30, TimeUnit.SECONDS)
            assertTrue(error is CancelledException, error.toString())
            assertTrue(interrupted)
            awaitUntil { session.queries().isEmpty() }
        }
    }

    @Test
    fun `an interrupted thread reads no further, though batches wait for it`() {
        Polybolos.embedded().use { session ->
            session.range(Long.MAX_VALUE).reader().use { result ->
                assertTrue(result.loadNextBatch())
                Thread.currentThread().interrupt()
                val error = assertThrows(CancelledException::class.java) { result.loadNextBatch() }
                assertTrue(Thread.interrupted(), error.toString())
            }
            awaitUntil { session.queries().isEmpty() }
        }
    }

    @Test
    fun `an interrupted thread ends its upload`() {
        openTransport().use { transport ->
            val error = assertThrows(CancelledException::class.java) {
                transport.put(Numbers(transport.allocator, Int.MAX_VALUE) { left -> if (left < Int.MAX_VALUE - 3) Thread.currentThread().interrupt() })
            }
            assertTrue(Thread.interrupted(), error.toString())
            assertEquals(0, transport.allocator.allocatedMemory)
        }
    }

    @Test
    fun `a query is cancelled by its id`() {
        Polybolos.embedded().use { session ->
            slow(session).reader().use { result ->
                session.cancel(result.queryId)
                assertThrows(CancelledException::class.java) { drain(result) }
            }
        }
    }

    @Test
    fun `options are set and told`() {
        Polybolos.embedded(EmbeddedOptions(options = mapOf("time_zone" to "Europe/Vienna"))).use { session ->
            assertEquals("Europe/Vienna", session.options()["time_zone"])
            session.setOption("time_zone", "UTC")
            assertEquals("UTC", session.options()["time_zone"])
            assertThrows(InvalidArgumentException::class.java) { session.setOption("time_zon", "UTC") }
            assertEquals("datafusion", session.capabilities().engine)
        }
    }

    @Test
    fun `roots keep plans inside of their folders`(@TempDir folder: Path, @TempDir outside: Path) {
        Files.writeString(folder.resolve("in.csv"), "x\n1\n")
        Files.writeString(outside.resolve("out.csv"), "x\n1\n")
        val options = EmbeddedOptions(roots = listOf(EmbeddedOptions.Root("data", folder.toString())), memoryBytes = 64L shl 20, threads = 1)
        Polybolos.embedded(options).use { session ->
            assertEquals(1, session.readCsv("in.csv").count())
            assertThrows(PolybolosException::class.java) { session.readCsv(outside.resolve("out.csv").toString()).count() }
            assertThrows(PolybolosException::class.java) { session.range(1).writeParquet("new") }
        }
        Polybolos.embedded().use { session -> assertEquals(1, session.readCsv(outside.resolve("out.csv").toString()).count()) }
    }

    @Test
    fun `plans are explained`() {
        Polybolos.embedded().use { session ->
            val frame = session.range(10).filter(col("id") gt 3)
            assertTrue("Filter" in frame.explain())
            assertEquals(listOf("id"), frame.schema().fields.map(Field::getName))
        }
    }
}

/** So many batches of numbers; [before] is called before each, with the number of those that are left. */
private class Numbers(allocator: BufferAllocator, private var left: Int, private val before: (Int) -> Unit) : ArrowReader(allocator) {
    override fun loadNextBatch(): Boolean {
        prepareLoadNextBatch()
        before(left)
        if (left-- == 0) return false
        val vector = vectorSchemaRoot.getVector(0) as BigIntVector
        repeat(ROWS) { vector.setSafe(it, it.toLong()) }
        vectorSchemaRoot.rowCount = ROWS
        return true
    }

    override fun bytesRead(): Long = 0

    override fun closeReadSource() = Unit

    override fun readSchema(): Schema = Schema(listOf(Field.notNullable("n", ArrowType.Int(64, true))))

    companion object {
        const val ROWS = 4096
    }
}

/** A text of bytes that are none. */
private class BadText(allocator: BufferAllocator) : ArrowReader(allocator) {
    private var read = false

    override fun loadNextBatch(): Boolean {
        if (read) return false
        read = true
        val root: VectorSchemaRoot = vectorSchemaRoot
        (root.getVector(0) as VarCharVector).setSafe(0, byteArrayOf(-1, -2))
        root.rowCount = 1
        return true
    }

    override fun bytesRead(): Long = 0

    override fun closeReadSource() = Unit

    override fun readSchema(): Schema = Schema(listOf(Field.nullable("s", ArrowType.Utf8())))
}
