package polybolos.guide

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import polybolos.tests.Door
import polybolos.tests.Server
import java.nio.file.Files
import java.nio.file.Path
import java.util.Locale
import java.util.concurrent.TimeUnit
import kotlin.io.path.deleteExisting
import kotlin.io.path.readLines

/** The programs of examples/jvm, each in a JVM without flags, print what they should through every door. */
class ExamplesTest {
    @ParameterizedTest
    @EnumSource(Door::class)
    fun `the best customers`(door: Door) {
        val data = Server.ROOT.resolve("examples/jvm/data")
        val printed = Server("--data", data.toString()).use { server ->
            val arguments = if (door == Door.FLIGHT) listOf(server.url, ".") else listOf("embedded", data.toString())
            run("TopCustomers", arguments)
        }
        val expected = """
            Austria  1. Cleo     1 orders    200.00
            Austria  2. Ada      2 orders    140.00
            Norway   1. Dora     1 orders    310.25
            Norway   2. Egil     2 orders    100.10
            no orders: Frida, Norway

        """.trimIndent()
        assertEquals(Ended(0, expected, ""), printed)
    }

    @ParameterizedTest
    @EnumSource(Door::class)
    fun `how trips are paid for`(door: Door) = Trips().use { trips ->
        val arguments = listOf(if (door == Door.FLIGHT) trips.address else "embedded", trips.folder.toString())
        assertEquals(Ended(0, payments(trips, door), ""), run("Payments", arguments))
    }

    /** The same by SQL. */
    private fun payments(trips: Trips, door: Door): String = trips.open(door).use { session ->
        val names = "(values (1, 'card'), (2, 'cash'), (3, 'no charge'), (4, 'dispute')) as payments(code, payment)"
        val sums = "select date_trunc('month', tpep_pickup_datetime)::date as month, payment, count(*) as trips, sum(fare_amount) as fares " +
            "from '${trips.folder}/*.parquet' join $names on payment_type = code group by 1, 2"
        session.sql("select *, fares / sum(fares) over (partition by month) from ($sums) order by month, fares desc").collect().joinToString("") { row ->
            val (month, payment, count, fares, share) = row.toList()
            String.format(Locale.ROOT, "%s  %-9s %7d trips %12.2f %5.1f%%\n", month, payment, count, fares, 100 * share as Double)
        }
    }

    @Test
    fun `wrong calls and failures are told in a line`() {
        assertEquals(2, run("Payments", listOf("embedded")).exit)
        val nobody = run("TopCustomers", listOf("grpc://127.0.0.1:1", "."))
        assertEquals(1, nobody.exit)
        assertTrue(nobody.errors.startsWith("error: ") && "127.0.0.1:1" in nobody.errors, nobody.errors)
    }

    private data class Ended(val exit: Int, val output: String, val errors: String)

    /** Later versions of Java warn of native libraries and of Unsafe; what else is said counts. */
    private fun run(program: String, arguments: List<String>): Ended {
        val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
        val command = listOf(java, "-cp", System.getProperty("java.class.path"), "io.polybolos.examples.$program") + arguments
        val errors = Files.createTempFile("errors", ".txt")
        try {
            val process = ProcessBuilder(command).redirectError(errors.toFile()).start()
            val output = process.inputReader().use { it.readText() }
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), output)
            return Ended(process.exitValue(), output, errors.readLines().filterNot { it.startsWith("WARNING: ") }.joinToString("\n"))
        } finally {
            errors.deleteExisting()
        }
    }
}
