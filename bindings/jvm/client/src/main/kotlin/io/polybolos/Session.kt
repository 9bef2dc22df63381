package io.polybolos

import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.Capabilities
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.ParameterValue
import io.polybolos.flight.v1.QueryInfo
import io.polybolos.flight.v1.ResultOptions
import io.polybolos.plan.v1.Command
import io.polybolos.plan.v1.CreateView
import io.polybolos.plan.v1.DropObject
import io.polybolos.plan.v1.Identifier
import io.polybolos.plan.v1.IfExists
import io.polybolos.plan.v1.ObjectKind
import io.polybolos.plan.v1.Range
import io.polybolos.plan.v1.ReadFiles
import io.polybolos.plan.v1.ReadTable
import io.polybolos.plan.v1.SqlCommand
import io.polybolos.plan.v1.SqlQuery
import io.polybolos.plan.v1.TableFunction
import org.apache.arrow.vector.ipc.ArrowReader
import java.util.UUID

/**
 * Where frames start and where they run: a server ([Polybolos.connect]) or the engine in this JVM ([Polybolos.embedded]). The same program
 * gives the same answers on each. Sessions may be used by many threads at once.
 *
 * Views, uploaded data and options end with the session; closing it cancels its queries. Use a closed session and you get an exception.
 */
