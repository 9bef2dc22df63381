// The speed of the client itself: bytes over the wire, the smallest query, a small heap. Each prints one JSON line per figure.
package io.polybolos.bench

import com.fasterxml.jackson.databind.ObjectMapper
import com.github.ajalt.clikt.core.CliktCommand
import com.github.ajalt.clikt.core.Context
import com.github.ajalt.clikt.parameters.options.default
import com.github.ajalt.clikt.parameters.options.option
import com.github.ajalt.clikt.parameters.options.required
import com.github.ajalt.clikt.parameters.types.int
import com.github.ajalt.clikt.parameters.types.long
import com.google.protobuf.Any
import io.polybolos.Arrow
import io.polybolos.DataFrame
import io.polybolos.Polybolos
import io.polybolos.Session
import io.polybolos.col
import io.polybolos.flight.v1.ExecutePlan
import org.apache.arrow.flight.FlightClient
import org.apache.arrow.flight.Location
import org.apache.arrow.flight.Ticket
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import java.net.URI

private fun say(what: String, value: String, goal: String, remark: String) =
    println(ObjectMapper().writeValueAsString(mapOf("what" to what, "value" to value, "goal" to goal, "remark" to remark)))

private fun seconds(run: () -> Unit): Double {
    val start = System.nanoTime()
    run()
    return (System.nanoTime() - start) / 1e9
}

/** Rows of fixed width to a JVM reader: through the client, through a bare Flight client, and from the engine in this JVM. */
internal class Wire : CliktCommand("wire") {
    private val url by option("--url", help = "a server over the data").required()
    private val data by option("--data", help = "the folder of TPC-H").required()
    private val rounds by option("--runs").int().default(5)

    override fun help(context: Context): String = "8 columns of fixed width of lineitem: GB/s to a reader, beside a bare Flight client."

    override fun run() {
        Polybolos.connect(url).use { remote ->
            Polybolos.embedded().use { here ->
                BareReader(url).use { bare ->
                    measure({ read(fixed(remote)) }, { bare.read(fixed(remote)) }, { read(fixed(here)) })
                }
            }
        }
    }

    private fun measure(client: () -> Long, bare: () -> Long, embedded: () -> Long) {
        val ways = listOf(client, bare, embedded)
        val bytes = ways.map { it() }.first()
        val times = List(rounds) { ways.map { way -> seconds { way() } } }
        val (ours, theirs, inside) = ways.indices.map { at -> Statistics(times.map { it[at] }).median }
        val rate = { time: Double -> "%.2f GB/s".format(bytes / time / 1e9) }
        say("fixed columns to a JVM reader / a bare Flight client", "%.2f".format(theirs / ours), ">= 0.8", "${rate(ours)}, bare ${rate(theirs)}")
        say("fixed columns embedded / over Flight", "%.1f".format(ours / inside), ">= 3", "${rate(inside)}, ${rate(ours)}")
    }

    private fun fixed(session: Session): DataFrame {
        val money = listOf("l_quantity", "l_extendedprice", "l_discount", "l_tax").map { col(it).cast("float64") alias it }
        return session.readParquet("$data/lineitem").select("l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", money).cache()
    }

    private fun read(frame: DataFrame): Long = frame.reader().use { result ->
        generateSequence { if (result.loadNextBatch()) bytesOf(result.vectorSchemaRoot) else null }.sum()
    }
}

private fun bytesOf(root: VectorSchemaRoot): Long = root.fieldVectors.sumOf { it.bufferSize.toLong() }

/** What Arrow's own Flight client does with the same plan, without this library. */
private class BareReader(url: String) : AutoCloseable {
    private val allocator = RootAllocator()
    private val client = URI(url).let { FlightClient.builder(allocator, Location.forGrpcInsecure(it.host, it.port)).build() }

    fun read(frame: DataFrame): Long {
        val ticket = Ticket(Any.pack(ExecutePlan.newBuilder().setPlan(frame.plan().message).build()).toByteArray())
        return client.getStream(ticket).use { stream ->
            generateSequence { if (stream.next()) bytesOf(stream.root) else null }.sum()
        }
    }

    override fun close() {
        client.close()
        allocator.close()
    }
}

/** The smallest query. */
internal class Latency : CliktCommand("latency") {
    private val url by option("--url", help = "a server").required()
    private val runs by option("--runs").int().default(3_000)

    override fun help(context: Context): String = "`select 1`: the median over Flight and in this JVM, after a warm-up."

    override fun run() {
        Polybolos.connect(url).use { say("select 1 over Flight, p50", "%.3f ms".format(median(it)), "<= 1.5 ms", "$runs runs") }
        Polybolos.embedded().use { say("select 1 embedded, p50", "%.3f ms".format(median(it)), "<= 0.3 ms", "$runs runs") }
    }

    private fun median(session: Session): Double {
        val frame = session.sql("select 1 as x")
        val once = { seconds { frame.collect() } * 1e3 }
        repeat(runs) { once() }
        return Statistics(List(runs) { once() }).median
    }
}

/** A result much larger than the heap, read as a stream. */
internal class Heap : CliktCommand("heap") {
    private val url by option("--url", help = "a server").required()
    private val rows by option("--rows").long().default(20_000_000)

    override fun help(context: Context): String = "Reads many rows as a stream; start the JVM with -Xmx512m."

    override fun run() {
        Arrow.open()
        val read = Polybolos.connect(url).use { session ->
            session.range(rows).withColumn("text", col("id").cast("string")).reader().use { result ->
                generateSequence { if (result.loadNextBatch()) result.vectorSchemaRoot.rowCount.toLong() else null }.sum()
            }
        }
        check(read == rows) { "$read rows came instead of $rows" }
        say("rows read as a stream", read.toString(), "$rows", "heap of at most ${Runtime.getRuntime().maxMemory() shr 20} MiB")
    }
}
