package io.polybolos.embedded

/**
 * The natives, all of them, as `bindings/jvm/native` implements them.
 *
 * Sessions and queries are numbers; one that was closed, or never was, is an exception. Messages are bytes of `polybolos.flight.v1`, data
 * crosses at the addresses of Arrow C streams. Whatever goes wrong is a [NativeException].
 */
internal object Native {
    /** The version of the library. */
    @JvmStatic
    external fun version(): String

    /** Opens a session of an engine of these settings (0: the default); [options] is an `OpenSession`. */
    @JvmStatic
    external fun open(
        rootNames: Array<String>,
        rootFolders: Array<String>,
        rootsWritable: BooleanArray,
        memoryBytes: Long,
        threads: Int,
        spillFolder: String,
        options: ByteArray,
    ): Long

    /** Ends a session with all its queries, whether it is there or not. */
    @JvmStatic
    external fun close(session: Long)

    /** Starts the plan of an `ExecutePlan`, fills the C stream at the address, and answers the handle of the query. */
    @JvmStatic
    external fun execute(session: Long, request: ByteArray, stream: Long): Long

    /** `Analyze` in, `AnalyzeResult` out. */
    @JvmStatic
    external fun analyze(session: Long, request: ByteArray): ByteArray

    /** Reads the C stream at the address to its end, on this thread; answers a `PutReceipt`. */
    @JvmStatic
    external fun put(session: Long, stream: Long): ByteArray

    /** `CancelQuery` in, `CancelQueryResult` out. */
    @JvmStatic
    external fun cancel(session: Long, request: ByteArray): ByteArray

    /** `ListQueries` in, `ListQueriesResult` out. */
    @JvmStatic
    external fun queries(session: Long, request: ByteArray): ByteArray

    /** Answers `Capabilities`. */
    @JvmStatic
    external fun capabilities(session: Long): ByteArray

    /** Sets the options of an `OpenSession`; answers all of the session's in a `SessionOpened`. */
    @JvmStatic
    external fun setOptions(session: Long, request: ByteArray): ByteArray

    /** The id of a query. */
    @JvmStatic
    external fun queryId(query: Long): String

    /** Why the stream of a query ended before its time, as status details; null where it ended well or goes on. */
    @JvmStatic
    external fun failure(query: Long): ByteArray?

    /** The `ResultTrailer` of a query that has ended; null before. */
    @JvmStatic
    external fun trailer(query: Long): ByteArray?

    /** Lets a query go, cancelled where it still runs, whether it is there or not. */
    @JvmStatic
    external fun closeQuery(query: Long)

    /** Ends all sessions and engines. */
    @JvmStatic
    external fun shutdown()
}
