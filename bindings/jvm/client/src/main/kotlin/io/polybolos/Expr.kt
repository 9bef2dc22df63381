package io.polybolos

import io.polybolos.plan.v1.CastFailure
import io.polybolos.plan.v1.NullsOrder
import io.polybolos.plan.v1.SortDirection
import io.polybolos.plan.v1.SubqueryKind

/**
 * An expression over the columns of a [DataFrame]: an immutable tree that belongs to no session and becomes part of a plan when a
 * method of a frame takes it.
 *
 * Infix methods all bind alike, from the left: put parentheses around comparisons. Without them `a gt 1 and b eq 2` would mean
 * `((a gt 1) and b) eq 2`, which does not compile, because [Predicate.and] takes predicates only.
 *
 * Where a value is expected, a plain string is a *string*; where a column is expected (arguments of functions, `select`, `groupBy`,
 * `sort`) it is the *name of a column*. Other plain values are literals in both, of the types that [lit] tells.
 *
 * ```kotlin
 * val share = col("tip_amount") / col("fare_amount")
 * val generous = (share gt 0.2) and col("passenger_count").isNotNull()
 * ```
 */
public open class Expr internal constructor(internal val op: Op, internal val children: List<Expr>) {
    internal val flags: Int = Flags.of(op, children)

    internal fun has(flag: Int): Boolean = flags and flag != 0

    internal constructor(op: Op) : this(op, emptyList())

    /** The name as an output column: the one given with [alias], or the default name that docs/contract.md describes. */
    public val name: String get() = Naming.name(this)

    /** The expression under another name. Only the outermost name of an output column counts. */
    public open infix fun alias(name: String): Expr = Expr(Op.Alias(name), listOf(unaliased()))

    /** The field of a struct. */
    public fun field(name: String): Expr = Expr(Op.Field(name), listOf(this))

    /** The field of a struct. */
    public operator fun get(field: String): Expr = field(field)

    /** The element of a list at a 1-based position, from the end where it is negative; null outside the list. */
    public operator fun get(index: Int): Expr = getItem(index)

    /** The value as another type, such as `int64` or `decimal(10, 2)`; a value that does not fit is an error. */
    public fun cast(type: String): Expr = castOr(type, CastFailure.CAST_FAILURE_ERROR)

    /** The value as another type; a value that does not fit becomes null. */
    public fun tryCast(type: String): Expr = castOr(type, CastFailure.CAST_FAILURE_NULL)

    private fun castOr(type: String, onFailure: CastFailure): Expr = told { Expr(Op.Cast(parseType(type), onFailure), listOf(this)) }

    /** A boolean column as a condition, for `and`, `or` and `not`. */
    public fun asPredicate(): Predicate = this as? Predicate ?: Predicate(op, children)

    /** Equal. */
    public infix fun eq(other: Any?): Predicate = predicate("eq", other)

    /** Not equal. */
    public infix fun neq(other: Any?): Predicate = predicate("ne", other)

    /** Less than. */
    public infix fun lt(other: Any?): Predicate = predicate("lt", other)

    /** Less than or equal. */
    public infix fun lte(other: Any?): Predicate = predicate("le", other)

    /** Greater than. */
    public infix fun gt(other: Any?): Predicate = predicate("gt", other)

    /** Greater than or equal. */
    public infix fun gte(other: Any?): Predicate = predicate("ge", other)

    /** Not equal, where two nulls are equal and a null differs from every value. Never null. */
    public infix fun isDistinctFrom(other: Any?): Predicate = predicate("is_distinct_from", other)

    /** Equal, where two nulls are equal (`<=>` in Spark). Never null. */
    public infix fun isNotDistinctFrom(other: Any?): Predicate = predicate("is_not_distinct_from", other)

    /** Within the two bounds, both included. */
    public fun between(low: Any?, high: Any?): Predicate = predicate("between", low, high)

    /** Outside the two bounds. */
    public fun notBetween(low: Any?, high: Any?): Predicate = predicate("not_between", low, high)

