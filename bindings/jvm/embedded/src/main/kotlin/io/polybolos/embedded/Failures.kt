package io.polybolos.embedded

import com.google.protobuf.Any
import com.google.rpc.Status
import io.polybolos.PolybolosException
import io.polybolos.WireErrors
import io.polybolos.flight.v1.PlanError
import io.polybolos.flight.v1.PlanErrors

/** Errors become exceptions here, as those of a server do: through the bytes in which errors travel. */
internal object Failures {
    /** Calls a native. */
    inline fun <T> told(native: () -> T): T = try {
        native()
    } catch (error: NativeException) {
        throw error.asPolybolosException()
    }

    /** The exception of these status details. */
    fun of(details: ByteArray): PolybolosException = WireErrors.decode(details) ?: internal("the native library told an error that is none")

    /** The session is no more. */
    fun sessionClosed(): PolybolosException = invalid("the session is closed; open a new one")

    /** An argument is wrong. */
    fun invalid(sentence: String): PolybolosException = of("INVALID_ARGUMENT", sentence)

    /** There is no engine for this machine, or none that fits. */
    fun unsupported(sentence: String, cause: Throwable? = null): PolybolosException = of("UNSUPPORTED", sentence, cause)

    /** Something that cannot be. */
    fun internal(sentence: String, cause: Throwable? = null): PolybolosException = of("INTERNAL", sentence, cause)

    private fun of(code: String, sentence: String, cause: Throwable? = null): PolybolosException {
        val errors = PlanErrors.newBuilder().addErrors(PlanError.newBuilder().setCode(code).setMessage(sentence))
        val status = Status.newBuilder().addDetails(Any.pack(errors.build())).build()
        val exception = checkNotNull(WireErrors.decode(status.toByteArray())) { sentence }
        return exception.apply { cause?.let(::addSuppressed) }
    }
}
