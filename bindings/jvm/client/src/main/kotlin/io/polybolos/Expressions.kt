// Where expressions start: columns, literals, cases, subqueries, calls by name. In Java: `import static io.polybolos.Expressions.*`.
@file:JvmName("Expressions")

package io.polybolos

import io.polybolos.plan.v1.ColumnRef
import io.polybolos.plan.v1.SubqueryKind
import kotlin.reflect.KProperty1

/**
 * The column of this exact name. The name is never parsed: `col("o.x")` is a column named `o.x`; for the column `x` of an alias `o` see
 * [qualified], for the field of a struct [Expr.field], and to say which frame it comes from [DataFrame.col].
 */
public fun col(name: String): Expr = Expr(Op.Column(ColumnRef.newBuilder().setName(name).build()))

/** The column that a property stands for: `Trip::fare.col`. */
@get:JvmSynthetic
public val KProperty1<*, *>.col: Expr get() = col(name)

/** The column of an alias or table: `qualified("o", "x")` is `o.x` in SQL; the name is the last of the parts. */
public fun qualified(first: String, second: String, vararg more: String): Expr {
    val parts = listOf(first, second, *more)
    return Expr(Op.Column(ColumnRef.newBuilder().setName(parts.last()).addAllQualifier(parts.dropLast(1)).build()))
}

/** Every column of the input, in order; stands only in a `select`. */
public fun star(): Star = Star(io.polybolos.plan.v1.Star.getDefaultInstance())

/** Every column whose whole name matches the regular expression; stands only in a `select`. */
public fun columnsMatching(regex: String): Star = Star(io.polybolos.plan.v1.Star.newBuilder().setRegex(regex).build())

/**
 * A literal, of the type that fits the value:
 *
 * | value | type |
 * | --- | --- |
 * | `null`, `Boolean` | `null`, `bool` |
 * | `Byte`, `Short`, `Int`, `Long` | `int8`, `int16`, `int32`, `int64` |
 * | `UByte`, `UShort`, `UInt`, `ULong` | `uint8`, `uint16`, `uint32`, `uint64` |
 * | `Float`, `Double` | `float32`, `float64` |
 * | `String`, `Char`, an enum's constant | `string` |
 * | `ByteArray` | `binary` |
 * | `BigDecimal`, `BigInteger` | `decimal(p, s)` with the digits that it has |
 * | `LocalDate`, `LocalTime`, `LocalDateTime` | `date`, `time(us)`, `timestamp(us)`, or `ns` where the value needs it |
 * | `Instant` | `timestamp(us, UTC)`, or `ns` |
 * | `ZonedDateTime`, `OffsetDateTime` | `timestamp(us, 'zone')`, or `ns` |
 * | `java.time.Duration`, `kotlin.time.Duration` | `duration(us)`, or `ns` |
 * | [Interval] | `interval(month to nanosecond)` |
 * | `List`, `Array` | `list<T>` of the type that its items share |
 * | `Map` with keys of type `String` | a struct |
 */
public fun lit(value: Any?): Expr = value as? Expr ?: told { Expr(Op.Value(Literals.of(value))) }

/** A literal of this type, such as `decimal(10, 2)`, which must hold the value exactly. */
public fun lit(value: Any?, type: String): Expr =
    (value as? Expr)?.cast(type) ?: told { Expr(Op.Value(Literals.of(value, parseType(type)))) }

/** A value that is given when the query runs, with [DataFrame.bind]. */
public fun parameter(name: String, type: String): Expr = told { Expr(Op.Parameter(name, parseType(type))) }

/** An expression written in the SQL of the engine, over the columns in scope. */
public fun sqlExpr(text: String): Expr = Expr(Op.Sql(text))

/** True where the frame has at least one row. */
public fun exists(frame: DataFrame): Predicate = subquery(SubqueryKind.SUBQUERY_KIND_EXISTS, frame, null)

/** The one value of a frame of one column and at most one row; null where it has no row. */
public fun scalar(frame: DataFrame): Expr = subquery(SubqueryKind.SUBQUERY_KIND_SCALAR, frame, null)

/** The opposite of a condition. */
public fun not(condition: Predicate): Predicate = condition.not()

/** Starts a case: the result of the first condition that is true. In Kotlin `when` is taken, so this is `whenever`. */
public fun whenever(condition: Predicate, result: Any?): Case = Cases(null).whenever(condition, result)

/** Starts a case that compares one value with that of each branch. In Java `case` is taken, so there this is `caseOf`. */
@JvmName("caseOf")
public fun case(operand: Any): Cases = Cases(column(operand, "case()"))

/** A case without branches yet. */
public class Cases internal constructor(private val operand: Expr?) {
    /** The first branch: a value to compare with, or a condition, and the result. */
    public fun whenever(condition: Any?, result: Any?): Case = Case(operand, emptyList()).whenever(condition, result)
}

/** A case in the making; an expression at every moment: without [otherwise] the result is null where no branch matches. */
public class Case internal constructor(private val operand: Expr?, private val branches: List<Expr>) :
    Expr(Op.Case(operand != null, false), listOfNotNull(operand) + branches) {
    /** One more branch: a value to compare with, or a condition, and the result. */
    public fun whenever(condition: Any?, result: Any?): Case =
        Case(operand, branches + operand(condition, "whenever(condition)") + operand(result, "whenever(result)"))

    /** The result where no branch matches. */
    public fun otherwise(result: Any?): Expr = Expr(Op.Case(operand != null, true), children + operand(result, "otherwise()"))
}

/** A call of a scalar function by its namespace and name, for those that have no wrapper in `io.polybolos.functions`. */
public fun call(namespace: String, name: String, vararg args: Any): Expr = scalarCall(namespace, name, columns(args, "call()"))

/** A call of an aggregate function by its namespace and name. */
public fun aggregateCall(namespace: String, name: String, vararg args: Any): AggregateExpr =
    aggregateCall(namespace, name, columns(args, "aggregateCall()"))

/** A call of a window function by its namespace and name. */
public fun windowCall(namespace: String, name: String, vararg args: Any): WindowFunction =
    windowCall(namespace, name, columns(args, "windowCall()"))

/** The number and an expression: `100 - col("discount")`. */
public operator fun Number.plus(other: Expr): Expr = lit(this) + other

/** The number without the expression. */
public operator fun Number.minus(other: Expr): Expr = lit(this) - other

/** The number times the expression. */
public operator fun Number.times(other: Expr): Expr = lit(this) * other

/** The number divided by the expression. */
public operator fun Number.div(other: Expr): Expr = lit(this) / other

/** What is left of the number after a division by the expression. */
public operator fun Number.rem(other: Expr): Expr = lit(this) % other
