// What is measured: a server, or the engine in this JVM.
package io.polybolos.bench

import io.polybolos.Polybolos
import io.polybolos.Session
import java.nio.file.Files
import java.nio.file.Path

/** An end to measure. */
internal sealed interface End {
    /** Its name in reports. */
    val name: String

    fun connect(): Session
}

/** A server. */
internal class Remote(override val name: String, private val access: Access) : End {
    override fun connect(): Session = Polybolos.connect(name) { options ->
        access.token?.let(options::token)
        access.authority?.let { options.caCertificate(Files.readAllBytes(it)) }
    }
}

/** What a server wants to see, and what is trusted: both servers the same. */
internal class Access(val token: String?, val authority: Path?)

/** The engine in this JVM. */
internal object Here : End {
    override val name: String get() = "embedded"

    override fun connect(): Session = Polybolos.embedded()
}
