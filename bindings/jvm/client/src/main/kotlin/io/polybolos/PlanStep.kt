package io.polybolos

import io.polybolos.plan.v1.Relation
import java.util.concurrent.atomic.AtomicInteger

/** One step of a [DataFrame]: a node of the plan with the caller's line. */
internal class PlanStep(val op: StepOp, val inputs: List<PlanStep>, val callSite: StackTraceElement?) {
    /** Unique in the process, so that frames of any origin can be joined without renumbering. */
    val id: Int = next()

    /** Whatever must stand before this step in a plan: its inputs, and the frames of its subqueries. */
    fun dependencies(): List<PlanStep> = inputs + op.exprs.flatMap(::subqueries).map(DataFrame::step)

    companion object {
        private val nextId = AtomicInteger(1)

        private fun next(): Int = nextId.getAndUpdate { if (it == -1) it else it + 1 }.also {
            if (it == -1) throw ErrorFacts("LIMIT_EXCEEDED", "this process has built 4 294 967 294 DataFrames, which is all there can be").toException()
        }
    }
}

/** The frames of the subqueries in a tree. */
internal fun subqueries(expr: Expr): List<DataFrame> {
    if (!expr.has(Flags.SUBQUERY)) return emptyList()
    val frames = ArrayList<DataFrame>()
    val pending = ArrayDeque(listOf(expr))
    while (pending.isNotEmpty()) {
        val next = pending.removeLast()
        (next.op as? Op.Subquery)?.let { frames.add(it.frame) }
        next.children.asReversed().filter { it.has(Flags.SUBQUERY) }.forEach(pending::add)
    }
    return frames
}

/**
 * What a step does.
 *
 * @property word the method that makes such a step
 * @property fields its expressions, by the field of the plan that they stand in; null where something else stands
 * @property sorts whether its rows have an order
 * @property cacheId what it reads was kept under this id
 */
internal class StepOp(
    val word: String,
    val fields: List<Pair<String, List<Expr?>>> = emptyList(),
    private val aggregates: Boolean = false,
    private val windows: Boolean = false,
    val sorts: Boolean = false,
    val cacheId: String? = null,
    private val writes: Relation.Builder.(ExpressionWriter) -> Unit,
) {
    val exprs: List<Expr> = fields.flatMap { (_, exprs) -> exprs.filterNotNull() }

    fun write(relation: Relation.Builder, writer: ExpressionWriter): Unit = relation.writes(writer)

    /** Refuses what can stand in no plan, whatever the schema. */
    fun check() {
        for (expr in exprs) {
            if (expr.has(Flags.STAR)) throw misplaced("a star stands only in select(), alone or beside other columns", expr)
            if (expr.has(Flags.AGGREGATE) && !aggregates) throw misplaced("an aggregate stands in agg(), not in $word()", expr)
            if (expr.has(Flags.WINDOW) && !windows) {
                throw misplaced("a window function cannot stand in $word(): compute it with withColumn() first", expr)
            }
        }
    }

    private fun misplaced(rule: String, expr: Expr) = ErrorFacts("INVALID_EXPRESSION", "$rule; here stands $expr").toException()

    /** The expression that a path of the plan lies in; the only one of a step that has one. */
    fun exprAt(path: String): Expr? {
        if (exprs.size == 1) return exprs.single()
        val step = path.split('.').getOrNull(1) ?: return null
        val index = step.substringAfter('[', "0").removeSuffix("]").toIntOrNull() ?: return null
        return fields.firstOrNull { it.first == step.substringBefore('[') }?.second?.getOrNull(index)
    }
}

/** Adds the caller's line to an error that names a step below this one, and to those that came with it; and the guilty expression. */
internal fun blame(root: PlanStep, error: PolybolosException): PolybolosException {
    val steps = inOrder(root).associateBy(PlanStep::id)
    fun told(facts: ErrorFacts): ErrorFacts {
        val step = steps[facts.relation] ?: return facts
        return facts.copy(
            callSite = facts.callSite ?: step.callSite,
            expression = facts.expression ?: step.op.exprAt(facts.path)?.toString(),
            cause = error.takeIf { it.facts === facts } ?: facts.cause,
        )
    }
    if (error.facts.relation !in steps && error.others.isEmpty()) return error
    return told(error.facts).copy(others = error.facts.others.map(::told)).toException()
}
