package io.polybolos.embedded

import io.polybolos.QueryResult
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.ResultTrailer
import org.apache.arrow.c.ArrowArrayStream
import org.apache.arrow.c.Data
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.types.pojo.Schema
import java.util.concurrent.atomic.AtomicBoolean

/**
 * A result as it comes through the Arrow C stream interface.
 *
 * Errors inside of a C stream are only texts. So the native side ends the stream and remembers the error, and an end is believed only after
 * it was asked. Reading and closing take turns, since a C stream must not be released while it is read; closing wakes a reader that waits.
 */
internal class EmbeddedResult private constructor(
    private val reader: ArrowReader,
    private val query: Long,
    override val queryId: String,
    private val transport: EmbeddedTransport,
    allocator: BufferAllocator,
) : QueryResult(allocator) {
    private val closed = AtomicBoolean()
    private val turn = Any()
    private val root: VectorSchemaRoot = reader.vectorSchemaRoot
    private var ended = false

    @Volatile
    override var trailer: ResultTrailer? = null
        private set

    override fun getVectorSchemaRoot(): VectorSchemaRoot = root

    override fun getDictionaryVectors(): Map<Long, Dictionary> = reader.dictionaryVectors

    override fun lookup(id: Long): Dictionary? = reader.lookup(id)

    override fun next(): Boolean = synchronized(turn) {
        if (closed.get()) Failures.told { Native.queryId(query) }
        if (!ended && Failures.told(reader::loadNextBatch)) return true
        ended = true
        Failures.told { Native.failure(query) }?.let { throw Failures.of(it) }
        trailer = trailer ?: Failures.told { Native.trailer(query) }?.let(ResultTrailer::parseFrom)
        false
    }

    override fun cancel(): CancelOutcome = transport.cancel(queryId)

    override fun close() {
        if (!closed.compareAndSet(false, true)) return
        Failures.told { Native.closeQuery(query) }
        try {
            synchronized(turn) { reader.close() }
        } finally {
            transport.ended(this)
        }
    }

    override fun readSchema(): Schema = root.schema

    override fun bytesRead(): Long = reader.bytesRead()

    override fun closeReadSource(): Unit = close()

    companion object {
        /** The result of this query behind its C stream, which it takes over. */
        fun over(stream: ArrowArrayStream, query: Long, transport: EmbeddedTransport): EmbeddedResult {
            val reader = Data.importArrayStream(transport.allocator, stream)
            try {
                return EmbeddedResult(reader, query, Failures.told { Native.queryId(query) }, transport, transport.allocator)
            } catch (error: Throwable) {
                reader.close()
                Native.closeQuery(query)
                throw error
            }
        }
    }
}