public class Session private constructor(
    internal val transport: Transport,
    private val tags: List<String>,
    private val batchRowsMax: Long?,
) : AutoCloseable {
    /** A session over a transport of one's own. */
    public constructor(transport: Transport) : this(transport, emptyList(), null)

    /** The same session; its queries carry these labels in lists of queries. */
    public fun withTags(vararg tags: String): Session = Session(transport, tags.asList(), batchRowsMax)

    /** The same session; its results come in batches of at most so many rows. */
    public fun withBatchRows(rowsMax: Long): Session = Session(transport, tags, rowsMax)

    // Where frames start.

    /** The rows of Parquet files: `session.readParquet("trips.parquet")`, a glob or a folder, as the engine sees them. */
    @JvmOverloads
    public fun readParquet(path: String, options: ParquetOptions = ParquetOptions()): DataFrame = read(listOf(path), options)

    /** The rows of Parquet files at several paths. */
    @JvmOverloads
    public fun readParquet(paths: Collection<String>, options: ParquetOptions = ParquetOptions()): DataFrame = read(paths, options)

    /** The rows of CSV files with a header line, unless the options say otherwise. */
    @JvmOverloads
    public fun readCsv(path: String, options: CsvOptions = CsvOptions()): DataFrame = read(listOf(path), options)

    /** The rows of CSV files at several paths. */
    @JvmOverloads
    public fun readCsv(paths: Collection<String>, options: CsvOptions = CsvOptions()): DataFrame = read(paths, options)

    /** The rows of files with one JSON object per line, unless the options say otherwise. */
    @JvmOverloads
    public fun readJson(path: String, options: JsonOptions = JsonOptions()): DataFrame = read(listOf(path), options)

    /** The rows of JSON files at several paths. */
    @JvmOverloads
    public fun readJson(paths: Collection<String>, options: JsonOptions = JsonOptions()): DataFrame = read(paths, options)

    /** The rows of Arrow IPC files, of the file or the stream format. */
    @JvmOverloads
    public fun readArrow(path: String, options: ArrowOptions = ArrowOptions()): DataFrame = read(listOf(path), options)

    /** The rows of Arrow IPC files at several paths. */
    @JvmOverloads
    public fun readArrow(paths: Collection<String>, options: ArrowOptions = ArrowOptions()): DataFrame = read(paths, options)

    /** The rows of Avro files. */
    @JvmOverloads
    public fun readAvro(path: String, options: AvroOptions = AvroOptions()): DataFrame = read(listOf(path), options)

    /** The rows of Avro files at several paths. */
    @JvmOverloads
    public fun readAvro(paths: Collection<String>, options: AvroOptions = AvroOptions()): DataFrame = read(paths, options)

    private fun read(paths: Collection<String>, options: ReadOptions): DataFrame = told {
        if (paths.isEmpty() || paths.any(String::isEmpty)) throw InvalidArgumentException("a read needs at least one path, and none of them empty")
        val read = ReadFiles.newBuilder().addAllPaths(paths).apply { options.write(this) }.build()
        leaf(StepOp("read") { readFiles = read })
    }

    /**
     * The rows of a table or view. The name is taken apart at its dots as SQL does, without folding case: `orders`, `sales.orders`; a part
     * in double quotes is exact: `sales."2026.01"`.
     */
    public fun table(name: String): DataFrame = told {
        val read = ReadTable.newBuilder().setTable(Names.table(name)).build()
        leaf(StepOp("table") { readTable = read })
    }

    /** The rows of a query in SQL, with the values of `$1`, `$2` and so on. Nothing runs yet; a text that is wrong is told by the action. */
    public fun sql(text: String, vararg params: Any?): DataFrame = sql(text, SqlOptions().values(params.asList()))

    /** The rows of a query in SQL, with parameters by position or name, and frames that the text calls by name. */
    public fun sql(text: String, options: SqlOptions): DataFrame = told {
        val (named, positional) = options.named to options.positional
        val query = SqlQuery.newBuilder().setText(text).setDialect(options.dialect).addAllInputNames(options.inputs.keys).build()
        val op = StepOp("sql", listOf("positional_args" to positional, "named_args" to named)) { writer ->
            sql = query.toBuilder().addAllPositionalArgs(writer.writeAll(positional)).addAllNamedArgs(writer.named(named)).build()
        }
        frame(op, options.inputs.values.toList())
    }

    /** Runs one SQL statement of any kind at once: a query answers its rows, a command one row that says what it did. */
    public fun execute(text: String): List<Row> = told {
        run(PlanWriter().command { setSql(SqlCommand.newBuilder().setText(text)) }).use(QueryResult::rows)
    }

    /** Runs a plan that was made elsewhere, with one value for each of its parameters. */
    @JvmOverloads
    public fun runPlan(plan: Plan, parameters: List<ParameterValue> = emptyList()): QueryResult = told {
        send(parameters, plan::into)
    }

    /** The numbers from 0 up to, but without, [end], as a column `id` of `int64`. */
    public fun range(end: Long): DataFrame = range(0, end)

    /** The numbers from [start] towards [end], [step] apart, without [end], as a column `id` of `int64`. */
    @JvmOverloads
    public fun range(start: Long, end: Long, step: Long = 1): DataFrame = told {
        if (step == 0L) throw InvalidArgumentException("the step of a range cannot be 0")
        val numbers = Range.newBuilder().setStart(start).setEnd(end).setStep(step).setColumn("id").build()
        leaf(StepOp("range") { range = numbers })
    }

    /** One row of these values, without a source. */
    public fun select(vararg columns: Any): DataFrame = range(1).select(*columns)

    /** The rows that a function gives, such as `generate_series`. */
    public fun tableFunction(name: String, vararg args: Any): DataFrame = told {
        val exprs = columns(args, "tableFunction()")
        val op = StepOp("tableFunction", listOf("args" to exprs)) { writer ->
            val call = TableFunction.newBuilder().setFunction(ExpressionWriter.function("std", name))
            tableFunction = call.addAllArgs(writer.writeAll(exprs)).build()
        }
        leaf(op)
    }

    /**
     * The rows of Arrow data, which is read now, and the reader closed. Up to 64 KiB travel inside plans; more is sent at once, batch by
     * batch, and stays in the session, so that it may be larger than memory.
     */
    public fun fromArrow(data: ArrowReader): DataFrame = told { local(data) }

    /** The rows of a collection of objects of a data class, a record or another class: its properties become columns. */
    public fun <T : Any> from(type: Class<T>, items: Iterable<T>): DataFrame = told { local(arrowOf(type, items, transport.allocator)) }

    /** Rows written out: the columns by name and type, such as `mapOf("id" to "int64")`, and a value for each in every row. */
    public fun fromRows(columns: Map<String, String>, rows: Iterable<List<Any?>>): DataFrame = told {
        local(arrowOfRows(columns.toList(), rows, transport.allocator))
    }

    private fun local(data: ArrowReader): DataFrame {
        if (!transport.isOpen) data.use { throw sessionClosed() }
        val source = Uploads.localData(data, transport)
        return leaf(StepOp("from") { localData = source })
    }

    // The catalog and the session itself.

    /** Gives the frame a name. The view is the query, not its rows. By default it is the session's and replaces one of its name. */
    @JvmOverloads
    public fun createView(name: String, frame: DataFrame, shared: Boolean = false, ifExists: IfTaken = IfTaken.REPLACE): Unit = told {
        val view = CreateView.newBuilder().setName(Names.table(name)).setTemporary(!shared).setIfExists(ifExists.wire)
        same(frame.session)
        command(frame) { setCreateView(view) }
    }

    /** Removes a view. */
    @JvmOverloads
    public fun dropView(name: String, missingOk: Boolean = false): Unit = told { dropObject(ObjectKind.OBJECT_KIND_VIEW, Names.table(name), missingOk) }

    /** Removes a table with its rows. */
    public fun dropTable(name: String): Unit = told { dropObject(ObjectKind.OBJECT_KIND_TABLE, Names.table(name), missingOk = false) }

    internal fun uncache(id: String) = dropObject(ObjectKind.OBJECT_KIND_CACHE, Identifier.newBuilder().addParts(id).build(), missingOk = true)

    private fun dropObject(kind: ObjectKind, name: Identifier, missingOk: Boolean) {
        val drop = DropObject.newBuilder().setKind(kind).setName(name).setMissingOk(missingOk)
        run(PlanWriter().command { setDrop(drop) }).use(QueryResult::rows)
    }

    /** The tables and views that the session sees, in the order of their names. */
    public fun tables(): List<TableInfo> = told {
        val text = "select table_catalog, table_schema, table_name, table_type from information_schema.tables " +
            "where table_schema <> 'information_schema' order by 1, 2, 3"
        sql(text).collect().map { row -> row.toList().map { it as? String ?: "" }.let { (catalog, schema, name, kind) -> TableInfo(catalog, schema, name, kind) } }
    }

    /** What the engine can do, and its limits. */
    public fun capabilities(): Capabilities = told { transport.capabilities() }

    /** The caller's queries: those that wait or run, or with [allStates] also those that ended lately. */
    @JvmOverloads
    public fun queries(allStates: Boolean = false): List<QueryInfo> = told { transport.queries(allStates) }

    /** Cancels a query of the caller. */
    public fun cancel(queryId: String): CancelOutcome = told { transport.cancel(queryId) }

    /** All options of the session. */
    public fun options(): Map<String, String> = told { transport.setOptions(emptyMap()) }

    /** Sets one option, such as `time_zone`. */
    public fun setOption(key: String, value: String): Unit = told { transport.setOptions(mapOf(key to value)) }

    /** Ends the session: its views and data are gone, its queries are cancelled. A second call does nothing. */
    override fun close(): Unit = transport.close()

    /** Where the session runs: `Session(grpc://localhost:50051)`, `Session(embedded)`. */
    override fun toString(): String = "Session(${transport.place})"

    // How frames are made and run.

    internal fun leaf(op: StepOp): DataFrame = frame(op, emptyList())

    /** A frame over others of this session. */
    internal fun frame(op: StepOp, inputs: List<DataFrame>): DataFrame {
        op.check()
        val all = inputs + op.exprs.flatMap(::subqueries)
        all.forEach { same(it.session) }
        return DataFrame(this, PlanStep(op, inputs.map(DataFrame::step), CallSite.here()), bindings(all))
    }

    /** Frames of different sessions cannot meet. */
    private fun same(other: Session) {
        if (other.transport !== transport) throw InvalidArgumentException("the frames belong to different sessions; read both through one session")
    }

    /** Frames bound to different values of one parameter do not go together. */
    private fun bindings(frames: List<DataFrame>) = frames.map(DataFrame::bindings).fold(emptyMap<String, io.polybolos.plan.v1.Literal>()) { all, some ->
        some.forEach { (name, value) ->
            if (all[name]?.equals(value) == false) throw InvalidArgumentException("the parameter \$$name is bound to two different values")
        }
        if (all.isEmpty()) some else all + some
    }

    /** Starts the query of a frame; mistakes are told at its lines. */
    internal fun run(frame: DataFrame): QueryResult = blaming(frame) {
        val plan = PlanWriter().query(frame)
        start(plan, Parameters.values(plan, frame.bindings)).also { it.blamed = frame.step }
    }

    /** Runs a command over the rows of a frame: the rows that it answers. */
    internal fun command(frame: DataFrame, exprs: List<Expr> = emptyList(), write: Command.Builder.(ExpressionWriter) -> Unit): List<Row> =
        blaming(frame) {
            val plan = PlanWriter().command(frame, exprs, write)
            val result = start(plan, Parameters.values(plan, frame.bindings)).also { it.blamed = frame.step }
            result.use(QueryResult::rows)
        }

    internal inline fun <T> blaming(frame: DataFrame, block: () -> T): T = try {
        block()
    } catch (error: PolybolosException) {
        throw blame(frame.step, error)
    }

    private fun run(plan: io.polybolos.plan.v1.Plan): QueryResult = start(plan, emptyList())

    private fun start(plan: io.polybolos.plan.v1.Plan, parameters: List<ParameterValue>): QueryResult = send(parameters) { setPlan(plan) }

    private fun send(parameters: List<ParameterValue>, plan: ExecutePlan.Builder.() -> Unit): QueryResult {
        val options = ResultOptions.newBuilder().setSingleStream(true)
        batchRowsMax?.let(options::setMaxBatchRows)
        val request = ExecutePlan.newBuilder()
            .setOperationId(UUID.randomUUID().toString())
            .addAllParameters(parameters)
            .setResult(options)
            .addAllTags(tags)
            .apply(plan)
        return transport.execute(request.build())
    }
}

