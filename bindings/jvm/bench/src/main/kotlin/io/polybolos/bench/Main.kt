// The command line of the benchmark client: `java -jar polybolos-bench.jar tpch --url grpc://localhost:50051 --data DIR`.
package io.polybolos.bench

import com.github.ajalt.clikt.core.CliktCommand
import com.github.ajalt.clikt.core.Context
import com.github.ajalt.clikt.core.ProgramResult
import com.github.ajalt.clikt.core.UsageError
import com.github.ajalt.clikt.core.main
import com.github.ajalt.clikt.core.subcommands
import com.github.ajalt.clikt.parameters.options.default
import com.github.ajalt.clikt.parameters.options.flag
import com.github.ajalt.clikt.parameters.options.multiple
import com.github.ajalt.clikt.parameters.options.option
import com.github.ajalt.clikt.parameters.options.required
import com.github.ajalt.clikt.parameters.options.split
import com.github.ajalt.clikt.parameters.types.int
import com.github.ajalt.clikt.parameters.types.path
import com.github.ajalt.clikt.parameters.types.restrictTo
import io.polybolos.DataFrame
import io.polybolos.PolybolosException
import io.polybolos.Session

public fun main(args: Array<String>): Unit = Bench().subcommands(Tpch(), Taxi(), Wire(), Latency(), Heap()).main(args)

private class Bench : CliktCommand(name = "polybolos-bench") {
    override fun help(context: Context): String = "Runs DataFrames on servers that speak the contract, and compares them."

    override fun run(): Unit = Unit
}

/** What the commands that run a suite of queries have in common. */
private abstract class Suite(name: String) : CliktCommand(name) {
    private val urls by option("--url", help = "a server: grpc://host:port; twice to compare two").multiple()
    private val embedded by option("--embedded", help = "the engine in this JVM, alone or beside one --url").flag()
    protected val data: String by option("--data", help = "the folder of the data, as each end sees it").required()
    private val warmup by option("--warmup", help = "runs that do not count").int().restrictTo(min = 0).default(1)
    private val runs by option("--runs", help = "runs that count").int().restrictTo(min = 1).default(3)
    private val clients by option("--clients", help = "clients that run the queries at once").int().restrictTo(min = 1).default(1)
    private val only by option("--queries", help = "these queries alone: 1,6").split(",")
    private val answers by option("--answers", help = "a folder of right answers: an Arrow IPC stream NAME.arrow for each query").path(mustExist = true)
    private val json by option("--json", help = "writes the figures into this file").path()

    abstract fun queries(session: Session): Map<String, DataFrame>

    override fun run() {
        val ends = urls.map(::Remote) + if (embedded) listOf(Here) else emptyList()
        if (ends.isEmpty() || ends.size > 2) throw UsageError("one or two ends are measured: --url once or twice, or --embedded")
        val plan = Measurement(ends, ::queries, warmup, runs, clients, only, answers)
        val report = try {
            plan.run()
        } catch (error: PolybolosException) {
            echo(error.message, err = true)
            throw ProgramResult(1)
        }
        Reports.print(report)
        json?.let { Reports.write(report, it) }
        if (report.wrong.isNotEmpty()) {
            report.wrong.forEach { echo("wrong: $it", err = true) }
            throw ProgramResult(1)
        }
    }
}

private class Tpch : Suite("tpch") {
    override fun help(context: Context): String = "The 22 queries of TPC-H over Parquet files, as 'polybolos demo tpch' makes them."

    override fun queries(session: Session): Map<String, DataFrame> = TpchQueries.all(session, data)
}

private class Taxi : Suite("taxi") {
    override fun help(context: Context): String = "Who tips, by the number of passengers, over the files of 'polybolos demo taxi'."

    override fun queries(session: Session): Map<String, DataFrame> = mapOf("taxi" to TaxiJob.tips(session.readParquet("$data/*.parquet")))
}