    /** True where the value is one of these. With a null among them and no match the answer is null. */
    public fun inList(vararg items: Any?): Predicate = Predicate(Op.InList, listOf(this) + operands(items, "inList()"))

    /** True where the value is one of these. With a null among them and no match the answer is null. */
    public infix fun inList(items: Iterable<Any?>): Predicate = inList(*items.toList().toTypedArray())

    /** True where the value is none of these. With a null among them and no match the answer is null. */
    public fun notInList(vararg items: Any?): Predicate = inList(*items).not()

    /** True where the value is none of these. With a null among them and no match the answer is null. */
    public infix fun notInList(items: Iterable<Any?>): Predicate = inList(items).not()

    /** Is null. Never null itself, as all of these questions but those about NaN. */
    public fun isNull(): Predicate = predicate("is_null")

    /** Is not null. */
    public fun isNotNull(): Predicate = predicate("is_not_null")

    /** Is true: neither false nor null. */
    public fun isTrue(): Predicate = predicate("is_true")

    /** Is false or null. */
    public fun isNotTrue(): Predicate = predicate("is_not_true")

    /** Is false: neither true nor null. */
    public fun isFalse(): Predicate = predicate("is_false")

    /** Is true or null. */
    public fun isNotFalse(): Predicate = predicate("is_not_false")

    /** A boolean that is null. */
    public fun isUnknown(): Predicate = predicate("is_unknown")

    /** A boolean that is not null. */
    public fun isNotUnknown(): Predicate = predicate("is_not_unknown")

    /** A float that is NaN; null for null. */
    public fun isNan(): Predicate = predicate("is_nan")

    /** A float that is a number; null for null. */
    public fun isNotNan(): Predicate = predicate("is_not_nan")

    /** Matches the SQL pattern: `%` stands for any text, `_` for one character. */
    public infix fun like(pattern: Any?): Predicate = predicate("like", pattern)

    /** Matches the SQL pattern, in which the character [escape] makes the next one ordinary. */
    public fun like(pattern: Any?, escape: Char): Predicate = predicate("like", pattern, escape.toString())

    /** Does not match the SQL pattern. */
    public infix fun notLike(pattern: Any?): Predicate = predicate("not_like", pattern)

    /** Matches the SQL pattern whatever the case of letters. */
    public infix fun ilike(pattern: Any?): Predicate = predicate("ilike", pattern)

    /** Does not match the SQL pattern whatever the case of letters. */
    public infix fun notIlike(pattern: Any?): Predicate = predicate("not_ilike", pattern)

    /** Matches the SQL regular expression (`SIMILAR TO`). */
    public infix fun similarTo(pattern: Any?): Predicate = predicate("similar_to", pattern)

    /** Does not match the SQL regular expression. */
    public infix fun notSimilarTo(pattern: Any?): Predicate = predicate("not_similar_to", pattern)

    /** Contains a match of the regular expression (`~`). */
    public infix fun regexMatch(pattern: Any?): Predicate = predicate("regex_match", pattern)

    /** Contains a match of the regular expression whatever the case of letters. */
    public infix fun regexImatch(pattern: Any?): Predicate = predicate("regex_imatch", pattern)

    /** Contains no match of the regular expression. */
    public infix fun regexNotMatch(pattern: Any?): Predicate = predicate("regex_not_match", pattern)

    /** Contains no match of the regular expression whatever the case of letters. */
    public infix fun regexNotImatch(pattern: Any?): Predicate = predicate("regex_not_imatch", pattern)

    /** The sum. `+` is the short form. */
    public operator fun plus(other: Any?): Expr = core("add", other)

    /** The difference. `-` is the short form. */
    public operator fun minus(other: Any?): Expr = core("subtract", other)

    /** The product. `*` is the short form. */
    public operator fun times(other: Any?): Expr = core("multiply", other)

    /** The quotient; of two integers it truncates. `/` is the short form. */
    public operator fun div(other: Any?): Expr = core("divide", other)

    /** The remainder, with the sign of the left side. `%` is the short form. */
    public operator fun rem(other: Any?): Expr = core("modulo", other)

