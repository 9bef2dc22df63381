package io.polybolos.embedded

import io.polybolos.Arrow
import io.polybolos.EmbeddedEngine
import io.polybolos.EmbeddedOptions
import io.polybolos.Transport
import io.polybolos.flight.v1.OpenSession
import io.polybolos.plan.v1.KeyValue
import java.nio.file.Path

/**
 * The engine in this JVM, as [java.util.ServiceLoader] finds it. Users open it with `Polybolos.embedded()`.
 *
 * Sessions with equal options share an engine: its threads and its memory. They do not see each other's views, data and options.
 */
public class NativeEngine : EmbeddedEngine {
    /** Loads the native library where that has not been done, and opens a session. */
    override fun open(options: EmbeddedOptions): Transport {
        Arrow.open()
        NativeLibrary.load()
        return EmbeddedTransport(Failures.told { session(options) })
    }

    private fun session(options: EmbeddedOptions): Long = Native.open(
        rootNames = options.roots.map(EmbeddedOptions.Root::name).toTypedArray(),
        rootFolders = options.roots.map { Path.of(it.folder).toAbsolutePath().toString() }.toTypedArray(),
        rootsWritable = options.roots.map(EmbeddedOptions.Root::writable).toBooleanArray(),
        memoryBytes = positive("memoryBytes", options.memoryBytes ?: 0, options.memoryBytes),
        threads = positive("threads", options.threads ?: 0, options.threads),
        spillFolder = System.getProperty("java.io.tmpdir"),
        options = options.options.toMessage().toByteArray(),
    )

    /** The number for a native, where 0 means that none was given. */
    private fun <N : Number> positive(name: String, number: N, given: N?): N {
        if (given != null && given.toLong() <= 0) throw Failures.invalid("$name = $given: more than 0, or none")
        return number
    }
}

/** Options of a session as a message. */
internal fun Map<String, String>.toMessage(): OpenSession =
    OpenSession.newBuilder().addAllOptions(map { (key, value) -> KeyValue.newBuilder().setKey(key).setValue(value).build() }).build()
