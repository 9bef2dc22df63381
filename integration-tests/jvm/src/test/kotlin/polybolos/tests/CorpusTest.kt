package polybolos.tests

import io.polybolos.EmbeddedOptions
import io.polybolos.Plan
import io.polybolos.PolybolosException
import io.polybolos.Session
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.MethodSource
import java.nio.file.Files
import java.nio.file.Path

/** Every case of the corpus holds in the JVM client, on a server and in this JVM. */
class CorpusTest {
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    fun `a case holds`(case: Case, door: Door) {
        val folder = Files.createDirectories(scratch.resolve("$door").resolve(case.name.replace('/', '-'))).toString()
        doors.open(door).use { session ->
            val promised = case.error ?: return holds(case, run(case, session, folder))
            val error = assertThrows(PolybolosException::class.java) { run(case, session, folder) }
            fails(promised, error)
        }
    }

    private fun run(case: Case, session: Session, folder: String): Answer {
        case.setup.forEach { session.execute(it.replace("{scratch}", folder)) }
        return session.runPlan(plan(case, folder), case.parameters).use(Answer::of)
    }

    private fun plan(case: Case, folder: String): Plan =
        case.planHex?.let { Plan.fromBytes(bytes(it)) } ?: Plan.fromText(checkNotNull(case.plan).replace("{scratch}", folder))

    private fun bytes(hex: String): ByteArray = hex.filterNot(Char::isWhitespace).chunked(2).map { it.toInt(16).toByte() }.toByteArray()

    private fun holds(case: Case, answer: Answer) = assertNull(answer.difference(case.expected(), case.ordered, case.tolerance))

    private fun fails(promised: ExpectedError, error: PolybolosException) {
        assertEquals(promised.code, error.code, error.toString())
        promised.relation?.let { assertEquals(it, error.relation.toLong(), error.toString()) }
        promised.path?.let { assertEquals(it, error.path, error.toString()) }
        assertTrue(error.candidates.containsAll(promised.candidates), error.toString())
    }

    companion object {
        @TempDir
        @JvmStatic
        lateinit var scratch: Path

        private lateinit var doors: Doors

        @JvmStatic
        fun cases(): List<Arguments> = Case.all().flatMap { case -> Door.entries.map { Arguments.of(case, it) } }

        @BeforeAll
        @JvmStatic
        fun open() {
            val data = EmbeddedOptions.Root("data", Case.FOLDER.resolve("data").toString())
            doors = Doors(listOf(data, EmbeddedOptions.Root("scratch", scratch.toString(), writable = true)))
        }

        @AfterAll
        @JvmStatic
        fun close() = doors.close()
    }
}
