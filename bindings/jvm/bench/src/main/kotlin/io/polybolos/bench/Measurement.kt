package io.polybolos.bench

import io.polybolos.DataFrame
import io.polybolos.PolybolosException
import io.polybolos.Session
import org.apache.arrow.vector.FieldVector
import org.apache.arrow.vector.VectorSchemaRoot
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors

/** How often: runs that do not count, runs that do, and how many clients make each at once. */
internal class Rounds(val warmup: Int, val runs: Int, val clients: Int)

/** One run of one query: nanoseconds to the first batch and to the end, and what came. */
internal class Run(val firstBatchNanos: Long, val nanos: Long, val bytes: Long, val rows: Long, val answer: Answer)

/** The figures of one query on one end. */
internal class Figures(val query: String, val end: String, runs: List<Run>) {
    val runs: Int = runs.size
    val rows: Long = runs.first().rows
    val bytes: Long = runs.first().bytes
    val millis: Statistics = Statistics(runs.map { it.nanos / 1e6 })
    val firstBatchMillis: Statistics = Statistics(runs.map { it.firstBatchNanos / 1e6 })
}

/** All figures, and what was wrong with answers. */
internal class Report(val suite: String, val ends: List<String>, val rounds: Rounds, val figures: List<Figures>, val wrong: List<String>)

/**
 * Runs queries on one or two ends in turn, A B A B, so that a machine whose speed drifts slows both.
 *
 * A run is made by all clients at once, each in a session of its own, and ends with the slowest of them: so only one end has work at a
 * time. Every answer is checked, that of a warm-up too: against the right one where it is known, else against the first that came.
 * Rows become values only when the clock has stopped.
 */
internal class Measurement(
    private val ends: List<End>,
    private val rounds: Rounds,
    private val right: Map<String, Answer>,
    private val frames: (Session) -> Map<String, DataFrame>,
) {
    private val workers = Executors.newFixedThreadPool(rounds.clients)
    private val wrong = LinkedHashSet<String>()

    fun run(suite: String, queries: List<String>): Report {
        val sessions = ArrayList<Session>()
        try {
            val contenders = ends.map { end -> Contender(end, List(rounds.clients) { frames(end.connect().also(sessions::add)) }) }
            val figures = queries.flatMap { measured(it, contenders) }
            return Report(suite, ends.map(End::name), rounds, figures, wrong.toList())
        } finally {
            workers.shutdownNow()
            sessions.forEach(Session::close)
        }
    }

    private fun measured(query: String, contenders: List<Contender>): List<Figures> {
        val check = Check(query)
        val all = List(rounds.warmup + rounds.runs) { contenders.map { contender -> contender.once(query).also { check.all(contender, it) } } }
        val counted = all.drop(rounds.warmup)
        return contenders.mapIndexed { at, contender -> Figures(query, contender.name, counted.flatMap { it[at] }) }
    }

    /** One end, with the frames of each client. */
    private inner class Contender(end: End, private val clients: List<Map<String, DataFrame>>) {
        val name: String = end.name

        fun once(query: String): List<Run> {
            val runs = clients.map { frames -> Callable { timed(frames.getValue(query)) } }
            return try {
                workers.invokeAll(runs).map { it.get() }
            } catch (error: ExecutionException) {
                val cause = error.cause as? PolybolosException ?: throw error
                throw Failed("$query on $name: ${cause.sentence} [${cause.code}]")
            }
        }
    }

    /** Compares the answers of one query. */
    private inner class Check(private val query: String) {
        private var promised: Answer? = right[query]

        fun all(contender: Contender, runs: List<Run>) = runs.forEach { run ->
            val right = promised ?: run.answer.also { promised = it }
            run.answer.difference(right)?.let { wrong.add("$query on ${contender.name}: $it") }
        }
    }
}

/** Reads the rows of a frame to their end. */
private fun timed(frame: DataFrame): Run {
    val batches = ArrayList<VectorSchemaRoot>()
    try {
        val start = System.nanoTime()
        var firstBatch: Long? = null
        val (columns, end) = frame.reader().use { result ->
            while (result.loadNextBatch()) {
                firstBatch = firstBatch ?: System.nanoTime()
                batches.add(taken(result.vectorSchemaRoot))
            }
            result.vectorSchemaRoot.schema.fields.map { it.name } to System.nanoTime()
        }
        val rows = batches.sumOf { it.rowCount.toLong() }
        return Run((firstBatch ?: end) - start, end - start, batches.sumOf(::bytesOf), rows, Answer.of(columns, batches))
    } finally {
        batches.forEach(VectorSchemaRoot::close)
    }
}

/** The rows of the root, which it no longer has. */
private fun taken(root: VectorSchemaRoot): VectorSchemaRoot {
    val vectors = root.fieldVectors.map { vector -> vector.getTransferPair(vector.allocator).apply { transfer() }.to as FieldVector }
    return VectorSchemaRoot(root.schema, vectors, root.rowCount)
}

/** Bytes of the values of a batch. */
internal fun bytesOf(batch: VectorSchemaRoot): Long = batch.fieldVectors.sumOf { it.bufferSize.toLong() }
