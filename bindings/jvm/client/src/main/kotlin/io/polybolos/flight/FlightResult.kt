package io.polybolos.flight

import com.google.protobuf.Any
import com.google.protobuf.InvalidProtocolBufferException
import io.polybolos.DataException
import io.polybolos.InternalException
import io.polybolos.QueryResult
import io.polybolos.UnavailableException
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.ResultProgress
import io.polybolos.flight.v1.ResultTrailer
import org.apache.arrow.flight.FlightStream
import org.apache.arrow.memory.ArrowBuf
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.types.pojo.Schema
import java.util.concurrent.atomic.AtomicBoolean

/**
 * A result as it comes over Flight: schema, batches, trailer.
 *
 * The trailer is the last message of a complete result and says how many rows there were. A stream that ends without it, or with other
 * rows than it says, lost its server on the way: that is an exception, never a short result.
 */
internal class FlightResult(
    private val calls: Calls,
    private val stream: FlightStream,
    private val operationId: String,
    allocator: BufferAllocator,
    private val transport: FlightTransport,
) : QueryResult(allocator) {
    private val closed = AtomicBoolean()
    private lateinit var root: VectorSchemaRoot
    private var rows = 0L
    private var ended = false

    override val queryId: String get() = trailer?.queryId?.ifEmpty { null } ?: operationId

    override var trailer: ResultTrailer? = null
        private set

    /** Reads up to the schema. */
    fun opened(): FlightResult = apply {
        try {
            root = stream.root
        } catch (error: Throwable) {
            stream.close()
            throw error
        }
    }

    override fun getVectorSchemaRoot(): VectorSchemaRoot = root

    override fun getDictionaryVectors(): Map<Long, Dictionary> =
        stream.dictionaryProvider.dictionaryIds.associateWith { stream.dictionaryProvider.lookup(it) }

    override fun lookup(id: Long): Dictionary? = stream.dictionaryProvider.lookup(id)

    override fun next(): Boolean {
        while (!ended) {
            if (!calls.made(stream::next)) {
                ended = true
                requireComplete()
            } else {
                stream.latestMetadata?.let(::hear)
                rows += root.rowCount
                // A batch without rows only carries the trailer.
                if (root.rowCount > 0) return true
            }
        }
        return false
    }

    /** Takes what stands beside the data of a message. */
    private fun hear(metadata: ArrowBuf) {
        val bytes = ByteArray(metadata.readableBytes().toInt()).also { metadata.getBytes(metadata.readerIndex(), it) }
        if (bytes.isEmpty()) return
        try {
            val any = Any.parseFrom(bytes)
            when {
                any.`is`(ResultTrailer::class.java) -> trailer = any.unpack(ResultTrailer::class.java)
                any.`is`(ResultProgress::class.java) -> {}
                else -> throw InternalException("the result holds ${any.typeUrl}, which this client does not know")
            }
        } catch (error: InvalidProtocolBufferException) {
            throw InternalException("the result holds a message that is none of the contract", error)
        }
    }

    private fun requireComplete() {
        val told = trailer?.rows
            ?: throw UnavailableException("the result broke off after $rows rows: the server at ${transport.place} went away")
        if (told != rows) throw DataException("DATA_CORRUPT", "the result has $told rows and $rows arrived")
    }

    override fun cancel(): CancelOutcome = transport.cancel(operationId)

    override fun close() {
        if (!closed.compareAndSet(false, true)) return
        transport.ended(this)
        if (!ended) stream.cancel("the reader was closed", null)
        stream.close()
    }

    override fun readSchema(): Schema = stream.schema

    override fun bytesRead(): Long = 0

    override fun closeReadSource(): Unit = close()
}
