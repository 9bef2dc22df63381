package polybolos.guide

import io.polybolos.Polybolos
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import polybolos.tests.Server
import java.nio.file.Path
import kotlin.io.path.readLines
import kotlin.io.path.readText
import kotlin.io.path.walk

/** What docs/jvm.md and the README show of the JVM's languages is what the tests beside this one run, line for line. */
class GuideTest {
    private val guide: Path = Server.ROOT.resolve("docs/jvm.md")
    private val sources: Path = Server.ROOT.resolve("integration-tests/jvm/src/test")

    @TestFactory
    fun `each block of code is the source of a test`(): List<DynamicTest> {
        val blocks = blocks(guide) + blocks(Server.ROOT.resolve("README.md"))
        assertEquals(setOf("kotlin", "java", "scala"), blocks.map { it.language }.toSet())
        return blocks.map { block ->
            dynamicTest("${block.page}: ${block.lines.first()}") {
                val files = files(block.language)
                assertTrue(files.any { block.standsIn(it.readLines()) }, "no file of $files has these lines:\n${block.lines.joinToString("\n")}")
            }
        }
    }

    private fun files(language: String): List<Path> {
        val ending = mapOf("kotlin" to ".kt", "java" to ".java", "scala" to ".scala").getValue(language)
        return sources.resolve(language).walk().filter { it.toString().endsWith(ending) && "guide" in it.parent.fileName.toString() }.toList()
    }

    private fun blocks(page: Path): List<Block> = Regex("^```(kotlin|java|scala)\n(.*?)\n```$", setOf(RegexOption.MULTILINE, RegexOption.DOT_MATCHES_ALL))
        .findAll(page.readText()).map { Block(page.fileName.toString(), it.groupValues[1], it.groupValues[2].lines()) }.toList()

    private class Block(val page: String, val language: String, val lines: List<String>) {
        /** Whether the lines follow each other in the source, all moved to the right alike. */
        fun standsIn(source: List<String>): Boolean = source.indices.any { first ->
            val indent = source[first].takeWhile { it == ' ' }
            lines.indices.all { at -> source.getOrNull(first + at) == if (lines[at].isEmpty()) "" else indent + lines[at] }
        }
    }

    @Test
    fun `the coordinates are those of this version`() {
        val versions = Regex("<version>(.*?)</version>").findAll(guide.readText()).map { it.groupValues[1] }.toSet()
        assertEquals(setOf(Polybolos.VERSION), versions)
    }

    @Test
    fun `the table of exceptions is the one of the codes`() {
        val codes = Server.ROOT.resolve("docs/errors.md").readLines().filter { it.startsWith("| `") }.map { line -> line.split('|').map(String::trim) }
        val told = codes.groupBy({ "${it[2]}Exception" }, { it[1] }).mapValues { it.value.joinToString() }
        val shown = guide.readLines().filter { Regex("\\| `\\w+Exception` \\|.*").matches(it) }.map { line -> line.split('|').map(String::trim) }
        assertEquals(told, shown.associate { it[1].trim('`') to it[2] })
    }
}
