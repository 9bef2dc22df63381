package polybolos.embedded.tests

import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.Session
import io.polybolos.embedded.NativeLibrary
import io.polybolos.from
import java.nio.file.Files
import java.nio.file.Path

/** A program for a [ChildJvm]: asks the engine one question. */
object OneQuestion {
    @JvmStatic
    fun main(arguments: Array<String>) {
        try {
            println("answer ${Polybolos.embedded().use { it.range(42).count() }}")
        } catch (error: PolybolosException) {
            println("${error.code} ${error.sentence}")
        }
    }
}

/** Asks the engine, removes the file of its library, and asks again. */
object FileRemoved {
    @JvmStatic
    fun main(arguments: Array<String>) {
        Polybolos.embedded().use { it.range(1).count() }
        Files.delete(Path.of(System.getProperty(NativeLibrary.PATH_PROPERTY)))
        OneQuestion.main(arguments)
    }
}

/** Opens sessions, reads, uploads, fails, cancels; prints how many bytes more are resident after many rounds than after some. */
object ResidentMemory {
    private const val SOME = 400
    private const val MANY = 2_000

    @JvmStatic
    fun main(arguments: Array<String>) {
        repeat(SOME) { round() }
        val before = resident()
        repeat(MANY) { round() }
        println("grown ${resident() - before}")
    }

    private fun round() {
        val transport = openTransport()
        Session(transport).use { session ->
            check(session.range(20_000).reader().use(::drain) == 20_000L)
            check(session.from(List(3_000) { Trip("driver $it", it.toDouble(), true, null) }).count() == 3_000L)
            check(runCatching { session.table("missing").count() }.isFailure)
            session.range(10_000_000).reader().use { it.loadNextBatch() }
        }
        check(transport.allocator.allocatedMemory == 0L)
    }

    /** The resident memory of this process in bytes, as Linux tells it. */
    private fun resident(): Long {
        val line = Files.readAllLines(Path.of("/proc/self/status")).first { it.startsWith("VmRSS:") }
        return line.filter(Char::isDigit).toLong() * 1024
    }
}