/** The rows of a collection of objects: its properties become columns. */
public inline fun <reified T : Any> Session.from(items: Iterable<T>): DataFrame = from(T::class.java, items)

/** What to do where the name of a view is taken. */
public enum class IfTaken(internal val wire: IfExists) {
    /** The new view takes its place. */
    REPLACE(IfExists.IF_EXISTS_REPLACE),

    /** An error. */
    ERROR(IfExists.IF_EXISTS_ERROR),

    /** It stays as it is. */
    IGNORE(IfExists.IF_EXISTS_IGNORE),
}

/**
 * A table or view of the catalog.
 *
 * @property catalog the catalog that the schema is in
 * @property schema the schema that the table is in
 * @property name its own name
 * @property kind `BASE TABLE`, `VIEW` or `LOCAL TEMPORARY`
 */
public data class TableInfo(val catalog: String, val schema: String, val name: String, val kind: String)

/** Names of tables and views. */
internal object Names {
    /** One part: in double quotes, where a doubled quote stands for one, or up to the next dot. */
    private const val PART = "\"(?:[^\"]|\"\")+\"|[^\".][^.]*"
    private val part = Regex(PART)
    private val name = Regex("(?:$PART)(?:\\.(?:$PART)){0,2}")

    fun table(text: String): Identifier {
        if (!name.matches(text)) throw InvalidArgumentException("\"$text\" is not the name of a table; examples: orders, sales.orders")
        val parts = part.findAll(text).map { it.value }.map { if (it.startsWith('"')) it.drop(1).dropLast(1).replace("\"\"", "\"") else it }
        return Identifier.newBuilder().addAllParts(parts.asIterable()).build()
    }
}
