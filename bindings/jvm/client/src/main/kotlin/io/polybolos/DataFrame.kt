package io.polybolos

import io.polybolos.plan.v1.CachedRef
import io.polybolos.plan.v1.CastFailure
import io.polybolos.plan.v1.ColumnRef
import io.polybolos.plan.v1.ConformTo
import io.polybolos.plan.v1.Describe
import io.polybolos.plan.v1.Distinct
import io.polybolos.plan.v1.DropColumns
import io.polybolos.plan.v1.DropNulls
import io.polybolos.plan.v1.FillNull
import io.polybolos.plan.v1.FillNulls
import io.polybolos.plan.v1.Filter
import io.polybolos.plan.v1.GroupingMode
import io.polybolos.plan.v1.Hint
import io.polybolos.plan.v1.Join
import io.polybolos.plan.v1.Limit
import io.polybolos.plan.v1.Literal
import io.polybolos.plan.v1.Observe
import io.polybolos.plan.v1.Project
import io.polybolos.plan.v1.Relation
import io.polybolos.plan.v1.Rename
import io.polybolos.plan.v1.RenameColumns
import io.polybolos.plan.v1.Repartition
import io.polybolos.plan.v1.ReplaceValues
import io.polybolos.plan.v1.Sample
import io.polybolos.plan.v1.Selection
import io.polybolos.plan.v1.SetOp
import io.polybolos.plan.v1.SetOpColumns
import io.polybolos.plan.v1.SetOpKind
import io.polybolos.plan.v1.Sort
import io.polybolos.plan.v1.SubqueryAlias
import io.polybolos.plan.v1.UsingColumns
import io.polybolos.plan.v1.WithColumns
import kotlinx.coroutines.flow.Flow
import org.apache.arrow.vector.types.pojo.Schema
import java.util.concurrent.CompletableFuture

/**
 * A result that has not been computed: an immutable description, cheap to build, to share and to keep. Nothing runs before an action asks
 * for rows: [collect], [reader], [show], [count], a write.
 *
 * A mistake that needs no schema (an empty `select`, an aggregate in a `filter`, frames of two sessions) is told by the method; a mistake
 * that needs one (an unknown column) by the action, with the line of the method to blame.
 *
 * ```kotlin
 * session.readParquet("trips.parquet")
 *     .filter(col("fare_amount") gt 0)
 *     .groupBy("passenger_count")
 *     .agg(avg("tip_amount") alias "tip", count() alias "trips")
 *     .orderBy("passenger_count")
 *     .show()
 * ```
 *
 * Where columns are expected, each may be the name of one, an [Expr], a property such as `Trip::fare`, or a collection of these.
 */
