package io.polybolos.embedded

import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.ipc.ArrowReader
import org.apache.arrow.vector.types.pojo.Schema

/** The user's data on its way into the engine: remembers what its reader throws, which a C stream would make a text of. */
internal class WatchedReader(allocator: BufferAllocator, private val data: ArrowReader) : ArrowReader(allocator) {
    /** What the reader threw. */
    var failure: Throwable? = null
        private set

    override fun loadNextBatch(): Boolean = try {
        data.loadNextBatch()
    } catch (error: Throwable) {
        failure = error
        throw error
    }

    override fun getVectorSchemaRoot(): VectorSchemaRoot = data.vectorSchemaRoot

    override fun getDictionaryVectors(): Map<Long, Dictionary> = data.dictionaryVectors

    override fun lookup(id: Long): Dictionary? = data.lookup(id)

    override fun getDictionaryIds(): Set<Long> = data.dictionaryIds

    override fun bytesRead(): Long = data.bytesRead()

    override fun readSchema(): Schema = data.vectorSchemaRoot.schema

    override fun closeReadSource(): Unit = data.close()

    // The stream that hands the data out closes it, as who called does.
    override fun close(): Unit = data.close()
}
