package io.polybolos

import java.net.URI
import java.net.URISyntaxException
import java.time.Duration

/** How a connection is made: token, certificates, timeouts, options of the session. */
public class ConnectOptions internal constructor() {
    internal var token: String? = System.getenv("POLYBOLOS_TOKEN")?.ifEmpty { null }
    internal var caCertificate: ByteArray? = null
    internal var clientCertificate: Pair<ByteArray, ByteArray>? = null
    internal var serverName: String? = null
    internal var connectTimeout: Duration = Duration.ofSeconds(10)
    internal var keepAlive: Duration = Duration.ofSeconds(30)
    internal val options: MutableMap<String, String> = LinkedHashMap()

    /** The bearer token. Without it, that of the variable `POLYBOLOS_TOKEN`, if there is one. */
    public fun token(token: String): ConnectOptions = apply { this.token = token }

    /** Trusts the certificates that this authority signed (PEM), instead of those that the JVM trusts. */
    public fun caCertificate(pem: ByteArray): ConnectOptions = apply { caCertificate = pem }

    /** The certificate and private key (PEM) that this client shows, where the server asks for one. */
    public fun clientCertificate(certificate: ByteArray, key: ByteArray): ConnectOptions = apply { clientCertificate = certificate to key }

    /** The name that the server's certificate must have, where it is not the host of the address. */
    public fun serverName(name: String): ConnectOptions = apply { serverName = name }

    /** How long to wait for the server when connecting; 10 seconds unless said. */
    public fun connectTimeout(timeout: Duration): ConnectOptions = apply { connectTimeout = timeout }

    /** How often to ask a silent server for a sign of life while a call runs; 30 seconds unless said. */
    public fun keepAlive(interval: Duration): ConnectOptions = apply { keepAlive = interval }

    /** An option of the session, such as `time_zone`. */
    public fun option(key: String, value: String): ConnectOptions = apply { options[key] = value }

    internal val certificates: Boolean get() = caCertificate != null || clientCertificate != null || serverName != null
}

/** Where a server is. */
internal data class Address(val host: String, val port: Int, val tls: Boolean) {
    override fun toString(): String = "${if (tls) "grpc+tls" else "grpc"}://$host:$port"

    companion object {
        private const val DEFAULT_PORT = 50051

        fun parse(text: String): Address {
            if ("://" !in text) throw wrong(text, "write grpc://$text, or grpc+tls://$text where the server has TLS")
            val uri = try {
                URI(text)
            } catch (error: URISyntaxException) {
                throw wrong(text, error.reason)
            }
            val tls = when (uri.scheme) {
                "grpc", "grpc+tcp" -> false
                "grpc+tls" -> true
                else -> throw wrong(text, "the scheme is grpc or grpc+tls, not ${uri.scheme}")
            }
            if (uri.rawUserInfo != null) {
                throw wrong("${uri.scheme}://...", "a user and password do not belong into an address; a token is given beside it")
            }
            if (uri.rawPath !in setOf("", "/") || uri.rawQuery != null || uri.rawFragment != null) throw wrong(text, "nothing stands after the port")
            val host = uri.host ?: throw wrong(text, "the host is missing")
            return Address(host, if (uri.port < 0) DEFAULT_PORT else uri.port, tls)
        }

        private fun wrong(text: String, why: String) =
            InvalidArgumentException("\"$text\" is not an address such as grpc://host:50051 or grpc+tls://host:50051: $why")
    }
}
