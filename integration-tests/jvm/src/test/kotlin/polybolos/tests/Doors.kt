package polybolos.tests

import io.polybolos.EmbeddedOptions
import io.polybolos.Polybolos
import io.polybolos.Session
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.writeText

/** A way to an engine. */
enum class Door { FLIGHT, EMBEDDED }

/** All ways to an engine over the same folders; the server is gone when this is closed. */
class Doors(private val roots: List<EmbeddedOptions.Root>) : AutoCloseable {
    private val config: Path = Files.createTempFile("server", ".toml").apply { writeText(roots.joinToString("", transform = ::root)) }
    private val server = Server("--config", config.toString())

    private fun root(root: EmbeddedOptions.Root) =
        "[[storage.roots]]\nname = \"${root.name}\"\nfolder = \"${root.folder}\"\nwritable = ${root.writable}\n"

    /** Where the server is. */
    val url: String get() = server.url

    fun open(door: Door): Session = when (door) {
        Door.FLIGHT -> Polybolos.connect(server.url)
        Door.EMBEDDED -> Polybolos.embedded(EmbeddedOptions(roots))
    }

    override fun close() {
        server.close()
        Files.delete(config)
    }
}
