package io.polybolos

import io.polybolos.plan.v1.AggregateCall
import io.polybolos.plan.v1.Bound
import io.polybolos.plan.v1.BoundKind
import io.polybolos.plan.v1.Call
import io.polybolos.plan.v1.Case
import io.polybolos.plan.v1.Cast
import io.polybolos.plan.v1.ColumnRef
import io.polybolos.plan.v1.Command
import io.polybolos.plan.v1.ContractVersion
import io.polybolos.plan.v1.Expression
import io.polybolos.plan.v1.FieldAccess
import io.polybolos.plan.v1.Frame
import io.polybolos.plan.v1.FunctionRef
import io.polybolos.plan.v1.InList
import io.polybolos.plan.v1.Lambda
import io.polybolos.plan.v1.LambdaParam
import io.polybolos.plan.v1.LambdaVar
import io.polybolos.plan.v1.NamedExpr
import io.polybolos.plan.v1.OuterColumn
import io.polybolos.plan.v1.Parameter
import io.polybolos.plan.v1.ParameterDecl
import io.polybolos.plan.v1.Plan
import io.polybolos.plan.v1.Profile
import io.polybolos.plan.v1.Relation
import io.polybolos.plan.v1.SqlFragment
import io.polybolos.plan.v1.Subquery
import io.polybolos.plan.v1.WindowCall
import java.util.IdentityHashMap
import io.polybolos.plan.v1.SortKey as WireSortKey

/** From a frame to a plan: the relations in order, inputs before users, with their expressions written out. */
internal class PlanWriter {
    private val relations = ArrayList<Relation>()
    private val expressions = ExpressionWriter()

    /** The plan of a frame's rows. */
    fun query(frame: DataFrame): Plan {
        add(frame.step)
        return finish { relation = frame.id }
    }

    /** The plan of a command over a frame's rows. */
    fun command(frame: DataFrame, exprs: List<Expr>, write: Command.Builder.(ExpressionWriter) -> Unit): Plan {
        add(frame.step, exprs)
        val command = Command.newBuilder().setInput(frame.id).apply { write(expressions) }
        return finish { setCommand(command) }
    }

    /** The plan of a command without rows. */
    fun command(write: Command.Builder.() -> Unit): Plan = finish { setCommand(Command.newBuilder().apply(write)) }

    private fun add(root: PlanStep, more: List<Expr> = emptyList()) {
        val steps = inOrder(root)
        expressions.count(steps.flatMap { it.op.exprs } + more)
        for (step in steps) {
            val relation = Relation.newBuilder().setId(step.id).addAllInputs(step.inputs.map(PlanStep::id))
            step.op.write(relation, expressions)
            relations.add(relation.build())
        }
    }

    private fun finish(root: Plan.Builder.() -> Unit): Plan = Plan.newBuilder()
        .setVersion(ContractVersion.newBuilder().setMinor(CONTRACT_MINOR).setProducer("jvm-client ${Polybolos.VERSION}"))
        .setProfile(Profile.PROFILE_SURFACE)
        .addAllRelations(relations)
        .addAllSharedExpressions(expressions.shared)
        .addAllParameters(expressions.parameters)
        .apply(root)
        .build()

    companion object {
        /** The minor version of the contract that this client is built with. */
        const val CONTRACT_MINOR = 0
    }
}

/** The step and all that it stands on, inputs before users, each once. */
internal fun inOrder(root: PlanStep): List<PlanStep> {
    val seen = HashSet<Int>()
    val order = ArrayList<PlanStep>()
    val pending = ArrayDeque(listOf(root to false))
    while (pending.isNotEmpty()) {
        val (step, ready) = pending.removeLast()
        if (ready) {
            order.add(step)
        } else if (seen.add(step.id)) {
            pending.add(step to true)
            step.dependencies().asReversed().forEach { pending.add(it to false) }
        }
    }
    return order
}

/**
 * Writes expressions into a plan.
 *
 * Expressions nest as deep as programs like, protobuf's messages at most 100 deep. So a left chain of a chainable operator becomes one
 * call, and a part that would nest too deep becomes an entry of `Plan.shared_expressions`, which stands for it as if it were written in
 * its place. A big part that is used in several places becomes one too, so that a plan is never larger than the program that built it.
 *
 * Trees are walked with a stack of our own: their depth costs heap, not stack.
 */
