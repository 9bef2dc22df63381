package io.polybolos

import com.google.protobuf.InvalidProtocolBufferException
import com.google.protobuf.TextFormat
import io.polybolos.plan.v1.Plan as PlanMessage

/** A plan: the protobuf message `polybolos.plan.v1.Plan` that an action sends. */
public class Plan internal constructor(
    /** The message. */
    public val message: PlanMessage,
) {
    /** The bytes of the message. */
    public fun toBytes(): ByteArray = message.toByteArray()

    /** The message in protobuf's text format. */
    public fun toText(): String = TextFormat.printer().printToString(message)

    override fun toString(): String = toText()

    override fun equals(other: Any?): Boolean = other is Plan && other.message == message

    override fun hashCode(): Int = message.hashCode()

    /** Plans that were made elsewhere. The engine checks them. */
    public companion object {
        /** The plan of these bytes. */
        @JvmStatic
        public fun fromBytes(bytes: ByteArray): Plan = told {
            try {
                Plan(PlanMessage.parseFrom(bytes))
            } catch (error: InvalidProtocolBufferException) {
                throw ErrorFacts("PLAN_MALFORMED", "the bytes are no plan: ${error.message}", cause = error).toException()
            }
        }

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
