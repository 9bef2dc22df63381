package io.polybolos

import io.polybolos.flight.v1.Analyze
import io.polybolos.flight.v1.ExecutePlan
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowReader

/** What a session runs on that only builds plans. */
internal class DetachedTransport : Transport {
    override val allocator: BufferAllocator = RootAllocator()

    override val place: String get() = "detached"

    @Volatile
    override var isOpen: Boolean = true
        private set

    private fun nowhere(): Nothing =
        throw UnavailableException("this session only builds plans; Polybolos.connect() or embedded() makes one that runs them")

    override fun execute(request: ExecutePlan) = nowhere()

    override fun analyze(request: Analyze) = nowhere()

    override fun put(data: ArrowReader) = nowhere()

    override fun cancel(queryId: String) = nowhere()

    override fun queries(allStates: Boolean) = nowhere()

    override fun capabilities() = nowhere()

    override fun setOptions(options: Map<String, String>) = nowhere()

    override fun close() {
        isOpen = false
        allocator.close()
    }
}