internal class ExpressionWriter {
    val shared = ArrayList<Expression>()
    val parameters = ArrayList<ParameterDecl>()

    private val uses = IdentityHashMap<Expr, Int>()
    private val written = IdentityHashMap<Expr, Written>()
    private val entries = HashMap<Expression, Int>()

    /** An expression in the plan's form, how many messages it nests, and how many expressions it has. */
    private class Written(val wire: Expression, val height: Int, val nodes: Long)

    /** An expression whose operands are being written. */
    private class Open(val expr: Expr, operands: List<Expr>) {
        val operands: Iterator<Expr> = operands.iterator()
        val done = ArrayList<Written>()
    }

    /** Counts how often each part is used, which says what is worth sharing. */
    fun count(exprs: List<Expr>) {
        val pending = ArrayDeque(exprs)
        while (pending.isNotEmpty()) {
            val expr = pending.removeLast().unaliased()
            val before = uses.merge(expr, 1, Int::plus)
            if (before == 1) pending.addAll(expr.children)
        }
    }

    fun write(root: Expr): Expression {
        val open = ArrayDeque(listOf(open(root)))
        while (true) {
            val top = open.last()
            if (top.operands.hasNext()) {
                val operand = top.operands.next().unaliased()
                val known = written[operand]
                if (known != null) top.done.add(known) else open.add(open(operand))
                continue
            }
            open.removeLast()
            val closed = close(top.expr, top.done)
            val parent = open.lastOrNull() ?: return closed.wire
            parent.done.add(closed)
        }
    }

    fun writeAll(exprs: List<Expr>): List<Expression> = exprs.map(::write)

    /** The expressions under their output names. */
    fun named(exprs: List<Expr>): List<NamedExpr> = exprs.map(::named)

    fun named(expr: Expr): NamedExpr = NamedExpr.newBuilder().setName(expr.name).setExpr(write(expr)).build()

    fun sortKeys(keys: List<SortKey>): List<WireSortKey> = keys.map { sortKey(write(it.expr), it.order) }

    fun columns(exprs: List<Expr>): List<ColumnRef> = exprs.map { (it.op as Op.Column).ref }

    private fun open(expr: Expr): Open {
        val bare = expr.unaliased()
        return Open(bare, Chains.operands(bare) { written.containsKey(it) })
    }

    /** Writes an expression whose operands are written; it is kept where it is used again, and moved where it is big. */
    private fun close(expr: Expr, operands: List<Written>): Written {
        val distances = distances(expr.op, operands.size)
        val movable = { at: Int -> !(expr.op is Op.Over && at == 0) }
        val short = operands.mapIndexed { at, operand ->
            if (movable(at) && distances[at] + operand.height > HEIGHT_MAX) moved(operand) else operand
        }
        val wire = message(expr, short.map(Written::wire))
        val height = short.foldIndexed(Heights.own(wire)) { at, height, operand -> maxOf(height, distances[at] + operand.height) }
        val nodes = short.fold(1L) { nodes, operand -> nodes + operand.nodes }
        var result = Written(wire, height, nodes)
        val again = (uses[expr] ?: 0) > 1 && expr.children.isNotEmpty()
        if (again && nodes >= SHARED_NODES_MIN && canBeShared(expr)) result = moved(result)
        if (again) written[expr] = result
        return result
    }

    /** The expression as a reference to an entry; of a lambda, which must stay in its call, the body. */
    private fun moved(written: Written): Written {
        if (!written.wire.hasLambdaFn()) return reference(written.wire)
        val lambda = written.wire.lambdaFn
        val body = reference(lambda.body)
        return Written(written.wire.toBuilder().setLambdaFn(lambda.toBuilder().setBody(body.wire)).build(), LAMBDA_HEIGHT, body.nodes + 1)
    }

