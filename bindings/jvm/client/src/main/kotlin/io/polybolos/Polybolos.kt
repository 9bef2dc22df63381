package io.polybolos

import io.polybolos.flight.FlightTransport
import java.util.ServiceLoader
import java.util.function.Consumer

/** Where sessions come from. */
public object Polybolos {
    /** The version of this library. */
    public const val VERSION: String = "0.1.0"

    /**
     * Opens a session on the server at this address, `grpc://host:port` or `grpc+tls://host:port` (the port may be left out; it is 50051),
     * with the token of the variable `POLYBOLOS_TOKEN` where there is one.
     *
     * @throws InvalidArgumentException for an address that is none
     * @throws UnavailableException where nobody answers
     * @throws UnauthenticatedException for a token that is missing or wrong
     */
    @JvmStatic
    public fun connect(address: String): Session = connect(address) { }

    /**
     * Opens a session on the server at this address, with a token, certificates, timeouts, options:
     * `Polybolos.connect("grpc+tls://data.example.com") { it.token(token) }`.
     */
    @JvmStatic
    public fun connect(address: String, settings: Consumer<ConnectOptions>): Session = told {
        Arrow.open()
        Session(FlightTransport.open(Address.parse(address), ConnectOptions().also(settings::accept)))
    }

    /** Opens a session of the engine in this JVM. `io.polybolos:polybolos-embedded` must be on the class path. */
    @JvmStatic
    @JvmOverloads
    public fun embedded(options: EmbeddedOptions = EmbeddedOptions()): Session = told {
        Arrow.open()
        val engine = ServiceLoader.load(EmbeddedEngine::class.java, EmbeddedEngine::class.java.classLoader).firstOrNull()
        val missing = "the engine is not on the class path: add io.polybolos:polybolos-embedded:$VERSION, and its jar for your platform"
        Session((engine ?: throw UnsupportedException(missing)).open(options))
    }

    /** A session that builds plans and runs none: every action is an [UnavailableException]. */
    @JvmStatic
    public fun detached(): Session = Session(DetachedTransport())
}
