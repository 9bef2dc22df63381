// Waiting for what happens on threads and servers of their own.
package polybolos.tests

import io.polybolos.Session
import io.polybolos.flight.v1.QueryInfo
import io.polybolos.flight.v1.QueryState
import java.util.concurrent.TimeUnit

private const val PATIENCE_SECONDS = 30L
private const val LOOK_AGAIN_MILLIS = 5L

/** Looks again and again, for half a minute at most. */
fun awaitUntil(what: String, condition: () -> Boolean) {
    val deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)
    while (!condition()) {
        check(System.nanoTime() < deadline) { "$what: not within $PATIENCE_SECONDS seconds" }
        Thread.sleep(LOOK_AGAIN_MILLIS)
    }
}

/** The queries that carry this tag, those that have ended too. */
fun Session.tagged(tag: String): List<QueryInfo> = queries(allStates = true).filter { tag in it.tagsList }

/** Waits until the query with this tag runs. */
fun Session.awaitRunning(tag: String) = awaitUntil("$tag runs") { tagged(tag).any { it.state == QueryState.QUERY_STATE_RUNNING } }

/** Waits until the queries with this tag have ended, all of them cancelled. */
fun Session.awaitCancelled(tag: String) = awaitUntil("$tag is cancelled") {
    tagged(tag).let { queries -> queries.isNotEmpty() && queries.all { it.state == QueryState.QUERY_STATE_CANCELLED } }
}
