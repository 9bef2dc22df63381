package io.polybolos

import java.util.concurrent.atomic.AtomicInteger
import java.util.function.BiFunction
import java.util.function.Function
import kotlin.reflect.KProperty1

// What may stand where an expression is expected, and how functions become expressions. `place` is the argument's, for messages.

internal fun scalarCall(namespace: String, name: String, args: List<Expr>): Expr = Expr(Op.Call(namespace, name), args)

internal fun predicateCall(namespace: String, name: String, args: List<Expr>): Predicate = Predicate(Op.Call(namespace, name), args)

internal fun aggregateCall(namespace: String, name: String, args: List<Expr>): AggregateExpr =
    AggregateExpr(Op.Aggregate(namespace, name, args.size), args)

internal fun windowCall(namespace: String, name: String, args: List<Expr>): WindowFunction = WindowFunction(namespace, name, args)

/** A column: an expression, a name, a property of a class, or a literal. */
internal fun column(value: Any, place: String): Expr = when (value) {
    is String -> col(value)
    is KProperty1<*, *> -> value.col
    else -> operand(value, place)
}

/** A value: an expression, a property of a class, or a literal; a plain string is a string. */
internal fun operand(value: Any?, place: String): Expr = when (value) {
    is Expr -> value
    is KProperty1<*, *> -> value.col
    is SortKey -> throw wrong(place, "an expression or a value", "the sort key `$value`")
    is WindowFunction -> throw wrong(place, "an expression or a value", "the window function `$value`, which needs over()")
    is Iterable<*>, is Array<*> -> throw wrong(place, "one value", "several; lit(listOf(...)) is a literal list, inList() tests membership")
    else -> told { lit(value) }
}

private fun wrong(place: String, wanted: String, given: String): PolybolosException =
    ErrorFacts("INVALID_ARGUMENT", "$place takes $wanted, not $given", callSite = CallSite.here()).toException()

/** Several columns: each may be a list of columns again. */
internal fun columns(values: Array<out Any>, place: String): List<Expr> = columnsOf(values.asList(), place)

internal fun columnsOf(value: Any?, place: String): List<Expr> = when (value) {
    null -> emptyList()
    is Iterable<*> -> value.flatMap { columnsOf(it, place) }
    is Array<*> -> value.flatMap { columnsOf(it, place) }
    else -> listOf(column(value, place))
}

internal fun operands(values: Array<out Any?>, place: String): List<Expr> = values.map { operand(it, place) }

internal fun sortKeys(values: Array<out Any>, place: String): List<SortKey> = sortKeysOf(values.asList(), place)

internal fun sortKeysOf(value: Any?, place: String): List<SortKey> = when (value) {
    null -> emptyList()
    is SortKey -> listOf(value)
    is Iterable<*> -> value.flatMap { sortKeysOf(it, place) }
    is Array<*> -> value.flatMap { sortKeysOf(it, place) }
    else -> listOf(column(value, place).asc())
}

/** Optional arguments up to the last that is given; one left out before it takes its default. */
internal fun trailing(given: List<Expr?>, defaults: List<Any?>): List<Expr> {
    val count = given.indexOfLast { it != null } + 1
    return given.take(count).zip(defaults) { value, default -> value ?: lit(default) }
}

/** Ids are unique in the process, hence in every plan, so that nested lambdas never capture each other's variables. */
private val nextVariable = AtomicInteger(1)

private fun variable(name: String) = Op.LambdaVar(nextVariable.getAndIncrement(), name)

internal fun lambda(body: Function<Expr, out Any>, place: String): Expr {
    val x = variable("x")
    return Expr(Op.Lambda(listOf(x)), listOf(column(body.apply(Expr(x)), place)))
}

internal fun lambda2(body: BiFunction<Expr, Expr, out Any>, place: String): Expr {
    val (x, y) = variable("x") to variable("y")
    return Expr(Op.Lambda(listOf(x, y)), listOf(column(body.apply(Expr(x), Expr(y)), place)))
}
