package io.polybolos

import io.polybolos.plan.v1.BoundKind
import io.polybolos.plan.v1.CastFailure
import io.polybolos.plan.v1.ColumnRef
import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.FrameExclusion
import io.polybolos.plan.v1.FrameUnits
import io.polybolos.plan.v1.Literal
import io.polybolos.plan.v1.NullTreatment
import io.polybolos.plan.v1.NullsOrder
import io.polybolos.plan.v1.SortDirection
import io.polybolos.plan.v1.SubqueryKind

/**
 * What an [Expr] does. Its children stand in the order that each variant states, so that everything that walks a tree does so with a
 * stack of its own and is the same for every operation.
 */
internal sealed interface Op {
    class Value(val literal: Literal) : Op

    class Column(val ref: ColumnRef) : Op

    class OuterColumn(val relation: Int, val name: String) : Op

    class Star(val star: io.polybolos.plan.v1.Star) : Op

    /** Arguments. */
    class Call(val namespace: String, val name: String) : Op

    /** Input. */
    class Cast(val to: DataType, val onFailure: CastFailure) : Op

    /** Operand where there is one, then condition and result of each branch, then otherwise where there is one. */
    class Case(val operand: Boolean, val otherwise: Boolean) : Op

    /** Needle, then items. */
    object InList : Op

    /** Arguments, then the filter where there is one, then the sort keys. */
    data class Aggregate(
        val namespace: String,
        val name: String,
        val args: Int,
        val distinct: Boolean = false,
        val filter: Boolean = false,
        val order: List<SortOrder> = emptyList(),
        val nulls: NullTreatment = NullTreatment.NULL_TREATMENT_UNSPECIFIED,
    ) : Op

    /** A window function that has no window yet: its arguments. */
    class BareWindow(val namespace: String, val name: String) : Op

    /** Function, partition keys, sort keys, offsets of the frame's bounds. */
    class Over(
        val partitions: Int,
        val order: List<SortOrder>,
        val units: FrameUnits,
        val start: BoundKind,
        val end: BoundKind,
        val exclusion: FrameExclusion,
        /** The frame is the default one: not part of the default name. */
        val defaultFrame: Boolean,
    ) : Op

    /** Needles. */
    class Subquery(val kind: SubqueryKind, val frame: DataFrame, val comparison: String?) : Op

    /** Input. */
    class Field(val name: String) : Op

    /** Body. */
    class Lambda(val params: List<LambdaVar>) : Op

    class LambdaVar(val id: Int, val name: String) : Op

    class Parameter(val name: String, val type: DataType) : Op

    class Sql(val text: String) : Op

    /** The expression that gets the name. */
    class Alias(val name: String) : Op
}

internal data class SortOrder(val direction: SortDirection, val nulls: NullsOrder) {
    /** What follows the expression in a text. */
    fun suffix(): String {
        val way = if (direction == SortDirection.SORT_DIRECTION_DESC) "desc" else "asc"
        return " $way nulls ${if (nulls == NullsOrder.NULLS_ORDER_FIRST) "first" else "last"}"
    }
}

/** What stands anywhere below a node, as bits. */
internal object Flags {
    const val AGGREGATE = 1
    const val WINDOW = 2
    const val BARE_WINDOW = 4
    const val SUBQUERY = 8
    const val STAR = 16
    const val LAMBDA_VAR = 32
    const val COLUMN = 64

    fun of(op: Op, children: List<Expr>): Int {
        val below = children.fold(0) { flags, child -> flags or child.flags }
        return when (op) {
            is Op.Column, is Op.OuterColumn, is Op.Sql -> COLUMN
            is Op.Star -> STAR
            is Op.Aggregate -> below or AGGREGATE
            is Op.BareWindow -> below or BARE_WINDOW
            is Op.Over -> (below and AGGREGATE.inv() and BARE_WINDOW.inv()) or WINDOW
            is Op.Subquery -> below or SUBQUERY
            is Op.LambdaVar -> LAMBDA_VAR
            else -> below
        }
    }
}
