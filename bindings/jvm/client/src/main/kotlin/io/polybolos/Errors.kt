package io.polybolos

import com.google.protobuf.InvalidProtocolBufferException
import io.polybolos.flight.v1.PlanError
import io.polybolos.flight.v1.PlanErrors

/**
 * What went wrong in a query, a session or a call. One subclass per kind of mistake; [code] says exactly which.
 *
 * The message is made for people: the sentence, names that may have been meant, the guilty expression, and the line of the
 * user's program, also for mistakes that the engine found.
 */
public sealed class PolybolosException(internal val facts: ErrorFacts) : RuntimeException(facts.text(), facts.cause) {
    /** The stable code, such as `UNRESOLVED_COLUMN`; docs/errors.md has the table. */
    public val code: String get() = facts.code

    /** The SQLSTATE of the code. */
    public val sqlState: String get() = facts.sqlState

    /** One sentence, without the place. */
    public val sentence: String get() = facts.sentence

    /** The id of the query, where there is one. */
    public val queryId: String? get() = facts.queryId

    /** Whether the same call may succeed when it is made again. */
    public val retryable: Boolean get() = facts.retryable

    /** How long to wait before that, in milliseconds; 0 where there is no advice. */
    public val retryAfterMillis: Long get() = facts.retryAfterMillis

    /** The names that the caller may have meant, best first. */
    public val candidates: List<String> get() = facts.candidates

    /** The line of the user's program to blame, where it is known. */
    public val callSite: StackTraceElement? get() = facts.callSite

    /** The text of the expression to blame, where there is one. */
    public val expression: String? get() = facts.expression

    /** The id of the relation of the plan to blame; 0 where there is none. */
    public val relation: Int get() = facts.relation

    /** The path of fields in that relation. */
    public val path: String get() = facts.path

    /** Further errors of the same plan. */
    public val others: List<PolybolosException> get() = facts.others.map(ErrorFacts::toException)
}

/** The plan does not fit together: an unknown column or function, types that do not match. */
public class InvalidPlanException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** A limit of plans, of the server or of the session is exceeded. */
public class LimitExceededException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** An argument is wrong; the message says which and what would be right. */
public class InvalidArgumentException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(sentence: String) : this(ErrorFacts("INVALID_ARGUMENT", sentence))
}

/** The SQL text does not parse, or is more than the session may run. */
public class InvalidSqlException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** The contract has it, this engine or this client does not. */
public class UnsupportedException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(sentence: String) : this(ErrorFacts("UNSUPPORTED", sentence))
}

/** No table, file, session or query of that name. */
public class NotFoundException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** There is something of that name already. */
public class AlreadyExistsException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** The token is missing, wrong or has expired. */
public class UnauthenticatedException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** The caller may not do this. */
public class PermissionDeniedException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** Memory, spill space or another shared resource ran out. */
public class ResourcesExhaustedException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** The server cannot be reached, went away, or has too much to do. */
public class UnavailableException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(sentence: String, cause: Throwable? = null) : this(ErrorFacts("UNAVAILABLE", sentence, cause = cause))
}

/** The query ran longer than its deadline. */
public class DeadlineExceededException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** The query was cancelled, or the thread that waited for it was interrupted. */
public class CancelledException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(sentence: String, cause: Throwable? = null) : this(ErrorFacts("CANCELLED", sentence, cause = cause))
}

/** A value is wrong: a division by zero, an overflow, a cast that fails, a damaged file. */
public class DataException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(code: String, sentence: String) : this(ErrorFacts(code, sentence))
}

/** Storage or another outside system failed. */
public class ExternalException internal constructor(facts: ErrorFacts) : PolybolosException(facts)

/** A fault of ours; please report it. */
public class InternalException internal constructor(facts: ErrorFacts) : PolybolosException(facts) {
    internal constructor(sentence: String, cause: Throwable? = null) : this(ErrorFacts("INTERNAL", sentence, cause = cause))
}

/** What a [PolybolosException] tells. */
internal data class ErrorFacts(
    val code: String,
    val sentence: String,
    val queryId: String? = null,
    val retryable: Boolean = ErrorCode.of(code).retryable,
    val retryAfterMillis: Long = 0,
    val candidates: List<String> = emptyList(),
    val callSite: StackTraceElement? = null,
    val expression: String? = null,
    val relation: Int = 0,
    val path: String = "",
    val others: List<ErrorFacts> = emptyList(),
    val cause: Throwable? = null,
) {
    val sqlState: String get() = ErrorCode.of(code).sqlState

    fun text(): String = buildString {
        append("$sentence [$code]")
        if (candidates.any { it !in sentence }) append("\n  did you mean: ${candidates.joinToString()}")
        expression?.let { append("\n  in: $it") }
        callSite?.let { append("\n  at: $it") }
        queryId?.let { append("\n  query: $it") }
    }

    fun toException(): PolybolosException = ErrorCode.of(code).make(this)
}

