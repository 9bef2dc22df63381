package io.polybolos

import io.polybolos.plan.v1.BoundKind
import io.polybolos.plan.v1.CastFailure
import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.FrameExclusion
import io.polybolos.plan.v1.FrameUnits
import io.polybolos.plan.v1.Literal
import io.polybolos.plan.v1.NullTreatment
import io.polybolos.plan.v1.Primitive
import io.polybolos.plan.v1.SubqueryKind
import io.polybolos.plan.v1.TimeUnit
import java.math.BigDecimal
import java.math.BigInteger
import java.math.MathContext
import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter

/**
 * The names that output columns get when nobody names them. Every language prints the same names; docs/contract.md has the rule.
 *
 * Texts are printed with a stack of our own and end where they are long enough: neither deep nor huge expressions cost more.
 */
internal object Naming {
    private const val NAME_BYTES_MAX = 256
    private const val ELLIPSIS = "…"

    fun name(expr: Expr): String = when (val op = expr.op) {
        is Op.Alias -> op.name
        is Op.Field -> op.name
        is Op.Column -> op.ref.name
        is Op.OuterColumn -> op.name
        else -> text(expr)
    }

    fun text(expr: Expr): String {
        val pending = ArrayDeque<Any>().apply { add(expr) }
        val out = StringBuilder()
        while (pending.isNotEmpty() && out.length <= NAME_BYTES_MAX) {
            when (val piece = pending.removeLast()) {
                is Expr -> pieces(piece).asReversed().forEach(pending::add)
                else -> out.append(piece)
            }
        }
        return clipped(out.toString())
    }

    fun text(literal: Literal): String = buildString { write(literal, literal.type) }

    private fun clipped(text: String): String {
        if (text.toByteArray().size <= NAME_BYTES_MAX) return text
        val room = NAME_BYTES_MAX - ELLIPSIS.toByteArray().size
        var bytes = 0
        val kept = text.codePoints().takeWhile { point ->
            bytes += Character.toString(point).toByteArray().size
            bytes <= room
        }
        return kept.collect(::StringBuilder, StringBuilder::appendCodePoint, StringBuilder::append).append(ELLIPSIS).toString()
    }

    /** Strings and expressions, in order. */
    private fun pieces(expr: Expr): List<Any> = when (val op = expr.op) {
        is Op.Value -> listOf(text(op.literal))
        is Op.Column -> listOf((op.ref.qualifierList + op.ref.name).joinToString("."))
        is Op.OuterColumn -> listOf(op.name)
        is Op.Star -> listOf("*")
        is Op.Call -> if (op.namespace == "core") core(expr, op.name) else function(op.namespace, op.name, expr.children)
        is Op.BareWindow -> function(op.namespace, op.name, expr.children)
        is Op.Cast -> cast(op, expr.children)
        is Op.Case -> case(op, expr.children)
        is Op.InList -> listOf("(", expr.children.first(), " in (") + separated(expr.children.drop(1)) + "))"
        is Op.Aggregate -> aggregate(op, expr.children)
        is Op.Over -> window(op, expr.children)
        is Op.Subquery -> subquery(op, expr.children)
        is Op.Field -> expr.children + ".${op.name}"
        is Op.Lambda -> listOf(lambdaHead(op)) + expr.children
        is Op.LambdaVar -> listOf(op.name)
        is Op.Parameter -> listOf("$" + op.name)
        is Op.Sql -> listOf(op.text)
        is Op.Alias -> expr.children
    }

    private fun separated(exprs: List<Expr>, separator: String = ", "): List<Any> =
        exprs.flatMapIndexed { position, expr -> if (position == 0) listOf(expr) else listOf(separator, expr) }

    private fun function(namespace: String, name: String, args: List<Expr>): List<Any> {
        val prefix = if (namespace == "core" || namespace == "std") "" else "$namespace."
        return listOf("$prefix$name(") + separated(args) + ")"
    }

    private fun core(expr: Expr, name: String): List<Any> {
        val args = expr.children
        val infix = SYMBOLS[name] ?: name.replace('_', ' ').takeIf { name in WORDS }
        return when {
            args.size == 2 && infix != null -> listOf("(") + separated(Chains.operands(expr), " $infix ") + ")"
            name == "not" -> listOf("(not ", args[0], ")")
            name == "negate" -> listOf("(-", args[0], ")")
            name == "bit_not" -> listOf("(~", args[0], ")")
            args.size == 1 && name.startsWith("is_") -> listOf("(", args[0], " ${name.replace('_', ' ')})")
            name == "between" || name == "not_between" ->
                listOf("(", args[0], " ${name.replace('_', ' ')} ", args[1], " and ", args[2], ")")
            name == "get_item" || name == "get_key" -> listOf(args[0], "[", args[1], "]")
            else -> function("core", name, args)
        }
    }

