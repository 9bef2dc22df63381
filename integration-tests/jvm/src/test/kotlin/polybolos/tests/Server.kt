package polybolos.tests

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** A `polybolos serve` in a process of its own, over a folder; gone when this is closed. */
class Server(vararg arguments: String, environment: Map<String, String> = emptyMap()) : AutoCloseable {
    private val process: Process = ProcessBuilder(listOf(BINARY.toString(), "serve", "--listen", "127.0.0.1:0") + arguments)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .apply { environment().putAll(mapOf("RUST_LOG" to "error") + environment) }
        .start()

    /** Where it listens. */
    val url: String = process.inputReader().readLine()?.split(' ')?.firstOrNull { it.startsWith("grpc") }
        ?: error("the server did not start: exit ${process.waitFor()}")

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

        /** Runs the binary to its end. */
        fun run(vararg arguments: String) {
            val process = ProcessBuilder(listOf(BINARY.toString()) + arguments).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start()
            check(process.waitFor() == 0) { "${arguments.joinToString(" ")} failed with ${process.exitValue()}" }
        }

        private val BINARY: Path = ROOT.resolve("bin/polybolos").also { check(Files.exists(it)) { "$it is missing: 'make develop' builds it" } }
    }
}
