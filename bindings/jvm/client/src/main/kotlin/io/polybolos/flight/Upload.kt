package io.polybolos.flight

import com.google.protobuf.Any
import io.polybolos.UnavailableException
import io.polybolos.flight.v1.PutLocalData
import io.polybolos.flight.v1.PutReceipt
import org.apache.arrow.flight.AsyncPutListener
import org.apache.arrow.flight.CallOption
import org.apache.arrow.flight.FlightClient
import org.apache.arrow.flight.FlightDescriptor
import org.apache.arrow.flight.PutResult
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorLoader
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.VectorUnloader
import org.apache.arrow.vector.ipc.ArrowReader
import java.util.UUID

/** Local data on its way to the server: one DoPut, taken as slowly as the server takes it. */
internal class Upload(private val client: FlightClient, private val headers: CallOption, private val allocator: BufferAllocator) {
    /** Sends all batches. A reader that fails gives the upload up: nothing of it is kept. */
    fun send(data: ArrowReader): PutReceipt {
        val descriptor = FlightDescriptor.command(Any.pack(PutLocalData.newBuilder().setOperationId(UUID.randomUUID().toString()).build()).toByteArray())
        val receipts = Receipts()
        val source = data.vectorSchemaRoot
        VectorSchemaRoot.create(source.schema, allocator).use { root ->
            val listener = client.startPut(descriptor, root, data, receipts, headers)
            try {
                while (data.loadNextBatch()) pieces(source).forEach { (start, length) ->
                    // An answer before the end is a refusal. (`putNext` waits while the server is busy.)
                    if (receipts.isCancelled) return receipts.receipt()
                    VectorLoader(root).load(source, start, length)
                    listener.putNext()
                }
            } catch (error: Throwable) {
                listener.error(error)
                throw error
            }
            listener.completed()
            return receipts.receipt()
        }
    }

    /** The rows of a batch in parts whose messages are about as large as a server likes. */
    private fun pieces(root: VectorSchemaRoot): List<Pair<Int, Int>> {
        val bytes = root.fieldVectors.sumOf { it.bufferSize.toLong() }
        val parts = (bytes / MESSAGE_BYTES + 1).coerceAtMost(maxOf(root.rowCount, 1).toLong()).toInt()
        val length = (root.rowCount + parts - 1) / parts
        return if (length == 0) emptyList() else (0 until root.rowCount step length).map { it to minOf(length, root.rowCount - it) }
    }

    private fun VectorLoader.load(source: VectorSchemaRoot, start: Int, length: Int) {
        if (length == source.rowCount) return VectorUnloader(source).recordBatch.use(::load)
        source.slice(start, length).use { part -> VectorUnloader(part).recordBatch.use(::load) }
    }

    /** What the server answers. */
    private class Receipts : AsyncPutListener() {
        private var receipt: PutReceipt? = null

        override fun onNext(value: PutResult) {
            val metadata = value.applicationMetadata
            val bytes = ByteArray(metadata.readableBytes().toInt()).also { metadata.getBytes(metadata.readerIndex(), it) }
            receipt = Any.parseFrom(bytes).unpack(PutReceipt::class.java)
        }

        fun receipt(): PutReceipt {
            getResult()
            return receipt ?: throw UnavailableException("the server did not confirm the data that was sent")
        }
    }

    private companion object {
        /** Bytes of one message of data, about. */
        const val MESSAGE_BYTES = 2L shl 20
    }
}