    private fun reference(wire: Expression): Written {
        val index = entries.getOrPut(wire) {
            shared.add(wire)
            shared.size
        }
        return Written(Expression.newBuilder().setShared(index).build(), 1, 1)
    }

    private fun message(expr: Expr, operands: List<Expression>): Expression = Expression.newBuilder().apply {
        when (val op = expr.op) {
            is Op.Value -> setLiteral(op.literal)
            is Op.Column -> setColumn(op.ref)
            is Op.OuterColumn -> setOuterColumn(OuterColumn.newBuilder().setRelation(op.relation).setName(op.name))
            is Op.Call -> setCall(call(op.namespace, op.name, operands))
            is Op.BareWindow -> setCall(call(op.namespace, op.name, operands))
            is Op.Cast -> setCast(Cast.newBuilder().setInput(operands[0]).setTo(op.to).setOnFailure(op.onFailure))
            is Op.Case -> setCaseWhen(case(op, operands))
            is Op.InList -> setInList(InList.newBuilder().setNeedle(operands[0]).addAllItems(operands.drop(1)))
            is Op.Aggregate -> setAggregate(aggregate(op, operands))
            is Op.Over -> setWindow(window(op, operands))
            is Op.Subquery -> setSubquery(subquery(op, operands))
            is Op.Field -> setField(FieldAccess.newBuilder().setInput(operands[0]).setField(op.name))
            is Op.Lambda -> setLambdaFn(lambda(op, operands[0]))
            is Op.LambdaVar -> setLambdaVar(LambdaVar.newBuilder().setId(op.id))
            is Op.Parameter -> setParameter(Parameter.newBuilder().setIndex(parameter(op)))
            is Op.Sql -> setSql(SqlFragment.newBuilder().setText(op.text))
            is Op.Alias, is Op.Star -> throw InternalException("$expr reached a plan")
        }
    }.build()

    private fun call(namespace: String, name: String, args: List<Expression>) =
        Call.newBuilder().setFunction(function(namespace, name)).addAllArgs(args)

    private fun case(op: Op.Case, operands: List<Expression>): Case.Builder {
        val case = Case.newBuilder()
        val first = if (op.operand) 1 else 0
        if (op.operand) case.setOperand(operands[0])
        if (op.otherwise) case.setOtherwise(operands.last())
        operands.subList(first, operands.size - if (op.otherwise) 1 else 0).chunked(2).forEach { (condition, result) ->
            case.addBranches(Case.Branch.newBuilder().setCondition(condition).setResult(result))
        }
        return case
    }

    private fun aggregate(op: Op.Aggregate, operands: List<Expression>): AggregateCall.Builder {
        val keys = operands.drop(op.args + if (op.filter) 1 else 0)
        val call = AggregateCall.newBuilder()
            .setFunction(function(op.namespace, op.name))
            .addAllArgs(operands.take(op.args))
            .setDistinct(op.distinct)
            .addAllOrderBy(keys.zip(op.order, ::sortKey))
            .setNulls(op.nulls)
        if (op.filter) call.setFilter(operands[op.args])
        return call
    }

    private fun window(op: Op.Over, operands: List<Expression>): WindowCall.Builder {
        val rest = ArrayDeque(operands)
        val function = rest.removeFirst()
        val call = WindowCall.newBuilder()
        if (function.hasAggregate()) call.setAggregate(function.aggregate) else call.setWindow(function.call)
        repeat(op.partitions) { call.addPartitionBy(rest.removeFirst()) }
        op.order.forEach { call.addOrderBy(sortKey(rest.removeFirst(), it)) }
        val frame = Frame.newBuilder().setUnits(op.units).setStart(bound(op.start, rest)).setEnd(bound(op.end, rest))
        return call.setFrame(frame.setExclusion(op.exclusion))
    }

    private fun bound(kind: BoundKind, offsets: ArrayDeque<Expression>): Bound.Builder {
        val bound = Bound.newBuilder().setKind(kind)
        if (takesOffset(kind)) bound.setOffset(offsets.removeFirst())
        return bound
    }

    private fun subquery(op: Op.Subquery, needles: List<Expression>): Subquery.Builder {
        val subquery = Subquery.newBuilder().setKind(op.kind).setRelation(op.frame.id).addAllNeedles(needles)
        op.comparison?.let { subquery.setComparison(function("core", it)) }
        return subquery
    }

