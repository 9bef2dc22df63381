package io.polybolos.bench

import io.polybolos.DataFrame
import io.polybolos.Polybolos
import io.polybolos.Session
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowStreamReader
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors

/** An end to measure. */
internal sealed interface End {
    val name: String

    fun connect(): Session
}

/** A server. */
internal class Remote(override val name: String) : End {
    override fun connect(): Session = Polybolos.connect(name)
}

/** The engine in this JVM. */
internal object Here : End {
    override val name: String get() = "embedded"

    override fun connect(): Session = Polybolos.embedded()
}

/** One run of one query: nanoseconds to the first batch and to the end, and what came. */
internal class Run(val firstBatchNanos: Long, val nanos: Long, val bytes: Long, val answer: Answer)

/** The figures of one query on one end. */
internal class Figures(val query: String, val end: String, val runs: List<Run>) {
    val rows: Int get() = runs.first().answer.rows
    val bytes: Long get() = runs.first().bytes
    val millis: Statistics = Statistics(runs.map { it.nanos / 1e6 })
    val firstBatchMillis: Statistics = Statistics(runs.map { it.firstBatchNanos / 1e6 })
}

/** All figures, and what was wrong with answers. */
internal class Report(val ends: List<String>, val clients: Int, val figures: List<Figures>, val wrong: List<String>)

/**
 * Runs queries on one or two ends in turn, A B A B, so that a machine whose speed drifts slows both; several clients run all of it at
 * once, each in sessions of its own. Every answer is checked: against the right one where there is a folder of those, and all of them
 * among themselves.
 */
internal class Measurement(
    private val ends: List<End>,
    private val queries: (Session) -> Map<String, DataFrame>,
    private val warmup: Int,
    private val runs: Int,
    private val clients: Int,
    private val only: List<String>?,
    private val answers: Path?,
) {
    fun run(): Report {
        val workers = Executors.newFixedThreadPool(clients)
        val figures = try {
            workers.invokeAll(List(clients) { Callable(::client) }).map { it.get() }
        } catch (error: ExecutionException) {
            throw error.cause ?: error
        } finally {
            workers.shutdownNow()
        }
        val merged = figures.flatten().groupBy { it.query to it.end }.map { (of, parts) -> Figures(of.first, of.second, parts.flatMap(Figures::runs)) }
        return Report(ends.map(End::name), clients, merged, wrong(merged))
    }

    private fun client(): List<Figures> {
        val sessions = ends.map(End::connect)
        try {
            val frames = sessions.map { chosen(queries(it)) }
            return frames.first().keys.flatMap { query -> measured(query, frames.map { it.getValue(query) }) }
        } finally {
            sessions.forEach(Session::close)
        }
    }

    private fun chosen(all: Map<String, DataFrame>): Map<String, DataFrame> {
        val names = only?.map { it.trim().removePrefix("q").trimStart('0') } ?: return all
        val byNumber = all.entries.associateBy { it.key.removePrefix("q").trimStart('0') }
        return names.associate { name ->
            val (query, frame) = byNumber[name] ?: throw IllegalArgumentException("there is no query $name; there are ${all.keys.joinToString()}")
            query to frame
        }
    }

    private fun measured(query: String, frames: List<DataFrame>): List<Figures> {
        repeat(warmup) { frames.forEach(::once) }
        val rounds = List(runs) { frames.map(::once) }
        return ends.indices.map { at -> Figures(query, ends[at].name, rounds.map { it[at] }) }
    }

    private fun once(frame: DataFrame): Run {
        val start = System.nanoTime()
        val answer = Answer.Builder()
        var (first, bytes) = 0L to 0L
        frame.reader().use { result ->
            while (result.loadNextBatch()) {
                if (first == 0L) first = System.nanoTime() - start
                bytes += result.vectorSchemaRoot.fieldVectors.sumOf { it.bufferSize.toLong() }
                answer.add(result.vectorSchemaRoot)
            }
        }
        val nanos = System.nanoTime() - start
        return Run(if (first == 0L) nanos else first, nanos, bytes, answer.build())
    }

    private fun wrong(figures: List<Figures>): List<String> = figures.groupBy(Figures::query).flatMap { (query, parts) ->
        val right = answers?.let { rightAnswer(it, query) } ?: parts.first().runs.first().answer
        parts.flatMap { part -> part.runs.mapNotNull { run -> run.answer.difference(right)?.let { "$query on ${part.end}: $it" } } }.distinct()
    }

    private fun rightAnswer(folder: Path, query: String): Answer {
        val file = folder.resolve("$query.arrow")
        RootAllocator().use { allocator ->
            ArrowStreamReader(Files.newInputStream(file), allocator).use { reader ->
                val answer = Answer.Builder()
                while (reader.loadNextBatch()) answer.add(reader.vectorSchemaRoot)
                return answer.build()
            }
        }
    }
}
