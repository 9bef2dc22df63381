package polybolos.tests

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import io.polybolos.bench.TpchQueries
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.copyTo
import kotlin.io.path.createDirectories
import kotlin.io.path.readText
import kotlin.io.path.writeText

/** The benchmark client, as its user runs it: in a JVM of its own, by its command line. */
class BenchTest {
    @TempDir
    private lateinit var temporary: Path

    private val json: Path get() = temporary.resolve("figures.json")

    @Test
    fun `all queries are measured on a server and embedded, checked, printed, written, and compared`() {
        val child = bench("tpch", "--url", server.url, "--embedded", "--data", "$data/tpch", "--answers", ANSWERS.toString(), "--runs", "1", "--json", "$json")
        assertEquals(0, child.exit, child.toString())
        assertEquals("", child.said)
        val lines = child.printed.lines()
        for (query in TpchQueries.NAMES) for (end in listOf(server.url, "embedded")) {
            assertTrue(lines.any { query in it && end in it }, child.printed)
        }
        assertTrue(lines.any { it.startsWith("embedded / ${server.url}: ") }, child.printed)
        val report = ObjectMapper().readTree(json.toFile())
        assertEquals(listOf(server.url, "embedded"), report["ends"].map(JsonNode::asText))
        assertEquals(TpchQueries.NAMES.flatMap { query -> report["ends"].map { query to it.asText() } }, report["queries"].map { it["query"].asText() to it["end"].asText() })
        val ratios = report["queries"].filter { it["end"].asText() == "embedded" }.map { it["ratio"].asDouble() }
        val mean = Math.exp(ratios.sumOf(Math::log) / ratios.size)
        assertEquals(mean, report["ratio_geometric_mean"].asDouble(), mean * 1e-9)
        report["queries"].forEach(::checkFigures)
        assertEquals(0, report["wrong"].size())
    }

    private fun checkFigures(query: JsonNode) {
        val (min, median, max) = listOf("min_ms", "median_ms", "max_ms").map { query[it].asDouble() }
        assertTrue(min > 0 && median in min..max && query["first_batch_ms"].asDouble() in 0.0..max, query.toString())
        val lines = ANSWERS.resolve("${query["query"].asText()}.csv").readText().trim().lines().size
        assertEquals(lines - 1, query["rows"].asInt(), query.toString())
        assertTrue(query["bytes"].asLong() > 0, query.toString())
    }

    @Test
    fun `each of several clients runs the chosen queries as often as asked`() {
        val times = listOf("--clients", "3", "--runs", "2", "--warmup", "0", "--queries", "6,q01,q1")
        val child = bench("tpch", "--url", server.url, "--data", "$data/tpch", "--json", "$json", *times.toTypedArray())
        assertEquals(0, child.exit, child.toString())
        val report = ObjectMapper().readTree(json.toFile())
        assertEquals(listOf("q06" to 6, "q01" to 6), report["queries"].map { it["query"].asText() to it["runs"].asInt() })
        assertEquals(listOf(3, 2, 0), listOf("clients", "runs", "warmup").map { report[it].asInt() })
        assertTrue(report["ratio_geometric_mean"].isNull && "ratio" !in child.printed, child.printed)
    }

    @Test
    fun `a wrong answer is found, told and written`() {
        val wrong = temporary.resolve("answers").createDirectories()
        for (query in listOf("q01", "q06", "q15")) ANSWERS.resolve("$query.csv").copyTo(wrong.resolve("$query.csv"))
        val revenue = ANSWERS.resolve("q06.csv").readText().lines()[1]
        wrong.resolve("q06.csv").writeText("revenue\n${revenue.toBigDecimal() + "0.0001".toBigDecimal()}\n")
        wrong.resolve("q15.csv").run { writeText(readText().lines().first() + "\n") }
        val child = bench("tpch", "--url", server.url, "--data", "$data/tpch", "--answers", "$wrong", "--queries", "1,6,15", "--json", "$json")
        assertEquals(1, child.exit, child.toString())
        val (first, second) = child.said.lines().also { assertEquals(2, it.size, child.said) }
        assertTrue(first.startsWith("error: q06 on ${server.url}: the row [$revenue] instead of ["), child.said)
        assertEquals("error: q15 on ${server.url}: 1 rows instead of 0", second)
        assertEquals(2, ObjectMapper().readTree(json.toFile())["wrong"].size())
    }

    @Test
    fun `the taxi job is measured, and ends that answer differently are told`() {
        val (first, second) = listOf("1", "2").map { seed ->
            data.resolve("trips-$seed").also { Server.run("demo", "taxi", "--rows", "20000", "--files", "2", "--seed", seed, "--output", "$it") }
        }
        val answers = temporary.resolve("answers").createDirectories()
        answers.resolve("taxi.csv").writeText(Server.run("sql", "--format", "csv", "-c", TAXI.replace("DIR", "$first")))
        val right = bench("taxi", "--embedded", "--data", "$first", "--answers", "$answers")
        assertEquals(0, right.exit, right.toString())
        val wrong = bench("taxi", "--embedded", "--data", "$second", "--answers", "$answers")
        assertEquals(1, wrong.exit, wrong.toString())
        Server("--data", "$first").use { one ->
            Server("--data", "$second").use { other ->
                val compared = bench("taxi", "--url", one.url, "--url", other.url, "--data", ".")
                assertEquals(1, compared.exit, compared.toString())
                assertTrue(compared.said.startsWith("error: taxi on ${other.url}: the row ["), compared.said)
            }
        }
    }