    /** The value with the opposite sign. `-` is the short form. */
    public operator fun unaryMinus(): Expr = core("negate")

    /** The value with the opposite sign. */
    public fun negate(): Expr = core("negate")

    /** All bits flipped. */
    public fun bitNot(): Expr = core("bit_not")

    /** Bits that both have. */
    public infix fun bitAnd(other: Any?): Expr = core("bit_and", other)

    /** Bits that either has. */
    public infix fun bitOr(other: Any?): Expr = core("bit_or", other)

    /** Bits that exactly one has. */
    public infix fun bitXor(other: Any?): Expr = core("bit_xor", other)

    /** Bits moved towards the high end. */
    public infix fun shiftLeft(other: Any?): Expr = core("shift_left", other)

    /** Bits moved towards the low end. */
    public infix fun shiftRight(other: Any?): Expr = core("shift_right", other)

    /** The texts one after the other (`||` in SQL); null when either is. `functions.concat` skips nulls instead. */
    public infix fun concat(other: Any?): Expr = core("concat_op", other)

    /** The element of a list at a 1-based position, from the end where it is negative; null outside the list. */
    public infix fun getItem(other: Any?): Expr = core("get_item", other)

    /** The value of a map under a key; null where the map does not have it. */
    public infix fun getKey(other: Any?): Expr = core("get_key", other)

    /** The elements of a list from one 1-based position to another, both included. */
    public fun slice(from: Any?, to: Any?): Expr = core("slice", from, to)

    /** Smallest first, nulls last. */
    public fun asc(): SortKey = SortKey(this, SortOrder(SortDirection.SORT_DIRECTION_ASC, NullsOrder.NULLS_ORDER_LAST))

    /** Largest first, nulls first. */
    public fun desc(): SortKey = SortKey(this, SortOrder(SortDirection.SORT_DIRECTION_DESC, NullsOrder.NULLS_ORDER_FIRST))

    /** True where the value is among those of a frame of one column. */
    public infix fun inSubquery(frame: DataFrame): Predicate = subquery(SubqueryKind.SUBQUERY_KIND_IN, frame, null, this)

    /** True where the value is not among those of a frame of one column; null where that holds a null, as in SQL. */
    public infix fun notInSubquery(frame: DataFrame): Predicate = inSubquery(frame).not()

    /** True where the comparison holds for at least one row (`< ANY (...)` in SQL). */
    public fun anyOf(comparison: Comparison, frame: DataFrame): Predicate =
        subquery(SubqueryKind.SUBQUERY_KIND_ANY, frame, comparison.function, this)

    /** True where the comparison holds for every row (`< ALL (...)` in SQL). */
    public fun allOf(comparison: Comparison, frame: DataFrame): Predicate =
        subquery(SubqueryKind.SUBQUERY_KIND_ALL, frame, comparison.function, this)

    /** The text of the expression, as messages show it. */
    override fun toString(): String = Naming.text(this)

    internal fun core(name: String, vararg others: Any?): Expr =
        Expr(Op.Call("core", name), listOf(this) + operands(others, "$name()"))

    internal fun predicate(name: String, vararg others: Any?): Predicate =
        Predicate(Op.Call("core", name), listOf(this) + operands(others, "$name()"))

    /** The expression without the names given to it. */
    internal fun unaliased(): Expr {
        var expr = this
        while (expr.op is Op.Alias) expr = expr.children.first()
        return expr
    }
}

/** An expression that is true, false or null: a comparison, a question, or a combination of them. */
public class Predicate internal constructor(op: Op, children: List<Expr>) : Expr(op, children) {
    /** Both are true: false where either is false, else null where either is null. */
    public infix fun and(other: Predicate): Predicate = predicate("and", other)

    /** At least one is true: true where either is true, else null where either is null. */
    public infix fun or(other: Predicate): Predicate = predicate("or", other)

    /** Exactly one is true; null when either is null. */
    public infix fun xor(other: Predicate): Predicate = predicate("xor", other)

    /** The opposite. `!` is the short form. */
    public operator fun not(): Predicate = predicate("not")

