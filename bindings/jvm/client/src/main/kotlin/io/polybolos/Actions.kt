package io.polybolos

import io.polybolos.flight.v1.Analyze
import io.polybolos.flight.v1.AnalyzeResult
import io.polybolos.flight.v1.AnalyzeWhat
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runInterruptible
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.DictionaryProvider
import org.apache.arrow.vector.ipc.ReadChannel
import org.apache.arrow.vector.ipc.message.MessageSerializer
import org.apache.arrow.vector.types.pojo.Schema
import java.io.ByteArrayInputStream
import java.nio.channels.Channels
import java.util.UUID
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.Future

/** What makes a frame run, beyond reading its rows on the caller's thread. */
internal object Actions {
    private val workers = Executors.newCachedThreadPool { task -> Thread(task, "polybolos-query").apply { isDaemon = true } }

    /** Runs the query on a thread of its own, which a cancelled future interrupts. */
    fun <T> async(frame: DataFrame, read: (QueryResult) -> T): CompletableFuture<T> {
        val site = CallSite.here()
        val answer = CompletableFuture<T>()
        val work: Future<*> = workers.submit {
            try {
                answer.complete(frame.session.run(frame).use(read))
            } catch (error: PolybolosException) {
                answer.completeExceptionally(error.facts.copy(callSite = error.callSite ?: site).toException())
            } catch (error: Throwable) {
                answer.completeExceptionally(error)
            }
        }
        answer.whenComplete { _, _ -> if (answer.isCancelled) work.cancel(true) }
        return answer
    }

    /** The batches while somebody collects them; each is good until the next. */
    fun flow(frame: DataFrame): Flow<RecordBatch> = flow {
        // What a coroutine that is cancelled meanwhile would give back gets lost.
        var begun: QueryResult? = null
        try {
            interruptible { begun = frame.session.run(frame) }
            begun?.let { result ->
                val batch = RecordBatch(result.vectorSchemaRoot, result)
                while (interruptible(result::loadNextBatch)) emit(batch)
            }
        } finally {
            begun?.close()
        }
    }

    /** Waits on a thread that cancelling the coroutine interrupts: such an end is the coroutine's, not the query's. */
    private suspend fun <T> interruptible(call: () -> T): T = try {
        runInterruptible(Dispatchers.IO, call)
    } catch (error: CancelledException) {
        currentCoroutineContext().ensureActive()
        throw error
    }

    fun schema(frame: DataFrame): Schema {
        val bytes = analyze(frame, AnalyzeWhat.ANALYZE_WHAT_SCHEMA).arrowSchema.toByteArray()
        return MessageSerializer.deserializeSchema(ReadChannel(Channels.newChannel(ByteArrayInputStream(bytes))))
    }

    fun explain(frame: DataFrame, mode: ExplainMode, format: String): String {
        val answers = analyze(frame, mode.question).explainList
        val answer = answers.firstOrNull { it.format == format } ?: throw UnsupportedException("this engine does not explain a plan as $format")
        return answer.text
    }

    private fun analyze(frame: DataFrame, what: AnalyzeWhat): AnalyzeResult = frame.session.blaming(frame) {
        val plan = PlanWriter().query(frame)
        val request = Analyze.newBuilder().setPlan(plan).addWhat(what).setOperationId(UUID.randomUUID().toString())
        // A plan that is only looked at may leave its parameters open.
        val bound = plan.parametersList.all { it.name in frame.bindings }
        if (bound || what == AnalyzeWhat.ANALYZE_WHAT_EXPLAIN_ANALYZE) request.addAllParameters(Parameters.values(plan, frame.bindings))
        frame.session.transport.analyze(request.build())
    }

    fun table(frame: DataFrame, rows: Int, width: Int?): String = frame.limit(rows.toLong() + 1).reader().use { result ->
        val batches = ArrayList<VectorSchemaRoot>()
        try {
            while (result.loadNextBatch()) batches.add(taken(result.vectorSchemaRoot))
            Show.table(result.vectorSchemaRoot.schema, batches, rows, width, result)
        } finally {
            batches.forEach(VectorSchemaRoot::close)
        }
    }

    /** The rows of the root, which it no longer has. */
    private fun taken(root: VectorSchemaRoot): VectorSchemaRoot {
        val vectors = root.fieldVectors.map { vector -> vector.getTransferPair(vector.allocator).apply { transfer() }.to as org.apache.arrow.vector.FieldVector }
        return VectorSchemaRoot(root.schema, vectors, root.rowCount)
    }
}

/** A batch of rows of a query that runs; good until the next one is asked for. */
public class RecordBatch internal constructor(
    /** The columns, without copies. */
    public val vectorSchemaRoot: VectorSchemaRoot,
    private val dictionaries: DictionaryProvider,
) {
    /** How many rows there are. */
    public val rowCount: Int get() = vectorSchemaRoot.rowCount

    /** The rows, copied out of Arrow. */
    public fun rows(): List<Row> = RowReader(vectorSchemaRoot.schema).rows(vectorSchemaRoot, dictionaries)
}
