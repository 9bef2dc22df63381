// The commands that run a suite of queries: TPC-H and the taxi job.
package io.polybolos.bench

import com.github.ajalt.clikt.core.CliktCommand
import com.github.ajalt.clikt.core.Context
import com.github.ajalt.clikt.core.UsageError
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
import io.polybolos.Session
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path

/** What the commands have in common. */
internal abstract class Suite(private val suite: String) : CliktCommand(suite) {
    private val urls by option("--url", metavar = "URL", help = "A server: grpc://HOST:PORT or grpc+tls://HOST:PORT; twice to compare two").multiple()
    private val embedded by option("--embedded", help = "The engine in this JVM, alone or beside one --url").flag()
    private val token by option("--token", help = "Token for the servers; better given by POLYBOLOS_TOKEN")
    private val authority by option("--tls-ca", metavar = "FILE", help = "Certificate authority of the servers (PEM)").path(mustExist = true, canBeDir = false)
    private val data by option("--data", metavar = "DIR", help = "The folder of the data, as the servers and this JVM see it").required()
    private val warmup by option("--warmup", metavar = "N", help = "Runs that do not count [default: 1]").int().restrictTo(min = 0).default(1)
    private val runs by option("--runs", metavar = "N", help = "Runs that count, of each client [default: 3]").int().restrictTo(min = 1).default(3)
    private val clients by option("--clients", metavar = "N", help = "Clients that run each query at once [default: 1]").int().restrictTo(min = 1).default(1)
    private val answers by option("--answers", metavar = "DIR", help = "Right answers: QUERY.csv with a header, for each query").path()
    private val json by option("--json", metavar = "FILE", help = "Writes the figures into this file, too").path(canBeDir = false)

    /** The names of the queries to run. */
    abstract fun names(): List<String>

    /** The queries by name, over the data. */
    abstract fun frames(session: Session, data: String): Map<String, DataFrame>

    override fun run() {
        val ends = ends()
        val right = answers?.let { folder -> names().associateWith { rightAnswer(folder, it) } } ?: emptyMap()
        json?.let(::checkFolder)
        val report = Measurement(ends, Rounds(warmup, runs, clients), right) { frames(it, data) }.run(suite, names())
        Reports.print(report)
        json?.let { write(report, it) }
        if (report.wrong.isNotEmpty()) throw Failed(report.wrong.joinToString("\nerror: "))
    }

    private fun ends(): List<End> {
        val access = Access(token, authority)
        val ends = urls.map { Remote(it, access) } + if (embedded) listOf(Here) else emptyList()
        if (ends.isEmpty() || ends.size > 2) throw wrong("one end is measured, or two are compared: --url once or twice, or --embedded")
        return ends
    }

    private fun rightAnswer(folder: Path, query: String): Answer {
        val file = folder.resolve("$query.csv")
        if (!Files.isRegularFile(file)) throw wrong("--answers $folder: there is no file $query.csv")
        return RightAnswers.read(file)
    }

    /** Told before hours of measuring. */
    private fun checkFolder(file: Path) {
        val folder = file.toAbsolutePath().parent
        if (!Files.isDirectory(folder)) throw wrong("--json $file: there is no folder $folder")
    }

    /** Wrong usage of this command. */
    protected fun wrong(sentence: String): UsageError = UsageError(sentence).apply { context = currentContext }

    private fun write(report: Report, file: Path) = try {
        Reports.write(report, file)
    } catch (error: IOException) {
        throw Failed("$file cannot be written: $error")
    }
}

/** TPC-H. */
internal class Tpch : Suite("tpch") {
    private val queries by option("--queries", metavar = "LIST", help = "These queries alone: 1,6,q21").split(",")

    override fun help(context: Context): String = "The 22 queries of TPC-H over the Parquet files that 'polybolos demo tpch' makes."

    override fun names(): List<String> = queries?.map(::named)?.distinct() ?: TpchQueries.NAMES

    private fun named(query: String): String {
        val number = query.trim().removePrefix("q").toIntOrNull()
        return TpchQueries.NAMES.getOrNull((number ?: 0) - 1) ?: throw wrong("--queries: there is no query \"${query.trim()}\"; there are 1 to 22")
    }

    override fun frames(session: Session, data: String): Map<String, DataFrame> = TpchQueries.all(session, data)
}

/** The taxi job. */
internal class Taxi : Suite("taxi") {
    override fun help(context: Context): String = "Who tips, by the number of passengers, over the Parquet files that 'polybolos demo taxi' makes."

    override fun names(): List<String> = listOf("taxi")

    override fun frames(session: Session, data: String): Map<String, DataFrame> = mapOf("taxi" to TaxiJob.tips(session.readParquet("$data/*.parquet")))
}
