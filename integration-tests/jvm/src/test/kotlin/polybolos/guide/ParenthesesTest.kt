package polybolos.guide

import org.jetbrains.kotlin.cli.common.ExitCode
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Path
import kotlin.io.path.writeText

/**
 * What must not compile is given to the compiler. Infix methods bind alike, from the left: `a gt 1 and b eq 2` would be
 * `((a gt 1) and b) eq 2`, a condition that nobody meant.
 */
class ParenthesesTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `conditions in parentheses compile`() {
        assertEquals(emptyList<String>(), errors("(a gt 1) and (b eq 2)"))
        assertEquals(emptyList<String>(), errors("(a gt 1) or !(b eq 2)"))
        assertEquals(emptyList<String>(), errors("a.asPredicate() and (b + 1 lt 2)"))
    }

    @Test
    fun `conditions without parentheses do not`() {
        for (operator in listOf("and", "or", "xor")) {
            assertEquals(listOf("argument type mismatch: actual type is 'Expr', but 'Predicate' was expected."), errors("a gt 1 $operator b eq 2"))
        }
        assertEquals(listOf("argument type mismatch: actual type is 'Expr', but 'Predicate' was expected."), errors("(a gt 1) and b eq 2"))
    }

    @Test
    fun `a column is no condition`() {
        val told = errors("a and b")
        assertTrue(told.any { "unresolved reference" in it && "and" in it }, told.toString())
    }

    /** What the compiler says against a program with this condition. */
    private fun errors(condition: String): List<String> {
        val source = folder.resolve("Condition.kt").apply { writeText(program(condition)) }
        val classPath = System.getProperty("java.class.path")
        val said = ByteArrayOutputStream()
        val options = arrayOf("-no-stdlib", "-no-reflect", "-nowarn", "-classpath", classPath, "-d", "$folder/classes", "$source")
        val exit = PrintStream(said).use { K2JVMCompiler().exec(it, *options) }
        val errors = said.toString().lines().filter { ": error: " in it }.map { it.substringAfter(": error: ") }
        assertEquals(if (errors.isEmpty()) ExitCode.OK else ExitCode.COMPILATION_ERROR, exit, said.toString())
        return errors
    }

    private fun program(condition: String) = """
        import io.polybolos.*

        fun filtered(frame: DataFrame, a: Expr, b: Expr): DataFrame = frame.filter($condition)
    """
}