/** The closed table of docs/errors.md. */
internal enum class ErrorCode(val sqlState: String, val make: (ErrorFacts) -> PolybolosException, val retryable: Boolean = false) {
    PLAN_MALFORMED("22000", ::InvalidPlanException),
    PLAN_UNKNOWN_FIELD("0A000", ::InvalidPlanException),
    PLAN_UNKNOWN_ENUM("0A000", ::InvalidPlanException),
    PLAN_UNKNOWN_REQUIREMENT("0A000", ::InvalidPlanException),
    PLAN_MISSING_FIELD("22004", ::InvalidPlanException),
    PLAN_INVALID_VALUE("22023", ::InvalidPlanException),
    PLAN_INVALID_TOPOLOGY("22023", ::InvalidPlanException),
    PLAN_TOO_LARGE("54000", ::LimitExceededException),
    PLAN_TOO_DEEP("54001", ::LimitExceededException),
    UNRESOLVED_COLUMN("42703", ::InvalidPlanException),
    AMBIGUOUS_COLUMN("42702", ::InvalidPlanException),
    DUPLICATE_COLUMN("42701", ::InvalidPlanException),
    UNRESOLVED_FUNCTION("42883", ::InvalidPlanException),
    WRONG_ARGUMENT_COUNT("42883", ::InvalidPlanException),
    TYPE_MISMATCH("42804", ::InvalidPlanException),
    INVALID_EXPRESSION("42601", ::InvalidPlanException),
    PARAMETER_MISMATCH("07001", ::InvalidArgumentException),
    SQL_SYNTAX("42601", ::InvalidSqlException),
    SQL_NOT_ALLOWED("42501", ::InvalidSqlException),
    INVALID_ARGUMENT("22023", ::InvalidArgumentException),
    UNSUPPORTED("0A000", ::UnsupportedException),
    TABLE_NOT_FOUND("42P01", ::NotFoundException),
    FILE_NOT_FOUND("58P01", ::NotFoundException),
    SESSION_NOT_FOUND("08003", ::NotFoundException),
    QUERY_NOT_FOUND("02000", ::NotFoundException),
    ALREADY_EXISTS("42710", ::AlreadyExistsException),
    UNAUTHENTICATED("28000", ::UnauthenticatedException),
    TOKEN_EXPIRED("28000", ::UnauthenticatedException),
    PERMISSION_DENIED("42501", ::PermissionDeniedException),
    LIMIT_EXCEEDED("54000", ::LimitExceededException),
    RESOURCES_EXHAUSTED("53200", ::ResourcesExhaustedException, retryable = true),
    OVERLOADED("53300", ::UnavailableException, retryable = true),
    DEADLINE_EXCEEDED("57014", ::DeadlineExceededException),
    CANCELLED("57014", ::CancelledException),
    UNAVAILABLE("08006", ::UnavailableException, retryable = true),
    DIVISION_BY_ZERO("22012", ::DataException),
    NUMERIC_OVERFLOW("22003", ::DataException),
    CAST_FAILED("22018", ::DataException),
    CARDINALITY_VIOLATION("21000", ::DataException),
    DATA_INVALID("22000", ::DataException),
    DATA_CORRUPT("XX001", ::DataException),
    EXTERNAL("58030", ::ExternalException, retryable = true),
    INTERNAL("XX000", ::InternalException),
    ;

    companion object {
        private val byName = entries.associateBy(ErrorCode::name)

        fun of(code: String): ErrorCode = byName[code] ?: INTERNAL
    }
}

/**
 * Errors as they travel: the bytes of a `google.rpc.Status` whose details hold `PlanErrors`, over gRPC and from JNI alike.
 */
public object WireErrors {
    /** The exception of these status details; null where they are none of ours. */
    @JvmStatic
    public fun decode(details: ByteArray): PolybolosException? = try {
        val status = com.google.rpc.Status.parseFrom(details)
        val ours = status.detailsList.firstOrNull { it.`is`(PlanErrors::class.java) }
        ours?.unpack(PlanErrors::class.java)?.let(::factsOf)?.toException()
    } catch (_: InvalidProtocolBufferException) {
        null
    }

    private fun factsOf(errors: PlanErrors): ErrorFacts? {
        val all = errors.errorsList.map(::factsOf)
        return all.firstOrNull()?.copy(queryId = errors.queryId.ifEmpty { null }, others = all.drop(1))
    }

    private fun factsOf(error: PlanError): ErrorFacts = ErrorFacts(
        code = error.code,
        sentence = error.message,
        retryable = error.retryable,
        retryAfterMillis = error.retryAfterMillis,
        candidates = error.paramsList.filter { it.key == "candidate" }.map { it.value },
        relation = error.location.relation,
        path = error.location.path,
    )
}
