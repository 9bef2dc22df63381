package polybolos.embedded.tests

import io.polybolos.CancelledException
import io.polybolos.EmbeddedOptions
import io.polybolos.InvalidArgumentException
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.QueryResult
import io.polybolos.Session
import io.polybolos.embedded.Native
import io.polybolos.embedded.NativeException
import io.polybolos.embedded.NativeLibrary
import io.polybolos.functions.count
import org.apache.arrow.c.ArrowArrayStream
import org.apache.arrow.memory.RootAllocator
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** Whatever is done with handles is an exception or a correct answer. */
class HandlesTest {
    @Test
    fun `a closed session says so, and is closed twice`() {
        val transport = openTransport()
        val session = Session(transport)
        val frame = session.range(1)
        session.close()
        session.close()
        assertEquals(0, transport.allocator.allocatedMemory)
        val calls = listOf<() -> Any>(
            { frame.collect() },
            { frame.schema() },
            { session.queries() },
            { session.options() },
            { session.capabilities() },
            { session.cancel("x") },
        )
        for (call in calls) {
            val error = assertThrows(InvalidArgumentException::class.java) { call() }
            assertEquals("the session is closed; open a new one", error.sentence)
        }
    }

    @Test
    fun `a closed result says so, and is closed twice`() {
        Polybolos.embedded().use { session ->
            val result = session.range(10_000_000).reader()
            assertTrue(result.loadNextBatch())
            result.close()
            result.close()
            assertThrows(CancelledException::class.java) { result.loadNextBatch() }
            awaitUntil { session.queries().isEmpty() }
        }
    }

    @Test
    fun `a session that is closed closes its results`() {
        val transport = openTransport()
        val result = Session(transport).range(10_000_000).reader()
        assertTrue(result.loadNextBatch())
        transport.close()
        assertThrows(CancelledException::class.java) { result.loadNextBatch() }
        result.close()
        assertEquals(0, transport.allocator.allocatedMemory)
    }

    @Test
    fun `closing a result wakes the thread that reads it`() = wakes { _, result -> result.close() }

    @Test
    fun `closing a session wakes the thread that reads a result`() = wakes { session, _ -> session.close() }

    @Test
    fun `cancelling a query wakes the thread that reads it`() = wakes { _, result -> result.cancel() }

    private fun wakes(end: (Session, QueryResult) -> Unit) {
        val session = Polybolos.embedded()
        val result = slow(session).reader()
        val reading = CountDownLatch(1)
        val ended = CompletableFuture<Throwable?>()
        val thread = Thread {
            reading.countDown()
            ended.complete(runCatching { drain(result) }.exceptionOrNull())
        }
        thread.start()
        assertTrue(reading.await(30, TimeUnit.SECONDS))
        // Until it waits for the first batch, down in the native.
        awaitUntil { thread.stackTrace.any { it.methodName == "getNext" } }
        end(session, result)
        assertTrue(ended.get(30, TimeUnit.SECONDS) is CancelledException, ended.get().toString())
        result.close()
        session.close()
    }

    @Test
    fun `sixteen threads share a session`() {
        Polybolos.embedded().use { session ->
            val answers = onThreads(16, 256) { n -> session.range(n.toLong()).agg(count() alias "n").scalar() }
            assertEquals(List(256) { it.toLong() }, answers)
        }
    }

    @Test
    fun `sixteen threads use a session while it is closed`() {
        repeat(50) {
            val transport = openTransport()
            val session = Session(transport)
            val outcomes = onThreads(16, 17) { n ->
                runCatching { if (n == 8) 1000L.also { session.close() } else session.range(1000).reader().use(::drain) }
            }
            val wrong = outcomes.filterNot { it.getOrNull() == 1000L || it.exceptionOrNull() is PolybolosException }
            wrong.firstOrNull()?.onFailure { throw it }
            assertEquals(emptyList<Any>(), wrong)
            assertEquals(0, transport.allocator.allocatedMemory)
        }
    }

    @Test
    fun `sixteen threads close one session`() {
        val session = Polybolos.embedded()
        onThreads(16, 64) { session.close() }
        assertThrows(InvalidArgumentException::class.java) { session.queries() }
    }

    @Test
    fun `a hundred thousand sessions are opened and closed`() {
        repeat(100_000) { openTransport().close() }
        Polybolos.embedded().use { assertEquals(3, it.range(3).count()) }
    }

    @Test
    fun `handles that never were are refused`() {
        NativeLibrary.load()
        RootAllocator().use { allocator ->
            ArrowArrayStream.allocateNew(allocator).use { stream ->
                for (handle in listOf(0, -1, Long.MAX_VALUE, Long.MIN_VALUE, stream.memoryAddress())) refused(handle, stream.memoryAddress())
            }
        }
    }

    private fun refused(handle: Long, stream: Long) {
        val nothing = ByteArray(0)
        val calls = listOf<() -> Any?>(
            { Native.execute(handle, nothing, stream) },
            { Native.analyze(handle, nothing) },
            { Native.put(handle, stream) },
            { Native.cancel(handle, nothing) },
            { Native.queries(handle, nothing) },
            { Native.capabilities(handle) },
            { Native.setOptions(handle, nothing) },
            { Native.queryId(handle) },
            { Native.failure(handle) },
            { Native.trailer(handle) },
        )
        calls.forEach { call -> assertThrows(NativeException::class.java) { call() } }
        Native.closeQuery(handle)
        Native.close(handle)
    }

    @Test
    fun `the handle of a session is none of a query, nor the other way round`() {
        NativeLibrary.load()
        val session = Native.open(emptyArray(), emptyArray(), BooleanArray(0), 0, 0, System.getProperty("java.io.tmpdir"), ByteArray(0))
        assertThrows(NativeException::class.java) { Native.queryId(session) }
        Native.closeQuery(session)
        assertTrue(Native.capabilities(session).isNotEmpty())
        Native.close(session)
        Native.close(session)
        assertThrows(NativeException::class.java) { Native.capabilities(session) }
    }

    @Test
    fun `an address that is none is refused`() {
        NativeLibrary.load()
        val session = Native.open(emptyArray(), emptyArray(), BooleanArray(0), 0, 0, System.getProperty("java.io.tmpdir"), ByteArray(0))
        for (address in listOf(0L, -1L)) {
            assertThrows(NativeException::class.java) { Native.execute(session, ByteArray(0), address) }
            assertThrows(NativeException::class.java) { Native.put(session, address) }
        }
        Native.close(session)
    }

    @Test
    fun `sessions of an engine do not see each other's views`() {
        Polybolos.embedded().use { one ->
            Polybolos.embedded().use { other ->
                one.createView("mine", one.range(3))
                assertEquals(3, one.table("mine").count())
                assertThrows(PolybolosException::class.java) { other.table("mine").count() }
                one.setOption("time_zone", "Europe/Vienna")
                assertEquals("UTC", other.options()["time_zone"])
            }
        }
    }

    @Test
    fun `settings that make no sense are refused`() {
        val wrong = listOf(
            EmbeddedOptions(memoryBytes = 0),
            EmbeddedOptions(threads = -1),
            EmbeddedOptions(roots = listOf(EmbeddedOptions.Root("data", "/no/such/folder"))),
            EmbeddedOptions(options = mapOf("time_zon" to "UTC")),
        )
        wrong.forEach { options -> assertThrows(PolybolosException::class.java) { openTransport(options) } }
    }
}

