// The command line of the benchmark client: `java -jar polybolos-bench.jar tpch --url grpc://localhost:50051 --data DIR`.
//
// Exit codes are those of the `polybolos` binary: 0 done, 1 something failed or an answer was wrong, 2 wrong usage.
package io.polybolos.bench

import com.github.ajalt.clikt.core.CliktCommand
import com.github.ajalt.clikt.core.CliktError
import com.github.ajalt.clikt.core.Context
import com.github.ajalt.clikt.core.PrintHelpMessage
import com.github.ajalt.clikt.core.UsageError
import com.github.ajalt.clikt.core.parse
import com.github.ajalt.clikt.core.subcommands
import io.polybolos.InvalidArgumentException
import io.polybolos.PolybolosException
import kotlin.system.exitProcess

private const val FAILED = 1
private const val WRONG_USAGE = 2

/** Runs a command line and ends the JVM where it went wrong. */
public fun main(args: Array<String>) {
    val code = run(Bench().subcommands(Tpch(), Taxi(), Wire(), Latency(), Heap()), args)
    if (code != 0) exitProcess(code)
}

private fun run(bench: Bench, args: Array<String>): Int = try {
    bench.parse(args)
    0
} catch (help: PrintHelpMessage) {
    // Help that was not asked for is a complaint.
    bench.echo(bench.getFormattedHelp(help), err = help.error)
    if (help.error) WRONG_USAGE else 0
} catch (error: CliktError) {
    bench.echoFormattedHelp(error)
    if (error is UsageError) WRONG_USAGE else error.statusCode
} catch (error: PolybolosException) {
    System.err.println("error: ${error.sentence} [${error.code}]")
    // An address, say, that is none.
    if (error is InvalidArgumentException) WRONG_USAGE else FAILED
}

/** A command that could not be done, in one line. */
internal class Failed(sentence: String) : CliktError("error: $sentence", statusCode = FAILED)

private class Bench : CliktCommand(name = "polybolos-bench") {
    override fun help(context: Context): String = "Runs DataFrames on servers that speak the contract, checks their answers, and compares two of them."

    override fun helpEpilog(context: Context): String =
        "Exit codes: 0 done, 1 something failed or an answer was wrong, 2 wrong usage. 'polybolos-bench tpch --help' tells the options of a command."

    override fun run(): Unit = Unit
}
