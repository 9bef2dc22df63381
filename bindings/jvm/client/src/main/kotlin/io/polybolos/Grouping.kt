package io.polybolos

import io.polybolos.plan.v1.Aggregate
import io.polybolos.plan.v1.GroupingMode
import io.polybolos.plan.v1.GroupingSet
import io.polybolos.plan.v1.Literal

/** Keys that wait for their measures. Made by [DataFrame.groupBy] and its kin. */
public class GroupBy internal constructor(
    private val frame: DataFrame,
    private val keys: List<Expr>,
    private val mode: GroupingMode,
    private val sets: List<List<Int>> = emptyList(),
) {
    /** The keys, then these aggregates, one row per group. A measure may combine aggregates: `sum("a") / sum("b")`. */
    public fun agg(vararg measures: Any): DataFrame {
        val exprs = columns(measures, "agg()")
        if (exprs.isEmpty() && keys.isEmpty()) frame.fail("agg() needs at least one aggregate")
        return frame.then("agg", "keys" to keys, "measures" to exprs, aggregates = true) { writer ->
            setAggregate(
                Aggregate.newBuilder()
                    .addAllKeys(writer.named(keys))
                    .addAllMeasures(writer.named(exprs))
                    .setMode(mode)
                    .addAllSets(sets.map { GroupingSet.newBuilder().addAllKeys(it).build() }),
            )
        }
    }

    /** The keys and the number of rows of each group, as `count`. */
    public fun count(): DataFrame = agg(aggregateCall("std", "count", emptyList<Expr>()) alias "count")

    /**
     * Spreads the measures over columns: for each of these values of the column, one column per measure. Without values the engine finds
     * them first, which reads the data once more.
     */
    @JvmOverloads
    public fun pivot(column: Any, values: Collection<Any?> = emptyList()): PivotedGroupBy {
        if (mode != GroupingMode.GROUPING_MODE_PLAIN) frame.fail("pivot() stands after groupBy(), not after rollup(), cube() or groupingSets()")
        return PivotedGroupBy(frame, keys, column(column, "pivot()"), told { values.map(Literals::of) })
    }
}

/** Groups whose measures become one column per value of another column. Made by [GroupBy.pivot]. */
public class PivotedGroupBy internal constructor(
    private val frame: DataFrame,
    private val keys: List<Expr>,
    private val column: Expr,
    private val values: List<Literal>,
) {
    /** The keys, then a column for each value and measure: named by the value where there is one measure, else `value_measure`. */
    public fun agg(vararg measures: Any): DataFrame {
        val exprs = columns(measures, "agg()")
        if (exprs.isEmpty()) frame.fail("agg() after pivot() needs at least one aggregate")
        return frame.pivoted(keys, column, values, exprs)
    }
}