    private fun lambda(op: Op.Lambda, body: Expression): Lambda.Builder {
        val params = op.params.map { LambdaParam.newBuilder().setId(it.id).setName(it.name).build() }
        return Lambda.newBuilder().addAllParams(params).setBody(body)
    }

    private fun parameter(op: Op.Parameter): Int {
        val known = parameters.indexOfFirst { it.name == op.name }
        if (known < 0) {
            parameters.add(ParameterDecl.newBuilder().setName(op.name).setType(op.type).build())
            return parameters.size
        }
        val type = parameters[known].type
        if (type != op.type) {
            val types = "${typeName(type)} and ${typeName(op.type)}"
            throw ErrorFacts("PARAMETER_MISMATCH", "the parameter \$${op.name} is used with two types: $types").toException()
        }
        return known + 1
    }

    private fun sortKey(expr: Expression, order: SortOrder): WireSortKey =
        WireSortKey.newBuilder().setExpr(expr).setDirection(order.direction).setNulls(order.nulls).build()

    /** Some expressions must stand where they are: a lambda in its call, its variables in the lambda, a function in its window. */
    private fun canBeShared(expr: Expr): Boolean {
        val boundToPlace = expr.op is Op.Lambda || expr.op is Op.Aggregate || expr.op is Op.BareWindow || expr.op is Op.Over
        return !boundToPlace && !expr.has(Flags.LAMBDA_VAR)
    }

    /** How many messages lie between an expression and each of its operands, the operand included. */
    private fun distances(op: Op, operands: Int): IntArray = when (op) {
        is Op.Case -> IntArray(operands) { at ->
            val plain = (op.operand && at == 0) || (op.otherwise && at == operands - 1)
            if (plain) 2 else 3
        }
        is Op.Aggregate -> IntArray(operands) { at -> if (at < op.args + (if (op.filter) 1 else 0)) 2 else 3 }
        // The function's own distance is measured from the window that takes its message over.
        is Op.Over -> IntArray(operands) { at ->
            when {
                at == 0 -> 1
                at <= op.partitions -> 2
                at <= op.partitions + op.order.size -> 3
                else -> 4
            }
        }
        else -> IntArray(operands) { 2 }
    }

    companion object {
        /** Messages that an expression nests before its deep parts are moved; the rest, up to 100, is left to what stands around it. */
        private const val HEIGHT_MAX = 32
        private const val LAMBDA_HEIGHT = 4

        /** Nodes from which an expression that is used in several places is written once. */
        private const val SHARED_NODES_MIN = 256L

        fun function(namespace: String, name: String): FunctionRef = FunctionRef.newBuilder().setNamespace(namespace).setName(name).build()

        fun takesOffset(kind: BoundKind): Boolean =
            kind == BoundKind.BOUND_KIND_PRECEDING_OFFSET || kind == BoundKind.BOUND_KIND_FOLLOWING_OFFSET
    }
}

/** How many messages something nests, itself included. */
private object Heights {
    /** Of an expression, without its operands. */
    fun own(expression: Expression): Int = when (expression.kindCase) {
        Expression.KindCase.LITERAL -> 1 + of(expression.literal)
        Expression.KindCase.CAST -> 2 + of(expression.cast.to)
        Expression.KindCase.SHARED, Expression.KindCase.KIND_NOT_SET -> 1
        Expression.KindCase.COLUMN, Expression.KindCase.OUTER_COLUMN, Expression.KindCase.LAMBDA_VAR,
        Expression.KindCase.PARAMETER, Expression.KindCase.SQL, Expression.KindCase.EXTENSION,
        -> 2
        else -> 3
    }

    /** Of a message, by its fields. */
    private fun of(message: com.google.protobuf.MessageOrBuilder): Int = 1 + (
        message.allFields.values.flatMap { it as? List<*> ?: listOf(it) }
            .filterIsInstance<com.google.protobuf.MessageOrBuilder>()
            .maxOfOrNull(::of) ?: 0
        )
}
