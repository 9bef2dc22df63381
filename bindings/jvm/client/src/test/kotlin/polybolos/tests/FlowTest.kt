package polybolos.tests

import io.polybolos.DetachedTransport
import io.polybolos.QueryResult
import io.polybolos.Session
import io.polybolos.Transport
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.ResultTrailer
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.types.pojo.Schema
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** Flows that are cancelled at bad moments. */
class FlowTest {
    @Test
    fun aQueryThatBeginsWhileItsCollectorIsCancelledIsClosed() {
        val engine = SlowToBegin()
        Session(engine).use { session ->
            runBlocking {
                val job = launch(Dispatchers.Default) { session.range(1).asFlow().collect() }
                engine.asked.await()
                job.cancel()
                engine.goOn.countDown()
                job.join()
            }
        }
        assertEquals(1, engine.closed.get())
    }
}

/** An engine that begins a query only when it is told to, whoever is interrupted. */
private class SlowToBegin(private val detached: Transport = DetachedTransport()) : Transport by detached {
    val asked = CountDownLatch(1)
    val goOn = CountDownLatch(1)
    val closed = AtomicInteger()

    override fun execute(request: ExecutePlan): QueryResult {
        asked.countDown()
        while (goOn.count > 0) {
            try {
                goOn.await()
            } catch (_: InterruptedException) {
                continue
            }
        }
        return Empty(allocator, closed)
    }
}

/** A result without rows that counts how often it is closed. */
private class Empty(allocator: BufferAllocator, private val closed: AtomicInteger) : QueryResult(allocator) {
    override val queryId: String get() = "empty"
    override val trailer: ResultTrailer? get() = null

    override fun next(): Boolean = false

    override fun cancel(): CancelOutcome = CancelOutcome.CANCEL_OUTCOME_UNSPECIFIED

    override fun getVectorSchemaRoot(): VectorSchemaRoot = VectorSchemaRoot.of()

    override fun getDictionaryVectors(): Map<Long, Dictionary> = emptyMap()

    override fun lookup(id: Long): Dictionary? = null

    override fun readSchema(): Schema = Schema(emptyList())

    override fun bytesRead(): Long = 0

    override fun closeReadSource(): Unit = Unit

    override fun close() {
        closed.incrementAndGet()
    }
}