public class DataFrame internal constructor(
    /** The session that the frame belongs to. */
    public val session: Session,
    internal val step: PlanStep,
    internal val bindings: Map<String, Literal>,
) {
    /** The id that the frame has in plans, errors and metrics. */
    public val id: Int get() = step.id

    // Columns of this frame.

    /**
     * The column of this name *that comes from this frame*, wherever the expression is used. After a join of two frames that both have an
     * `id`, `orders.col("id")` and `items.col("id")` tell them apart; for a join of a frame with itself, give one side an [alias].
     */
    public fun col(name: String): Expr = Expr(Op.Column(ColumnRef.newBuilder().setName(name).setRelation(id).build()))

    /** The same as [col]. */
    public operator fun get(name: String): Expr = col(name)

    /** The column of this frame, seen from inside a subquery of it: what makes the subquery depend on the row around it. */
    public fun outer(name: String): Expr = Expr(Op.OuterColumn(id, name))

    /** Every column that comes from this frame; stands only in a `select`. */
    public fun star(): Star = Star(io.polybolos.plan.v1.Star.newBuilder().setRelation(id).build())

    // Which columns.

    /** These columns, in this order. When all of them are aggregates the answer is one row, as of [agg]. */
    public fun select(vararg columns: Any): DataFrame {
        val exprs = columns(columns, "select()")
        if (exprs.isEmpty()) fail("select() needs at least one column")
        if (exprs.any { it.has(Flags.AGGREGATE) } && exprs.all(::isMeasure)) return agg(exprs)
        val items = exprs.map { it.takeUnless { it.op is Op.Star } }
        return then("select", "items" to items, windows = true) { writer ->
            project = Project.newBuilder().addAllItems(exprs.map { selection(it, writer) }).build()
        }
    }

    private fun isMeasure(expr: Expr) = !expr.has(Flags.STAR) && !expr.has(Flags.WINDOW) && (expr.has(Flags.AGGREGATE) || !expr.has(Flags.COLUMN))

    private fun selection(expr: Expr, writer: ExpressionWriter): Selection {
        val star = expr.op as? Op.Star ?: return Selection.newBuilder().setExpr(writer.named(expr)).build()
        return Selection.newBuilder().setStar(star.star).build()
    }

    /** All columns and this one. A column of that name is replaced in its place. */
    public fun withColumn(name: String, value: Any): DataFrame = withColumns(column(value, "withColumn()") alias name)

    /** All columns and these, all computed from the columns as they were before. A column of that name is replaced in its place. */
    public fun withColumns(vararg columns: Any): DataFrame {
        val exprs = columns(columns, "withColumns()")
        if (exprs.isEmpty()) fail("withColumns() needs at least one column")
        return then("withColumns", "columns" to exprs, windows = true) { writer ->
            withColumns = WithColumns.newBuilder().addAllColumns(writer.named(exprs)).build()
        }
    }

    /** All columns, one under a new name. */
    public fun rename(old: String, new: String): DataFrame = rename(mapOf(old to new))

    /** All columns, some under new names, from old to new. A name that no column has is an error unless [strict] is false. */
    @JvmOverloads
    public fun rename(names: Map<String, String>, strict: Boolean = true): DataFrame {
        if (names.isEmpty()) fail("rename() needs at least one pair of an old and a new name")
        val renames = names.map { (old, new) -> Rename.newBuilder().setOldName(old).setNewName(new).build() }
        return then("rename") { rename = RenameColumns.newBuilder().addAllRenames(renames).setMissingOk(!strict).build() }
    }

    /** All columns but these: names, or columns of a frame such as `orders.col("id")`. A column that is not there is an error. */
    public fun drop(vararg columns: Any): DataFrame = dropOr(columns, missingOk = false)

    /** As [drop], and a column that is not there is passed over. */
    public fun dropExisting(vararg columns: Any): DataFrame = dropOr(columns, missingOk = true)

    private fun dropOr(columns: Array<out Any>, missingOk: Boolean): DataFrame {
        val exprs = bare(columns(columns, "drop()"), "drop()")
        if (exprs.isEmpty()) fail("drop() needs at least one column")
        return then("drop", "columns" to exprs) { writer ->
            drop = DropColumns.newBuilder().addAllColumns(writer.columns(exprs)).setMissingOk(missingOk).build()
        }
    }

    private fun bare(exprs: List<Expr>, method: String): List<Expr> {
        exprs.firstOrNull { it.op !is Op.Column }?.let { fail("$method takes columns, not $it: add it with withColumn() first") }
        return exprs
    }

    /** Every column cast to the type that the map names; the others stay as they are. */
    public fun cast(types: Map<String, String>): DataFrame = told {
        withColumns(types.map { (name, type) -> io.polybolos.col(name).cast(type) alias name })
    }

    /**
     * Exactly the columns of the schema, found by name, cast to its types. With [byPosition] they are found by position and renamed; with
     * [nullOnFailure] a value that does not fit becomes null instead of an error.
     */
    @JvmOverloads
    public fun conform(schema: Schema, byPosition: Boolean = false, nullOnFailure: Boolean = false): DataFrame = told {
        val failure = if (nullOnFailure) CastFailure.CAST_FAILURE_NULL else CastFailure.CAST_FAILURE_ERROR
        val to = ConformTo.newBuilder().setSchema(schemaOf(schema)).setByPosition(byPosition).setOnFailure(failure)
        then("conform") { setConform(to) }
    }

    // Which rows.

    /** The rows for which the condition is true: neither false nor null. */
    public fun filter(condition: Expr): DataFrame =
        then("filter", "predicate" to listOf(condition)) { writer -> setFilter(Filter.newBuilder().setPredicate(writer.write(condition))) }

    /** All rows in this order. A plain column sorts ascending with nulls last. */
    public fun sort(vararg keys: Any): DataFrame = sortOr(keys, withinPartitions = false)

    /** The same as [sort]. */
    public fun orderBy(vararg keys: Any): DataFrame = sortOr(keys, withinPartitions = false)

    /** The rows of each partition in this order; nothing is said of the partitions among themselves. */
    public fun sortWithinPartitions(vararg keys: Any): DataFrame = sortOr(keys, withinPartitions = true)

    private fun sortOr(keys: Array<out Any>, withinPartitions: Boolean): DataFrame {
        val order = sortKeys(keys, "sort()")
        if (order.isEmpty()) fail("sort() needs at least one key")
        return then("sort", "keys" to order.map(SortKey::expr), sorts = !withinPartitions) { writer ->
            setSort(Sort.newBuilder().addAllKeys(writer.sortKeys(order)).setWithinPartitions(withinPartitions))
        }
    }

    /** The first [n] rows after the first [offset]. */
    @JvmOverloads
    public fun limit(n: Long, offset: Long = 0): DataFrame = limitOr(n, offset, withTies = false)

    /** All rows but the first [n]. */
    public fun offset(n: Long): DataFrame = limitOr(null, n, withTies = false)

    /** The first [n] rows. */
    @JvmOverloads
    public fun head(n: Long = 5): DataFrame = limit(n)

    /** The first [n] rows of a sorted frame, and those that equal the last of them in the order. */
    public fun limitWithTies(n: Long): DataFrame {
        if (!step.op.sorts) fail("limitWithTies() stands right after sort(), which says what a tie is")
        return limitOr(n, 0, withTies = true)
    }

    private fun limitOr(n: Long?, offset: Long, withTies: Boolean): DataFrame {
        if ((n ?: 0) < 0 || offset < 0) fail("a number of rows cannot be negative: ${if (offset < 0) offset else n}")
        val limit = Limit.newBuilder().setOffset(offset).setWithTies(withTies)
        n?.let(limit::setCount)
        return then("limit") { setLimit(limit) }
    }

    /** Every different row once. Two nulls are equal here. */
    public fun distinct(): DataFrame = then("distinct") { distinct = Distinct.getDefaultInstance() }

    /** One row for each different combination of these columns: the first in the order of [keep], or any. */
    public fun distinctOn(columns: Any, vararg keep: Any): DataFrame {
        val on = bare(columnsOf(columns, "distinctOn()"), "distinctOn()")
        if (on.isEmpty()) fail("distinctOn() needs at least one column; distinct() compares whole rows")
        val order = sortKeys(keep, "distinctOn(keep)")
        return then("distinct", "on" to on, "keep" to order.map(SortKey::expr)) { writer ->
            setDistinct(Distinct.newBuilder().addAllOn(writer.columns(on)).addAllKeep(writer.sortKeys(order)))
        }
    }

    /** About this fraction of the rows, each chosen by chance; with a [seed] the same choice in each run over the same data. */
    @JvmOverloads
    public fun sample(fraction: Double, seed: Long? = null, withReplacement: Boolean = false): DataFrame {
        if (!(fraction >= 0 && (fraction <= 1 || withReplacement))) fail("a sample is a fraction between 0 and 1, not $fraction")
        return sampleOr(Sample.newBuilder().setFraction(fraction), seed, withReplacement)
    }

    /** Exactly [n] rows chosen by chance, or all where there are fewer. */
    @JvmOverloads
    public fun sampleRows(n: Long, seed: Long? = null, withReplacement: Boolean = false): DataFrame =
        sampleOr(Sample.newBuilder().setRows(n), seed, withReplacement)

    private fun sampleOr(sample: Sample.Builder, seed: Long?, withReplacement: Boolean): DataFrame {
        seed?.let(sample::setSeed)
        return then("sample") { setSample(sample.setReplacement(withReplacement)) }
    }

    // Several frames.

    /** Pairs of rows of both frames that agree in a column that both have; the answer has one copy of it, first. */
    @JvmOverloads
    public fun join(right: DataFrame, on: String, how: JoinKind = JoinKind.INNER, nullsEqual: Boolean = false): DataFrame =
        join(right, listOf(on), how, nullsEqual)

    /** Pairs of rows of both frames that agree in columns that both have; the answer has one copy of each, first. */
    @JvmOverloads
    public fun join(right: DataFrame, on: Collection<String>, how: JoinKind = JoinKind.INNER, nullsEqual: Boolean = false): DataFrame {
        if (on.isEmpty()) fail("join() needs at least one column; crossJoin() takes all pairs")
        refuseCross(how)
        val using = UsingColumns.newBuilder().addAllColumns(on).setNullsEqual(nullsEqual)
        return over("join", right) { setJoin(Join.newBuilder().setKind(how.wire).setUsing(using)) }
    }

    /** Pairs of rows of both frames for which the condition is true; the answer has all columns of both. */
    @JvmOverloads
    public fun join(right: DataFrame, on: Expr, how: JoinKind = JoinKind.INNER): DataFrame = joinOn(right, on, how, lateral = false)

    /** As [join], and the right frame may look at the row of the left one with [outer]. */
    @JvmOverloads
    public fun joinLateral(right: DataFrame, on: Expr, how: JoinKind = JoinKind.INNER): DataFrame = joinOn(right, on, how, lateral = true)

    private fun joinOn(right: DataFrame, on: Expr, how: JoinKind, lateral: Boolean): DataFrame {
        refuseCross(how)
        return over("join", right, fields = listOf("on" to listOf(on))) { writer ->
            setJoin(Join.newBuilder().setKind(how.wire).setOn(writer.write(on)).setLateral(lateral))
        }
    }

    private fun refuseCross(how: JoinKind) {
        if (how == JoinKind.CROSS) fail("a cross join takes no condition: use crossJoin()")
    }

    /** All pairs of rows of both frames. */
    public fun crossJoin(right: DataFrame): DataFrame = crossOr(right, lateral = false)

    /** Each row with all rows of the right frame, which may look at it with [outer]. */
    public fun crossJoinLateral(right: DataFrame): DataFrame = crossOr(right, lateral = true)

    private fun crossOr(right: DataFrame, lateral: Boolean) =
        over("join", right) { setJoin(Join.newBuilder().setKind(JoinKind.CROSS.wire).setLateral(lateral)) }

    /** The rows of all, duplicates kept (`UNION ALL`); columns by position. */
    public fun union(vararg others: DataFrame): DataFrame {
        if (others.isEmpty()) fail("union() needs at least one other frame")
        return set(SetOpKind.SET_OP_KIND_UNION_ALL, *others)
    }

    /** Every different row of both once; columns by position. */
    public fun unionDistinct(other: DataFrame): DataFrame = set(SetOpKind.SET_OP_KIND_UNION, other)

    /** The rows of both, duplicates kept; columns by name. [allowMissing] fills a column that one side lacks with nulls. */
    @JvmOverloads
    public fun unionByName(other: DataFrame, allowMissing: Boolean = false): DataFrame {
        val columns = if (allowMissing) SetOpColumns.SET_OP_COLUMNS_BY_NAME_FILL_MISSING else SetOpColumns.SET_OP_COLUMNS_BY_NAME
        return over("union", other) { setSetOp(SetOp.newBuilder().setKind(SetOpKind.SET_OP_KIND_UNION_ALL).setColumns(columns)) }
    }

    /** Every different row that both have, once; with [all] as often as both have it. */
    @JvmOverloads
    public fun intersect(other: DataFrame, all: Boolean = false): DataFrame =
        set(if (all) SetOpKind.SET_OP_KIND_INTERSECT_ALL else SetOpKind.SET_OP_KIND_INTERSECT, other)

    /** Every different row that the other frame does not have; with [all] each row of the other takes one equal row away. */
    @JvmOverloads
    public fun except(other: DataFrame, all: Boolean = false): DataFrame =
        set(if (all) SetOpKind.SET_OP_KIND_EXCEPT_ALL else SetOpKind.SET_OP_KIND_EXCEPT, other)

    private fun set(kind: SetOpKind, vararg others: DataFrame) = over("union", *others) {
        setSetOp(SetOp.newBuilder().setKind(kind).setColumns(SetOpColumns.SET_OP_COLUMNS_BY_POSITION))
    }

    // Groups.

    /** One group for each different combination of the keys; two nulls are equal here. */
    public fun groupBy(vararg keys: Any): GroupBy = GroupBy(this, columns(keys, "groupBy()"), GroupingMode.GROUPING_MODE_PLAIN)

    /** Groups by all keys, then by all but the last, and so on down to one group of all rows; keys that are left out are null. */
    public fun rollup(vararg keys: Any): GroupBy = grouped("rollup()", keys, GroupingMode.GROUPING_MODE_ROLLUP)

    /** Groups by every subset of the keys; keys that are left out are null. */
    public fun cube(vararg keys: Any): GroupBy = grouped("cube()", keys, GroupingMode.GROUPING_MODE_CUBE)

    private fun grouped(method: String, keys: Array<out Any>, mode: GroupingMode): GroupBy {
        val exprs = columns(keys, method)
        if (exprs.isEmpty()) fail("$method needs at least one key")
        return GroupBy(this, exprs, mode)
    }

    /** Groups by each of these sets of keys. Keys are the same where their names are. */
    public fun groupingSets(vararg sets: Collection<Any>): GroupBy {
        if (sets.isEmpty()) fail("groupingSets() needs at least one set")
        val keys = LinkedHashMap<String, Expr>()
        val positions = sets.map { set ->
            columnsOf(set, "groupingSets()").map { key ->
                keys.putIfAbsent(key.name, key)
                keys.keys.indexOf(key.name)
            }
        }
        return GroupBy(this, keys.values.toList(), GroupingMode.GROUPING_MODE_SETS, positions)
    }

    /** One row: these aggregates over all rows. */
    public fun agg(vararg measures: Any): DataFrame = groupBy().agg(*measures)

    /** Statistics of columns, one row each: count, null_count, mean, std, min, 25%, 50%, 75%, max. None takes every column. */
    public fun describe(vararg columns: String): DataFrame = describe(columns.asList(), emptyList())

    /** These statistics of columns, one row each: those of [describe] and any percentile such as `99%`. */
    public fun describe(columns: Collection<String>, statistics: Collection<String>): DataFrame =
        then("describe") { setDescribe(Describe.newBuilder().addAllColumns(columns).addAllStatistics(statistics)) }

    // Shapes.

    /**
     * One row for each element of the list (or entry of the map) in a column.
     *
     * @param name the column of elements; without it the elements take the place of the list
     * @param outer keeps a row whose list is empty or null, with a null element
     * @param ordinality adds a column of this name with the 1-based position of each element
     * @param fields makes a column of each field where the elements are structs
     */
    @JvmOverloads
    public fun unnest(
        column: Any,
        name: String? = null,
        outer: Boolean = false,
        ordinality: String? = null,
        fields: Boolean = false,
    ): DataFrame {
        val value = column(column, "unnest()")
        val target = name ?: if (value.op is Op.Column) "" else value.name
        return then("unnest", "value" to listOf(value)) { writer ->
            unnestBuilder.setValue(writer.write(value)).setAsColumn(target).setOuter(outer).setOrdinality(ordinality ?: "").setIntoFields(fields)
        }
    }

    /**
     * Values of one column as columns: one row for each combination of [rows], filled with the aggregates [cells].
     *
     * @param values the values to make columns of; none: the engine finds them first, which reads the data once more
     */
    public fun pivot(on: Any, values: Collection<Any?>, rows: Any, cells: Any): DataFrame {
        val measures = columnsOf(cells, "pivot(cells)")
        if (measures.isEmpty()) fail("pivot() needs an aggregate for its cells")
        return pivoted(columnsOf(rows, "pivot(rows)"), column(on, "pivot(on)"), told { values.map(Literals::of) }, measures)
    }

    internal fun pivoted(keys: List<Expr>, on: Expr, values: List<Literal>, measures: List<Expr>): DataFrame =
        then("pivot", "keys" to keys, "column" to listOf(on), "measures" to measures, aggregates = true) { writer ->
            pivotBuilder.addAllKeys(writer.named(keys)).setColumn(writer.write(on)).addAllValues(values).addAllMeasures(writer.named(measures))
        }

    /** Each of the columns as rows of its name and its value, beside the columns to [keep]. */
    @JvmOverloads
    public fun unpivot(
        columns: Any,
        keep: Any = emptyList<String>(),
        namesTo: String = "variable",
        valuesTo: String = "value",
        keepNulls: Boolean = true,
    ): DataFrame {
        val (values, ids) = columnsOf(columns, "unpivot()") to columnsOf(keep, "unpivot(keep)")
        if (values.isEmpty()) fail("unpivot() needs at least one column")
        return then("unpivot", "ids" to ids, "values" to values) { writer ->
            unpivotBuilder.addAllIds(writer.writeAll(ids)).addAllValues(writer.writeAll(values))
                .setNameColumn(namesTo).setValueColumn(valuesTo).setKeepNulls(keepNulls)
        }
    }

    // Nulls and other values to replace.

    /** Every null of a column of the value's family of types (numbers, strings, booleans ...) replaced by the value. */
    public fun fillNull(value: Any): DataFrame = told {
        filled(listOf(FillNull.newBuilder().setValue(Literals.of(value)).build()))
    }

    /** The nulls of each of these columns replaced by its value. */
    public fun fillNull(values: Map<String, Any>): DataFrame {
        if (values.isEmpty()) fail("fillNull() needs at least one column and its value")
        return told { filled(values.map { (name, value) -> FillNull.newBuilder().setColumn(name).setValue(Literals.of(value)).build() }) }
    }

    private fun filled(fills: List<FillNull>) = then("fillNull") { setFillNulls(FillNulls.newBuilder().addAllFills(fills)) }

    /** The rows without a null in these columns; none looks at every column. */
    public fun dropNulls(vararg columns: String): DataFrame = dropNulls(columns.asList(), null)

    /** As [dropNulls]; [atLeast] keeps rows with so many values that are not null, [nanToo] counts NaN as null. */
    @JvmOverloads
    public fun dropNulls(columns: Collection<String>, atLeast: Int?, nanToo: Boolean = false): DataFrame {
        val drop = DropNulls.newBuilder().addAllColumns(columns).setNanToo(nanToo)
        atLeast?.let(drop::setMinNonNull)
        return then("dropNulls") { setDropNulls(drop) }
    }

    /** Values replaced by others in these columns, or in every column where none is named. */
    public fun replace(values: Map<out Any?, Any?>, vararg columns: String): DataFrame {
        if (values.isEmpty()) fail("replace() needs at least one pair of an old and a new value")
        val pairs = told {
            values.map { (old, new) ->
                ReplaceValues.Replacement.newBuilder().setOldValue(Literals.of(old)).setNewValue(Literals.of(new)).build()
            }
        }
        return then("replace") { setReplace(ReplaceValues.newBuilder().addAllColumns(columns.asList()).addAllPairs(pairs)) }
    }

    // Names, partitions, advice, parameters.

    /** The same rows under a name, for [qualified] columns and for a join of a frame with itself; [columns] renames them in order. */
    @JvmOverloads
    public fun alias(name: String, columns: Collection<String> = emptyList()): DataFrame =
        then("alias") { setAlias(SubqueryAlias.newBuilder().setName(name).addAllColumns(columns)) }

    /** The same rows, spread evenly over [n] partitions. */
    public fun repartition(n: Int): DataFrame =
        repartitioned { setRoundRobin(Repartition.RoundRobin.newBuilder().setPartitions(some(n))) }

    /** The same rows, those with equal keys in one partition; [n] partitions, or as many as the engine likes. */
    @JvmOverloads
    public fun repartitionBy(keys: Any, n: Int? = null): DataFrame {
        val exprs = columnsOf(keys, "repartitionBy()")
        if (exprs.isEmpty()) fail("repartitionBy() needs at least one key")
        return repartitioned("keys" to exprs) { writer ->
            hashBuilder.addAllKeys(writer.writeAll(exprs)).apply { n?.let { partitions = some(it) } }
        }
    }

    /** The same rows, each partition a range of the order. */
    @JvmOverloads
    public fun repartitionByRange(keys: Any, n: Int? = null): DataFrame {
        val order = sortKeysOf(keys, "repartitionByRange()")
        if (order.isEmpty()) fail("repartitionByRange() needs at least one key")
        return repartitioned("keys" to order.map(SortKey::expr)) { writer ->
            rangeBuilder.addAllKeys(writer.sortKeys(order)).apply { n?.let { partitions = some(it) } }
        }
    }

    /** The same rows in at most [n] partitions, without moving more than needed. */
    public fun coalesce(n: Int): DataFrame = repartitioned { setCoalesce(Repartition.Coalesce.newBuilder().setPartitions(some(n))) }

    private fun repartitioned(vararg fields: Pair<String, List<Expr>>, scheme: Repartition.Builder.(ExpressionWriter) -> Unit): DataFrame =
        then("repartition", *fields) { writer -> setRepartition(Repartition.newBuilder().apply { scheme(writer) }) }

    private fun some(partitions: Int): Int = if (partitions > 0) partitions else fail("there must be at least one partition, not $partitions")

    /** Advice to the engine, such as `broadcast`. It never changes the result. */
    public fun hint(name: String, vararg args: Any): DataFrame {
        val exprs = columns(args, "hint()")
        return then("hint", "args" to exprs) { writer -> setHint(Hint.newBuilder().setName(name).addAllArgs(writer.writeAll(exprs))) }
    }

    /** The same rows; aggregates over them, computed as they pass, are in the trailer of the result under this name. */
    public fun observe(name: String, vararg metrics: Any): DataFrame {
        val exprs = columns(metrics, "observe()")
        if (exprs.isEmpty()) fail("observe() needs at least one aggregate")
        return then("observe", "metrics" to exprs, aggregates = true) { writer ->
            setObserve(Observe.newBuilder().setName(name).addAllMetrics(writer.named(exprs)))
        }
    }

    /** Gives a [parameter] its value. A frame can be bound many times, each time to other values. */
    public fun bind(name: String, value: Any?): DataFrame = told { DataFrame(session, step, bindings + (name to Literals.of(value))) }

    /** The plan: the protobuf message that an action sends. */
    public fun plan(): Plan = told { Plan(PlanWriter().query(this)) }

    // Actions.

    /** Runs the query: all its rows, in memory. An interrupt of the thread cancels it. */
    public fun collect(): List<Row> = told { reader().use(QueryResult::rows) }

    /** Runs the query: all its rows as objects of a data class, a record or another class, by the names of its constructor's parameters. */
    public fun <T : Any> collectAs(type: Class<T>): List<T> = told { reader().use { it.objects(type) } }

    /** Runs the query on another thread; cancelling the future cancels the query. */
    public fun collectAsync(): CompletableFuture<List<Row>> = Actions.async(this, QueryResult::rows)

    /** As [collectAsync], with objects as of [collectAs]. */
    public fun <T : Any> collectAsAsync(type: Class<T>): CompletableFuture<List<T>> = Actions.async(this) { it.objects(type) }

    /** Runs the query: its batches as Arrow, as they come, without copies. Closing the reader cancels what is left. */
    public fun reader(): QueryResult = told { session.run(this) }

    /** Runs the query when it is collected: its batches, as they come. Cancelling the collector cancels the query. For Kotlin only. */
    @JvmSynthetic
    public fun asFlow(): Flow<RecordBatch> = Actions.flow(this)

    /** Runs the query: how many rows it has. */
    public fun count(): Long = told { agg(aggregateCall("std", "count", emptyList<Expr>()) alias "count").collect().single().getLong("count") }

    /** Runs the query: the one value of its one row and one column. */
    public fun scalar(): Any? = told {
        val rows = limit(2).collect()
        val only = rows.singleOrNull()?.takeIf { it.names.size == 1 } ?: throw DataException(
            "CARDINALITY_VIOLATION",
            "scalar() needs one row of one column, not ${rows.size} rows${rows.firstOrNull()?.let { " of ${it.names.size} columns" } ?: ""}",
        )
        only[0]
    }

    /** The columns of the result, without running the query. */
    public fun schema(): Schema = told { Actions.schema(this) }

    /** Prints the first [n] rows as a table, as wide as the terminal. */
    @JvmOverloads
    public fun show(n: Int = 20) {
        print(told { Actions.table(this, n, Show.terminalWidth()) })
        System.out.flush()
    }

    /** The first [n] rows as a table, as [show] prints it; not wider than [width] characters where that is given. */
    @JvmOverloads
    public fun toTableString(n: Int = 20, width: Int? = null): String = told { Actions.table(this, n, width) }

    /** How the query would run, or ran, as text. Its form is for people and may change. */
    @JvmOverloads
    public fun explain(mode: ExplainMode = ExplainMode.PHYSICAL): String = told { Actions.explain(this, mode, "text") }

    /** The engine's plan as one JSON object, a tree of `name`, `details`, `children`, and where it ran `rows` and `time_ns`. */
    @JvmOverloads
    public fun explainJson(mode: ExplainMode = ExplainMode.PHYSICAL): String = told { Actions.explain(this, mode, "json") }

    /** Runs the query now and keeps its rows in the session; the frame that comes back reads them. */
    public fun cache(): DataFrame = told {
        val id = java.util.UUID.randomUUID().toString()
        session.command(this) { cacheBuilder.setCacheId(id).setEager(true) }
        session.leaf(StepOp("cache", cacheId = id) { setCached(CachedRef.newBuilder().setCacheId(id)) })
    }

    /** Gives up what [cache] kept. Frames that read it fail from now on. */
    public fun uncache(): Unit = told {
        session.uncache(step.op.cacheId ?: fail("uncache() is for the frame that cache() gave back"))
    }

    /** Gives the query a name in the session; the short form of [Session.createView]. */
    public fun createView(name: String): Unit = session.createView(name, this)

    /** Writes Parquet files into a folder, or one file where the path ends in an extension. Nothing that exists is touched unless said. */
    @JvmOverloads
    public fun writeParquet(path: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.parquet(this, path, options)

    /** Writes CSV files with a header line, unless the options say otherwise. */
    @JvmOverloads
    public fun writeCsv(path: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.csv(this, path, options)

    /** Writes files with one JSON object per line, unless the options say otherwise. */
    @JvmOverloads
    public fun writeJson(path: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.json(this, path, options)

    /** Writes Arrow IPC files. */
    @JvmOverloads
    public fun writeArrow(path: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.arrow(this, path, options)

    /** Writes Avro files. */
    @JvmOverloads
    public fun writeAvro(path: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.avro(this, path, options)

    /** Makes a table of the rows, or writes into one as the options say. A table that exists is not touched unless said. */
    @JvmOverloads
    public fun writeTable(name: String, options: WriteOptions = WriteOptions()): WriteSummary = Writes.table(this, name, options)

    /** Adds the rows to a table; columns are matched by name. */
    public fun insertInto(name: String): WriteSummary = writeTable(name, WriteOptions().mode(WriteMode.APPEND))

    /** The id and the last step; [show] prints rows. */
    override fun toString(): String = "DataFrame $id (${step.op.word})"

    // How a step is put on top of this frame and others.

    internal fun then(
        word: String,
        vararg fields: Pair<String, List<Expr?>>,
        aggregates: Boolean = false,
        windows: Boolean = false,
        sorts: Boolean = false,
        write: Relation.Builder.(ExpressionWriter) -> Unit,
    ): DataFrame = told {
        session.frame(StepOp(word, fields.asList(), aggregates, windows, sorts = sorts, writes = write), listOf(this))
    }

    private fun over(
        word: String,
        vararg others: DataFrame,
        fields: List<Pair<String, List<Expr>>> = emptyList(),
        write: Relation.Builder.(ExpressionWriter) -> Unit,
    ): DataFrame = told { session.frame(StepOp(word, fields, writes = write), listOf(this) + others) }

    internal fun fail(sentence: String): Nothing = told { throw InvalidArgumentException(sentence) }
}

/** Runs the query: all its rows as objects of a class, by the names of its constructor's parameters. */
public inline fun <reified T : Any> DataFrame.collectAs(): List<T> = collectAs(T::class.java)