    override fun alias(name: String): Predicate = Predicate(Op.Alias(name), listOf(unaliased()))
}

/** A call of an aggregate function, and what can be said of one. */
public class AggregateExpr internal constructor(private val shape: Op.Aggregate, children: List<Expr>) : Expr(shape, children) {
    /** Takes equal arguments once. */
    public fun distinct(): AggregateExpr = AggregateExpr(shape.copy(distinct = true), children)

    /** Takes only the rows for which the condition is true; a second filter narrows the first. */
    public fun filter(condition: Predicate): AggregateExpr {
        val before = children.take(shape.args)
        val earlier = if (shape.filter) children[shape.args].asPredicate() and condition else condition
        val keys = children.drop(shape.args + if (shape.filter) 1 else 0)
        return AggregateExpr(shape.copy(filter = true), before + earlier + keys)
    }

    /** Takes the rows in this order; matters to `array_agg`, `first_value` and their kin. */
    public fun orderBy(vararg keys: Any): AggregateExpr {
        val order = sortKeys(keys, "orderBy()")
        val before = children.take(shape.args + if (shape.filter) 1 else 0)
        return AggregateExpr(shape.copy(order = order.map(SortKey::order)), before + order.map(SortKey::expr))
    }

    /** Passes over rows where the argument is null. */
    public fun ignoreNulls(): AggregateExpr =
        AggregateExpr(shape.copy(nulls = io.polybolos.plan.v1.NullTreatment.NULL_TREATMENT_IGNORE), children)

    /** Takes rows where the argument is null like any other. */
    public fun respectNulls(): AggregateExpr =
        AggregateExpr(shape.copy(nulls = io.polybolos.plan.v1.NullTreatment.NULL_TREATMENT_RESPECT), children)

    /** The aggregate over a window: one value per row. */
    public infix fun over(window: Window): Expr = window.applied(this)
}

/** A call of a window function such as `rank`; it becomes an expression with [over]. */
public class WindowFunction internal constructor(namespace: String, name: String, private val args: List<Expr>) {
    private val op = Op.BareWindow(namespace, name)

    /** The function over a window: one value per row. */
    public infix fun over(window: Window): Expr = window.applied(Expr(op, args))

    /** The text of the call. */
    override fun toString(): String = Expr(op, args).toString()
}

/** One key of an order: an expression, a direction, and where the nulls go. */
public class SortKey internal constructor(internal val expr: Expr, internal val order: SortOrder) {
    /** Nulls before all values. */
    public fun nullsFirst(): SortKey = SortKey(expr, order.copy(nulls = NullsOrder.NULLS_ORDER_FIRST))

    /** Nulls after all values. */
    public fun nullsLast(): SortKey = SortKey(expr, order.copy(nulls = NullsOrder.NULLS_ORDER_LAST))

    /** The key as messages show it. */
    override fun toString(): String = "$expr${order.suffix()}"
}

/** How a value is compared with every row of a subquery. */
public enum class Comparison(internal val function: String) {
    /** Equal. */
    EQ("eq"),

    /** Not equal. */
    NEQ("ne"),

    /** Less than. */
    LT("lt"),

    /** Less than or equal. */
    LTE("le"),

    /** Greater than. */
    GT("gt"),

    /** Greater than or equal. */
    GTE("ge"),
}

/** Many columns at once, in a `select`. Made by [star], [columnsMatching] and [DataFrame.star]. */
public class Star internal constructor(private val star: io.polybolos.plan.v1.Star) : Expr(Op.Star(star)) {
    /** Only the columns of this alias or table, by its parts. */
    public fun of(vararg qualifier: String): Star =
        Star(star.toBuilder().clearQualifier().addAllQualifier(qualifier.asList()).build())

    /** All but these columns. */
    public fun excluding(vararg names: String): Star = Star(star.toBuilder().addAllExcluding(names.asList()).build())
}

internal fun subquery(kind: SubqueryKind, frame: DataFrame, comparison: String?, vararg needles: Expr): Predicate =
    Predicate(Op.Subquery(kind, frame, comparison), needles.asList())
