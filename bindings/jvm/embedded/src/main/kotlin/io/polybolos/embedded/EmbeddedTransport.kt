package io.polybolos.embedded

import io.polybolos.QueryResult
import io.polybolos.Transport
import io.polybolos.flight.v1.Analyze
import io.polybolos.flight.v1.AnalyzeResult
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.CancelQuery
import io.polybolos.flight.v1.CancelQueryResult
import io.polybolos.flight.v1.Capabilities
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.ListQueries
import io.polybolos.flight.v1.ListQueriesResult
import io.polybolos.flight.v1.PutReceipt
import io.polybolos.flight.v1.QueryInfo
import io.polybolos.flight.v1.SessionOpened
import org.apache.arrow.c.ArrowArrayStream
import org.apache.arrow.c.Data
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowReader
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/**
 * A session of the engine in this JVM. The same messages as over Flight; batches are handed over where they are, without copies.
 *
 * Closing does not wait for calls of other threads: it stops them, and the memory goes back with the last of them.
 */
internal class EmbeddedTransport(private val session: Long) : Transport {
    private val root = RootAllocator()
    private val closed = AtomicBoolean()
    private val results: MutableSet<EmbeddedResult> = ConcurrentHashMap.newKeySet()

    /** The session itself, its calls and its results. */
    private val users = AtomicInteger(1)

    override val allocator: BufferAllocator get() = root

    override val place: String get() = "embedded"

    override val isOpen: Boolean get() = !closed.get()

    override fun execute(request: ExecutePlan): QueryResult {
        begin()
        val result = try {
            start(request)
        } catch (error: Throwable) {
            end()
            throw error
        }
        results.add(result)
        // A session that was closed meanwhile has not seen this result.
        if (closed.get()) {
            result.close()
            throw Failures.sessionClosed()
        }
        return result
    }

    private fun start(request: ExecutePlan): EmbeddedResult {
        val stream = ArrowArrayStream.allocateNew(root)
        val query = try {
            Failures.told { Native.execute(session, request.toByteArray(), stream.memoryAddress()) }
        } catch (error: Throwable) {
            stream.close()
            throw error
        }
        return EmbeddedResult.over(stream, query, this)
    }

    /** A result was closed. */
    fun ended(result: EmbeddedResult) {
        results.remove(result)
        end()
    }

    override fun analyze(request: Analyze): AnalyzeResult =
        AnalyzeResult.parseFrom(called { Native.analyze(session, request.toByteArray()) })

    override fun put(data: ArrowReader): PutReceipt = data.use {
        PutReceipt.parseFrom(called { put(WatchedReader(root, data)) })
    }

    private fun put(data: WatchedReader): ByteArray = ArrowArrayStream.allocateNew(root).use { stream ->
        Data.exportArrayStream(root, data, stream)
        try {
            Native.put(session, stream.memoryAddress())
        } catch (error: NativeException) {
            // What the reader threw says more than that it could not be read.
            throw data.failure ?: error
        } finally {
            if (stream.snapshot().release != 0L) stream.release()
        }
    }

    override fun cancel(queryId: String): CancelOutcome {
        val request = CancelQuery.newBuilder().setQueryId(queryId).build()
        return CancelQueryResult.parseFrom(called { Native.cancel(session, request.toByteArray()) }).outcome
    }

    override fun queries(allStates: Boolean): List<QueryInfo> {
        val request = ListQueries.newBuilder().setAllStates(allStates).build()
        return ListQueriesResult.parseFrom(called { Native.queries(session, request.toByteArray()) }).queriesList
    }

    override fun capabilities(): Capabilities = Capabilities.parseFrom(called { Native.capabilities(session) })

    override fun setOptions(options: Map<String, String>): Map<String, String> {
        val answer = SessionOpened.parseFrom(called { Native.setOptions(session, options.toMessage().toByteArray()) })
        return answer.optionsList.associate { it.key to it.value }.toSortedMap()
    }

    override fun close() {
        if (!closed.compareAndSet(false, true)) return
        try {
            Failures.told { Native.close(session) }
        } finally {
            // Those that end meanwhile go out of the set, which its iterators bear; `toList` does not.
            results.forEach(EmbeddedResult::close)
            end()
        }
    }

    private inline fun <T> called(native: () -> T): T {
        begin()
        try {
            return Failures.told(native)
        } finally {
            end()
        }
    }

    /** Keeps the memory for a call or a result, unless the session is closed. */
    private fun begin() {
        val before = users.getAndUpdate { if (it == 0) 0 else it + 1 }
        if (before == 0) throw Failures.sessionClosed()
        if (closed.get()) {
            end()
            throw Failures.sessionClosed()
        }
    }

    private fun end() {
        if (users.decrementAndGet() == 0) root.close()
    }
}
