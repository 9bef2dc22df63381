package io.polybolos

import com.google.protobuf.ByteString
import io.polybolos.plan.v1.LocalData
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.VectorUnloader
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.ipc.ArrowStreamWriter
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch
import org.apache.arrow.vector.types.pojo.Schema
import java.io.ByteArrayOutputStream

/** Local data on its way: inside plans where it is one small batch, else to the session. */
internal object Uploads {
    /** Local data up to this size travels inside the plan, in bytes. */
    private const val INLINE_BYTES_MAX = 64 shl 10

    /** Reads all of it and closes the reader. */
    fun localData(reader: ArrowReader, transport: Transport): LocalData = reader.use {
        Arrow.open()
        val root = reader.vectorSchemaRoot
        schemaOf(root.schema)
        if (!reader.loadNextBatch()) return inline(reader, emptyList(), transport.allocator)
        val first = VectorUnloader(root).recordBatch
        val small = root.fieldVectors.sumOf(FieldVector::getBufferSize) <= INLINE_BYTES_MAX
        if (small && !reader.loadNextBatch()) return first.use { inline(reader, listOf(it), transport.allocator) }
        val second = if (small) VectorUnloader(root).recordBatch else null
        send(Replayed(transport.allocator, listOfNotNull(first, second), reader), transport)
    }

    private fun inline(reader: ArrowReader, batches: List<ArrowRecordBatch>, allocator: BufferAllocator): LocalData {
        val bytes = ByteArrayOutputStream()
        VectorSchemaRoot.create(reader.vectorSchemaRoot.schema, allocator).use { root ->
            val loader = org.apache.arrow.vector.VectorLoader(root)
            ArrowStreamWriter(root, reader, bytes).use { writer ->
                writer.start()
                batches.forEach {
                    loader.load(it)
                    writer.writeBatch()
                }
                writer.end()
            }
        }
        return LocalData.newBuilder().setArrowIpc(ByteString.copyFrom(bytes.toByteArray())).build()
    }

    private fun send(reader: ArrowReader, transport: Transport): LocalData =
        LocalData.newBuilder().setDataId(transport.put(reader).id).build()
}

/** Batches that were read already, and then the rest of their reader. */
private class Replayed(allocator: BufferAllocator, read: List<ArrowRecordBatch>, private val rest: ArrowReader) : ArrowReader(allocator) {
    private val read = ArrayDeque(read)

    override fun readSchema(): Schema = rest.vectorSchemaRoot.schema

    override fun getDictionaryVectors(): Map<Long, Dictionary> = rest.dictionaryVectors

    override fun loadNextBatch(): Boolean {
        prepareLoadNextBatch()
        val next = read.removeFirstOrNull() ?: if (rest.loadNextBatch()) VectorUnloader(rest.vectorSchemaRoot).recordBatch else return false
        loadRecordBatch(next)
        return true
    }

    override fun bytesRead(): Long = rest.bytesRead()

    override fun closeReadSource() {
        read.forEach(ArrowRecordBatch::close)
        rest.close()
    }
}
