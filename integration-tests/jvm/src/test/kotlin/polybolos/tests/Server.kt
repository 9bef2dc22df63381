package polybolos.tests

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** A `polybolos serve` in a process of its own, over a folder, on a free port unless said; gone when this is closed. */
class Server(vararg arguments: String, environment: Map<String, String> = emptyMap(), port: Int = 0) : AutoCloseable {
    private val process: Process = ProcessBuilder(listOf(BINARY.toString(), "serve", "--listen", "127.0.0.1:$port") + arguments)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .apply { environment().putAll(mapOf("RUST_LOG" to "error") + environment) }
        .start()

    /** Where it listens. */
    val url: String = process.inputReader().readLine()?.split(' ')?.firstOrNull { it.startsWith("grpc") }
        ?: error("the server did not start: exit ${process.waitFor()}")

    /** The port of [url]. */
    val port: Int get() = url.substringAfterLast(':').toInt()

    override fun close() {
        process.destroy()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    /** Ends without a word to anybody. */
    fun kill() {
        process.destroyForcibly().waitFor()
    }

    companion object {
        val ROOT: Path = Path.of(System.getProperty("polybolos.root"))

        /** Runs the binary to its end; answers what it printed. */
        fun run(vararg arguments: String): String {
            val process = ProcessBuilder(listOf(BINARY.toString()) + arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            val printed = process.inputReader().use { it.readText() }
            check(process.waitFor() == 0) { "${arguments.joinToString(" ")} failed with ${process.exitValue()}" }
            return printed
        }

        /** A new token for somebody, and its line in a file of tokens. */
        fun token(name: String): Pair<String, String> {
            val process = ProcessBuilder(BINARY.toString(), "token", "--name", name).redirectErrorStream(true).start()
            val said = process.inputReader().use { it.readLines() }
            val line = said.single { it.startsWith("$name:") }
            return said.single { it.startsWith("pbt_") } to line
        }

        private val BINARY: Path = ROOT.resolve("bin/polybolos").also { check(Files.exists(it)) { "$it is missing: 'make develop' builds it" } }
    }
}
