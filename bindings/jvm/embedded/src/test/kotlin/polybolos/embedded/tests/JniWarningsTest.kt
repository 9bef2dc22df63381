package polybolos.embedded.tests

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Order
import org.junit.jupiter.api.Test
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path

/**
 * What the JVM, which checks every use of JNI, had to say about the tests before this one. `junit-platform.properties` has the order,
 * `pom.xml` the flags.
 */
@Order(Int.MAX_VALUE)
class JniWarningsTest {
    @Test
    fun `the JVM has nothing to say about our use of JNI`() {
        assertTrue("-Xcheck:jni" in ManagementFactory.getRuntimeMXBean().inputArguments)
        val log = Path.of(System.getProperty("polybolos.jvm.log") + "${ProcessHandle.current().pid()}.log")
        val said = Files.readAllLines(log).dropWhile { "<tty>" !in it }
        assertTrue(said.isNotEmpty(), "$log holds nothing of the JVM")
        val warnings = said.filter { "WARNING" in it || "FATAL" in it || "native method" in it }
        assertEquals(emptyList<String>(), warnings, said.joinToString("\n"))
    }
}