    private fun cast(op: Op.Cast, children: List<Expr>): List<Any> {
        val before = if (op.onFailure == CastFailure.CAST_FAILURE_NULL) "try_cast(" else "cast("
        return listOf(before) + children + " as ${typeName(op.to)})"
    }

    private fun case(op: Op.Case, children: List<Expr>): List<Any> = buildList {
        val operands = if (op.operand) 1 else 0
        val branches = children.subList(operands, children.size - if (op.otherwise) 1 else 0)
        add("case")
        children.take(operands).forEach { addAll(listOf(" ", it)) }
        branches.chunked(2).forEach { (condition, result) -> addAll(listOf(" when ", condition, " then ", result)) }
        if (op.otherwise) addAll(listOf(" else ", children.last()))
        add(" end")
    }

    private fun aggregate(op: Op.Aggregate, children: List<Expr>): List<Any> = buildList {
        val args = children.take(op.args)
        val filters = if (op.filter) 1 else 0
        val open = function(op.namespace, op.name, emptyList()).first()
        add(open)
        if (args.isEmpty()) add("*") else if (op.distinct) add("distinct ")
        addAll(separated(args))
        addAll(orderBy(" order by ", children.drop(op.args + filters), op.order))
        add(")")
        if (op.filter) addAll(listOf(" filter (where ", children[op.args], ")"))
        when (op.nulls) {
            NullTreatment.NULL_TREATMENT_IGNORE -> add(" ignore nulls")
            NullTreatment.NULL_TREATMENT_RESPECT -> add(" respect nulls")
            else -> {}
        }
    }

    private fun orderBy(before: String, keys: List<Expr>, order: List<SortOrder>): List<Any> = keys.zip(order).flatMapIndexed { at, (key, way) ->
        listOf(if (at == 0) before else ", ", key, way.suffix())
    }

    private fun window(op: Op.Over, children: List<Expr>): List<Any> = buildList {
        val partitions = children.subList(1, 1 + op.partitions)
        val keys = children.subList(1 + op.partitions, 1 + op.partitions + op.order.size)
        add(children.first())
        add(" over (")
        if (partitions.isNotEmpty()) {
            add("partition by ")
            addAll(separated(partitions))
        }
        addAll(orderBy(if (partitions.isEmpty()) "order by " else " order by ", keys, op.order))
        if (!op.defaultFrame) {
            if (partitions.isNotEmpty() || keys.isNotEmpty()) add(" ")
            addAll(frame(op, ArrayDeque(children.drop(1 + op.partitions + op.order.size))))
        }
        add(")")
    }

    private fun frame(op: Op.Over, offsets: ArrayDeque<Expr>): List<Any> = buildList {
        val units = when (op.units) {
            FrameUnits.FRAME_UNITS_RANGE -> "range"
            FrameUnits.FRAME_UNITS_GROUPS -> "groups"
            else -> "rows"
        }
        add("$units between ")
        addAll(bound(op.start, offsets))
        add(" and ")
        addAll(bound(op.end, offsets))
        add(
            when (op.exclusion) {
                FrameExclusion.FRAME_EXCLUSION_CURRENT_ROW -> " exclude current row"
                FrameExclusion.FRAME_EXCLUSION_GROUP -> " exclude group"
                FrameExclusion.FRAME_EXCLUSION_TIES -> " exclude ties"
                else -> ""
            },
        )
    }

    private fun bound(kind: BoundKind, offsets: ArrayDeque<Expr>): List<Any> = when (kind) {
        BoundKind.BOUND_KIND_UNBOUNDED_PRECEDING -> listOf("unbounded preceding")
        BoundKind.BOUND_KIND_PRECEDING_OFFSET -> listOf(offsets.removeFirst(), " preceding")
        BoundKind.BOUND_KIND_FOLLOWING_OFFSET -> listOf(offsets.removeFirst(), " following")
        BoundKind.BOUND_KIND_UNBOUNDED_FOLLOWING -> listOf("unbounded following")
        else -> listOf("current row")
    }

