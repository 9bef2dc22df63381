package polybolos.tests

import io.polybolos.flight.v1.ParameterValue
import io.polybolos.plan.v1.Literal
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowStreamReader
import org.tomlj.Toml
import org.tomlj.TomlArray
import org.tomlj.TomlParseResult
import com.google.protobuf.TextFormat
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.inputStream
import kotlin.io.path.readText
import kotlin.streams.asSequence

/** A case of the conformance corpus, as integration-tests/conformance/README.md describes them. */
class Case(val name: String) {
    private val toml: TomlParseResult = Toml.parse(CASES.resolve("$name.toml").readText())

    val setup: List<String> = texts(toml.getArray("setup"))
    val plan: String? = toml.getString("plan")
    val planHex: String? = toml.getString("plan_hex")
    val program: Boolean = toml.getBoolean("program") ?: false
    val ordered: Boolean = toml.getBoolean("ordered") ?: false
    val tolerance: Double = toml.getDouble("float_tolerance") ?: 0.0
    val parameters: List<ParameterValue> = texts(toml.getArray("parameters")).mapIndexed { at, text ->
        ParameterValue.newBuilder().setIndex(at + 1).setValue(TextFormat.parse(text, Literal::class.java)).build()
    }
    val error: ExpectedError? = toml.getTable("error")?.let { table ->
        ExpectedError(table.getString("code")!!, table.getLong("relation"), table.getString("path"), texts(table.getArray("candidates")))
    }

    /** The columns and rows that the case promises. */
    fun expected(): Answer = RootAllocator().use { allocator ->
        ArrowStreamReader(CASES.resolve("$name.arrow").inputStream(), allocator).use(Answer::of)
    }

    override fun toString(): String = name

    companion object {
        val FOLDER: Path = Server.ROOT.resolve("integration-tests/conformance")
        private val CASES = FOLDER.resolve("cases")

        fun all(): List<Case> = Files.walk(CASES).use { paths ->
            paths.asSequence().filter { it.extension == "toml" }.map { CASES.relativize(it).toString().removeSuffix(".toml") }.sorted().map(::Case).toList()
        }

        private fun texts(array: TomlArray?): List<String> = array?.toList()?.map { it as String } ?: emptyList()
    }
}

/** What is left out is not promised. */
class ExpectedError(val code: String, val relation: Long?, val path: String?, val candidates: List<String>)
