package io.polybolos

import io.polybolos.plan.v1.BoundKind
import io.polybolos.plan.v1.FrameExclusion
import io.polybolos.plan.v1.FrameUnits

/**
 * Which rows a window function sees. Windows are values: each method answers a new one.
 *
 * The frame is always said in the plan. Unless you say it, it is the one of SQL: with an order, from the start of the partition up to the
 * current row and its equals; without an order, the whole partition.
 *
 * ```kotlin
 * sum("fare") over Window.partitionBy("driver").orderBy("day").rowsBetween(-6, 0)
 * ```
 */
public class Window private constructor(
    private val partitionBy: List<Expr> = emptyList(),
    private val orderBy: List<SortKey> = emptyList(),
    private val frame: Frame? = null,
    private val exclusion: FrameExclusion = FrameExclusion.FRAME_EXCLUSION_UNSPECIFIED,
) {
    /** The order of the rows in each partition. */
    public fun orderBy(vararg keys: Any): Window = Window(partitionBy, sortKeys(keys, "orderBy()"), frame, exclusion)

    /** The frame in rows: null is unbounded, 0 the current row, -1 the one before, 1 the one after. */
    public fun rowsBetween(start: Long?, end: Long?): Window = framed(FrameUnits.FRAME_UNITS_ROWS, counted(start, true), counted(end, false))

    /** The frame in groups of rows that are equal in the order, counted as in [rowsBetween]. */
    public fun groupsBetween(start: Long?, end: Long?): Window =
        framed(FrameUnits.FRAME_UNITS_GROUPS, counted(start, true), counted(end, false))

    /**
     * The frame in values of the one sort key, from at most [before] smaller than the current row's to at most [after] larger; null is
     * unbounded, 0 the current row and its equals.
     */
    public fun rangeBetween(before: Any?, after: Any?): Window {
        val start = before?.let { Bound(BoundKind.BOUND_KIND_PRECEDING_OFFSET, operand(it, "rangeBetween(before)")) }
        val end = after?.let { Bound(BoundKind.BOUND_KIND_FOLLOWING_OFFSET, operand(it, "rangeBetween(after)")) }
        return framed(FrameUnits.FRAME_UNITS_RANGE, start ?: FIRST, end ?: LAST)
    }

    /** Leaves the current row out of the frame. */
    public fun excludingCurrentRow(): Window = excluding(FrameExclusion.FRAME_EXCLUSION_CURRENT_ROW)

    /** Leaves the current row and its equals in the order out of the frame. */
    public fun excludingGroup(): Window = excluding(FrameExclusion.FRAME_EXCLUSION_GROUP)

    /** Leaves the equals of the current row in the order, but not itself, out of the frame. */
    public fun excludingTies(): Window = excluding(FrameExclusion.FRAME_EXCLUSION_TIES)

    private fun excluding(what: FrameExclusion) = Window(partitionBy, orderBy, frame, what)

    private fun framed(units: FrameUnits, start: Bound, end: Bound) = Window(partitionBy, orderBy, Frame(units, start, end), exclusion)

    private fun counted(offset: Long?, start: Boolean): Bound = when {
        offset == null -> if (start) FIRST else LAST
        offset == 0L -> CURRENT
        offset < 0 -> Bound(BoundKind.BOUND_KIND_PRECEDING_OFFSET, lit((-offset).toULong()))
        else -> Bound(BoundKind.BOUND_KIND_FOLLOWING_OFFSET, lit(offset.toULong()))
    }

    /** The function over this window. */
    internal fun applied(function: Expr): Expr {
        val frame = frame ?: defaultFrame()
        val shape = Op.Over(
            partitions = partitionBy.size,
            order = orderBy.map(SortKey::order),
            units = frame.units,
            start = frame.start.kind,
            end = frame.end.kind,
            exclusion = exclusion,
            defaultFrame = this.frame == null && exclusion == FrameExclusion.FRAME_EXCLUSION_UNSPECIFIED,
        )
        val offsets = listOfNotNull(frame.start.offset, frame.end.offset)
        return Expr(shape, listOf(function) + partitionBy + orderBy.map(SortKey::expr) + offsets)
    }

    private fun defaultFrame() = when {
        orderBy.isEmpty() -> Frame(FrameUnits.FRAME_UNITS_ROWS, FIRST, LAST)
        else -> Frame(FrameUnits.FRAME_UNITS_RANGE, FIRST, CURRENT)
    }

    private class Frame(val units: FrameUnits, val start: Bound, val end: Bound)

    private class Bound(val kind: BoundKind, val offset: Expr? = null)

    /** Where windows start. */
    public companion object {
        private val FIRST = Bound(BoundKind.BOUND_KIND_UNBOUNDED_PRECEDING)
        private val CURRENT = Bound(BoundKind.BOUND_KIND_CURRENT_ROW)
        private val LAST = Bound(BoundKind.BOUND_KIND_UNBOUNDED_FOLLOWING)

        /** All rows, in no order. */
        @JvmStatic
        public fun all(): Window = Window()

        /** The rows that have equal keys. */
        @JvmStatic
        public fun partitionBy(vararg keys: Any): Window = Window(partitionBy = columns(keys, "partitionBy()"))

        /** All rows, in this order. */
        @JvmStatic
        public fun orderedBy(vararg keys: Any): Window = Window(orderBy = sortKeys(keys, "orderedBy()"))
    }
}
