package io.polybolos.embedded

import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import java.net.URL
import java.nio.file.Files
import java.nio.file.Path

/**
 * Finds and loads the native library, once per JVM.
 *
 * ```text
 * -Dpolybolos.native.path=FILE  or else  native/<platform>/libpolybolos_jvm.so on the class path --> a private folder --> System.load
 * ```
 *
 * A library of another version than the jar is refused: the two speak to each other without further checks.
 */
internal object NativeLibrary {
    /** The property that names the file. */
    const val PATH_PROPERTY: String = "polybolos.native.path"

    private var loaded = false

    /** Loads the library; a second call does nothing. One that failed is tried again. */
    @Synchronized
    fun load() {
        if (loaded) return
        requireOneVersion("polybolos-client", clientVersion())
        load(named() ?: extracted())
        requireOneVersion("the native library", nativeVersion())
        Runtime.getRuntime().addShutdownHook(Thread(Native::shutdown, "polybolos-shutdown"))
        loaded = true
    }

    private fun named(): Path? {
        val file = Path.of(System.getProperty(PATH_PROPERTY) ?: return null).toAbsolutePath()
        if (!Files.isRegularFile(file)) throw Failures.unsupported("$PATH_PROPERTY names $file, and there is no such file")
        return file
    }

    private fun extracted(): Path {
        val platform = Platform.current()
        val library = javaClass.classLoader.getResource(platform.resource) ?: throw missing(platform)
        return PrivateFolder.keep(library, Platform.FILE)
    }

    private fun missing(platform: Platform): PolybolosException {
        val looked = "the engine has no native library for ${platform.classifier}: ${platform.resource} is not on the class path"
        val advice = when (platform.classifier) {
            in Platform.SUPPORTED -> "add io.polybolos:polybolos-embedded:${Polybolos.VERSION}:${platform.classifier}"
            else -> "there are libraries for ${Platform.SUPPORTED.joinToString()}; others can be built, and named by -D$PATH_PROPERTY"
        }
        return Failures.unsupported("$looked; $advice")
    }

    private fun load(file: Path) = try {
        System.load(file.toString())
    } catch (error: UnsatisfiedLinkError) {
        throw Failures.unsupported("the native library $file cannot be loaded: ${error.message}", error)
    }

    /** The version of the client at run time; [Polybolos.VERSION] in our code is that of the time when we were compiled. */
    private fun clientVersion(): String = Polybolos::class.java.getField("VERSION").get(null).toString()

    private fun nativeVersion(): String = try {
        Native.version()
    } catch (_: UnsatisfiedLinkError) {
        "unknown"
    }

    private fun requireOneVersion(name: String, version: String) {
        if (version == Polybolos.VERSION) return
        val found = listOf("io/polybolos/Polybolos.class", "io/polybolos/embedded/NativeLibrary.class", Platform.current().resource)
            .flatMap { javaClass.classLoader.getResources(it).asSequence() }
        val sentence = "two versions are on the class path: polybolos-embedded is ${Polybolos.VERSION} and $name is $version"
        throw Failures.unsupported("$sentence; found ${found.joinToString(transform = URL::toString)}")
    }
}
