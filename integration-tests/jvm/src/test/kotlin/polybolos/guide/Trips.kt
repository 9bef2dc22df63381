package polybolos.guide

import io.polybolos.Polybolos
import io.polybolos.Session
import polybolos.tests.Door
import polybolos.tests.Server
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path

/** Taxi trips in a folder, and a server that reads and writes there; both are gone when this is closed. */
class Trips : AutoCloseable {
    /** The folder, as this process and the server see it. */
    val folder: Path = Files.createTempDirectory("trips").toRealPath().also {
        Server.run("demo", "taxi", "--rows", "20000", "--files", "2", "--output", it.toString())
    }
    private val server = Server("--data", folder.toString())

    /** The address of the server. */
    val address: String get() = server.url

    fun open(door: Door): Session = when (door) {
        Door.FLIGHT -> Polybolos.connect(address)
        Door.EMBEDDED -> Polybolos.embedded()
    }

    override fun close() {
        server.close()
        folder.toFile().deleteRecursively()
    }
}

/** What a program prints. */
object Printed {
    @JvmStatic
    @Synchronized
    fun by(program: Runnable): String {
        val before = System.out
        val bytes = ByteArrayOutputStream()
        System.setOut(PrintStream(bytes, true, Charsets.UTF_8))
        try {
            program.run()
        } finally {
            System.setOut(before)
        }
        return bytes.toString(Charsets.UTF_8)
    }
}
