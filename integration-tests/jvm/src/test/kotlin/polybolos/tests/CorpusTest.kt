package polybolos.tests

import io.polybolos.Plan
import io.polybolos.Polybolos
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
import org.junit.jupiter.params.provider.MethodSource
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.writeText

/** Every case of the corpus holds in the JVM client on a server. */
class CorpusTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    fun `a case holds over Flight`(case: Case) {
        val folder = Files.createDirectory(scratch.resolve(case.name.replace('/', '-'))).toString()
        Polybolos.connect(server.url).use { session ->
            val promised = case.error ?: return holds(case, run(case, session, folder))
            val error = assertThrows(PolybolosException::class.java) { run(case, session, folder) }
            fails(promised, error)
        }
    }

    private fun run(case: Case, session: Session, folder: String): Answer {
        case.setup.forEach { session.execute(it.replace("{scratch}", folder)) }
        val plan = case.planHex?.let { Plan.fromBytes(bytes(it)) } ?: Plan.fromText(case.plan!!.replace("{scratch}", folder))
        return session.runPlan(plan, case.parameters).use(Answer::of)
    }

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
        lateinit var folder: Path

        private lateinit var scratch: Path
        private lateinit var server: Server

        @JvmStatic
        fun cases(): List<Case> = Case.all()

        @BeforeAll
        @JvmStatic
        fun start() {
            scratch = Files.createDirectory(folder.resolve("scratch"))
            val config = folder.resolve("server.toml").apply {
                writeText(root("data", Case.FOLDER.resolve("data"), writable = false) + root("scratch", scratch, writable = true))
            }
            server = Server("--config", config.toString())
        }

        private fun root(name: String, folder: Path, writable: Boolean) =
            "[[storage.roots]]\nname = \"$name\"\nfolder = \"$folder\"\nwritable = $writable\n"

        @AfterAll
        @JvmStatic
        fun stop() = server.close()
    }
}
