package polybolos.embedded.tests

import io.polybolos.embedded.NativeLibrary
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** A program in a JVM of its own: what it printed, and how it ended. */
class ChildJvm(val output: String, val exit: Int) {
    companion object {
        /** The folder with the native library, as on the class path. */
        val nativeResources: Path = Path.of(System.getProperty("polybolos.native.resources"))

        /** The native library. */
        val libraryFile: Path = Path.of(System.getProperty(NativeLibrary.PATH_PROPERTY))

        /** What makes a JVM load it from there. */
        val library: String = "-D${NativeLibrary.PATH_PROPERTY}=$libraryFile"

        private val ours = System.getProperty("java.class.path")

        /** Runs the main function of the file of this class, and waits for its end. [first] and [last] stand around our own class path. */
        fun run(main: Class<*>, arguments: List<String> = emptyList(), first: List<Path> = emptyList(), last: List<Path> = emptyList()): ChildJvm {
            val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
            val classPath = (first.map(Path::toString) + ours + last.map(Path::toString)).joinToString(File.pathSeparator)
            val process = ProcessBuilder(listOf(java) + arguments + listOf("-cp", classPath, main.name)).redirectErrorStream(true).start()
            val output = process.inputStream.bufferedReader().use { it.readText() }
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), output)
            return ChildJvm(output, process.exitValue())
        }
    }
}
