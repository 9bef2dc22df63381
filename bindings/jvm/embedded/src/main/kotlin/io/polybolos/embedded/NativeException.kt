package io.polybolos.embedded

/**
 * What a native throws: an error as it travels, the bytes that a server sends as `grpc-status-details-bin`. The native library makes
 * it by name.
 */
internal class NativeException(val details: ByteArray) : RuntimeException() {
    override val message: String get() = asPolybolosException().message ?: "an error of the native library"

    /** What the user sees. */
    fun asPolybolosException() = Failures.of(details)
}
