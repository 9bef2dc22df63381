package io.polybolos

import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.ResultTrailer
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.ipc.ArrowReader

/**
 * The rows of a running query, as Arrow: `while (result.loadNextBatch()) { result.vectorSchemaRoot ... }`.
 *
 * One root is filled again and again, without copies. Closing a result that has not been read to its end cancels the query.
 * A result that breaks off is an exception, never a short result. For one thread at a time, but for [cancel].
 */
public abstract class QueryResult protected constructor(allocator: BufferAllocator) : ArrowReader(allocator) {
    /** The id of the query, for [Session.cancel], lists and logs. */
    public abstract val queryId: String

    /** Metrics and warnings, once the last batch has come; null before. */
    public abstract val trailer: ResultTrailer?

    /** Stops the query, from any thread; reading then ends with [CancelledException]. */
    public abstract fun cancel(): CancelOutcome

    /** Loads the next batch; [loadNextBatch] without the lines of the user's program. */
    protected abstract fun next(): Boolean

    /** The step to look for the lines of mistakes below. */
    internal var blamed: PlanStep? = null

    /** Loads the next batch of rows into the root; false at the end. */
    final override fun loadNextBatch(): Boolean = try {
        next()
    } catch (error: PolybolosException) {
        throw blamed?.let { blame(it, error) } ?: error
    }

    /** The root that [loadNextBatch] fills; the columns are known from the start. */
    abstract override fun getVectorSchemaRoot(): VectorSchemaRoot

    /** The dictionaries of columns that are encoded with one, by their ids. */
    abstract override fun getDictionaryVectors(): Map<Long, Dictionary>

    /** Ends the query where it has not ended, and gives its memory back. A second call does nothing. */
    abstract override fun close()

    /** The same as [close]. */
    final override fun close(closeReadSource: Boolean): Unit = close()

    /** All rows that are left. */
    internal fun rows(): List<Row> {
        val reader = RowReader(vectorSchemaRoot.schema)
        val rows = ArrayList<Row>()
        while (loadNextBatch()) rows.addAll(reader.rows(vectorSchemaRoot, this))
        return rows
    }

    /** All rows that are left, as objects of a class. */
    internal fun <T : Any> objects(type: Class<T>): List<T> {
        val mapping = ObjectMapping(type, vectorSchemaRoot.schema, this)
        val objects = ArrayList<T>()
        while (loadNextBatch()) objects.addAll(mapping.objects(vectorSchemaRoot))
        return objects
    }
}
