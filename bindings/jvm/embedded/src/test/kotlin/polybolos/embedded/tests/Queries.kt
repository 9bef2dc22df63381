package polybolos.embedded.tests

import io.polybolos.DataFrame
import io.polybolos.EmbeddedOptions
import io.polybolos.QueryResult
import io.polybolos.Session
import io.polybolos.Transport
import io.polybolos.embedded.NativeEngine
import io.polybolos.functions.count
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/** A session of the engine in this JVM, below the client. */
fun openTransport(options: EmbeddedOptions = EmbeddedOptions()): Transport = NativeEngine().open(options)

/** A query that takes hours. */
fun slow(session: Session): DataFrame {
    val numbers = session.range(900_000)
    return numbers.alias("a").crossJoin(numbers.alias("b")).agg(count() alias "n")
}

/** Reads all rows that are left; answers how many they were. */
fun drain(result: QueryResult): Long = generateSequence { if (result.loadNextBatch()) result.vectorSchemaRoot.rowCount.toLong() else null }.sum()

/** Waits, for half a minute at most. */
fun awaitUntil(condition: () -> Boolean) {
    val deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30)
    while (!condition()) {
        check(System.nanoTime() < deadline) { "30 seconds have passed" }
        Thread.onSpinWait()
    }
}

/** What each of so many threads answers. */
fun <T> onThreads(threads: Int, calls: Int, call: (Int) -> T): List<T> {
    val pool = Executors.newFixedThreadPool(threads)
    try {
        return pool.invokeAll(List(calls) { Callable { call(it) } }).map { it.get(60, TimeUnit.SECONDS) }
    } finally {
        pool.shutdownNow()
    }
}