    private fun subquery(op: Op.Subquery, needles: List<Expr>): List<Any> {
        val operator = SYMBOLS[op.comparison] ?: "="
        val end = when (op.kind) {
            SubqueryKind.SUBQUERY_KIND_EXISTS -> return listOf("exists(subquery)")
            SubqueryKind.SUBQUERY_KIND_IN -> " in subquery)"
            SubqueryKind.SUBQUERY_KIND_ANY -> " $operator any subquery)"
            SubqueryKind.SUBQUERY_KIND_ALL -> " $operator all subquery)"
            else -> return listOf("scalar(subquery)")
        }
        return listOf("(") + separated(needles) + end
    }

    private fun lambdaHead(op: Op.Lambda): String {
        val names = op.params.map(Op.LambdaVar::name)
        return if (names.size == 1) "${names[0]} -> " else names.joinToString(", ", "(", ") -> ")
    }

    private val SYMBOLS: Map<String?, String> = mapOf(
        "add" to "+", "subtract" to "-", "multiply" to "*", "divide" to "/", "modulo" to "%",
        "eq" to "=", "ne" to "<>", "lt" to "<", "le" to "<=", "gt" to ">", "ge" to ">=",
        "bit_and" to "&", "bit_or" to "|", "bit_xor" to "^", "shift_left" to "<<", "shift_right" to ">>", "concat_op" to "||",
        "regex_match" to "~", "regex_imatch" to "~*", "regex_not_match" to "!~", "regex_not_imatch" to "!~*",
        "list_contains_all" to "@>", "list_contained_by" to "<@",
    )

    private val WORDS = setOf(
        "and", "or", "xor", "like", "ilike", "not_like", "not_ilike", "similar_to", "not_similar_to", "is_distinct_from", "is_not_distinct_from",
    )

    private fun StringBuilder.write(literal: Literal, type: DataType) {
        if (length > NAME_BYTES_MAX) return
        when (literal.valueCase) {
            Literal.ValueCase.BOOL_VALUE -> append(literal.boolValue)
            Literal.ValueCase.INT_VALUE -> append(integer(literal.intValue, type))
            Literal.ValueCase.UINT_VALUE -> append(java.lang.Long.toUnsignedString(literal.uintValue))
            Literal.ValueCase.FLOAT32_VALUE -> append(Floats.text(literal.float32Value))
            Literal.ValueCase.FLOAT64_VALUE -> append(Floats.text(literal.float64Value))
            Literal.ValueCase.STRING_VALUE -> append(literal.stringValue.take(NAME_BYTES_MAX).replace("'", "''").let { "'$it'" })
            Literal.ValueCase.BINARY_VALUE ->
                append(literal.binaryValue.take(NAME_BYTES_MAX).joinToString("", "x'", "'") { "%02x".format(it) })
            Literal.ValueCase.DECIMAL_VALUE -> append(BigDecimal(BigInteger(literal.decimalValue), type.decimal.scale).toPlainString())
            Literal.ValueCase.INTERVAL_VALUE ->
                literal.intervalValue.run { append("interval '$months months $days days $nanos nanos'") }
            Literal.ValueCase.LIST_VALUE -> sequence(literal.listValue.itemsList, "[", "]") { write(it, type.listType.element) }
            Literal.ValueCase.STRUCT_VALUE ->
                sequence(literal.structValue.itemsList.zip(type.structType.fieldsList), "{", "}") { (item, field) ->
                    append(field.name).append(": ").write(item, field.type)
                }
            Literal.ValueCase.MAP_VALUE -> literal.mapValue.run {
                sequence(keysList.zip(valuesList), "map {", "}") { (key, value) ->
                    write(key, type.mapType.key)
                    append(": ").write(value, type.mapType.value)
                }
            }
            else -> append("null")
        }
    }

    private fun <T> StringBuilder.sequence(items: List<T>, before: String, after: String, write: StringBuilder.(T) -> Unit) {
        append(before)
        items.take(NAME_BYTES_MAX).forEachIndexed { position, item ->
            if (position > 0) append(", ")
            write(item)
        }
        append(after)
    }

    private fun integer(value: Long, type: DataType): String = try {
        when {
            type.hasPrimitive() && type.primitive == Primitive.PRIMITIVE_DATE -> "date '${LocalDate.ofEpochDay(value)}'"
            type.hasTimestamp() -> timestamp(value, type)
            type.hasTime() -> "time '${clock(LocalTime.ofNanoOfDay(value * nanosPer(type.time.unit)))}'"
            type.hasDuration() -> "duration '$value ${unitName(type.duration.unit)}'"
            else -> value.toString()
        }
    } catch (_: DateTimeException) {
        value.toString()
    }

