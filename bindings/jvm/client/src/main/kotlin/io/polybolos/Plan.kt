package io.polybolos

import com.google.protobuf.ByteString
import com.google.protobuf.InvalidProtocolBufferException
import com.google.protobuf.TextFormat
import com.google.protobuf.UnknownFieldSet
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.plan.v1.Plan as PlanMessage

/**
 * A plan: the protobuf message `polybolos.plan.v1.Plan` that an action sends.
 *
 * Bytes that were made elsewhere travel as they are, and the engine says what is wrong with them: what reads protobuf here passes over
 * some damage, and does not know the fields of later versions.
 */
public class Plan private constructor(private val bytes: ByteString) {
    internal constructor(message: PlanMessage) : this(message.toByteString())

    /** The message. Bytes that are none are an [InvalidPlanException]. */
    public val message: PlanMessage
        get() = told {
            try {
                PlanMessage.parseFrom(bytes)
            } catch (error: InvalidProtocolBufferException) {
                throw ErrorFacts("PLAN_MALFORMED", "the bytes are no plan: ${error.message}", cause = error).toException()
            }
        }

    /** The bytes of the message. */
    public fun toBytes(): ByteArray = bytes.toByteArray()

    /** The message in protobuf's text format. */
    public fun toText(): String = TextFormat.printer().printToString(message)

    /** The same as [toText]. */
    override fun toString(): String = toText()

    /** Equal plans have equal bytes. */
    override fun equals(other: Any?): Boolean = other is Plan && other.bytes == bytes

    /** As [equals] has it. */
    override fun hashCode(): Int = bytes.hashCode()

    /** Puts the bytes, whatever they are, where the request has its plan. */
    internal fun into(request: ExecutePlan.Builder) {
        val field = UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes).build()
        request.clearPlan().mergeUnknownFields(UnknownFieldSet.newBuilder().addField(ExecutePlan.PLAN_FIELD_NUMBER, field).build())
    }

    /** Plans that were made elsewhere. The engine checks them. */
    public companion object {
        /** The plan of these bytes. Nothing looks at them before the plan runs or its [message] is asked for. */
        @JvmStatic
        public fun fromBytes(bytes: ByteArray): Plan = Plan(ByteString.copyFrom(bytes))

        /** The plan in protobuf's text format. */
        @JvmStatic
        public fun fromText(text: String): Plan = told {
            try {
                Plan(TextFormat.parse(text, PlanMessage::class.java))
            } catch (error: TextFormat.ParseException) {
                throw ErrorFacts("PLAN_MALFORMED", "the text is no plan: ${error.message}", cause = error).toException()
            }
        }
    }
}