    @TestFactory
    fun `wrong usage ends with exit code 2, a failure with 1, each with one clear line`(): List<DynamicTest> {
        val tpch = listOf("tpch", "--url", server.url, "--data", "$data/tpch")
        val empty = temporary.resolve("empty")
        val wrong = listOf(
            Triple(emptyList(), 2, "Usage: polybolos-bench"),
            Triple(listOf("tpch"), 2, "missing option --data"),
            Triple(listOf("tpch", "--data", "x"), 2, "--url once or twice, or --embedded"),
            Triple(tpch + listOf("--url", "grpc://b:1", "--embedded"), 2, "--url once or twice, or --embedded"),
            Triple(tpch + listOf("--queries", "1,23"), 2, "there is no query \"23\"; there are 1 to 22"),
            Triple(tpch + listOf("--runs", "0"), 2, "--runs"),
            Triple(tpch + listOf("--answers", "$empty"), 2, "--answers $empty: there is no file q01.csv"),
            Triple(tpch + listOf("--json", "$empty/x.json"), 2, "there is no folder $empty"),
            Triple(listOf("tpch", "--url", "localhost:1", "--data", "x"), 2, "write grpc://localhost:1"),
            Triple(listOf("tpch", "--url", "grpc://127.0.0.1:1", "--data", "x"), 1, "the server at grpc://127.0.0.1:1 cannot be reached"),
            Triple(listOf("tpch", "--url", server.url, "--data", "$data/nothing"), 1, "q01 on ${server.url}: "),
            Triple(listOf("taxi", "--embedded", "--data", "$empty"), 1, "taxi on embedded: "),
        )
        return wrong.map { (arguments, exit, said) ->
            DynamicTest.dynamicTest(arguments.joinToString(" ", prefix = "polybolos-bench ")) {
                val child = bench(*arguments.toTypedArray())
                assertEquals(exit, child.exit, child.toString())
                val told = child.said.lines().single { said in it }
                assertTrue(told.startsWith("Error: ") || told.startsWith("error: ") || told.startsWith("Usage: "), child.said)
                assertTrue("\tat " !in child.said && "Exception" !in child.said, child.said)
            }
        }
    }

    @Test
    fun `help tells commands and options`() {
        val child = bench("--help")
        assertEquals(0, child.exit)
        for (command in listOf("tpch", "taxi", "wire", "latency", "heap")) assertTrue(command in child.printed, child.printed)
        assertTrue("--answers" in bench("tpch", "--help").printed)
    }

    @Test
    fun `the speed of the client is told in figures, a JSON line each`() {
        val wire = figures("wire", "--url", server.url, "--data", "$data/tpch", "--runs", "1")
        val latency = figures("latency", "--url", server.url, "--runs", "3")
        val heap = figures("heap", "--url", server.url, "--rows", "100000")
        assertEquals(listOf(2, 2, 2), listOf(wire, latency, heap).map { it.size })
        assertEquals(listOf("100000", "100000"), heap.map { it["value"].asText() })
        for (figure in wire + latency + heap) assertEquals(listOf("what", "value", "goal", "remark"), figure.fieldNames().asSequence().toList())
    }

    private fun figures(vararg arguments: String): List<JsonNode> {
        val child = bench(*arguments)
        assertEquals(0, child.exit, child.toString())
        return child.printed.trim().lines().map(ObjectMapper()::readTree)
    }

    private fun bench(vararg arguments: String) = ChildJvm.run("io.polybolos.bench.MainKt", arguments.asList(), SHORT_LIVED)

    companion object {
        private val ANSWERS = Server.ROOT.resolve("integration-tests/tpch/answers/sf0.01")

        /** What starts sooner; a JVM that measures nothing need not become fast. */
        private val SHORT_LIVED = listOf("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        private const val TAXI = "select passenger_count, count(*) as trips, avg(fare_amount) as fare, avg(tip_amount / fare_amount) as tip_share " +
            "from 'DIR/*.parquet' where fare_amount > 0 and passenger_count is not null group by passenger_count"

        @TempDir
        @JvmStatic
        lateinit var data: Path

        private lateinit var server: Server

        @BeforeAll
        @JvmStatic
        fun start() {
            val folder = Files.createDirectories(data.resolve("tpch"))
            Server.run("demo", "tpch", "--scale-factor", "0.01", "--output", folder.toString())
            server = Server("--data", data.toString())
        }

        @AfterAll
        @JvmStatic
        fun stop() = server.close()
    }
}
