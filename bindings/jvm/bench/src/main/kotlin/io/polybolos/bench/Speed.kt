// The speed of the client itself: bytes from a table in memory, the smallest query, a small heap.
package io.polybolos.bench

import com.fasterxml.jackson.databind.ObjectMapper
import com.github.ajalt.clikt.core.CliktCommand
import com.github.ajalt.clikt.core.Context
import com.github.ajalt.clikt.parameters.options.default
import com.github.ajalt.clikt.parameters.options.option
import com.github.ajalt.clikt.parameters.options.required
import com.github.ajalt.clikt.parameters.types.int
import com.github.ajalt.clikt.parameters.types.long
import com.github.ajalt.clikt.parameters.types.restrictTo
import io.polybolos.DataFrame
import io.polybolos.Polybolos
import io.polybolos.Session
import io.polybolos.col

/** A command that prints one JSON line for each figure: what, value, goal, remark. */
internal abstract class Speed(name: String) : CliktCommand(name) {
    protected val url by option("--url", metavar = "URL", help = "A server: grpc://HOST:PORT").required()

    protected fun say(what: String, value: String, goal: String, remark: String) =
        echo(ObjectMapper().writeValueAsString(linkedMapOf("what" to what, "value" to value, "goal" to goal, "remark" to remark)))

    protected fun seconds(run: () -> Unit): Double {
        val start = System.nanoTime()
        run()
        return (System.nanoTime() - start) / 1e9
    }
}

/** Rows of fixed width to a JVM reader: through the client, through a bare Flight client, and from the engine in this JVM. */
internal class Wire : Speed("wire") {
    private val data by option("--data", metavar = "DIR", help = "The folder of TPC-H, as the server and this JVM see it").required()
    private val rounds by option("--runs", metavar = "N", help = "Runs that count [default: 9]").int().restrictTo(min = 1).default(9)

    override fun help(context: Context): String =
        "Lineitem's 8 columns of fixed width from memory: GB/s to a reader, beside Arrow's own Flight client and the engine in this JVM."

    override fun run() {
        val create = "create table fixed as $FIXED from '$data/lineitem/*.parquet'"
        Polybolos.connect(url).use { remote ->
            Polybolos.embedded().use { here ->
                BareReader(url).use { bare ->
                    listOf(remote, here).forEach { it.execute(create) }
                    bare.execute(create)
                    val (there, inside) = remote.table("fixed") to here.table("fixed")
                    report(listOf({ read(there) }, { bare.read(there) }, { read(inside) }))
                }
            }
        }
    }

    private fun report(ways: List<() -> Long>) {
        val bytes = ways.map { it() }
        if (bytes.toSet().size > 1) throw Failed("client, bare client and engine in this JVM read different bytes: ${bytes.joinToString()}")
        val times = List(rounds) { ways.map { way -> seconds { way() } } }
        val (ours, theirs, inside) = ways.indices.map { at -> Statistics(times.map { it[at] }).median }
        fun rate(time: Double) = "${(bytes.first() / time / 1e9).text(2)} GB/s"
        say("8 fixed columns to the JVM, over Flight / a bare Flight client", (theirs / ours).text(2), ">= 0.8", "${rate(ours)}, bare ${rate(theirs)}")
        say("8 fixed columns to the JVM, embedded / over Flight", (ours / inside).text(1), ">= 3", "${rate(inside)}, ${rate(ours)}")
    }

    private fun read(frame: DataFrame): Long = frame.reader().use { result ->
        generateSequence { if (result.loadNextBatch()) bytesOf(result.vectorSchemaRoot) else null }.sum()
    }

    private companion object {
        const val FIXED = "select l_orderkey, l_partkey, l_suppkey, l_linenumber, cast(l_quantity as double) as l_quantity, " +
            "cast(l_extendedprice as double) as l_extendedprice, cast(l_discount as double) as l_discount, cast(l_tax as double) as l_tax"
    }
}

/** The smallest query. */
internal class Latency : Speed("latency") {
    private val runs by option("--runs", metavar = "N", help = "Runs that count, after as many that do not [default: 3000]").int().restrictTo(min = 1).default(3_000)

    override fun help(context: Context): String = "'select 1': the median over Flight and from the engine in this JVM, after a warm-up."

    override fun run() {
        Polybolos.connect(url).use { measure(it, "over Flight", "<= 1.5 ms") }
        Polybolos.embedded().use { measure(it, "embedded", "<= 0.3 ms") }
    }

    private fun measure(session: Session, name: String, goal: String) {
        val frame = session.sql("select 1 as x")
        val once = { seconds { frame.collect() } * 1e3 }
        repeat(runs) { once() }
        val times = List(runs) { once() }.sorted()
        say("select 1 from the JVM, $name", "${Statistics(times).median.text(3)} ms p50", goal, "${times[(times.size - 1) * 99 / 100].text(3)} ms p99")
    }
}

/** A result much larger than the heap, read as a stream. */
internal class Heap : Speed("heap") {
    private val rows by option("--rows", metavar = "N", help = "Rows to read [default: 20000000]").long().restrictTo(min = 1).default(20_000_000)

    override fun help(context: Context): String =
        "Reads many rows as a stream, over Flight and from the engine in this JVM; start the JVM with a small heap: -Xmx512m."

    override fun run() {
        Polybolos.connect(url).use { measure(it, "over Flight") }
        Polybolos.embedded().use { measure(it, "embedded") }
    }

    private fun measure(session: Session, name: String) {
        val frame = session.range(rows).withColumn("text", col("id").cast("string"))
        var (read, bytes) = 0L to 0L
        frame.reader().use { result ->
            while (result.loadNextBatch()) {
                read += result.vectorSchemaRoot.rowCount
                bytes += bytesOf(result.vectorSchemaRoot)
            }
        }
        if (read != rows) throw Failed("$name, $read rows came instead of $rows")
        val heap = Runtime.getRuntime().maxMemory() shr 20
        say("rows read as a stream with a heap of $heap MiB, $name", read.toString(), "$rows", "${bytes shr 20} MiB of values")
    }
}