    private fun timestamp(value: Long, type: DataType): String {
        val per = 1_000_000_000 / nanosPer(type.timestamp.unit)
        val instant = Instant.ofEpochSecond(Math.floorDiv(value, per), Math.floorMod(value, per) * nanosPer(type.timestamp.unit))
        val at = LocalDateTime.ofInstant(instant, ZoneOffset.UTC)
        return "timestamp '${at.toLocalDate()}T${clock(at.toLocalTime())}${if (type.timestamp.hasZone()) "Z" else ""}'"
    }

    /** With 3, 6 or 9 digits of fraction where that is not zero. */
    private fun clock(time: LocalTime): String {
        val whole = time.format(DateTimeFormatter.ofPattern("HH:mm:ss"))
        val fraction = "%09d".format(time.nano).dropLast(if (time.nano % 1_000_000 == 0) 6 else if (time.nano % 1_000 == 0) 3 else 0)
        return if (time.nano == 0) whole else "$whole.$fraction"
    }

    private fun nanosPer(unit: TimeUnit): Long = when (unit) {
        TimeUnit.TIME_UNIT_SECOND -> 1_000_000_000
        TimeUnit.TIME_UNIT_MILLI -> 1_000_000
        TimeUnit.TIME_UNIT_MICRO -> 1_000
        else -> 1
    }

    private fun unitName(unit: TimeUnit): String = when (unit) {
        TimeUnit.TIME_UNIT_SECOND -> "s"
        TimeUnit.TIME_UNIT_MILLI -> "ms"
        TimeUnit.TIME_UNIT_MICRO -> "us"
        else -> "ns"
    }
}

/** Chains of an operator that folds from the left, such as `a + b + c`: one call with all operands, in texts and in plans. */
internal object Chains {
    /** The `core` functions that the registry calls chainable and that nest as operators. */
    private val CHAINABLE = setOf("add", "multiply", "and", "or", "concat_op", "bit_and", "bit_or", "bit_xor")

    /** The operands of a call, where a chain on its left side is taken apart up to an operand that must stay [whole]. */
    fun operands(expr: Expr, whole: (Expr) -> Boolean = { false }): List<Expr> {
        val operator = operatorOf(expr) ?: return expr.children
        val operands = ArrayDeque<Expr>()
        var left: Expr? = expr
        while (left != null) {
            left.children.drop(1).asReversed().forEach(operands::addFirst)
            val first = left.children.first().unaliased()
            left = first.takeIf { operatorOf(it) == operator && !whole(it) }
            if (left == null) operands.addFirst(first)
        }
        return operands
    }

    private fun operatorOf(expr: Expr): String? =
        (expr.op as? Op.Call)?.takeIf { it.namespace == "core" && it.name in CHAINABLE && expr.children.isNotEmpty() }?.name
}

/** Floats as every language prints them: the fewest digits that read back, a point or an exponent. */
internal object Floats {
    private const val DIGITS_MAX = 17

    fun text(value: Double): String =
        if (value.isFinite()) shaped(shortest(BigDecimal(value)) { it.toDouble() == value }, isNegativeZero(value)) else special(value)

    fun text(value: Float): String {
        val wide = value.toDouble()
        return if (value.isFinite()) shaped(shortest(BigDecimal(wide)) { it.toFloat() == value }, isNegativeZero(wide)) else special(wide)
    }

    private fun special(value: Double) = if (value.isNaN()) "NaN" else if (value > 0) "Infinity" else "-Infinity"

    private fun isNegativeZero(value: Double) = value == 0.0 && 1 / value < 0

    /** The fewest digits that read back; before JDK 19 `toString` sometimes has one too many. */
    private fun shortest(exact: BigDecimal, readsBack: (BigDecimal) -> Boolean): BigDecimal =
        (1..DIGITS_MAX).asSequence().map { exact.round(MathContext(it)) }.first(readsBack)

    /** With an exponent below 1e-5 and from 1e16. */
    private fun shaped(value: BigDecimal, negativeZero: Boolean): String {
        if (value.signum() == 0) return if (negativeZero) "-0.0" else "0.0"
        val digits = value.unscaledValue().abs().toString().trimEnd('0')
        val exponent = value.precision() - value.scale() - 1
        val sign = if (value.signum() < 0) "-" else ""
        if (exponent < -5 || exponent >= 16) {
            val fraction = if (digits.length > 1) ".${digits.drop(1)}" else ""
            return "$sign${digits.first()}${fraction}e$exponent"
        }
        val plain = value.stripTrailingZeros().toPlainString()
        return if ('.' in plain) plain else "$plain.0"
    }
}
