// The closed choices that methods of frames take.
package io.polybolos

import io.polybolos.flight.v1.AnalyzeWhat
import io.polybolos.plan.v1.JoinKind as WireJoinKind
import io.polybolos.plan.v1.WriteMode as WireWriteMode

/** Which rows a join keeps. */
public enum class JoinKind(internal val wire: WireJoinKind) {
    /** Pairs that match. */
    INNER(WireJoinKind.JOIN_KIND_INNER),

    /** Pairs that match, and the left rows that match nothing, with nulls on the right. */
    LEFT(WireJoinKind.JOIN_KIND_LEFT),

    /** Pairs that match, and the right rows that match nothing, with nulls on the left. */
    RIGHT(WireJoinKind.JOIN_KIND_RIGHT),

    /** Pairs that match, and the rows of both sides that match nothing. */
    FULL(WireJoinKind.JOIN_KIND_FULL),

    /** Left rows that match something, each once, without the right columns. */
    SEMI(WireJoinKind.JOIN_KIND_LEFT_SEMI),

    /** Left rows that match nothing, without the right columns. */
    ANTI(WireJoinKind.JOIN_KIND_LEFT_ANTI),

    /** All pairs; takes no condition, see [DataFrame.crossJoin]. */
    CROSS(WireJoinKind.JOIN_KIND_CROSS),
}

/** What a write does to what is there. */
public enum class WriteMode(internal val wire: WireWriteMode) {
    /** Fails with `ALREADY_EXISTS` where there is something. The default. */
    ERROR_IF_EXISTS(WireWriteMode.WRITE_MODE_CREATE),

    /** Adds to it. */
    APPEND(WireWriteMode.WRITE_MODE_APPEND),

    /** Replaces the files, or the rows of the table. */
    OVERWRITE(WireWriteMode.WRITE_MODE_OVERWRITE),

    /** Replaces those partitions for which there are new rows. */
    OVERWRITE_PARTITIONS(WireWriteMode.WRITE_MODE_OVERWRITE_PARTITIONS),

    /** Does nothing where there is something. */
    IGNORE(WireWriteMode.WRITE_MODE_IGNORE_IF_EXISTS),

    /** Replaces a table together with its schema; only for tables. */
    CREATE_OR_REPLACE(WireWriteMode.WRITE_MODE_CREATE_OR_REPLACE),
}

/** What [DataFrame.explain] tells. */
public enum class ExplainMode(internal val question: AnalyzeWhat) {
    /** The plan as it is bound and optimized. */
    LOGICAL(AnalyzeWhat.ANALYZE_WHAT_EXPLAIN_LOGICAL),

    /** The plan as it would run. */
    PHYSICAL(AnalyzeWhat.ANALYZE_WHAT_EXPLAIN_PHYSICAL),

    /** The plan as it ran, with metrics: the query runs, its rows are thrown away. */
    ANALYZE(AnalyzeWhat.ANALYZE_WHAT_EXPLAIN_ANALYZE),
}
