package io.polybolos.flight

import com.google.protobuf.Any
import com.google.protobuf.InvalidProtocolBufferException
import com.google.protobuf.Message
import io.polybolos.Address
import io.polybolos.CancelledException
import io.polybolos.ErrorFacts
import io.polybolos.InternalException
import io.polybolos.PolybolosException
import io.polybolos.UnavailableException
import io.polybolos.WireErrors
import org.apache.arrow.flight.CallOption
import org.apache.arrow.flight.CallOptions
import org.apache.arrow.flight.FlightRuntimeException
import org.apache.arrow.flight.FlightStatusCode
import org.apache.arrow.flight.SessionOptionValueVisitor
import java.time.Duration
import java.util.concurrent.TimeUnit

/** Calls to one server: the only place where a status of Flight becomes an exception of ours. */
internal class Calls(private val address: Address) {
    /** Makes a call. */
    fun <T> made(call: () -> T): T = try {
        call()
    } catch (error: PolybolosException) {
        throw error
    } catch (error: FlightRuntimeException) {
        throw exceptionOf(error)
    } catch (error: RuntimeException) {
        throw interruption(error) ?: error
    }

    /** Makes a call that changes nothing, and again where the server could not be reached. */
    fun <T> retried(call: () -> T): T {
        for (pause in RETRY_AFTER_MILLIS) {
            try {
                return made(call)
            } catch (error: UnavailableException) {
                if (error.code != "UNAVAILABLE") throw error
                pause(pause)
            }
        }
        return made(call)
    }

    private fun pause(millis: Long) = try {
        Thread.sleep(millis)
    } catch (error: InterruptedException) {
        throw interrupted(error)
    }

    private fun exceptionOf(error: FlightRuntimeException): PolybolosException {
        val status = error.status()
        val details = status.metadata()?.takeIf { it.containsKey(DETAILS) }?.getByte(DETAILS)
        details?.let(WireErrors::decode)?.let { return it }
        interruption(error)?.let { return it }
        if (Thread.interrupted()) return interrupted(error)
        val sentence = status.description() ?: error.message ?: status.code().name
        return when (status.code()) {
            FlightStatusCode.UNAVAILABLE, FlightStatusCode.UNKNOWN -> unreachable(error, sentence)
            FlightStatusCode.TIMED_OUT -> UnavailableException("the server at $address did not answer in time", error)
            FlightStatusCode.CANCELLED -> CancelledException("the query was cancelled", error)
            FlightStatusCode.UNAUTHENTICATED -> ErrorFacts("UNAUTHENTICATED", sentence, cause = error).toException()
            FlightStatusCode.UNAUTHORIZED -> ErrorFacts("PERMISSION_DENIED", sentence, cause = error).toException()
            FlightStatusCode.INVALID_ARGUMENT -> ErrorFacts("INVALID_ARGUMENT", sentence, cause = error).toException()
            FlightStatusCode.UNIMPLEMENTED -> ErrorFacts("UNSUPPORTED", sentence, cause = error).toException()
            FlightStatusCode.RESOURCE_EXHAUSTED -> ErrorFacts("RESOURCES_EXHAUSTED", sentence, cause = error).toException()
            else -> InternalException(sentence, error)
        }
    }

    private fun unreachable(error: Throwable, sentence: String): PolybolosException {
        val root = generateSequence(error, Throwable::cause).last()
        val cause = root.message ?: sentence
        return UnavailableException("the server at $address cannot be reached: $cause${hint(generateSequence(error, Throwable::cause).joinToString())}", error)
    }

    /** What to write instead, by how it looks when only one of the two ends speaks TLS. */
    private fun hint(cause: String): String = when {
        address.tls && "not an SSL/TLS record" in cause -> "; it seems to have no TLS: write grpc:// instead of grpc+tls://"
        !address.tls && ("First received frame was not SETTINGS" in cause || "HTTP/2 client preface" in cause) ->
            "; it seems to have TLS: write grpc+tls:// instead of grpc://"
        else -> ""
    }

    /** Arrow wraps the interruption of a thread that waits. */
    private fun interruption(error: RuntimeException): PolybolosException? =
        generateSequence<Throwable>(error, Throwable::cause).firstOrNull { it is InterruptedException }?.let(::interrupted)

    private fun interrupted(cause: Throwable): PolybolosException {
        Thread.currentThread().interrupt()
        return CancelledException("the thread that waited for the query was interrupted", cause)
    }

    /** The message that was packed. */
    fun <A : Message> unpacked(bytes: ByteArray, type: Class<A>): A = try {
        Any.parseFrom(bytes).unpack(type)
    } catch (error: InvalidProtocolBufferException) {
        throw InternalException("the server's answer is no ${type.simpleName} of the contract", error)
    }

    companion object {
        private const val DETAILS = "grpc-status-details-bin"
        private val RETRY_AFTER_MILLIS = listOf(50L, 250L)

        fun within(timeout: Duration): CallOption = CallOptions.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
    }
}

/** The value of an option as text. */
internal object OptionText : SessionOptionValueVisitor<String> {
    override fun visit(value: String): String = value

    override fun visit(value: Boolean): String = value.toString()

    override fun visit(value: Long): String = value.toString()

    override fun visit(value: Double): String = value.toString()

    override fun visit(value: Array<String>): String = value.joinToString(",")

    override fun visit(value: Void?): String = ""
}
