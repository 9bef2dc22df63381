package polybolos.tests

import org.junit.jupiter.api.Assertions.assertTrue
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.readLines

/** A program in a JVM of its own, with our class path: what it printed, what it complained of, and how it ended. */
class ChildJvm private constructor(val printed: String, val said: String, val exit: Int) {
    override fun toString(): String = "exit $exit\n$printed\n$said"

    companion object {
        private val CLASS_PATH: String = System.getProperty("java.class.path")

        /** Saves each child the check that what it loads is what is on the class path. */
        private val LIBRARY: String by lazy {
            val resources = checkNotNull(ChildJvm::class.java.classLoader.getResource("native")) { "the native library is missing: 'make jvm' builds it" }
            val file = Files.walk(Path.of(resources.toURI())).use { files -> files.filter { Files.isRegularFile(it) }.toList() }.single()
            "-Dpolybolos.native.path=$file"
        }

        /** Runs the main function of a class to its end. */
        fun run(main: String, arguments: List<String>, flags: List<String> = emptyList()): ChildJvm {
            val errors = Files.createTempFile("child", ".txt")
            try {
                val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
                val command = listOf(java, LIBRARY) + flags + listOf("-cp", CLASS_PATH, main) + arguments
                val process = ProcessBuilder(command).redirectError(errors.toFile()).start()
                val printed = process.inputReader().use { it.readText() }
                assertTrue(process.waitFor(60, TimeUnit.SECONDS), printed)
                return ChildJvm(printed, errors.readLines().filterNot(::isOfTheJvm).joinToString("\n").trim(), process.exitValue())
            } finally {
                Files.delete(errors)
            }
        }

        /** From 24 on, the JVM says which libraries use what later versions will not have. */
        private fun isOfTheJvm(line: String) = line.startsWith("WARNING: ")
    }
}
