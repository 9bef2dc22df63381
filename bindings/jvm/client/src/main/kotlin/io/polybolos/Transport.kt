package io.polybolos

import io.polybolos.flight.v1.Analyze
import io.polybolos.flight.v1.AnalyzeResult
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.Capabilities
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.PutReceipt
import io.polybolos.flight.v1.QueryInfo
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.ipc.ArrowReader

/**
 * What a [Session] runs on: one session of an engine, over Flight or in this JVM. The messages are those of the contract.
 *
 * Every call may come from any thread and waits for its answer; a thread that is interrupted meanwhile ends the call with
 * [CancelledException]. Failures are [PolybolosException]s.
 */
public interface Transport : AutoCloseable {
    /** The memory that results and uploads of this session take. */
    public val allocator: BufferAllocator

    /** Where the other end is, for messages: `grpc://localhost:50051`, or `embedded`. */
    public val place: String

    /** Whether [close] has not been called. */
    public val isOpen: Boolean

    /** Starts a query or command; returns as soon as the columns are known. */
    public fun execute(request: ExecutePlan): QueryResult

    /** Looks at a plan without reading its rows. */
    public fun analyze(request: Analyze): AnalyzeResult

    /** Sends local data into the session, batch by batch, and closes the reader. */
    public fun put(data: ArrowReader): PutReceipt

    /** Stops a query, by its operation id or the id of the server. */
    public fun cancel(queryId: String): CancelOutcome

    /** The caller's queries: those under way, or with [allStates] also those that ended lately. */
    public fun queries(allStates: Boolean): List<QueryInfo>

    /** What the engine can do. */
    public fun capabilities(): Capabilities

    /** Sets options of the session, none for none; answers all of them as they are now, by name. */
    public fun setOptions(options: Map<String, String>): Map<String, String>

    /** Ends the session: its views, its data, its queries. A second call does nothing. */
    public override fun close()
}

internal fun sessionClosed() = InvalidArgumentException("the session is closed; open a new one")

/** Makes the engine in this JVM. `polybolos-embedded` brings one, found by [java.util.ServiceLoader]. */
public interface EmbeddedEngine {
    /** Opens a session of the engine, as [EmbeddedOptions] say. */
    public fun open(options: EmbeddedOptions): Transport
}

/**
 * How the engine in this JVM is set up. Options are values: each method answers new ones.
 *
 * @property roots folders that plans may read by relative path, by name; none: the whole file system, as the process sees it
 * @property memoryBytes the memory that queries may take, in bytes; null: a share of the machine's
 * @property threads the threads that compute; null: one per processor
 * @property options options of the session, such as `time_zone`
 */
public class EmbeddedOptions @JvmOverloads constructor(
    public val roots: List<Root> = emptyList(),
    public val memoryBytes: Long? = null,
    public val threads: Int? = null,
    public val options: Map<String, String> = emptyMap(),
) {
    /** With one more folder, under a name; [writable] says whether plans may write below it. */
    @JvmOverloads
    public fun root(name: String, folder: String, writable: Boolean = false): EmbeddedOptions =
        EmbeddedOptions(roots + Root(name, folder, writable), memoryBytes, threads, options)

    /** With so much memory for queries, in bytes. */
    public fun memoryBytes(bytes: Long): EmbeddedOptions = EmbeddedOptions(roots, bytes, threads, options)

    /** With so many threads that compute. */
    public fun threads(count: Int): EmbeddedOptions = EmbeddedOptions(roots, memoryBytes, count, options)

    /** With an option of the session, such as `time_zone`. */
    public fun option(key: String, value: String): EmbeddedOptions = EmbeddedOptions(roots, memoryBytes, threads, options + (key to value))

    /**
     * A folder under a name.
     *
     * @property name the name, by which messages tell it
     * @property folder its path
     * @property writable whether plans may write below it
     */
    public class Root @JvmOverloads constructor(public val name: String, public val folder: String, public val writable: Boolean = false)
}
